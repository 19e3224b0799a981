package provision

import "portico/local/cloudformation/coverage"

// managedGroups are the managed rule groups that are served while web ACLs are. Those in injected
// have rules that look for SQL injection or cross-site scripting.
var (
	injectedGroups = []string{"AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet"}
	otherGroups    = []string{
		"AWSManagedRulesAdminProtectionRuleSet", "AWSManagedRulesKnownBadInputsRuleSet",
		"AWSManagedRulesLinuxRuleSet", "AWSManagedRulesUnixRuleSet", "AWSManagedRulesWindowsRuleSet",
		"AWSManagedRulesPHPRuleSet", "AWSManagedRulesWordPressRuleSet",
		"AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesAnonymousIpList",
	}
	// watchfulGroups watch clients over time, and put labels of their tokens on requests.
	watchfulGroups = []string{
		"AWSManagedRulesBotControlRuleSet", "AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet",
		"AWSManagedRulesAntiDDoSRuleSet",
	}
)

// ruleRules declares the rules of web ACLs and rule groups. What is nested in a statement is read
// strictly: an unknown property there is a mistake that stops the start, and so does a nested
// statement that is not honoured, when the web ACL is compiled.
func ruleRules() []coverage.Rule {
	const statement = "Rules[].Statement."
	return rules(
		part(firewall, "Rules[].Name", "Rules[].Priority", "Rules[].Action.**",
			"Rules[].RuleLabels.**"),
		part(firewallTokens, "Rules[].CaptchaConfig.**", "Rules[].ChallengeConfig.**"),
		honoured("Rules[].VisibilityConfig.**"),
		part(firewall, statement+"ByteMatchStatement.**", statement+"RegexMatchStatement.**",
			statement+"RegexPatternSetReferenceStatement.**", statement+"SizeConstraintStatement.**",
			statement+"GeoMatchStatement.**", statement+"AsnMatchStatement.**",
			statement+"IPSetReferenceStatement.**", statement+"LabelMatchStatement.**",
			statement+"RateBasedStatement.**", statement+"RuleGroupReferenceStatement.**",
			statement+"AndStatement.**", statement+"OrStatement.**", statement+"NotStatement.**"),
		part(injections, statement+"SqliMatchStatement.**", statement+"XssMatchStatement.**"),
		managedGroupRules(statement+"ManagedRuleGroupStatement."),
	)
}

func managedGroupRules(group string) []coverage.Rule {
	var injected []option
	for _, name := range injectedGroups {
		injected = append(injected, when(name, injections))
	}
	for _, name := range watchfulGroups {
		injected = append(injected, when(name, firewallWatch))
	}
	return rules(
		firewallChoice(group+"Name", otherGroups, injected...),
		firewallChoice(group+"VendorName", []string{"AWS"}),
		part(firewall, group+"ExcludedRules[].Name", group+"RuleActionOverrides.**",
			group+"ScopeDownStatement.**"),
		irrelevant("all versions have the same rules here", group+"Version"),
		refused("no rule group that is served here takes any", group+"ManagedRuleGroupConfigs.**"),
	)
}

// firewallChoice is choice, once web ACLs are served.
func firewallChoice(path string, always []string, options ...option) []coverage.Rule {
	if !firewall.served {
		return part(firewall, path)
	}
	return choice(path, always, options...)
}
