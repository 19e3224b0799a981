package wafv2

import (
	"errors"
	"net/netip"
	"slices"

	"portico/local/control/model"
	"portico/local/gateway/firewall"
)

// protectable says whether a resource is there that a web ACL can stand before.
func (c *call) protectable(arn string) error {
	if !isStage(arn) && !isPool(arn) {
		return invalid(badARN, "RESOURCE_ARN", arn)
	}
	if !slices.Contains(c.service.options.Host.Protectable(c.account.Region), arn) {
		return nonexistent()
	}
	return nil
}

func associate(c *call) (model.Object, error) {
	resource := c.in.Text("ResourceArn")
	acl, err := c.byARN(c.in.Text("WebACLArn"))
	if err != nil {
		return nil, err
	}
	if acl.Type != typeWebACL {
		return nil, invalid(badARN, "RESOURCE_ARN", acl.ARN)
	}
	if err := c.protectable(resource); err != nil {
		return nil, err
	}
	if c.service.options.Host.Associations()[resource] != "" {
		return nil, describedBy("the association of " + resource)
	}
	c.world.Associations[resource] = acl.ARN
	return model.Object{}, nil
}

func disassociate(c *call) (model.Object, error) {
	resource := c.in.Text("ResourceArn")
	if err := c.protectable(resource); err != nil {
		return nil, err
	}
	if c.service.options.Host.Associations()[resource] != "" {
		return nil, describedBy("the association of " + resource)
	}
	delete(c.world.Associations, resource)
	return model.Object{}, nil
}

// guarding returns the ARN of the web ACL before a resource, "" for none.
func (c *call) guarding(resource string) string {
	if acl := c.service.options.Host.Associations()[resource]; acl != "" {
		return acl
	}
	return c.world.Associations[resource]
}

func getWebACLForResource(c *call) (model.Object, error) {
	resource := c.in.Text("ResourceArn")
	if err := c.protectable(resource); err != nil {
		return nil, err
	}
	arn := c.guarding(resource)
	if arn == "" {
		return model.Object{}, nil
	}
	acl, err := c.byARN(arn)
	if err != nil {
		return nil, err
	}
	return model.Object{"WebACL": c.view(acl)}, nil
}

// protectedBy returns what a web ACL stands before, of what there still is.
func (c *call) protectedBy(acl string) []string {
	var all []string
	for _, resource := range c.service.options.Host.Protectable(c.account.Region) {
		if c.guarding(resource) == acl {
			all = append(all, resource)
		}
	}
	slices.Sort(all)
	return all
}

// listResources lists resources of one type; Application Load Balancers, of which there are none,
// when the call names no type.
func listResources(c *call) (model.Object, error) {
	acl, err := c.byARN(c.in.Text("WebACLArn"))
	if err != nil {
		return nil, err
	}
	wanted := map[string]func(string) bool{
		"API_GATEWAY": isStage, "COGNITO_USER_POOL": isPool,
	}[c.in.Text("ResourceType")]
	found := []any{}
	for _, resource := range c.protectedBy(acl.ARN) {
		if wanted != nil && wanted(resource) {
			found = append(found, resource)
		}
	}
	return model.Object{"ResourceArns": found}, nil
}

// getManagedKeys tells which addresses a rate-based rule limits now.
func getManagedKeys(c *call) (model.Object, error) {
	id, name := c.in.Text("WebACLId"), c.in.Text("WebACLName")
	all := c.items(webACL())
	at := slices.IndexFunc(all, func(i *item) bool { return i.ID == id && i.Name == name })
	if at < 0 {
		return nil, nonexistent()
	}
	rule, inner := c.in.Text("RuleName"), ""
	if c.in.Has("RuleGroupRuleName") {
		rule, inner = c.in.Text("RuleGroupRuleName"), rule
	}
	limited, err := c.service.options.Host.Limited(all[at].ARN, rule, inner)
	switch {
	case errors.Is(err, firewall.ErrNoAddresses):
		return nil, refusal("WAFUnsupportedAggregateKeyTypeException", "The rule that you've named "+
			"doesn't aggregate solely on the IP address or solely on the forwarded IP address. This call "+
			"is only available for rate-based rules with an AggregateKeyType setting of IP or "+
			"FORWARDED_IP.")
	case err != nil:
		return nil, nonexistent()
	}
	return model.Object{
		"ManagedKeysIPV4": keys("IPV4", limited, netip.Addr.Is4),
		"ManagedKeysIPV6": keys("IPV6", limited, netip.Addr.Is6),
	}, nil
}

func keys(version string, all []netip.Addr, of func(netip.Addr) bool) model.Object {
	addresses := []any{}
	for _, one := range all {
		if of(one) {
			addresses = append(addresses, netip.PrefixFrom(one, one.BitLen()).String())
		}
	}
	return model.Object{"IPAddressVersion": version, "Addresses": addresses}
}
