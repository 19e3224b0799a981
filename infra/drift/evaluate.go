package drift

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
)

// unknown is a value that only CloudFormation knows; absent one that is not there.
type (
	unknown struct{}
	absent  struct{}
)

// evaluator knows the values of a deployed template, as far as they can be told from outside.
type evaluator struct {
	resources  map[string]any
	conditions map[string]any
	parameters map[string]string
	physical   map[string]string
	pseudo     map[string]string
}

func newEvaluator(
	template map[string]any, stack *types.Stack, physical map[string]string,
) *evaluator {
	e := &evaluator{
		resources: object(template["Resources"]), conditions: object(template["Conditions"]),
		parameters: map[string]string{}, physical: physical,
		pseudo: map[string]string{"AWS::StackName": aws.ToString(stack.StackName)},
	}
	for _, p := range stack.Parameters {
		value := aws.ToString(p.ParameterValue)
		if resolved := aws.ToString(p.ResolvedValue); resolved != "" {
			value = resolved
		}
		e.parameters[aws.ToString(p.ParameterKey)] = value
	}
	// arn:aws:cloudformation:us-east-1:123456789012:stack/name/id
	id := aws.ToString(stack.StackId)
	if parts := strings.SplitN(id, ":", 6); len(parts) == 6 {
		e.pseudo["AWS::Partition"], e.pseudo["AWS::Region"] = parts[1], parts[3]
		e.pseudo["AWS::AccountId"], e.pseudo["AWS::StackId"] = parts[4], id
		if parts[1] == "aws" {
			e.pseudo["AWS::URLSuffix"] = "amazonaws.com"
		}
	}
	return e
}

func object(value any) map[string]any { o, _ := value.(map[string]any); return o }

func list(value any) []any { l, _ := value.([]any); return l }

func text(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// typeOf returns the type of a resource; "" for none.
func (e *evaluator) typeOf(logicalID string) string {
	return text(object(e.resources[logicalID])["Type"])
}

// properties returns the values of a resource's properties.
func (e *evaluator) properties(logicalID string) map[string]any {
	made, _ := e.value(object(e.resources[logicalID])["Properties"]).(map[string]any)
	return made
}

// deployed returns the resources of some types that are there, by logical id.
func (e *evaluator) deployed(kind string) []string {
	var found []string
	for _, id := range sorted(e.resources) {
		condition := text(object(e.resources[id])["Condition"])
		_, isThere := e.physical[id]
		if e.typeOf(id) == kind && isThere && (condition == "" || e.holds(condition) != false) {
			found = append(found, id)
		}
	}
	return found
}

// value evaluates what a template says.
func (e *evaluator) value(of any) any {
	switch of := of.(type) {
	case map[string]any:
		if len(of) == 1 {
			for name, argument := range of {
				if name == "Ref" || name == "Condition" || strings.HasPrefix(name, "Fn::") {
					return e.function(name, argument)
				}
			}
		}
		made := map[string]any{}
		for name, inner := range of {
			if value := e.value(inner); value != (absent{}) {
				made[name] = value
			}
		}
		return made
	case []any:
		made := []any{}
		for _, inner := range of {
			if value := e.value(inner); value != (absent{}) {
				made = append(made, value)
			}
		}
		return made
	case nil:
		return absent{}
	}
	return of
}

func (e *evaluator) function(name string, argument any) any {
	switch name {
	case "Ref":
		return e.reference(text(argument))
	case "Fn::GetAtt":
		return e.attribute(argument)
	case "Fn::If":
		return e.choose(list(argument))
	case "Fn::Join":
		return e.join(list(argument))
	case "Fn::Sub":
		return e.substitute(argument)
	}
	return unknown{}
}

func (e *evaluator) reference(name string) any {
	if name == "AWS::NoValue" {
		return absent{}
	}
	for _, known := range []map[string]string{e.parameters, e.pseudo, e.physical} {
		if value, ok := known[name]; ok {
			return value
		}
	}
	return unknown{}
}

// attribute knows the number of a version, which its id ends with.
func (e *evaluator) attribute(argument any) any {
	name, which, _ := strings.Cut(text(argument), ".")
	if parts := list(argument); len(parts) == 2 {
		name, which = text(parts[0]), text(parts[1])
	}
	if e.typeOf(name) == "AWS::Lambda::Version" && which == "Version" {
		arn := e.physical[name]
		if at := strings.LastIndex(arn, ":"); at > 0 {
			return arn[at+1:]
		}
	}
	return unknown{}
}

func (e *evaluator) choose(parts []any) any {
	if len(parts) != 3 {
		return unknown{}
	}
	switch e.holds(text(parts[0])) {
	case true:
		return e.value(parts[1])
	case false:
		return e.value(parts[2])
	}
	return unknown{}
}

// holds evaluates a condition: true, false, or unknown.
func (e *evaluator) holds(name string) any {
	condition, known := e.conditions[name]
	if !known {
		return unknown{}
	}
	return e.condition(condition)
}

func (e *evaluator) condition(of any) any {
	for name, argument := range object(of) {
		parts := list(argument)
		switch {
		case name == "Condition":
			return e.holds(text(argument))
		case name == "Fn::Equals" && len(parts) == 2:
			x, y := e.value(parts[0]), e.value(parts[1])
			if x == (unknown{}) || y == (unknown{}) {
				return unknown{}
			}
			return text(x) == text(y)
		case name == "Fn::Not" && len(parts) == 1:
			if holds, ok := e.condition(parts[0]).(bool); ok {
				return !holds
			}
		case name == "Fn::And":
			return e.all(parts, true)
		case name == "Fn::Or":
			return e.all(parts, false)
		}
	}
	return unknown{}
}

// all is Fn::And for true, Fn::Or for false.
func (e *evaluator) all(parts []any, and bool) any {
	var result any = and
	for _, part := range parts {
		switch e.condition(part) {
		case !and:
			return !and
		case unknown{}:
			result = unknown{}
		}
	}
	return result
}

func (e *evaluator) join(parts []any) any {
	if len(parts) != 2 {
		return unknown{}
	}
	values, ok := e.value(parts[1]).([]any)
	if !ok {
		return unknown{}
	}
	var texts []string
	for _, value := range values {
		if value == (unknown{}) {
			return unknown{}
		}
		texts = append(texts, text(value))
	}
	return strings.Join(texts, text(parts[0]))
}

var placeholder = regexp.MustCompile(`\$\{([^!}][^}]*)\}`)

func (e *evaluator) substitute(argument any) any {
	template, own := text(argument), map[string]any{}
	if parts := list(argument); len(parts) == 2 {
		template, own = text(parts[0]), object(parts[1])
	}
	known := true
	made := placeholder.ReplaceAllStringFunc(template, func(found string) string {
		name := strings.TrimSpace(found[2 : len(found)-1])
		value := e.reference(name)
		if given, has := own[name]; has {
			value = e.value(given)
		} else if strings.Contains(name, ".") {
			value = e.attribute(name)
		}
		if value == (unknown{}) {
			known = false
		}
		return text(value)
	})
	if !known {
		return unknown{}
	}
	return strings.ReplaceAll(made, "${!", "${")
}
