package constructs

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awswafv2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// FirewallProps describes a web ACL in front of one stage of a REST API.
type FirewallProps struct {
	Name string
	// StageARN is the stage it protects.
	StageARN string
	// BlockedAddresses are CIDR ranges (IPv4) that are refused before anything else is looked at.
	BlockedAddresses []string
	// AddressLimit is how many calls one address may make in five minutes.
	AddressLimit int
	// ManagedGroups are rule groups of AWS, in the order they look.
	ManagedGroups []ManagedGroup
}

// ManagedGroup is a rule group AWS keeps.
type ManagedGroup struct {
	Name string
	// CountOnly are rules of the group that are counted instead of blocking.
	CountOnly []string
}

// NewFirewall creates the web ACL, its IP set and their association with the stage. What no rule
// blocks is let through.
func NewFirewall(scope constructs.Construct, props FirewallProps) error {
	if props.AddressLimit < 10 {
		return fmt.Errorf("web ACL %q limits an address to %d calls in five minutes: "+
			"AWS WAF takes at least 10", props.Name, props.AddressLimit)
	}
	parent := constructs.NewConstruct(scope, jsii.String("Firewall"))
	blocked := awswafv2.NewCfnIPSet(parent, jsii.String("Blocked"), &awswafv2.CfnIPSetProps{
		Name:             jsii.String(props.Name + "-blocked"),
		Description:      jsii.String("Addresses that are always refused."),
		Scope:            jsii.String("REGIONAL"),
		IpAddressVersion: jsii.String("IPV4"),
		Addresses:        jsii.Strings(props.BlockedAddresses...),
	})
	rules := []*awswafv2.CfnWebACL_RuleProperty{
		rule("blocked-addresses", &awswafv2.CfnWebACL_StatementProperty{
			IpSetReferenceStatement: map[string]any{"arn": *blocked.AttrArn()},
		}),
		rule("address-limit", &awswafv2.CfnWebACL_StatementProperty{
			RateBasedStatement: &awswafv2.CfnWebACL_RateBasedStatementProperty{
				AggregateKeyType:    jsii.String("IP"),
				Limit:               jsii.Number(props.AddressLimit),
				EvaluationWindowSec: jsii.Number(300),
			},
		}),
	}
	for _, group := range props.ManagedGroups {
		rules = append(rules, group.rule())
	}
	for i, r := range rules {
		r.Priority = jsii.Number(i)
	}
	acl := awswafv2.NewCfnWebACL(parent, jsii.String("WebACL"), &awswafv2.CfnWebACLProps{
		Name:  jsii.String(props.Name),
		Scope: jsii.String("REGIONAL"),
		DefaultAction: &awswafv2.CfnWebACL_DefaultActionProperty{
			Allow: &awswafv2.CfnWebACL_AllowActionProperty{},
		},
		Rules:            &rules,
		VisibilityConfig: visibility(props.Name),
	})
	awswafv2.NewCfnWebACLAssociation(parent, jsii.String("Association"),
		&awswafv2.CfnWebACLAssociationProps{
			ResourceArn: jsii.String(props.StageARN),
			WebAclArn:   acl.AttrArn(),
		})
	return nil
}

// rule blocks what the statement matches.
func rule(
	name string, statement *awswafv2.CfnWebACL_StatementProperty,
) *awswafv2.CfnWebACL_RuleProperty {
	return &awswafv2.CfnWebACL_RuleProperty{
		Name:      jsii.String(name),
		Priority:  jsii.Number(0),
		Statement: statement,
		Action: &awswafv2.CfnWebACL_RuleActionProperty{
			Block: &awswafv2.CfnWebACL_BlockActionProperty{},
		},
		VisibilityConfig: visibility(name),
	}
}

// rule applies the group's own actions, but for those that are only counted.
func (g ManagedGroup) rule() *awswafv2.CfnWebACL_RuleProperty {
	statement := &awswafv2.CfnWebACL_ManagedRuleGroupStatementProperty{
		VendorName: jsii.String("AWS"),
		Name:       jsii.String(g.Name),
	}
	if len(g.CountOnly) > 0 {
		var overrides []*awswafv2.CfnWebACL_RuleActionOverrideProperty
		for _, name := range g.CountOnly {
			overrides = append(overrides, &awswafv2.CfnWebACL_RuleActionOverrideProperty{
				Name: jsii.String(name),
				ActionToUse: &awswafv2.CfnWebACL_RuleActionProperty{
					Count: &awswafv2.CfnWebACL_CountActionProperty{},
				},
			})
		}
		statement.RuleActionOverrides = &overrides
	}
	return &awswafv2.CfnWebACL_RuleProperty{
		Name:     jsii.String(g.Name),
		Priority: jsii.Number(0),
		Statement: &awswafv2.CfnWebACL_StatementProperty{
			ManagedRuleGroupStatement: statement,
		},
		OverrideAction:   &awswafv2.CfnWebACL_OverrideActionProperty{None: map[string]any{}},
		VisibilityConfig: visibility(g.Name),
	}
}

func visibility(name string) *awswafv2.CfnWebACL_VisibilityConfigProperty {
	return &awswafv2.CfnWebACL_VisibilityConfigProperty{
		CloudWatchMetricsEnabled: jsii.Bool(true),
		SampledRequestsEnabled:   jsii.Bool(true),
		MetricName:               jsii.String(name),
	}
}
