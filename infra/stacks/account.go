package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigateway"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/jsii-runtime-go"

	"portico/infra/constructs"
)

// Account is what API Gateway keeps once per account and region: the role with which REST and
// WebSocket stages write their logs. The stack is the same for every environment and bears none
// of their names, so that environments that share an account share it; it stays when deleted,
// because every other API of the region writes its logs through it.
func Account(a *Application) error {
	stack := awscdk.NewStack(a.App, jsii.String("portico-account"), &awscdk.StackProps{
		Description:        jsii.String("What API Gateway keeps once per account and region."),
		Env:                &awscdk.Environment{Region: jsii.String(a.Settings.Region)},
		AnalyticsReporting: jsii.Bool(false),
		Tags:               &map[string]*string{"application": jsii.String("portico")},
	})
	role := awsiam.NewRole(stack, jsii.String("LogRole"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("apigateway.amazonaws.com"), nil),
		ManagedPolicies: &[]awsiam.IManagedPolicy{awsiam.ManagedPolicy_FromAwsManagedPolicyName(
			jsii.String("service-role/AmazonAPIGatewayPushToCloudWatchLogs"))},
	})
	constructs.Accept(role, "AwsSolutions-IAM4",
		"API Gateway takes only a role with this policy of AWS for its logs")
	role.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN)
	account := awsapigateway.NewCfnAccount(stack, jsii.String("Account"),
		&awsapigateway.CfnAccountProps{CloudWatchRoleArn: role.RoleArn()})
	account.ApplyRemovalPolicy(awscdk.RemovalPolicy_RETAIN, nil)
	a.account = stack
	return nil
}
