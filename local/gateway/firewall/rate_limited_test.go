package firewall

import (
	"errors"
	"fmt"
	"testing"

	"portico/local/gateway/api"
)

func TestLimitedAddressesAreTold(t *testing.T) {
	byMethod := rate(api.RateBasedStatement{
		KeyType: "CUSTOM_KEYS", Keys: []api.RateKey{{Kind: "HTTPMethod"}},
	})
	byMethod.Name, byMethod.Priority = "methods", 1
	acl := compiled(t, definition(rate(api.RateBasedStatement{KeyType: "IP"}), byMethod))
	for i := range 12 {
		acl.Inspect(from("203.0.113.9"))
		acl.Inspect(from("2001:db8::1"))
		acl.Inspect(from(fmt.Sprintf("198.51.100.%d", i)))
	}
	found, err := acl.Limited("rate", "")
	if got, want := fmt.Sprint(found), "[203.0.113.9 2001:db8::1]"; got != want || err != nil {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
	if _, err := acl.Limited("methods", ""); !errors.Is(err, ErrNoAddresses) {
		t.Errorf("a rule with custom keys: got %v", err)
	}
	for _, unknown := range [][2]string{{"rates", ""}, {"rate", "inner"}} {
		if _, err := acl.Limited(unknown[0], unknown[1]); !errors.Is(err, ErrNoRateRule) {
			t.Errorf("%q: got %v", unknown, err)
		}
	}
}

func TestManagedGroupsAreDescribed(t *testing.T) {
	groups := DescribeManagedGroups()
	if len(groups) != len(ManagedGroups()) {
		t.Fatalf("got %d groups, want %d", len(groups), len(ManagedGroups()))
	}
	common := groups[0]
	if common.Name != "AWSManagedRulesCommonRuleSet" || common.Capacity != 700 || common.Lists ||
		common.LabelNamespace != "awswaf:managed:aws:core-rule-set:" ||
		common.Rules[0] != (ManagedRuleInfo{
			Name: "NoUserAgent_HEADER", Action: Block,
			Label: "awswaf:managed:aws:core-rule-set:NoUserAgent_Header",
		}) {
		t.Errorf("got %+v", common)
	}
}
