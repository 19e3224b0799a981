package constructs

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewRelease lets the stage of a REST API be released step by step: a deployment of the stack no
// longer moves any call by itself, once a first release has pinned what serves.
//
// Three parameters of the stack say what the stage serves: ReleaseBaseline, the deployment that was
// there (the newest when empty), ReleaseCanary, whether the newest one serves a share besides, and
// ReleasePercent, that share. `portico release` moves them and nothing else, so that the template
// and the stage agree after every step, and `cdk deploy` keeps them. Deployments are retained:
// the one before stays what it was, and can be gone back to. alarms are the names of those that take
// a release back.
func NewRelease(scope constructs.Construct, api *RESTAPI, alarms []string) {
	baseline := parameter(scope, "ReleaseBaseline", &awscdk.CfnParameterProps{
		Type: jsii.String("String"), Default: jsii.String(""),
		Description: jsii.String("The deployment that serves; empty for the newest."),
	})
	canary := parameter(scope, "ReleaseCanary", &awscdk.CfnParameterProps{
		Type: jsii.String("String"), Default: jsii.String("off"),
		AllowedValues: jsii.Strings("on", "off"),
		Description:   jsii.String("Whether the newest deployment serves a share of the calls."),
	})
	percent := parameter(scope, "ReleasePercent", &awscdk.CfnParameterProps{
		Type: jsii.String("Number"), Default: jsii.Number(0),
		MinValue: jsii.Number(0), MaxValue: jsii.Number(100),
		Description: jsii.String("That share, in percent."),
	})
	pinned := condition(scope, "ReleasePinned",
		awscdk.Fn_ConditionNot(awscdk.Fn_ConditionEquals(baseline.ValueAsString(), jsii.String(""))))
	running := condition(scope, "ReleaseRunning",
		awscdk.Fn_ConditionAnd(pinned,
			awscdk.Fn_ConditionEquals(canary.ValueAsString(), jsii.String("on"))))
	deployment := api.API.LatestDeployment()
	deployment.Node().DefaultChild().(awsapigateway.CfnDeployment).ApplyRemovalPolicy(
		awscdk.RemovalPolicy_RETAIN, nil)
	// The id of the deployment stays a token: its name follows the routes, which may be added later.
	stage := api.API.DeploymentStage().Node().DefaultChild().(awsapigateway.CfnStage)
	stage.AddPropertyOverride(jsii.String("DeploymentId"), choose(pinned,
		reference(baseline.LogicalId()), *deployment.DeploymentId()))
	stage.AddPropertyOverride(jsii.String("CanarySetting"), choose(running,
		map[string]any{
			"DeploymentId":   *deployment.DeploymentId(),
			"PercentTraffic": reference(percent.LogicalId()),
		},
		reference(jsii.String("AWS::NoValue"))))
	// The description changes with every move, so that CloudFormation sees each as a change of the stage.
	stage.AddPropertyOverride(jsii.String("Description"), map[string]any{"Fn::Sub": "Release: baseline " +
		"'${ReleaseBaseline}', canary ${ReleaseCanary} at ${ReleasePercent} %"})
	released(scope, "ReleaseApi", "The API that is released.", *api.API.RestApiId())
	released(scope, "ReleaseStage", "Its stage.", api.props.StageName)
	released(scope, "ReleaseCandidate", "The newest deployment.", *deployment.DeploymentId())
	if len(alarms) > 0 {
		released(scope, "ReleaseAlarms", "Alarms that take a release back.", strings.Join(alarms, ","))
	}
}

func parameter(
	scope constructs.Construct, name string, props *awscdk.CfnParameterProps,
) awscdk.CfnParameter {
	return awscdk.NewCfnParameter(scope, jsii.String(name), props)
}

func condition(
	scope constructs.Construct, name string, holds awscdk.ICfnConditionExpression,
) awscdk.CfnCondition {
	return awscdk.NewCfnCondition(scope, jsii.String(name),
		&awscdk.CfnConditionProps{Expression: holds})
}

// choose is Fn::If.
func choose(holds awscdk.CfnCondition, then, otherwise any) map[string]any {
	return map[string]any{"Fn::If": []any{*holds.LogicalId(), then, otherwise}}
}

// reference is Ref.
func reference(name *string) map[string]any { return map[string]any{"Ref": *name} }

func released(scope constructs.Construct, name, description, value string) {
	awscdk.NewCfnOutput(scope, jsii.String(name), &awscdk.CfnOutputProps{
		Description: jsii.String(description), Value: jsii.String(value),
	})
}
