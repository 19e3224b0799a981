package provision

import (
	"strings"

	"portico/local/gateway/api"
)

const (
	maxPriority         = 1_000_000
	maxHeaderConditions = 2
)

// rule reads a routing rule.
func (d *domainReader) rule(p properties) {
	arn := p.requiredText("DomainNameArn")
	name := arn[strings.LastIndexByte(arn, '/')+1:]
	domain, isThere := d.domainOf(p, "DomainNameArn", name)
	rule := api.RoutingRule{
		ID:       d.attribute(p.resource, "RoutingRuleId"),
		Priority: p.integerIn("Priority", 1, 1, maxPriority),
	}
	p.require("Priority")
	p.require("Conditions")
	readConditions(p, &rule)
	to, ok := d.invokedBy(p, &rule)
	if !isThere || !ok {
		return
	}
	if to.kind != "REST" {
		p.fail("Actions", "a routing rule invokes REST APIs alone; this is of the kind %s", to.kind)
	}
	if d.kinds[name] == "HTTP" || d.kinds[name] == "WEBSOCKET" {
		p.fail("DomainNameArn", "a domain with mappings to HTTP or WebSocket APIs has no routing rules")
	}
	if d.rules[name] == nil {
		d.rules[name] = map[int]bool{}
	}
	if d.rules[name][rule.Priority] {
		p.fail("Priority", "another rule of %s has this priority", name)
	}
	d.rules[name][rule.Priority] = true
	domain.Rules = append(domain.Rules, rule)
}

func readConditions(p properties, rule *api.RoutingRule) {
	paths := 0
	for _, condition := range p.objects("Conditions") {
		headers, hasHeaders := condition.object("MatchHeaders")
		if hasHeaders {
			rule.Headers = append(rule.Headers, readHeaderMatches(headers))
		}
		bases, hasPaths := condition.object("MatchBasePaths")
		if hasPaths {
			paths++
			rule.BasePaths = readBasePaths(bases)
		}
		if !hasHeaders && !hasPaths {
			condition.fail("MatchHeaders", "want MatchHeaders or MatchBasePaths")
		}
	}
	if len(rule.Headers) > maxHeaderConditions || paths > 1 {
		p.fail("Conditions", "want at most %d MatchHeaders and one MatchBasePaths",
			maxHeaderConditions)
	}
}

func readHeaderMatches(p properties) []api.HeaderMatch {
	var anyOf []api.HeaderMatch
	for _, each := range p.objects("AnyOf") {
		match := api.HeaderMatch{
			Name: each.requiredText("Header"), ValueGlob: each.requiredText("ValueGlob"),
		}
		inner := strings.TrimSuffix(strings.TrimPrefix(match.ValueGlob, "*"), "*")
		if strings.Contains(inner, "*") {
			each.fail("ValueGlob", "want a text with * at its beginning and end alone")
		}
		anyOf = append(anyOf, match)
	}
	if len(anyOf) == 0 {
		p.fail("AnyOf", "want at least one header")
	}
	return anyOf
}

func readBasePaths(p properties) []string {
	bases := p.texts("AnyOf")
	for _, base := range bases {
		if !basePath.MatchString(base) || len(base) > maxBasePath {
			p.fail("AnyOf", "want base paths of letters, digits and $-_.+!*'(), with one slash between "+
				"segments")
		}
	}
	if len(bases) == 0 {
		p.fail("AnyOf", "want at least one base path")
	}
	return bases
}

// invokedBy reads the one action of a rule.
func (d *domainReader) invokedBy(p properties, rule *api.RoutingRule) (target, bool) {
	actions := p.objects("Actions")
	if len(actions) != 1 {
		p.fail("Actions", "want exactly one action")
		return target{}, false
	}
	if !actions[0].require("InvokeApi") {
		return target{}, false
	}
	action, _ := actions[0].object("InvokeApi")
	rule.APIID, rule.Stage = action.text("ApiId"), action.requiredText("Stage")
	rule.StripBasePath = action.boolean("StripBasePath")
	to, ok := d.targetOf(action, "ApiId")
	if ok {
		checkStage(action, rule.Stage, to)
	}
	return to, ok
}
