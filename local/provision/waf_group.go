package provision

import "portico/local/gateway/api"

// rateBased reads a rate-based statement.
func (r statementReader) rateBased(p properties) *api.RateBasedStatement {
	p.known("Limit", "EvaluationWindowSec", "AggregateKeyType", "CustomKeys", "ForwardedIPConfig",
		"ScopeDownStatement")
	p.require("Limit")
	p.require("AggregateKeyType")
	statement := &api.RateBasedStatement{
		Limit:       p.integerIn("Limit", 10, 10, 2_000_000_000),
		Window:      p.integer("EvaluationWindowSec", 300),
		KeyType:     p.choice("AggregateKeyType", "IP", "FORWARDED_IP", "CUSTOM_KEYS", "CONSTANT"),
		ForwardedIP: forwardedIP(p, "ForwardedIPConfig"),
		ScopeDown:   r.nested(p, "ScopeDownStatement"),
	}
	for _, item := range p.objects("CustomKeys") {
		statement.Keys = append(statement.Keys, rateKey(item))
	}
	return statement
}

// rateKey reads a part of a custom aggregate key.
func rateKey(p properties) api.RateKey {
	kind, inner, ok := p.only("Header", "Cookie", "QueryArgument", "QueryString", "HTTPMethod",
		"UriPath", "LabelNamespace", "IP", "ForwardedIP", "ASN", "JA3Fingerprint", "JA4Fingerprint")
	if !ok {
		return api.RateKey{}
	}
	key := api.RateKey{Kind: kind}
	switch kind {
	case "Header", "Cookie", "QueryArgument":
		inner.known("Name", "TextTransformations")
		key.Name, key.Transformations = inner.requiredText("Name"), transformations(inner)
	case "QueryString", "UriPath":
		inner.known("TextTransformations")
		key.Transformations = transformations(inner)
	case "LabelNamespace":
		inner.known("Namespace")
		key.Name = inner.requiredText("Namespace")
	case "JA3Fingerprint", "JA4Fingerprint":
		inner.known("FallbackBehavior")
		key.Fallback = inner.choice("FallbackBehavior", "MATCH", "NO_MATCH")
	default:
		inner.known()
	}
	return key
}

// ruleGroup reads a reference to a rule group of the account's own.
func (r statementReader) ruleGroup(p properties) *api.RuleGroupStatement {
	p.known("Arn", "ExcludedRules", "RuleActionOverrides")
	lookUp(p, "Arn", "rule group", r.parts.groups)
	return &api.RuleGroupStatement{
		ARN: p.text("Arn"), Excluded: excludedRules(p), Overrides: actionOverrides(p),
	}
}

// managedGroup reads a reference to a managed rule group.
func (r statementReader) managedGroup(p properties) *api.ManagedRuleGroupStatement {
	p.known("VendorName", "Name", "Version", "ExcludedRules", "RuleActionOverrides",
		"ManagedRuleGroupConfigs", "ScopeDownStatement")
	if p.has("ManagedRuleGroupConfigs") {
		p.fail("ManagedRuleGroupConfigs", "no rule group that is served here takes any")
	}
	return &api.ManagedRuleGroupStatement{
		Vendor: p.requiredText("VendorName"), Name: p.requiredText("Name"), Version: p.text("Version"),
		Excluded: excludedRules(p), Overrides: actionOverrides(p),
		ScopeDown: r.nested(p, "ScopeDownStatement"),
	}
}

func excludedRules(p properties) []string {
	var names []string
	for _, item := range p.objects("ExcludedRules") {
		item.known("Name")
		names = append(names, item.requiredText("Name"))
	}
	return names
}

func actionOverrides(p properties) map[string]api.RuleAction {
	overrides := map[string]api.RuleAction{}
	for _, item := range p.objects("RuleActionOverrides") {
		item.known("Name", "ActionToUse")
		item.require("ActionToUse")
		overrides[item.requiredText("Name")] = ruleAction(
			item, "ActionToUse", "Allow", "Block", "Count", "Captcha", "Challenge")
	}
	return overrides
}
