package provision

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"portico/local/gateway/api"
)

// known notes every property of this object that is not one of those given: the coverage rules do
// not reach into nested statements, and nothing of a control is passed over.
func (p properties) known(names ...string) {
	for _, name := range p.names() {
		if p.has(name) && !slices.Contains(names, name) {
			p.fail(name, "unknown property; known are %s", strings.Join(names, ", "))
		}
	}
}

// only returns the one key that an object has, and what it holds, which may be an empty object.
func (p properties) only(allowed ...string) (key string, inner properties, ok bool) {
	var given []string
	for _, name := range p.names() {
		if p.has(name) {
			given = append(given, name)
		}
	}
	if len(given) != 1 || !slices.Contains(allowed, given[0]) {
		p.problems.add(p.resource, p.path, p.values,
			"want exactly one of "+strings.Join(allowed, ", "))
		return "", properties{}, false
	}
	inner, ok = p.object(given[0])
	return given[0], inner, ok
}

// statementReader reads statements.
type statementReader struct{ parts firewallParts }

// statement reads a statement with all that is nested in it.
func (r statementReader) statement(p properties) api.Statement {
	kind, inner, ok := p.only(statementKinds()...)
	if !ok {
		return api.Statement{}
	}
	switch kind {
	case "AndStatement":
		return api.Statement{And: r.several(inner)}
	case "OrStatement":
		return api.Statement{Or: r.several(inner)}
	case "NotStatement":
		inner.known("Statement")
		return api.Statement{Not: r.nested(inner, "Statement")}
	case "RateBasedStatement":
		return api.Statement{RateBased: r.rateBased(inner)}
	case "RuleGroupReferenceStatement":
		return api.Statement{RuleGroup: r.ruleGroup(inner)}
	case "ManagedRuleGroupStatement":
		return api.Statement{ManagedRuleGroup: r.managedGroup(inner)}
	case "IPSetReferenceStatement", "GeoMatchStatement", "AsnMatchStatement", "LabelMatchStatement":
		return r.origin(kind, inner)
	}
	return r.text(kind, inner)
}

// statementKinds are AWS's names of statements.
func statementKinds() []string {
	return []string{
		"ByteMatchStatement", "RegexMatchStatement", "RegexPatternSetReferenceStatement",
		"SizeConstraintStatement", "SqliMatchStatement", "XssMatchStatement", "GeoMatchStatement",
		"AsnMatchStatement", "IPSetReferenceStatement", "LabelMatchStatement", "RateBasedStatement",
		"RuleGroupReferenceStatement", "ManagedRuleGroupStatement", "AndStatement", "OrStatement",
		"NotStatement",
	}
}

// several reads the statements of an And or Or. It is never nil, so that an empty list is noticed.
func (r statementReader) several(p properties) []api.Statement {
	p.known("Statements")
	p.require("Statements")
	statements := []api.Statement{}
	for _, item := range p.objects("Statements") {
		statements = append(statements, r.statement(item))
	}
	return statements
}

func (r statementReader) nested(p properties, name string) *api.Statement {
	inner, ok := p.object(name)
	if !ok {
		return nil
	}
	statement := r.statement(inner)
	return &statement
}

// text reads a statement on a part of the request.
func (r statementReader) text(kind string, p properties) api.Statement {
	specific := map[string][]string{
		"ByteMatchStatement": {
			"PositionalConstraint", "SearchString", "SearchStringBase64",
		},
		"RegexMatchStatement":               {"RegexString"},
		"RegexPatternSetReferenceStatement": {"Arn"},
		"SizeConstraintStatement":           {"ComparisonOperator", "Size"},
		"SqliMatchStatement":                {"SensitivityLevel"},
	}
	p.known(append(specific[kind], "FieldToMatch", "TextTransformations")...)
	field, chain := fieldToMatch(p), transformations(p)
	switch kind {
	case "ByteMatchStatement":
		return api.Statement{ByteMatch: &api.ByteMatchStatement{
			Field: field, Transformations: chain, Search: searchString(p),
			Position: p.requiredText("PositionalConstraint"),
		}}
	case "RegexMatchStatement":
		return api.Statement{RegexMatch: &api.RegexMatchStatement{
			Field: field, Transformations: chain, Pattern: p.requiredText("RegexString"),
		}}
	case "RegexPatternSetReferenceStatement":
		lookUp(p, "Arn", "regex pattern set", r.parts.patterns)
		return api.Statement{RegexPatternSet: &api.RegexPatternSetStatement{
			Field: field, Transformations: chain, ARN: p.text("Arn"),
		}}
	case "SizeConstraintStatement":
		p.require("Size")
		return api.Statement{SizeConstraint: &api.SizeConstraintStatement{
			Field: field, Transformations: chain, Size: p.integer("Size", 0),
			Operator: p.requiredText("ComparisonOperator"),
		}}
	case "SqliMatchStatement":
		return api.Statement{SQLiMatch: &api.SQLiMatchStatement{
			Field: field, Transformations: chain,
			Sensitivity: p.choice("SensitivityLevel", "LOW", "HIGH"),
		}}
	}
	return api.Statement{XSSMatch: &api.XSSMatchStatement{Field: field, Transformations: chain}}
}

func searchString(p properties) string {
	if !p.has("SearchStringBase64") {
		return p.requiredText("SearchString")
	}
	decoded, err := base64.StdEncoding.DecodeString(p.text("SearchStringBase64"))
	if err != nil {
		p.fail("SearchStringBase64", "want base64: %v", err)
	}
	return string(decoded)
}

// transformations returns the names of text transformations in the order of their priority.
func transformations(p properties) []string {
	items := p.objects("TextTransformations")
	slices.SortStableFunc(items, func(a, b properties) int {
		return cmp.Compare(a.integer("Priority", 0), b.integer("Priority", 0))
	})
	var names []string
	for _, item := range items {
		item.known("Priority", "Type")
		item.require("Priority")
		names = append(names, item.requiredText("Type"))
	}
	return names
}

// origin reads a statement on where a request comes from, or on labels.
func (r statementReader) origin(kind string, p properties) api.Statement {
	switch kind {
	case "IPSetReferenceStatement":
		p.known("Arn", "IPSetForwardedIPConfig")
		lookUp(p, "Arn", "IP set", r.parts.ipSets)
		return api.Statement{IPSet: &api.IPSetStatement{
			ARN: p.text("Arn"), ForwardedIP: forwardedIP(p, "IPSetForwardedIPConfig"),
		}}
	case "GeoMatchStatement":
		p.known("CountryCodes", "ForwardedIPConfig")
		p.require("CountryCodes")
		return api.Statement{GeoMatch: &api.GeoMatchStatement{
			Countries:   p.texts("CountryCodes"),
			ForwardedIP: forwardedIP(p, "ForwardedIPConfig"),
		}}
	case "AsnMatchStatement":
		p.known("AsnList", "ForwardedIPConfig")
		p.require("AsnList")
		return api.Statement{ASNMatch: &api.ASNMatchStatement{
			ASNs: numbers(p, "AsnList"), ForwardedIP: forwardedIP(p, "ForwardedIPConfig"),
		}}
	}
	p.known("Scope", "Key")
	return api.Statement{LabelMatch: &api.LabelMatchStatement{
		Scope: p.requiredText("Scope"), Key: p.requiredText("Key"),
	}}
}

func numbers(p properties, name string) []int {
	all := []int{}
	for i, text := range p.texts(name) {
		number, err := strconv.Atoi(text)
		if err != nil {
			p.problems.add(p.resource, fmt.Sprintf("%s[%d]", p.at(name), i), text,
				"want a whole number")
		}
		all = append(all, number)
	}
	return all
}

func forwardedIP(p properties, name string) *api.ForwardedIP {
	given, ok := p.object(name)
	if !ok {
		return nil
	}
	given.known("HeaderName", "FallbackBehavior", "Position")
	given.require("FallbackBehavior")
	return &api.ForwardedIP{
		Header:   given.requiredText("HeaderName"),
		Fallback: given.choice("FallbackBehavior", "NO_MATCH", "MATCH"),
		Position: given.choice("Position", "FIRST", "LAST", "ANY"),
	}
}
