package policy_test

import (
	"testing"

	"portico/local/gateway/policy"
)

const (
	session = "arn:aws:sts::123456789012:assumed-role/admin/me"
	role    = "arn:aws:iam::123456789012:role/admin"
	user    = "arn:aws:iam::123456789012:user/eve"
	root    = "arn:aws:iam::123456789012:root"
	account = "123456789012"
)

// The rows follow "IAM JSON policy elements: Principal" and "… NotPrincipal".
func TestPrincipals(t *testing.T) {
	bySession := policy.Request{Principals: []string{session, role}, Accounts: []string{account, root}}
	byUser := policy.Request{Principals: []string{user}, Accounts: []string{account, root}}
	bounded := byUser
	bounded.Bounded = true
	nobody := policy.Request{}
	allow := func(statement string) policy.Decision {
		return policy.Decision{Effect: policy.Allow, Statement: statement}
	}
	deny := policy.Decision{Effect: policy.Deny, Statement: "#1"}
	none := policy.Decision{Effect: policy.NoMatch}
	delegated := policy.Decision{Effect: policy.Allow, Statement: "#1", Delegated: true}
	for _, r := range []struct {
		name, effect, element string
		caller                policy.Request
		want                  policy.Decision
	}{
		{"everyone is also nobody in particular", "Allow", `"Principal":"*"`, nobody, allow("#1")},
		{"everyone of AWS is the same", "Allow", `"Principal":{"AWS":"*"}`, nobody, allow("#1")},
		{"a user", "Allow", `"Principal":{"AWS":"` + user + `"}`, byUser, allow("#1")},
		{"another user", "Allow", `"Principal":{"AWS":"` + user + `x"}`, byUser, none},
		{"no wildcard in a name", "Allow", `"Principal":{"AWS":"arn:aws:iam::123456789012:user/*"}`, byUser, none},
		{"a role is its sessions", "Allow", `"Principal":{"AWS":"` + role + `"}`, bySession, allow("#1")},
		{"a session", "Allow", `"Principal":{"AWS":["x","` + session + `"]}`, bySession, allow("#1")},
		{"an account hands on", "Allow", `"Principal":{"AWS":"` + account + `"}`, byUser, delegated},
		{"an account by its root", "Allow", `"Principal":{"AWS":"` + root + `"}`, byUser, delegated},
		{"an account and the user", "Allow", `"Principal":{"AWS":["` + root + `","` + user + `"]}`, byUser, allow("#1")},
		{"an account that is denied", "Deny", `"Principal":{"AWS":"` + account + `"}`, byUser, deny},
		{"a name for nobody in particular", "Allow", `"Principal":{"AWS":"` + account + `"}`, nobody, none},
		{"a service is no caller", "Allow", `"Principal":{"Service":"*"}`, byUser, none},
		{"a federation is no caller", "Deny", `"Principal":{"Federated":"*"}`, byUser, none},
		{"NotPrincipal with user and account", "Deny", `"NotPrincipal":{"AWS":["` + user + `","` + root + `"]}`, byUser, none},
		{"NotPrincipal with the user alone denies the account", "Deny", `"NotPrincipal":{"AWS":"` + user + `"}`, byUser, deny},
		{"NotPrincipal with the account alone denies its users", "Deny", `"NotPrincipal":{"AWS":"` + root + `"}`, byUser, deny},
		{"NotPrincipal with role and account", "Deny", `"NotPrincipal":{"AWS":["` + role + `","` + account + `"]}`, bySession, none},
		{"NotPrincipal never spares the bounded", "Deny", `"NotPrincipal":{"AWS":["` + user + `","` + root + `"]}`, bounded, deny},
		{"NotPrincipal of others", "Deny", `"NotPrincipal":{"AWS":["x"]}`, nobody, deny},
		{"NotPrincipal of an allow", "Allow", `"NotPrincipal":{"AWS":"` + root + `"}`, byUser, none},
		{"NotPrincipal of an allow for others", "Allow", `"NotPrincipal":{"AWS":"x"}`, byUser, policy.Decision{Effect: policy.Allow, Statement: "#1"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			p := parse(t, document(statement(r.effect, "*", "*", ","+r.element)))
			request := r.caller
			request.Action, request.Resource = "execute-api:Invoke", methodARN
			if got := p.Evaluate(request); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
		})
	}
}

func TestAllowOfTheCallerWinsOverThatOfItsAccount(t *testing.T) {
	p := parse(t, document(
		statement("Allow", "*", "*", `,"Sid":"Account","Principal":{"AWS":"`+account+`"}`),
		statement("Allow", "*", "*", `,"Sid":"User","Principal":{"AWS":"`+user+`"}`),
	))
	got := p.Evaluate(policy.Request{
		Action: "a:b", Resource: "x", Principals: []string{user}, Accounts: []string{account},
	})
	if want := (policy.Decision{Effect: policy.Allow, Statement: "User"}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAlias(t *testing.T) {
	p := parse(t, document(
		statement("Allow", "*", "api/open", ""), statement("Deny", "*", "api/shut", ""),
		statement("Allow", "*", "api/shut/", ""),
	))
	for _, r := range []struct {
		resource, alias string
		want            policy.Effect
	}{
		{"api/open", "", policy.Allow},
		{"api/open/", "api/open", policy.NoMatch},
		{"api/shut/", "", policy.Allow},
		{"api/shut/", "api/shut", policy.Deny},
	} {
		got := p.Evaluate(policy.Request{Action: "a:b", Resource: r.resource, Alias: r.alias})
		if got.Effect != r.want {
			t.Errorf("%s with the alias %q: got %s, want %s", r.resource, r.alias, got.Effect, r.want)
		}
	}
}
