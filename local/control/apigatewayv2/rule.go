package apigatewayv2

import (
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

const (
	mostHeaderConditions = 2
	mostConditions       = 3
)

func (c *call) rule(d *domain) (model.Object, error) {
	if o := d.Rules[c.in.Text("RoutingRuleId")]; o != nil {
		return o, nil
	}
	return nil, model.NotFound("The routing rule resource specified in the request was not found.")
}

func getRule(c *call) (model.Object, error) {
	d, err := c.domain()
	if err != nil {
		return nil, err
	}
	return c.rule(d)
}

func listRules(c *call) (model.Object, error) {
	d, err := c.domain()
	if err != nil {
		return nil, err
	}
	return c.page("RoutingRules", oldestFirst(d.Rules))
}

func createRule(c *call) (model.Object, error) {
	d, err := c.editDomain()
	if err != nil {
		return nil, err
	}
	id := model.NewID(10, d.Rules)
	made := model.Object{"RoutingRuleId": id, sequence: c.next()}
	made["RoutingRuleArn"] = c.ruleARN(d.About.Text("DomainName"), id)
	if err := c.fillRule(d, made); err != nil {
		return nil, err
	}
	d.Rules[id] = made
	return made, nil
}

func (c *call) editRule() (*domain, model.Object, error) {
	d, err := c.editDomain()
	if err != nil {
		return nil, nil, err
	}
	o, err := c.rule(d)
	return d, o, err
}

func putRule(c *call) (model.Object, error) {
	d, o, err := c.editRule()
	if err != nil {
		return nil, err
	}
	return o, c.fillRule(d, o)
}

func deleteRule(c *call) (model.Object, error) {
	d, o, err := c.editRule()
	if err != nil {
		return nil, err
	}
	delete(d.Rules, o.Text("RoutingRuleId"))
	return nil, nil
}

// fillRule writes what is said of a rule, when AWS would take it ("Routing rules for REST APIs").
// Its messages are not recorded.
func (c *call) fillRule(d *domain, o model.Object) error {
	o.Take(c.in, "Actions", "Conditions", "Priority")
	for id, other := range d.Rules {
		if id != o.Text("RoutingRuleId") && other.Int("Priority") == o.Int("Priority") {
			return model.Conflict("A routing rule with priority %d already exists for this domain name",
				o.Int("Priority"))
		}
	}
	actions := o.Objects("Actions")
	if len(actions) != 1 {
		return model.BadRequest("A routing rule has exactly one action")
	}
	kind, err := c.target(actions[0].Object("InvokeApi"))
	if err != nil {
		return err
	}
	if kind != "REST" {
		return model.BadRequest("A routing rule invokes REST APIs alone")
	}
	for _, mapping := range d.Mappings {
		if kind, err := c.target(mapping); err == nil && kind != "REST" {
			return model.BadRequest("A domain with mappings to HTTP or WebSocket APIs has no routing rules")
		}
	}
	return checkConditions(o.Objects("Conditions"))
}

func checkConditions(all []model.Object) error {
	headers, paths := 0, 0
	for _, condition := range all {
		globs := condition.Object("MatchHeaders").Objects("AnyOf")
		bases := condition.Object("MatchBasePaths").Texts("AnyOf")
		if len(globs) > 0 {
			headers++
		}
		if len(bases) > 0 {
			paths++
		}
		if (len(globs) > 0) == (len(bases) > 0) {
			return model.BadRequest("A condition has either matchHeaders or matchBasePaths, with at " +
				"least one value")
		}
		for _, glob := range globs {
			inner := strings.TrimSuffix(strings.TrimPrefix(glob.Text("ValueGlob"), "*"), "*")
			if glob.Text("Header") == "" || strings.Contains(inner, "*") {
				return model.BadRequest("A header condition has a name, and a value with * at its " +
					"beginning and end alone")
			}
		}
		for _, base := range bases {
			if base == "" || strings.ContainsFunc(base, isOddInPath) || strings.Contains(base, "//") ||
				strings.Trim(base, "/") != base {
				return model.BadRequest("A base path has letters, digits and $-_.+!*'(), with one slash " +
					"between segments")
			}
		}
	}
	if headers > mostHeaderConditions || paths > 1 || len(all) > mostConditions {
		return model.BadRequest("A routing rule has at most %d header conditions and one base path "+
			"condition", mostHeaderConditions)
	}
	return nil
}

// ruleOf makes the definition of a rule that fillRule took.
func ruleOf(o model.Object) api.RoutingRule {
	made := api.RoutingRule{ID: o.Text("RoutingRuleId"), Priority: o.Int("Priority")}
	for _, condition := range o.Objects("Conditions") {
		made.BasePaths = append(made.BasePaths, condition.Object("MatchBasePaths").Texts("AnyOf")...)
		var anyOf []api.HeaderMatch
		for _, match := range condition.Object("MatchHeaders").Objects("AnyOf") {
			anyOf = append(anyOf, api.HeaderMatch{
				Name: match.Text("Header"), ValueGlob: match.Text("ValueGlob"),
			})
		}
		if len(anyOf) > 0 {
			made.Headers = append(made.Headers, anyOf)
		}
	}
	for _, action := range o.Objects("Actions") {
		invoked := action.Object("InvokeApi")
		made.APIID, made.Stage = invoked.Text("ApiId"), invoked.Text("Stage")
		made.StripBasePath = invoked.Bool("StripBasePath")
	}
	return made
}
