package provision

import (
	"portico/local/gateway/api"
)

// firewallParts are what web ACLs of the templates may refer to, by ARN.
type firewallParts struct {
	groups   map[string]api.RuleGroup
	ipSets   map[string]api.IPSet
	patterns map[string]api.RegexPatternSet
}

// readWebACLs reads the regional web ACLs: a global one protects what is not served here.
func (r *reader) readWebACLs() []api.WebACL {
	parts := firewallParts{
		groups: map[string]api.RuleGroup{}, ipSets: r.ipSets(), patterns: r.regexPatternSets(),
	}
	for _, resource := range r.assembly.ByType(typeRuleGroup) {
		group := api.RuleGroup{ARN: r.attribute(resource, "Arn")}
		p := r.properties(resource)
		group.Name = p.textOr("Name", resource.LogicalID)
		group.CustomResponseBodies = responseBodies(p)
		p.require("Capacity")
		group.Capacity = p.integer("Capacity", 0)
		group.Rules = firewallRules(p, parts)
		parts.groups[group.ARN] = group
	}
	logs := r.firewallLogs()
	var acls []api.WebACL
	for _, resource := range r.assembly.ByType(typeWebACL) {
		p := r.properties(resource)
		if p.choice("Scope", "REGIONAL", "CLOUDFRONT") != "REGIONAL" {
			continue
		}
		p.require("Scope")
		acl := api.WebACL{
			ARN: r.attribute(resource, "Arn"), Name: p.textOr("Name", resource.LogicalID),
			Account: r.account(resource), CustomResponseBodies: responseBodies(p),
			BodyLimit: bodyLimit(p), Rules: firewallRules(p, parts), RuleGroups: parts.groups,
			IPSets: parts.ipSets, RegexPatternSets: parts.patterns, Immunity: immunity(p),
			TokenDomains: p.texts("TokenDomains"), Log: logs[r.attribute(resource, "Arn")],
			Protected: dataProtection(p), Metric: metricName(p, "CloudWatchMetricsEnabled"),
			Samples: metricName(p, "SampledRequestsEnabled"),
		}
		if p.require("DefaultAction") {
			acl.DefaultAction = ruleAction(p, "DefaultAction", "Allow", "Block")
		}
		acls = append(acls, acl)
	}
	return acls
}

func (r *reader) ipSets() map[string]api.IPSet {
	sets := map[string]api.IPSet{}
	for _, resource := range r.assembly.ByType(typeIPSet) {
		p := r.properties(resource)
		p.require("Addresses")
		p.require("IPAddressVersion")
		arn := r.attribute(resource, "Arn")
		sets[arn] = api.IPSet{
			ARN: arn, Version: p.choice("IPAddressVersion", "IPV4", "IPV6"),
			Addresses: p.texts("Addresses"),
		}
	}
	return sets
}

func (r *reader) regexPatternSets() map[string]api.RegexPatternSet {
	sets := map[string]api.RegexPatternSet{}
	for _, resource := range r.assembly.ByType(typeRegexPatternSet) {
		p := r.properties(resource)
		p.require("RegularExpressionList")
		arn := r.attribute(resource, "Arn")
		sets[arn] = api.RegexPatternSet{ARN: arn, Patterns: p.texts("RegularExpressionList")}
	}
	return sets
}

// bodyLimit returns how many bytes of a body are inspected at API Gateway.
func bodyLimit(p properties) int {
	limits := map[string]int{
		"KB_16": 16 << 10, "KB_32": 32 << 10, "KB_48": 48 << 10, "KB_64": 64 << 10,
	}
	association, _ := p.object("AssociationConfig")
	body, _ := association.object("RequestBody")
	gateway, _ := body.object("API_GATEWAY")
	return limits[gateway.choice("DefaultSizeInspectionLimit", "KB_16", "KB_32", "KB_48", "KB_64")]
}

func responseBodies(p properties) map[string]api.CustomResponseBody {
	given, _ := p.object("CustomResponseBodies")
	bodies := map[string]api.CustomResponseBody{}
	for _, key := range given.names() {
		body, ok := given.object(key)
		if !ok {
			continue
		}
		body.require("ContentType")
		bodies[key] = api.CustomResponseBody{
			ContentType: body.choice("ContentType", "TEXT_PLAIN", "TEXT_HTML", "APPLICATION_JSON"),
			Content:     body.requiredText("Content"),
		}
	}
	return bodies
}

// metricName returns what the metrics of a web ACL or rule are called; "" when what they are for is
// not enabled.
func metricName(p properties, enabled string) string {
	visibility, _ := p.object("VisibilityConfig")
	if !visibility.has(enabled) || !visibility.boolean(enabled) {
		return ""
	}
	return visibility.text("MetricName")
}

// firewallRules reads the rules of a web ACL or rule group.
func firewallRules(p properties, parts firewallParts) []api.FirewallRule {
	var all []api.FirewallRule
	for _, item := range p.objects("Rules") {
		item.known("Name", "Priority", "Action", "OverrideAction", "Statement", "RuleLabels",
			"VisibilityConfig", "CaptchaConfig", "ChallengeConfig")
		item.require("Priority")
		rule := api.FirewallRule{
			Name: item.requiredText("Name"), Priority: item.integer("Priority", 0),
			Immunity: immunity(item), Metric: metricName(item, "CloudWatchMetricsEnabled"),
			Samples: metricName(item, "SampledRequestsEnabled"),
		}
		if item.has("Action") {
			action := ruleAction(item, "Action", "Allow", "Block", "Count", "Captcha", "Challenge")
			rule.Action = &action
		}
		if override, ok := item.object("OverrideAction"); ok {
			rule.OverrideAction, _, _ = override.only("None", "Count")
		}
		for _, label := range item.objects("RuleLabels") {
			rule.Labels = append(rule.Labels, label.requiredText("Name"))
		}
		if inner, ok := item.object("Statement"); ok {
			rule.Statement = statementReader{parts: parts}.statement(inner)
		} else {
			item.require("Statement")
		}
		all = append(all, rule)
	}
	return all
}

// ruleAction reads an action: an object with one key.
func ruleAction(p properties, name string, allowed ...string) api.RuleAction {
	given, ok := p.object(name)
	if !ok {
		return api.RuleAction{}
	}
	kind, settings, ok := given.only(allowed...)
	if !ok {
		return api.RuleAction{}
	}
	settings.known("CustomRequestHandling", "CustomResponse")
	action := api.RuleAction{Type: kind}
	handling, _ := settings.object("CustomRequestHandling")
	action.InsertHeaders = customHeaders(handling, "InsertHeaders")
	if response, ok := settings.object("CustomResponse"); ok {
		response.known("ResponseCode", "CustomResponseBodyKey", "ResponseHeaders")
		response.require("ResponseCode")
		action.Response = &api.CustomResponse{
			Code:    response.integer("ResponseCode", 0),
			BodyKey: response.text("CustomResponseBodyKey"),
			Headers: customHeaders(response, "ResponseHeaders"),
		}
	}
	return action
}

func customHeaders(p properties, name string) []api.CustomHeader {
	var headers []api.CustomHeader
	for _, item := range p.objects(name) {
		headers = append(headers, api.CustomHeader{
			Name: item.requiredText("Name"), Value: item.requiredText("Value"),
		})
	}
	return headers
}
