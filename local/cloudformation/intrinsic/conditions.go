package intrinsic

import (
	"reflect"

	"portico/local/cloudformation/document"
)

// isCondition reports that a function answers true or false.
func isCondition(name string) bool {
	switch name {
	case "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition":
		return true
	}
	return isRule(name)
}

// isRule reports that a function may stand in the Rules section only.
func isRule(name string) bool {
	switch name {
	case "Fn::Contains", "Fn::EachMemberEquals", "Fn::EachMemberIn":
		return true
	}
	return false
}

// truth evaluates a condition, which is one function.
func (r *run) truth(n *document.Node, path string) (truth, ok bool) {
	if n.Kind != document.Map || len(n.Entries) != 1 {
		r.fail(n, path, "a condition must be one of Fn::And, Fn::Or, Fn::Not, Fn::Equals, "+
			"Condition, not %s", n.Kind)
		return false, false
	}
	name, arg := n.Entries[0].Key, n.Entries[0].Value
	switch {
	case name == "Condition":
		return r.named(arg, path)
	case name == "Fn::And" || name == "Fn::Or":
		return r.several(name, arg, path)
	case name == "Fn::Not":
		args, ok := r.arguments(arg, path, name, [2]int{1, 1})
		if !ok {
			return false, false
		}
		truth, ok = r.truth(args[0], path)
		return !truth, ok
	case name == "Fn::Equals":
		return r.equals(arg, path)
	case isRule(name) && r.Rules:
		return r.members(name, arg, path)
	}
	r.fail(n, path, "%s cannot be a condition", name)
	return false, false
}

func (r *run) named(n *document.Node, path string) (truth, ok bool) {
	if n.Kind != document.String {
		r.fail(n, path, "Condition wants the name of a condition, not %s", n.Kind)
		return false, false
	}
	truth, err := r.Condition(n.Text)
	_, ok = r.answered(n, path, truth, err)
	return truth, ok
}

// several is Fn::And and Fn::Or; all of the conditions are evaluated, so that all faults show.
func (r *run) several(name string, n *document.Node, path string) (truth, ok bool) {
	args, ok := r.arguments(n, path, name, [2]int{2, 10})
	if !ok {
		return false, false
	}
	all, some, complete := true, false, true
	for _, arg := range args {
		one, ok := r.truth(arg, path)
		all, some, complete = all && one, some || one, complete && ok
	}
	if name == "Fn::And" {
		return all, complete
	}
	return some, complete
}

func (r *run) equals(n *document.Node, path string) (truth, ok bool) {
	args, ok := r.arguments(n, path, "Fn::Equals", [2]int{2, 2})
	if !ok {
		return false, false
	}
	left, ok := r.value(args[0], path)
	right, ok2 := r.value(args[1], path)
	return same(left, right), ok && ok2
}

// same compares as CloudFormation does: 1 and "1" are the same.
func same(left, right any) bool {
	a, scalar := Text(left)
	b, scalar2 := Text(right)
	if scalar && scalar2 {
		return a == b
	}
	return reflect.DeepEqual(left, right)
}

// members is Fn::Contains [list, value], Fn::EachMemberEquals [list, value] and
// Fn::EachMemberIn [list, list].
func (r *run) members(name string, n *document.Node, path string) (truth, ok bool) {
	args, ok := r.arguments(n, path, name, [2]int{2, 2})
	if !ok {
		return false, false
	}
	list, ok := r.list(args[0], path, "the first value of "+name)
	other, ok2 := r.value(args[1], path)
	if !ok || !ok2 {
		return false, false
	}
	allowed, isList := other.([]any)
	if isList != (name == "Fn::EachMemberIn") {
		r.fail(args[1], path, "the second value of %s cannot be %s", name, kindOf(other))
		return false, false
	}
	if !isList {
		allowed = []any{other}
	}
	matched := 0
	for _, item := range list {
		if contains(allowed, item) {
			matched++
		}
	}
	if name == "Fn::Contains" {
		return matched > 0, true
	}
	return matched == len(list), true
}

func contains(list []any, value any) bool {
	for _, item := range list {
		if same(item, value) {
			return true
		}
	}
	return false
}
