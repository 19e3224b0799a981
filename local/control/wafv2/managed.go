package wafv2

import (
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/firewall"
)

// version is that of every managed rule group which has versions.
//
// Unlike AWS: there is one, and its rules are those of all.
const version = "Version_1.0"

// updated is when it came, in seconds since 1970.
const updated = int64(1_735_689_600)

func listManagedGroups(c *call) (model.Object, error) {
	all := firewall.DescribeManagedGroups()
	slices.SortFunc(all, func(a, b firewall.ManagedGroupInfo) int {
		return strings.Compare(a.Name, b.Name)
	})
	return page(c, "ManagedRuleGroups", all, func(g firewall.ManagedGroupInfo) (string, any) {
		return g.Name, model.Object{
			"VendorName": "AWS", "Name": g.Name, "VersioningSupported": !g.Lists,
		}
	})
}

// managedGroup returns the managed rule group that a call names.
func (c *call) managedGroup() (firewall.ManagedGroupInfo, error) {
	for _, group := range firewall.DescribeManagedGroups() {
		if group.Name == c.in.Text("Name") && c.in.Text("VendorName") == "AWS" {
			return group, nil
		}
	}
	return firewall.ManagedGroupInfo{}, nonexistent()
}

func listManagedVersions(c *call) (model.Object, error) {
	group, err := c.managedGroup()
	if err != nil {
		return nil, err
	}
	if group.Lists {
		return model.Object{"Versions": []any{}}, nil
	}
	return model.Object{
		"Versions":              []any{model.Object{"Name": version, "LastUpdateTimestamp": updated}},
		"CurrentDefaultVersion": version,
	}, nil
}

func describeManagedGroup(c *call) (model.Object, error) {
	group, err := c.managedGroup()
	if err != nil {
		return nil, err
	}
	rules, all := []any{}, []any{}
	for _, rule := range group.Rules {
		action := "Block"
		if rule.Action == firewall.Count {
			action = "Count"
		}
		rules = append(rules, model.Object{
			"Name": rule.Name, "Action": model.Object{action: model.Object{}},
		})
		all = append(all, model.Object{"Name": rule.Label})
	}
	out := model.Object{
		"Capacity": int64(group.Capacity), "Rules": rules, "LabelNamespace": group.LabelNamespace,
		"AvailableLabels": all,
	}
	if !group.Lists {
		out["VersionName"] = version
		if given := c.in.Text("VersionName"); given != "" {
			out["VersionName"] = given
		}
	}
	return out, nil
}
