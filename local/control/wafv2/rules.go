package wafv2

import (
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/exchange"
	"portico/local/gateway/firewall"
)

// maxCapacity is how many capacity units (WCU) a web ACL may take.
const maxCapacity = 5_000

// checkWebACL refuses a web ACL that AWS would not take, or that is not honoured here.
func (c *call) checkWebACL(made *item) error {
	if action := made.Given.Object("DefaultAction"); len(action) != 1 {
		return invalid(notOneValue, "DEFAULT_ACTION", "DefaultAction")
	}
	if err := c.checkRules(made.Given); err != nil {
		return err
	}
	var err error
	made.Capacity, err = c.compile(made.ARN)
	if err != nil {
		return refused(err)
	}
	if made.Capacity > maxCapacity {
		return overLimit("WEB_ACL", made.Capacity)
	}
	return nil
}

// checkGroup refuses a rule group like checkWebACL. Its rules may take no more than its capacity.
func (c *call) checkGroup(made *item) error {
	if err := c.checkRules(made.Given); err != nil {
		return err
	}
	taken, err := c.capacity(made.Given.List("Rules"), made.Given.Object("CustomResponseBodies"))
	if err != nil {
		return refused(err)
	}
	if taken > made.Given.Int("Capacity") {
		return overLimit("RULE_GROUP", taken)
	}
	return nil
}

// compile returns the capacity units of a web ACL of the draft.
func (c *call) compile(arn string) (int, error) {
	return c.service.options.Host.Capacity(c.account, c.world.resources(), arn)
}

// trialName is that of a web ACL which is only compiled.
const trialName = "trial"

// capacity returns the capacity units of rules that belong to no web ACL.
func (c *call) capacity(rules []any, bodies model.Object) (int, error) {
	trial := &item{
		Type: typeWebACL, Name: trialName, ID: exchange.NewRequestID(), ARN: "arn:" + exchange.NewRequestID(), Given: model.Object{
			"Rules": rules, "DefaultAction": model.Object{"Allow": model.Object{}},
		},
	}
	if bodies != nil {
		trial.Given["CustomResponseBodies"] = bodies
	}
	return c.service.options.Host.Capacity(c.account,
		append(c.world.resources(), trial.resource()), trial.ARN)
}

// capacityOf returns the capacity units of a web ACL, also of one of the template.
func (c *call) capacityOf(i *item) int {
	if !i.described {
		return i.Capacity
	}
	capacity, err := c.compile(i.ARN)
	if err != nil { // it is served, so it compiles
		return 0
	}
	return capacity
}

func checkCapacity(c *call) (model.Object, error) {
	if err := c.checkRules(c.in); err != nil {
		return nil, err
	}
	taken, err := c.capacity(c.in.List("Rules"), bodiesOf(c.in))
	if err != nil {
		return nil, refused(err)
	}
	return model.Object{"Capacity": int64(taken)}, nil
}

// bodiesOf makes up the custom response bodies that rules name.
func bodiesOf(in model.Object) model.Object {
	bodies := model.Object{}
	for _, rule := range in.Objects("Rules") {
		response := rule.Object("Action").Object("Block").Object("CustomResponse")
		if key := response.Text("CustomResponseBodyKey"); key != "" {
			bodies[key] = model.Object{"ContentType": "TEXT_PLAIN", "Content": "-"}
		}
	}
	return bodies
}

// checkRules refuses rules in AWS's words, where those are known.
func (c *call) checkRules(of model.Object) error {
	for _, rule := range of.Objects("Rules") {
		statement := rule.Object("Statement")
		if len(statement) != 1 {
			return invalid(notOneValue, "STATEMENT", "Statement")
		}
		group := statement.Has("RuleGroupReferenceStatement") ||
			statement.Has("ManagedRuleGroupStatement")
		action, override := rule.Object("Action"), rule.Object("OverrideAction")
		switch {
		case group && (len(override) != 1 || action != nil),
			!group && (len(action) != 1 || override != nil):
			return invalid(notOneValue, "RULE", "Rule")
		}
		if err := c.checkStatement(statement); err != nil {
			return err
		}
	}
	return nil
}

// checkStatement checks what a statement refers to, with all that is nested in it.
func (c *call) checkStatement(statement model.Object) error {
	for name, inner := range statement {
		of, isObject := inner.(model.Object)
		if !isObject {
			continue
		}
		if err := c.checkPart(name, of); err != nil {
			return err
		}
		for _, member := range []string{"Statement", "ScopeDownStatement"} {
			if nested := of.Object(member); nested != nil {
				if err := c.checkNested(nested); err != nil {
					return err
				}
			}
		}
		for _, nested := range of.Objects("Statements") {
			if err := c.checkNested(nested); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *call) checkNested(statement model.Object) error {
	if len(statement) != 1 {
		return invalid(notOneValue, "STATEMENT", "Statement")
	}
	return c.checkStatement(statement)
}

// checkPart checks one statement without those in it.
func (c *call) checkPart(name string, of model.Object) error {
	field, parameter := fieldOf(name)
	if (name == "AndStatement" || name == "OrStatement") && len(of.List("Statements")) < 2 {
		return invalid(tooLittle, field, parameter)
	}
	if match := of.Object("FieldToMatch"); of.Has("FieldToMatch") && len(match) != 1 {
		return invalid(notOneValue, "FIELD_TO_MATCH", "FieldToMatch")
	}
	if name == "ManagedRuleGroupStatement" && !isManaged(of) {
		return invalid(badReference, "RULE", "Statement")
	}
	arn := of.Text(reference)
	if arn == "" {
		return nil
	}
	if !strings.Contains(arn, ":wafv2:") {
		return invalid(badReference, "RULE", "Statement")
	}
	_, err := c.byARN(arn)
	return err
}

// isManaged says whether a statement names a managed rule group that is honoured.
func isManaged(of model.Object) bool {
	return of.Text("VendorName") == "AWS" &&
		slices.Contains(firewall.ManagedGroups(), of.Text("Name"))
}
