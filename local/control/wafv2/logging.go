package wafv2

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"portico/local/control/model"
)

// logged returns the web ACL whose logs a call is about.
func (c *call) logged(arn string) (*item, error) {
	acl, err := c.byARN(arn)
	if err != nil {
		return nil, err
	}
	if acl.Type != typeWebACL {
		return nil, invalid(badARN, "RESOURCE_ARN", arn)
	}
	return acl, nil
}

func putLogging(c *call) (model.Object, error) {
	given := c.in.Object("LoggingConfiguration")
	acl, err := c.logged(given.Text("ResourceArn"))
	if err != nil {
		return nil, err
	}
	if acl.described {
		return nil, describedBy("WebACL " + acl.Name)
	}
	for _, destination := range given.Texts("LogDestinationConfigs") {
		_, group, ok := strings.Cut(destination, ":log-group:")
		if !ok || !strings.HasPrefix(group, "aws-waf-logs-") {
			return nil, invalid(badARN, "LOG_DESTINATION", destination)
		}
	}
	kept := model.Object{}.Take(given, "ResourceArn", "LogDestinationConfigs", "RedactedFields",
		"LoggingFilter")
	c.world.Logging[acl.ARN] = kept
	if _, err := c.compile(acl.ARN); err != nil {
		return nil, refused(err)
	}
	return model.Object{"LoggingConfiguration": viewLogging(kept)}, nil
}

func viewLogging(kept model.Object) model.Object {
	out := kept.Clone()
	out["ManagedByFirewallManager"] = false
	out["LogType"], out["LogScope"] = "WAF_LOGS", "CUSTOMER"
	return out
}

func getLogging(c *call) (model.Object, error) {
	acl, err := c.logged(c.in.Text("ResourceArn"))
	if err != nil {
		return nil, err
	}
	kept, ok := c.world.Logging[acl.ARN]
	if !ok {
		return nil, nonexistent()
	}
	return model.Object{"LoggingConfiguration": viewLogging(kept)}, nil
}

func deleteLogging(c *call) (model.Object, error) {
	acl, err := c.logged(c.in.Text("ResourceArn"))
	if err != nil {
		return nil, err
	}
	if _, ok := c.world.Logging[acl.ARN]; !ok {
		return nil, nonexistent()
	}
	delete(c.world.Logging, acl.ARN)
	return model.Object{}, nil
}

func listLogging(c *call) (model.Object, error) {
	arns := slices.Sorted(maps.Keys(c.world.Logging))
	return page(c, "LoggingConfigurations", arns, func(arn string) (string, any) {
		return arn, viewLogging(c.world.Logging[arn])
	})
}

// owned returns the rule group that a call about permissions is for.
func (c *call) owned() (*item, error) {
	arn := c.in.Text("ResourceArn")
	found, err := c.byARN(arn)
	if err != nil {
		return nil, err
	}
	if found.Type != typeGroup {
		return nil, invalid(badARN, "RESOURCE_ARN", arn)
	}
	return found, nil
}

// putPermission keeps the policy that shares a rule group with other accounts, of which none calls
// here.
func putPermission(c *call) (model.Object, error) {
	found, err := c.owned()
	if err != nil {
		return nil, err
	}
	if found.described {
		return nil, describedBy("RuleGroup " + found.Name)
	}
	var document struct {
		Version   string
		Statement []struct {
			Effect                      string
			Action, Principal, Resource any
		}
	}
	text := c.in.Text("Policy")
	ok := json.Unmarshal([]byte(text), &document) == nil && document.Version != "" &&
		len(document.Statement) > 0
	for _, s := range document.Statement {
		ok = ok && s.Effect != "" && s.Action != nil && s.Principal != nil && s.Resource == nil
	}
	if !ok {
		return nil, refusal("WAFInvalidPermissionPolicyException",
			"The operation failed because the specified policy isn't in the proper format.")
	}
	c.world.Permissions[found.ARN] = text
	return model.Object{}, nil
}

func getPermission(c *call) (model.Object, error) {
	found, err := c.owned()
	if err != nil {
		return nil, err
	}
	text, ok := c.world.Permissions[found.ARN]
	if !ok {
		return nil, nonexistent()
	}
	return model.Object{"Policy": text}, nil
}

func deletePermission(c *call) (model.Object, error) {
	found, err := c.owned()
	if err != nil {
		return nil, err
	}
	if _, ok := c.world.Permissions[found.ARN]; !ok {
		return nil, nonexistent()
	}
	delete(c.world.Permissions, found.ARN)
	return model.Object{}, nil
}
