package cloudformation

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// variable is ${Name} or ${Name.Attribute} in a Fn::Sub.
var variable = regexp.MustCompile(`\$\{([A-Za-z0-9]+)(?:\.[^}]*)?\}`)

// inOrder returns resources in the order in which they are created: what one refers to or depends on
// comes before it.
func inOrder(all []Resource, d document) []Resource {
	byID := map[string]Resource{}
	for _, r := range all {
		byID[r.LogicalID] = r
	}
	made := make([]Resource, 0, len(all))
	seen := map[string]bool{}
	var visit func(id string)
	visit = func(id string) {
		r, exists := byID[id]
		if !exists || seen[id] {
			return
		}
		seen[id] = true
		needs := map[string]bool{}
		gather(d.section("Resources")[id], needs)
		for _, need := range slices.Sorted(maps.Keys(needs)) {
			visit(need)
		}
		made = append(made, r)
	}
	for _, id := range slices.Sorted(maps.Keys(byID)) {
		visit(id)
	}
	return made
}

// gather finds the names that a value refers to.
func gather(value any, into map[string]bool) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			gather(item, into)
		}
	case map[string]any:
		for key, inner := range value {
			for _, name := range referred(key, inner) {
				into[name] = true
			}
			gather(inner, into)
		}
	}
}

// referred returns the names in the argument of a function, or in DependsOn.
func referred(function string, argument any) []string {
	switch argument := argument.(type) {
	case string:
		switch function {
		case "Ref", "DependsOn":
			return []string{argument}
		case "Fn::GetAtt":
			name, _, _ := strings.Cut(argument, ".")
			return []string{name}
		case "Fn::Sub":
			return namesInText(argument)
		}
	case []any:
		return referredInList(function, argument)
	}
	return nil
}

func referredInList(function string, items []any) []string {
	var names []string
	for i, item := range items {
		text, ok := item.(string)
		switch {
		case !ok:
		case function == "DependsOn", function == "Fn::GetAtt" && i == 0:
			names = append(names, text)
		case function == "Fn::Sub" && i == 0:
			names = append(names, namesInText(text)...)
		}
	}
	return names
}

func namesInText(text string) []string {
	var names []string
	for _, match := range variable.FindAllStringSubmatch(text, -1) {
		names = append(names, match[1])
	}
	return names
}
