package restapi_test

import (
	"encoding/json"
	"testing"

	"portico/local/gateway/policy"
	"portico/local/gateway/restapi"
)

func TestRolePolicies(t *testing.T) {
	const allow = `{"Statement":[{"Sid":"A","Effect":"Allow","Action":"execute-api:*","Resource":"*"}]}`
	const deny = `{"Statement":[{"Sid":"D","Effect":"Deny","Action":"execute-api:Invoke","Resource":"arn:x"}]}`
	policies := restapi.RolePolicies{}
	for role, documents := range map[string][]string{"admin": {allow}, "both": {allow, deny}} {
		for _, document := range documents {
			if err := policies.Add(role, json.RawMessage(document)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, r := range []struct {
		name, principal string
		want            policy.Effect
	}{
		{"a session", "arn:aws:sts::123456789012:assumed-role/admin/me", policy.Allow},
		{"a role", "arn:aws:iam::123456789012:role/path/admin", policy.Allow},
		{"a deny of another policy wins", "arn:aws:sts::123456789012:assumed-role/both/me", policy.Deny},
		{"a role without policies", "arn:aws:sts::123456789012:assumed-role/other/admin", policy.NoMatch},
		{"a user", "arn:aws:iam::123456789012:user/admin", policy.NoMatch},
		{"nobody", "", policy.NoMatch},
	} {
		t.Run(r.name, func(t *testing.T) {
			got := policies.Evaluate(r.principal, policy.Request{Action: "execute-api:Invoke", Resource: "arn:x"})
			if got.Effect != r.want {
				t.Errorf("got %s, want %s", got.Effect, r.want)
			}
		})
	}
	if err := policies.Add("broken", json.RawMessage(`{`)); err == nil {
		t.Error("a document that is none was taken")
	}
}
