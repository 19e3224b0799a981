package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// nagMetadata is the resource metadata in which cdk-nag looks for what is accepted, and why. It is
// written here as it stands there, so that only the check loads cdk-nag.
const nagMetadata = "cdk_nag"

// Accept lets a resource break a rule of cdk-nag, for a reason that is written into the template
// beside it.
func Accept(construct constructs.IConstruct, rule, reason string) {
	resource, ok := construct.(awscdk.CfnResource)
	if !ok {
		resource = construct.Node().DefaultChild().(awscdk.CfnResource)
	}
	var accepted []any
	if before, ok := resource.GetMetadata(jsii.String(nagMetadata)).(map[string]any); ok {
		accepted, _ = before["rules_to_suppress"].([]any)
	}
	resource.AddMetadata(jsii.String(nagMetadata), map[string]any{
		"rules_to_suppress": append(accepted, map[string]any{"id": rule, "reason": reason}),
	})
}

// The rules that are accepted somewhere.
const (
	ruleNoAuthorization = "AwsSolutions-APIG4"
	ruleNoValidation    = "AwsSolutions-APIG2"
	ruleNoUserPool      = "AwsSolutions-COG4"
	ruleWildcards       = "AwsSolutions-IAM5"
)
