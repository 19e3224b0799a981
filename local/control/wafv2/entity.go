package wafv2

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/exchange"
)

// maxEntities is how many there may be of each kind in a region.
const maxEntities = 100

func create(k kind) operation {
	return func(c *call) (model.Object, error) {
		all, name := c.items(k), c.in.Text("Name")
		if slices.ContainsFunc(all, func(one *item) bool { return one.Name == name }) {
			return nil, duplicate()
		}
		if len(all) >= maxEntities {
			return nil, tooMany()
		}
		made := &item{
			Type: k.cloudFormation, Name: name, ID: exchange.NewRequestID(), LockToken: exchange.NewRequestID(),
			Description: c.in.Text("Description"), Given: model.Object{}.Take(c.in, k.given...),
		}
		made.ARN = c.account.ARN("wafv2", "regional/"+k.path+"/"+name+"/"+made.ID)
		if err := made.addTags(c.in.Objects("Tags")); err != nil {
			return nil, err
		}
		if err := c.keep(k, made); err != nil {
			return nil, err
		}
		return model.Object{"Summary": made.summary()}, nil
	}
}

// keep checks an entity and makes it part of the draft.
func (c *call) keep(k kind, made *item) error {
	check := map[string]func(*item) error{
		typeWebACL: c.checkWebACL, typeGroup: c.checkGroup, typeIPSet: checkAddresses,
		typePatterns: c.checkPatterns,
	}[k.cloudFormation]
	c.world.Items[made.ARN] = made
	return check(made)
}

func update(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.edit(k)
		if err != nil {
			return nil, err
		}
		given := model.Object{}.Take(c.in, k.given...)
		if k.fixed != "" {
			given.Take(found.Given, k.fixed)
		}
		found.Given, found.Description = given, c.in.Text("Description")
		found.LockToken = exchange.NewRequestID()
		if err := c.keep(k, found); err != nil {
			return nil, err
		}
		return model.Object{"NextLockToken": found.LockToken}, nil
	}
}

// remove deletes an entity that nothing uses.
func remove(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.edit(k)
		if err != nil {
			return nil, err
		}
		if len(c.protectedBy(found.ARN)) > 0 {
			return nil, associated()
		}
		for _, other := range c.world.Items {
			if other != found && mentions(other.Given, found.ARN) {
				return nil, associated()
			}
		}
		delete(c.world.Items, found.ARN)
		delete(c.world.Logging, found.ARN)
		delete(c.world.Permissions, found.ARN)
		maps.DeleteFunc(c.world.Associations, func(_, acl string) bool { return acl == found.ARN })
		return model.Object{}, nil
	}
}

func (i *item) summary() model.Object {
	return model.Object{
		"Name": i.Name, "Id": i.ID, "ARN": i.ARN, "LockToken": i.LockToken, "Description": i.Description,
	}
}

func get(k kind) operation {
	return func(c *call) (model.Object, error) {
		found, err := c.named(k)
		if err != nil {
			return nil, err
		}
		return model.Object{k.member: c.view(found), "LockToken": found.LockToken}, nil
	}
}

// view returns an entity as AWS prints it.
func (c *call) view(i *item) model.Object {
	out := i.Given.Clone()
	out["Name"], out["Id"], out["ARN"] = i.Name, i.ID, i.ARN
	if i.Description != "" {
		out["Description"] = i.Description
	}
	space := "awswaf:" + c.account.ID + ":"
	switch i.Type {
	case typeWebACL:
		out["LabelNamespace"] = space + "webacl:" + i.Name + ":"
		out["Capacity"] = int64(c.capacityOf(i))
		out["ManagedByFirewallManager"], out["RetrofittedByFirewallManager"] = false, false
	case typeGroup:
		out["LabelNamespace"] = space + "rulegroup:" + i.Name + ":"
		out["AvailableLabels"] = labels(i.Given, space+"rulegroup:"+i.Name+":")
	}
	if i.Type == typeWebACL || i.Type == typeGroup {
		if out["Rules"] == nil {
			out["Rules"] = []any{}
		}
	}
	return out
}

// labels lists the labels that rules add.
func labels(of model.Object, space string) []any {
	all := []any{}
	for _, rule := range of.Objects("Rules") {
		for _, label := range rule.Objects("RuleLabels") {
			all = append(all, model.Object{"Name": space + label.Text("Name")})
		}
	}
	return all
}

func list(k kind) operation {
	return func(c *call) (model.Object, error) {
		return page(c, k.list, c.items(k), func(i *item) (string, any) { return i.Name, i.summary() })
	}
}

// checkAddresses refuses what is no range of addresses of the set's version, or is all of them.
func checkAddresses(made *item) error {
	version := made.Given.Text("IPAddressVersion")
	for _, text := range made.Given.Texts("Addresses") {
		prefix, err := netip.ParsePrefix(text)
		if err != nil || prefix.Bits() == 0 || prefix.Addr().Is4() != (version == "IPV4") {
			return invalid(badFormat, "IP_ADDRESS", text)
		}
	}
	return nil
}

// checkPatterns refuses expressions that the engine does not take.
func (c *call) checkPatterns(made *item) error {
	statement := model.Object{"RegexPatternSetReferenceStatement": model.Object{
		reference: made.ARN, "FieldToMatch": model.Object{"UriPath": model.Object{}},
		"TextTransformations": []any{model.Object{"Priority": int64(0), "Type": "NONE"}},
	}}
	_, err := c.capacity([]any{model.Object{
		"Name": "patterns", "Priority": int64(0), "Statement": statement,
		"Action": model.Object{"Count": model.Object{}},
	}}, nil)
	if err != nil {
		return invalid(badFormat, "REGEX_PATTERN_SET", strings.Join(patternsOf(made), ", "))
	}
	return nil
}

func patternsOf(made *item) []string {
	var all []string
	for _, one := range made.Given.Objects(patternList) {
		all = append(all, one.Text(regexString))
	}
	return all
}

func overLimit(field string, capacity int) error {
	return invalid(overCapacity, field, strconv.Itoa(capacity))
}
