package provision

import (
	"strings"

	"portico/local/cloudformation/coverage"
)

const typeWebACLAssociation = "AWS::WAFv2::WebACLAssociation"

// firewallCoverage declares AWS WAF.
func firewallCoverage() coverage.Table {
	common := rules(
		part(firewall, "Name", "Scope"),
		irrelevant(onlyText, "Description"),
		irrelevant(onlyTags, "Tags.**"),
	)
	return coverage.Table{
		"AWS::WAFv2::WebACL": rules(common,
			part(firewall, "DefaultAction.**", "Rules.**", "CustomResponseBodies.**",
				"AssociationConfig.**", "CaptchaConfig.**", "ChallengeConfig.**",
				"TokenDomains.**", "DataProtectionConfig.**"),
			irrelevant("it is about Application Load Balancers", "OnSourceDDoSProtectionConfig.**"),
			irrelevant(labelOnly, "ApplicationConfig.**"),
			irrelevant(noCloudWatch, "VisibilityConfig.**"),
		),
		"AWS::WAFv2::RuleGroup": rules(common,
			part(firewall, "Rules.**", "CustomResponseBodies.**"),
			irrelevant(onDeployment, "Capacity"),
			irrelevant(labelOnly, "AvailableLabels.**", "ConsumedLabels.**"),
			irrelevant(noCloudWatch, "VisibilityConfig.**"),
		),
		"AWS::WAFv2::IPSet":           rules(common, part(firewall, "Addresses[]", "IPAddressVersion")),
		"AWS::WAFv2::RegexPatternSet": rules(common, part(firewall, "RegularExpressionList[]")),
		"AWS::WAFv2::LoggingConfiguration": part(firewall,
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

func (a *restAPI) associate(stage, acl string) bool {
	for i := range a.definition.Stages {
		if a.definition.Stages[i].Name == stage {
			a.definition.Stages[i].WebACL = acl
			return true
		}
	}
	return false
}
