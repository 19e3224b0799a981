package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/policy"
)

func TestExplain(t *testing.T) {
	p := parse(t, document(
		statement("Allow", "s3:*", "*", `,"Sid":"Files"`),
		statement("Allow", "*", "arn:other", ""),
		statement("Allow", "*", "*", `,"Principal":{"AWS":"x"}`),
		statement("Allow", "*", "*", `,"Sid":"Office","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`),
		statement("Deny", "*", "*", `,"Condition":{"Bool":{"aws:SecureTransport":"false"}}`),
	))
	ask := func(ip, tls string) policy.Explanation {
		return p.Explain(policy.Request{
			Action: "execute-api:Invoke", Resource: methodARN,
			Conditions: map[string][]string{"aws:SourceIp": {ip}, "aws:SecureTransport": {tls}},
		})
	}
	got := ask("203.0.113.7", "true")
	want := policy.Explanation{
		Decision: policy.Decision{Effect: policy.NoMatch},
		Statements: []policy.Finding{
			{Statement: "Files", Effect: policy.Allow, Missed: "Action"},
			{Statement: "#2", Effect: policy.Allow, Missed: "Resource"},
			{Statement: "#3", Effect: policy.Allow, Missed: "Principal"},
			{Statement: "Office", Effect: policy.Allow, Missed: "Condition IpAddress aws:SourceIp"},
			{Statement: "#5", Effect: policy.Deny, Missed: "Condition Bool aws:SecureTransport"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, r := range []struct {
		name string
		got  policy.Explanation
		want string
	}{
		{"no statement", got, "no statement allows it: statement Files fails at Action, statement #2 fails at " +
			"Resource, statement #3 fails at Principal, statement Office fails at Condition IpAddress aws:SourceIp"},
		{"an allow", ask("192.0.2.1", "true"), "statement Office allows it"},
		{"a deny", ask("192.0.2.1", "false"), "statement #5 denies it"},
		{"nothing at all", parse(t, document()).Explain(policy.Request{}), "no statement allows it"},
		{"an account", parse(t, document(statement("Allow", "*", "*", `,"Principal":{"AWS":"1"}`))).Explain(
			policy.Request{Accounts: []string{"1"}}), "statement #1 allows it to the caller's account only"},
	} {
		if r.got.String() != r.want {
			t.Errorf("%s: got %q, want %q", r.name, r.got, r.want)
		}
	}
}
