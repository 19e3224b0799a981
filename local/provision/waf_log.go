package provision

import (
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// immunity reads for how long tokens hold.
func immunity(p properties) api.Immunity {
	seconds := func(name string, least int) int {
		config, ok := p.object(name)
		if !ok {
			return 0
		}
		config.known("ImmunityTimeProperty")
		property, ok := config.object("ImmunityTimeProperty")
		if !ok {
			return 0
		}
		property.known("ImmunityTime")
		property.require("ImmunityTime")
		return property.integerIn("ImmunityTime", 300, least, 259_200)
	}
	return api.Immunity{
		Captcha: seconds("CaptchaConfig", 60), Challenge: seconds("ChallengeConfig", 300),
	}
}

// firewallLogs reads the logging configurations, by the ARN of their web ACL. One that writes to
// what is no log group is reported.
func (r *reader) firewallLogs() map[string]*api.FirewallLog {
	logs := map[string]*api.FirewallLog{}
	for _, resource := range r.assembly.ByType(typeWebACLLogging) {
		p := r.properties(resource)
		acl, destinations := p.requiredText("ResourceArn"), p.texts("LogDestinationConfigs")
		if len(destinations) != 1 {
			p.fail("LogDestinationConfigs", "want one destination")
			continue
		}
		_, group, found := strings.Cut(destinations[0], ":log-group:")
		if !found {
			finding := about(resource, "LogDestinationConfigs[0]")
			finding.Status, finding.Value = coverage.NotHonoured, destinations[0]
			finding.Why = "only logs to log groups are written here"
			r.findings = append(r.findings, finding)
			continue
		}
		if !strings.HasPrefix(group, "aws-waf-logs-") {
			p.fail("LogDestinationConfigs", "AWS takes log groups whose name begins with aws-waf-logs-")
			continue
		}
		log := &api.FirewallLog{DestinationARN: destinations[0]}
		for _, field := range p.objects("RedactedFields") {
			log.Redacted = append(log.Redacted, redactedField(field))
		}
		if filter, ok := p.object("LoggingFilter"); ok {
			logFilters(filter, log)
		}
		logs[acl] = log
	}
	return logs
}

func redactedField(p properties) api.FieldToMatch {
	kind, inner, ok := p.only("UriPath", "QueryString", "SingleHeader", "Method")
	if !ok {
		return api.FieldToMatch{}
	}
	field := api.FieldToMatch{Kind: kind}
	if kind == "SingleHeader" {
		inner.known("Name")
		field.Name = inner.requiredText("Name")
	}
	return field
}

func logFilters(p properties, log *api.FirewallLog) {
	p.known("DefaultBehavior", "Filters")
	p.require("DefaultBehavior")
	log.Drop = p.choice("DefaultBehavior", "KEEP", "DROP") == "DROP"
	for _, item := range p.objects("Filters") {
		item.known("Behavior", "Requirement", "Conditions")
		item.require("Behavior")
		item.require("Requirement")
		filter := api.FirewallLogFilter{
			Drop: item.choice("Behavior", "KEEP", "DROP") == "DROP",
			All:  item.choice("Requirement", "MEETS_ALL", "MEETS_ANY") == "MEETS_ALL",
		}
		for _, condition := range item.objects("Conditions") {
			kind, inner, ok := condition.only("ActionCondition", "LabelNameCondition")
			switch {
			case !ok:
			case kind == "ActionCondition":
				inner.known("Action")
				filter.Actions = append(filter.Actions, inner.choice("Action",
					"ALLOW", "BLOCK", "COUNT", "CAPTCHA", "CHALLENGE", "EXCLUDED_AS_COUNT"))
			default:
				inner.known("LabelName")
				filter.Labels = append(filter.Labels, inner.requiredText("LabelName"))
			}
		}
		log.Filters = append(log.Filters, filter)
	}
}

// dataProtection reads what nothing recorded of requests may tell.
func dataProtection(p properties) []api.DataProtection {
	config, ok := p.object("DataProtectionConfig")
	if !ok {
		return nil
	}
	config.known("DataProtections")
	if config.require("DataProtections") && len(config.list("DataProtections")) == 0 {
		config.fail("DataProtections", "want one at least")
	}
	var all []api.DataProtection
	for _, item := range config.objects("DataProtections") {
		item.known("Field", "Action", "ExcludeRuleMatchDetails", "ExcludeRateBasedDetails")
		item.require("Field")
		item.require("Action")
		one := api.DataProtection{
			Action:                  item.choice("Action", "SUBSTITUTION", "HASH"),
			ExcludeRuleMatchDetails: item.boolean("ExcludeRuleMatchDetails"),
			ExcludeRateBasedDetails: item.boolean("ExcludeRateBasedDetails"),
		}
		if field, ok := item.object("Field"); ok {
			field.known("FieldType", "FieldKeys")
			field.require("FieldType")
			one.Field = field.choice("FieldType", "SINGLE_HEADER", "SINGLE_COOKIE",
				"SINGLE_QUERY_ARGUMENT", "QUERY_STRING", "BODY")
			one.Keys = field.texts("FieldKeys")
		}
		all = append(all, one)
	}
	return all
}
