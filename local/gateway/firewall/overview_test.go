package firewall

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

func TestRulesSayWhatTheyLookAt(t *testing.T) {
	group := api.FirewallRule{
		Name: "own", Priority: 2, OverrideAction: "None",
		Statement: api.Statement{RuleGroup: &api.RuleGroupStatement{ARN: "arn:group"}},
	}
	limited := rate(api.RateBasedStatement{KeyType: "IP"})
	limited.Priority = 3
	acl := compiled(t, definition(
		rule1("both", 1, action1("Captcha"), api.Statement{And: []api.Statement{
			bytes1(body, "CONTAINS", "x", "LOWERCASE"), geo(first, "DE"),
		}}), group, limited,
	))
	if diff := cmp.Diff([]RuleInfo{
		{Rule: "both", Action: Captcha, Inspects: []string{"Body", "SingleHeader"}},
		{Rule: "own", GroupRule: "first", Action: Count, Inspects: []string{"QueryString"}},
		{Rule: "own", GroupRule: "second", Action: Block, Inspects: []string{"QueryString"}},
		{Rule: "rate", Action: Block, Rate: true},
	}, acl.Rules()); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
}
