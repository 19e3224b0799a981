package provision

import (
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/identity"
)

const (
	typeWebACL            = "AWS::WAFv2::WebACL"
	typeRuleGroup         = "AWS::WAFv2::RuleGroup"
	typeIPSet             = "AWS::WAFv2::IPSet"
	typeRegexPatternSet   = "AWS::WAFv2::RegexPatternSet"
	typeWebACLAssociation = "AWS::WAFv2::WebACLAssociation"
	typeWebACLLogging     = "AWS::WAFv2::LoggingConfiguration"
)

// firewallCoverage declares AWS WAF.
func firewallCoverage() coverage.Table {
	common := rules(
		part(firewall, "Name"),
		irrelevant(onlyText, "Description"),
		irrelevant(onlyTags, "Tags.**"),
		firewallChoice("Scope", []string{"REGIONAL"}, when("CLOUDFRONT", globalFirewall)),
	)
	withRules := rules(
		ruleRules(), part(firewall, "CustomResponseBodies.*.Content",
			"CustomResponseBodies.*.ContentType"),
		honoured("VisibilityConfig.**"),
	)
	return coverage.Table{
		typeWebACL: rules(common, withRules,
			part(firewall, "DefaultAction.Allow.**", "DefaultAction.Block.**",
				"AssociationConfig.RequestBody.**", "Rules[].OverrideAction.**"),
			part(firewallTokens, "CaptchaConfig.**", "ChallengeConfig.**", "TokenDomains.**"),
			part(firewallMasks, "DataProtectionConfig.**"),
			irrelevant("it is about Application Load Balancers", "OnSourceDDoSProtectionConfig.**"),
			irrelevant(labelOnly, "ApplicationConfig.**"),
		),
		typeRuleGroup: rules(common, withRules,
			part(firewall, "Capacity"),
			irrelevant(labelOnly, "AvailableLabels.**", "ConsumedLabels.**"),
		),
		typeIPSet:           rules(common, part(firewall, "Addresses[]", "IPAddressVersion")),
		typeRegexPatternSet: rules(common, part(firewall, "RegularExpressionList[]")),
		typeWebACLLogging: part(firewallLogs,
			"LogDestinationConfigs[]", "LoggingFilter.**", "RedactedFields.**", "ResourceArn"),
		typeWebACLAssociation: part(firewall, "ResourceArn", "WebACLArn"),
	}
}

// webACLs puts associated web ACLs on the stages of REST APIs.
func (r *reader) webACLs(apis map[string]*restAPI) {
	for _, resource := range r.assembly.ByType(typeWebACLAssociation) {
		p := r.properties(resource)
		target, acl := p.requiredText("ResourceArn"), p.requiredText("WebACLArn")
		// arn:aws:apigateway:{region}::/restapis/{api}/stages/{stage}; other ARNs are not API Gateway's.
		_, path, ok := strings.Cut(target, "::/restapis/")
		if !ok {
			continue
		}
		id, stage, ok := strings.Cut(path, "/stages/")
		owner := apis[id]
		if !ok || owner == nil {
			p.fail("ResourceArn", "there is no such REST API; there is %s", oneOf(apis))
			continue
		}
		if !owner.associate(stage, acl) {
			p.fail("ResourceArn", "REST API %s has no stage %q", id, stage)
		}
	}
}

// poolWebACLs returns the web ACLs of user pools, by the pool's ARN. What is associated with one
// that is elsewhere, or with what is neither a pool nor a stage, protects nothing here.
func (r *reader) poolWebACLs(pools []identity.UserPool) map[string]string {
	guarded := map[string]string{}
	for _, resource := range r.assembly.ByType(typeWebACLAssociation) {
		p := r.properties(resource)
		target := p.text("ResourceArn")
		for i := range pools {
			if pools[i].ARN == target {
				guarded[target] = p.text("WebACLArn")
			}
		}
		if guarded[target] == "" && !strings.Contains(target, "::/restapis/") {
			finding := about(resource, "ResourceArn")
			finding.Status, finding.Value = coverage.Irrelevant, target
			finding.Why = "what the web ACL protects is not served here"
			r.findings = append(r.findings, finding)
		}
	}
	return guarded
}

func (a *restAPI) associate(stage, acl string) bool {
	for i := range a.definition.Stages {
		if a.definition.Stages[i].Name == stage {
			a.definition.Stages[i].WebACL = acl
			return true
		}
	}
	return false
}
