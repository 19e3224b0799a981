package wafv2

import (
	"errors"
	"net/http"
	"strings"

	"portico/local/control/model"
	"portico/local/provision"
)

func refusal(code, message string) error {
	return model.Refuse(code, http.StatusBadRequest, "%s", message)
}

func nonexistent() error {
	return refusal("WAFNonexistentItemException",
		"AWS WAF couldn’t perform the operation because your resource doesn’t exist.")
}

func duplicate() error {
	return refusal("WAFDuplicateItemException", "AWS WAF couldn’t perform the operation because some "+
		"resource in your request is a duplicate of an existing one.")
}

func associated() error {
	return refusal("WAFAssociatedItemException", "AWS WAF couldn’t perform the operation because your "+
		"resource is being used by another resource or it’s associated with another resource.")
}

func stale() error {
	return refusal("WAFOptimisticLockException", "AWS WAF couldn’t save your changes because someone "+
		"changed the resource after you started to edit it. Reapply your changes.")
}

func tooMany() error {
	return refusal("WAFLimitsExceededException", "AWS WAF couldn’t perform the operation because you "+
		"exceeded your resource limit.")
}

// describedBy refuses a change of what a template describes.
//
// Unlike AWS: it cannot be changed beside the template; the next edit of that would undo it.
func describedBy(what string) error {
	return refusal("WAFInvalidOperationException",
		what+" is described by the template that is served here; change it there")
}

// The reasons that AWS gives.
const (
	notOneValue = "You have used none or multiple values for a field that requires exactly one value."
	tooLittle   = "You haven't met a minimum requirement for a threshold setting. Examples include " +
		"a rule group capacity setting that's too low and an OR statement with only one nested " +
		"statement."
	badReference = "A reference in your rule statement is not valid."
	badFormat    = "The parameter contains formatting that is not valid."
	overCapacity = "You exceeded the capacity limit for a rule group or web ACL."
	badARN       = "The ARN isn't valid. A valid ARN begins with arn: and includes other information " +
		"separated by colons or slashes."
)

// invalid is AWS's refusal of a parameter.
func invalid(reason, field, parameter string) error {
	return &model.Error{
		Code: "WAFInvalidParameterException", Status: http.StatusBadRequest,
		Message: "Error reason: " + reason + ", field: " + field + ", parameter: " + parameter,
		Members: map[string]string{"Field": field, "Parameter": parameter, "Reason": reason},
	}
}

// refused turns what the host says of rules into a refusal: what it cannot read or compile is what
// somebody wrote.
//
// Unlike AWS: where AWS's own reason is not known, it is that of the engine here.
func refused(err error) error {
	var known *model.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var problem *provision.Problem
	if errors.As(err, &problem) {
		field, parameter := fieldOf(problem.Property)
		return invalid(sentence(problem.Reason), field, parameter)
	}
	return invalid(sentence(strings.TrimPrefix(err.Error(), "web ACL "+trialName+": ")), "RULE", "Rule")
}

func sentence(text string) string {
	return strings.ToUpper(text[:1]) + strings.TrimSuffix(text[1:], ".") + "."
}

// fieldOf returns what AWS calls the place of a property: Rules[0].Statement.AndStatement.
func fieldOf(path string) (field, parameter string) {
	fields := map[string]string{
		"AndStatement": "AND_STATEMENT", "OrStatement": "OR_STATEMENT", "NotStatement": "NOT_STATEMENT",
		"ByteMatchStatement": "BYTE_MATCH_STATEMENT", "GeoMatchStatement": "GEO_MATCH_STATEMENT",
		"SqliMatchStatement": "SQLI_MATCH_STATEMENT", "XssMatchStatement": "XSS_MATCH_STATEMENT",
		"SizeConstraintStatement": "SIZE_CONSTRAINT_STATEMENT", "Statement": "STATEMENT",
		"RateBasedStatement": "RATE_BASED_STATEMENT", "LabelMatchStatement": "LABEL_MATCH_STATEMENT",
		"RuleGroupReferenceStatement":       "RULE_GROUP_REFERENCE_STATEMENT",
		"RegexPatternSetReferenceStatement": "REGEX_PATTERN_REFERENCE_STATEMENT",
		"IPSetReferenceStatement":           "IP_SET_REFERENCE_STATEMENT",
		"ManagedRuleGroupStatement":         "MANAGED_RULE_SET_STATEMENT",
		"FieldToMatch":                      "FIELD_TO_MATCH", "TextTransformations": "TEXT_TRANSFORMATION",
		"SingleQueryArgument": "SINGLE_QUERY_ARGUMENT", "SingleHeader": "SINGLE_HEADER",
		"DefaultAction": "DEFAULT_ACTION", "Action": "RULE_ACTION", "OverrideAction": "OVERRIDE_ACTION",
		"CustomResponse": "CUSTOM_RESPONSE", "CustomRequestHandling": "CUSTOM_REQUEST_HANDLING",
		"CustomResponseBodies": "CUSTOM_RESPONSE_BODY", "CustomKeys": "CUSTOM_KEYS",
		"ForwardedIPConfig": "FORWARDED_IP_CONFIG", "ScopeDownStatement": "SCOPE_DOWN",
		"IPSetForwardedIPConfig": "IP_SET_FORWARDED_IP_CONFIG", "LoggingFilter": "LOGGING_FILTER",
		"LogDestinationConfigs": "LOG_DESTINATION", "ChallengeConfig": "CHALLENGE_CONFIG",
		"OversizeHandling": "OVERSIZE_HANDLING", "FallbackBehavior": "FALLBACK_BEHAVIOR",
		"DataProtectionConfig": "DATA_PROTECTION_CONFIG", "ExcludedRules": "EXCLUDED_RULE",
		"ManagedRuleGroupConfigs": "MANAGED_RULE_GROUP_CONFIG", "TokenDomains": "TOKEN_DOMAIN",
		"Addresses": "IP_ADDRESS", "RegularExpressionList": "REGEX_PATTERN_SET", "Rules": "RULE",
	}
	parts := strings.Split(path, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		name, _, _ := strings.Cut(parts[i], "[")
		if found := fields[name]; found != "" {
			return found, strings.TrimSuffix(name, "s")
		}
	}
	return "WEB_ACL", path
}
