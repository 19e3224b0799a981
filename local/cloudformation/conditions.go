package cloudformation

import (
	"errors"
	"fmt"

	"portico/local/cloudformation/document"
	"portico/local/cloudformation/intrinsic"
)

// condition answers a condition of the template by its name.
func (t *template) condition(name string) (bool, error) {
	n := t.root.Get("Conditions").Get(name)
	if n == nil {
		return false, fmt.Errorf("the template has no condition %s", name)
	}
	a := t.conditions[name]
	if a == nil {
		a = &answer{busy: true}
		t.conditions[name] = a
		e := t.evaluator("")
		e.Names = literals{t}
		truth, faults, ok := e.Truth(n, "Conditions."+name)
		t.report("", faults)
		a.value, a.ok, a.busy = truth, ok, false
	}
	if a.busy {
		return false, fmt.Errorf("the condition %s depends on itself", name)
	}
	if !a.ok {
		return false, intrinsic.ErrReported
	}
	return a.value.(bool), nil
}

// holds answers the Condition attribute of a resource or output; absent means true.
func (t *template) holds(n *document.Node, resource, path string) (truth, ok bool) {
	c := n.Get("Condition")
	if c == nil {
		return true, true
	}
	if c.Kind != document.String {
		t.fail(resource, path, c.At, "must name a condition, not be %s", c.Kind)
		return false, false
	}
	truth, err := t.condition(c.Text)
	if err != nil && !errors.Is(err, intrinsic.ErrReported) {
		t.fail(resource, path, c.At, "%s", err)
	}
	return truth, err == nil
}

// checkRules evaluates the Rules section: what CloudFormation asserts of parameters.
func (t *template) checkRules() {
	for _, rule := range t.section("Rules") {
		path := "Rules." + rule.Key
		if when := rule.Value.Get("RuleCondition"); when != nil {
			truth, ok := t.assertion(when, path+".RuleCondition")
			if !ok || !truth {
				continue
			}
		}
		assertions := rule.Value.Get("Assertions")
		if assertions == nil || assertions.Kind != document.List {
			t.fail("", path, rule.At, "a rule wants a list of Assertions")
			continue
		}
		for _, a := range assertions.Items {
			t.checkAssertion(a, path)
		}
	}
}

func (t *template) checkAssertion(n *document.Node, path string) {
	assert := n.Get("Assert")
	if assert == nil {
		t.fail("", path, n.At, "an assertion wants Assert")
		return
	}
	truth, ok := t.assertion(assert, path)
	if !ok || truth {
		return
	}
	why := "the rule's assertion does not hold"
	if d := n.Get("AssertDescription"); d != nil {
		why += ": " + d.Text
	}
	t.fail("", path, n.At, "%s", why)
}

func (t *template) assertion(n *document.Node, path string) (truth, ok bool) {
	e := t.evaluator("")
	e.Names, e.Rules = literals{t}, true
	truth, faults, ok := e.Truth(n, path)
	t.report("", faults)
	return truth, ok
}
