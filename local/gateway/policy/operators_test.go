package policy_test

import (
	"fmt"
	"testing"

	"portico/local/gateway/policy"
)

// The operators of "IAM JSON policy elements: Condition operators": a value of the key that meets
// the wanted one, and one that does not.
var everyOperator = []struct{ name, wanted, meets, fails string }{
	{"StringEquals", "a", "a", "A"},
	{"StringNotEquals", "a", "b", "a"},
	{"StringEqualsIgnoreCase", "a", "A", "b"},
	{"StringNotEqualsIgnoreCase", "a", "b", "A"},
	{"StringLike", "a*", "abc", "ba"},
	{"StringNotLike", "a*", "ba", "abc"},
	{"NumericEquals", "1", "1.0", "2"},
	{"NumericNotEquals", "1", "2", "1.0"},
	{"NumericLessThan", "1", "0.5", "1"},
	{"NumericLessThanEquals", "1", "1", "1.5"},
	{"NumericGreaterThan", "1", "1.5", "1"},
	{"NumericGreaterThanEquals", "1", "1", "0.5"},
	{"DateEquals", "2026-11-22T10:00:00Z", "1795341600", "2026-11-22T10:00:01Z"},
	{"DateNotEquals", "2026-11-22T10:00:00Z", "2026-11-22T10:00:01Z", "1795341600"},
	{"DateLessThan", "2026-11-22", "2026-11-21T23:59:59Z", "2026-11-22T00:00:00Z"},
	{"DateLessThanEquals", "2026-11-22", "2026-11-22T00:00:00Z", "2026-11-22T00:00:01Z"},
	{"DateGreaterThan", "2026-11-22", "2026-11-22T00:00:01Z", "2026-11-22T00:00:00Z"},
	{"DateGreaterThanEquals", "2026-11-22", "2026-11-22T00:00:00Z", "2026-11-21T23:59:59Z"},
	{"Bool", "true", "True", "false"},
	{"BinaryEquals", "QmluYXJ5", "QmluYXJ5", "QmluYXJ6"},
	{"IpAddress", "2001:db8::/32", "2001:db8::1", "2001:db9::1"},
	{"NotIpAddress", "203.0.113.0/24", "203.0.114.1", "203.0.113.1"},
	{"ArnEquals", "arn:aws:iam::*:role/a", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b"},
	{"ArnLike", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/a/b", "arn:aws:iam::12:role/a"},
	{"ArnNotEquals", "arn:aws:iam::1:role/a", "arn:aws:iam::1:role/b", "arn:aws:iam::1:role/a"},
	{"ArnNotLike", "arn:aws:iam::1:role/*", "arn:aws:iam::1:user/a", "arn:aws:iam::1:role/a"},
}

func isNegated(name string) bool {
	switch name {
	case "StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "NumericNotEquals",
		"DateNotEquals", "NotIpAddress", "ArnNotEquals", "ArnNotLike":
		return true
	}
	return false
}

func holds(t *testing.T, operator, wanted string, values ...string) bool {
	t.Helper()
	condition := fmt.Sprintf(`,"Condition":{%q:{"k":%q}}`, operator, wanted)
	p := parse(t, document(statement("Allow", "*", "*", condition)))
	keys := map[string][]string{}
	if values != nil {
		keys["k"] = values
	}
	return p.Evaluate(policy.Request{Action: "a:b", Resource: "r", Conditions: keys}).Effect == policy.Allow
}

func TestEveryOperatorInEveryForm(t *testing.T) {
	for _, o := range everyOperator {
		t.Run(o.name, func(t *testing.T) {
			for _, r := range []struct {
				form   string
				values []string
				want   bool
			}{
				{o.name, []string{o.meets}, true},
				{o.name, []string{o.fails}, false},
				{o.name, nil, isNegated(o.name)},
				{o.name + "IfExists", []string{o.meets}, true},
				{o.name + "IfExists", []string{o.fails}, false},
				{o.name + "IfExists", nil, true},
				{"ForAllValues:" + o.name, []string{o.meets, o.meets}, true},
				{"ForAllValues:" + o.name, []string{o.meets, o.fails}, false},
				{"ForAllValues:" + o.name, nil, true},
				{"ForAllValues:" + o.name + "IfExists", nil, true},
				{"ForAnyValue:" + o.name, []string{o.fails, o.meets}, true},
				{"ForAnyValue:" + o.name, []string{o.fails, o.fails}, false},
				{"ForAnyValue:" + o.name, nil, false},
				{"ForAnyValue:" + o.name + "IfExists", nil, true},
			} {
				if got := holds(t, r.form, o.wanted, r.values...); got != r.want {
					t.Errorf("%s with the values %q: got %v", r.form, r.values, got)
				}
			}
		})
	}
}

// What a caller sends never becomes a wildcard of the policy, whichever operator reads it.
func TestVariablesAreNoWildcards(t *testing.T) {
	keys := map[string][]string{
		"aws:UserAgent": {"*"}, "aws:PrincipalArn": {"arn:aws:iam::123456789012:role/admin"},
	}
	for _, operator := range []string{"StringLike", "ArnLike", "ArnEquals"} {
		p := parse(t, document(statement("Allow", "*", "*", `,"Condition":{"`+operator+
			`":{"aws:PrincipalArn":"arn:aws:iam::123456789012:role/${aws:UserAgent}"}}`)))
		got := p.Evaluate(policy.Request{Action: "a:b", Resource: "r", Conditions: keys})
		if got.Effect != policy.NoMatch {
			t.Errorf("%s took the value of a variable for a wildcard", operator)
		}
	}
	p := parse(t, document(statement("Allow", "*", "arn:x/${aws:UserAgent}", "")))
	if got := p.Evaluate(policy.Request{Action: "a:b", Resource: "arn:x/y", Conditions: keys}); got.Effect != policy.NoMatch {
		t.Error("a resource took the value of a variable for a wildcard")
	}
}
