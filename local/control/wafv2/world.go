package wafv2

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"portico/local/control/model"
)

// The types of resources in CloudFormation.
const (
	typeWebACL   = "AWS::WAFv2::WebACL"
	typeGroup    = "AWS::WAFv2::RuleGroup"
	typeIPSet    = "AWS::WAFv2::IPSet"
	typePatterns = "AWS::WAFv2::RegexPatternSet"
	typeLogging  = "AWS::WAFv2::LoggingConfiguration"
)

// kind is one of the four kinds of entities.
type kind struct {
	cloudFormation string
	member         string   // WebACL
	list           string   // WebACLs
	path           string   // in ARNs
	given          []string // members that are kept as they are given
	fixed          string   // the one of them that an update cannot change
}

func webACL() kind {
	return kind{
		typeWebACL, "WebACL", "WebACLs", "webacl", []string{
			"DefaultAction", "Rules", "VisibilityConfig", "DataProtectionConfig", "CustomResponseBodies",
			"CaptchaConfig", "ChallengeConfig", "TokenDomains", "AssociationConfig",
			"OnSourceDDoSProtectionConfig", "ApplicationConfig",
		}, "",
	}
}

func ruleGroup() kind {
	return kind{
		typeGroup, "RuleGroup", "RuleGroups", "rulegroup",
		[]string{"Capacity", "Rules", "VisibilityConfig", "CustomResponseBodies"},
		"Capacity",
	}
}

func ipSet() kind {
	return kind{
		typeIPSet, "IPSet", "IPSets", "ipset",
		[]string{"IPAddressVersion", "Addresses"},
		"IPAddressVersion",
	}
}

func patternSet() kind {
	return kind{
		typePatterns, "RegexPatternSet", "RegexPatternSets", "regexpatternset",
		[]string{"RegularExpressionList"},
		"",
	}
}

func kinds() []kind { return []kind{webACL(), ruleGroup(), ipSet(), patternSet()} }

// item is an entity: a web ACL, a rule group or a set.
type item struct {
	Type, Name, ID, ARN string
	Description         string
	LockToken           string
	Given               model.Object // as AWS prints it
	Capacity            int          // of a web ACL
	Tags                map[string]string

	described bool // by a template
}

// world is all there is in one region.
type world struct {
	Items        map[string]*item        // by ARN
	Associations map[string]string       // ARNs of web ACLs by those of what they protect
	Logging      map[string]model.Object // configurations by the ARN of their web ACL
	Permissions  map[string]string       // policies by the ARN of their rule group
}

func newWorld() *world {
	return &world{
		Items: map[string]*item{}, Associations: map[string]string{},
		Logging: map[string]model.Object{}, Permissions: map[string]string{},
	}
}

// resources returns what was created in CloudFormation's shape.
func (w *world) resources() []Resource {
	var all []Resource
	for _, arn := range slices.Sorted(maps.Keys(w.Items)) {
		all = append(all, w.Items[arn].resource())
	}
	for _, arn := range slices.Sorted(maps.Keys(w.Logging)) {
		properties, _ := templated(w.Logging[arn]).(map[string]any)
		all = append(all, Resource{
			Type: typeLogging, Name: "logs of " + arn, ID: arn, ARN: arn, Properties: properties,
		})
	}
	return all
}

// template returns what the template describes, read once a call.
func (c *call) template() []*item {
	if c.looked {
		return c.described
	}
	c.looked = true
	for _, one := range c.service.options.Host.Described(c.account.Region) {
		if made := describe(one); made != nil {
			c.described = append(c.described, made)
		}
	}
	return c.described
}

// items returns all of a kind, by name.
func (c *call) items(k kind) []*item {
	var all []*item
	for _, one := range c.world.Items {
		if one.Type == k.cloudFormation {
			all = append(all, one)
		}
	}
	for _, one := range c.template() {
		if one.Type == k.cloudFormation {
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b *item) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ARN, b.ARN))
	})
	return all
}

// byARN returns the entity of an ARN, of any kind.
func (c *call) byARN(arn string) (*item, error) {
	if found := c.world.Items[arn]; found != nil {
		return found, nil
	}
	for _, one := range c.template() {
		if one.ARN == arn {
			return one, nil
		}
	}
	return nil, nonexistent()
}

// named returns the entity that a call names: by name and id, or by ARN.
func (c *call) named(k kind) (*item, error) {
	name, id, arn := c.in.Text("Name"), c.in.Text("Id"), c.in.Text("ARN")
	for _, one := range c.items(k) {
		if arn != "" && one.ARN == arn || arn == "" && one.ID == id && one.Name == name {
			return one, nil
		}
	}
	return nil, nonexistent()
}

// edit returns the entity that a call changes, of the draft: one that nobody has changed since the
// caller looked.
func (c *call) edit(k kind) (*item, error) {
	found, err := c.named(k)
	switch {
	case err != nil:
		return nil, err
	case found.described:
		return nil, describedBy(k.member + " " + found.Name)
	case found.LockToken != c.in.Text("LockToken"):
		return nil, stale()
	}
	return found, nil
}

// page returns one page of a list: what is behind NextMarker, Limit at most.
func page[T any](c *call, member string, all []T, look func(T) (name string, view any)) (
	model.Object, error,
) {
	marker, limit := c.in.Text("NextMarker"), 100
	if c.in.Has("Limit") {
		limit = c.in.Int("Limit")
	}
	items, next, ok := model.Page(marker, all, limit, func(one T) string {
		name, _ := look(one)
		return name
	})
	if !ok {
		return nil, invalid(badFormat, "ENTITY_LIMIT", marker)
	}
	out := model.Object{member: model.Shown(items, func(one T) any {
		_, view := look(one)
		return view
	})}
	if next != "" {
		out["NextMarker"] = next
	}
	return out, nil
}

// mentions says whether anything given to an entity names an ARN.
func mentions(value any, arn string) bool {
	switch value := value.(type) {
	case model.Object:
		for _, inner := range value {
			if mentions(inner, arn) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, func(inner any) bool { return mentions(inner, arn) })
	case string:
		return value == arn
	}
	return false
}

// isStage says whether an ARN is of a stage of a REST API.
func isStage(arn string) bool {
	return strings.HasPrefix(arn, "arn:") && strings.Contains(arn, ":apigateway:") &&
		strings.Contains(arn, "::/restapis/") && strings.Contains(arn, "/stages/")
}

// isPool says whether an ARN is of a user pool.
func isPool(arn string) bool {
	return strings.HasPrefix(arn, "arn:") && strings.Contains(arn, ":cognito-idp:") &&
		strings.Contains(arn, ":userpool/")
}
