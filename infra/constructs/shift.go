package constructs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"portico/shared/names"
)

// ShiftProps says how the aliases of a stack's functions move to new versions.
type ShiftProps struct {
	// Application is the name of the stack's CodeDeploy application. Each function has a deployment
	// group of its own name in it.
	Application string
	// Schedule is a configuration that CodeDeploy has for Lambda, without what all of them begin with:
	// AllAtOnce, Canary10Percent5Minutes, Linear10PercentEvery1Minute, ….
	Schedule string
	// Hook is the physical name of the function that CodeDeploy asks before a new version gets calls.
	// It must exist before the stack is updated.
	Hook string
	// ErrorPercent is by how many points of a hundred more of a new version's calls may fail than of
	// the old one's.
	ErrorPercent float64
}

// Shift moves the alias live of functions from version to version. A deployment of the stack
// publishes a new version, has Hook check it, and gives it calls by the schedule; it ends when
// the new version has all of them. When the hook says no, the function's alarm goes off or the
// deployment is stopped, CodeDeploy points the alias back and CloudFormation rolls the stack
// back. The first deployment of a function has nothing to shift from: its alias is made as it is.
type Shift struct {
	scope       constructs.Construct
	props       ShiftProps
	application awscodedeploy.CfnApplication
	role        awsiam.Role
}

// NewShift creates the application and the role in which CodeDeploy moves aliases.
func NewShift(scope constructs.Construct, props ShiftProps) (*Shift, error) {
	if all := Schedules(); !slices.Contains(all, props.Schedule) {
		return nil, fmt.Errorf("application %q shifts by the schedule %q: it must be one of %s",
			props.Application, props.Schedule, strings.Join(all, ", "))
	}
	if props.Hook == "" || props.ErrorPercent <= 0 {
		return nil, fmt.Errorf("application %q has the hook %q and lets %g percent more calls fail: "+
			"name a function, and a share above 0", props.Application, props.Hook, props.ErrorPercent)
	}
	s := &Shift{scope: scope, props: props}
	s.application = awscodedeploy.NewCfnApplication(scope, jsii.String("Releases"),
		&awscodedeploy.CfnApplicationProps{
			ApplicationName: jsii.String(props.Application), ComputePlatform: jsii.String("Lambda"),
		})
	s.role = s.newRole()
	return s, nil
}

// Schedules lists what CodeDeploy has for Lambda ("Working with deployment configurations in
// CodeDeploy").
func Schedules() []string {
	return []string{
		"AllAtOnce",
		"Canary10Percent5Minutes", "Canary10Percent10Minutes",
		"Canary10Percent15Minutes", "Canary10Percent30Minutes",
		"Linear10PercentEvery1Minute", "Linear10PercentEvery2Minutes",
		"Linear10PercentEvery3Minutes", "Linear10PercentEvery10Minutes",
	}
}

// newRole creates the role, which only this application's deployment groups may use
// ("Cross-service confused deputy prevention"). It may do what AWS's own policy for it lists
// (AWSCodeDeployRoleForLambdaLimited), with the functions that Add names.
func (s *Shift) newRole() awsiam.Role {
	stack := awscdk.Stack_Of(s.scope)
	role := awsiam.NewRole(s.scope, jsii.String("ReleasesRole"), &awsiam.RoleProps{
		Description: jsii.String("CodeDeploy moves the aliases of " + s.props.Application + "."),
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("codedeploy.amazonaws.com"),
			&awsiam.ServicePrincipalOpts{Conditions: &map[string]any{
				"StringEquals": map[string]any{"aws:SourceAccount": stack.Account()},
				"ArnLike": map[string]any{
					"aws:SourceArn": DeploymentGroupARN(stack, s.props.Application, "*"),
				},
			}}),
	})
	allow := func(resource string, action string) {
		role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Actions: jsii.Strings(action), Resources: jsii.Strings(resource),
		}))
	}
	allow(FunctionARN(stack, s.props.Hook, ""), "lambda:InvokeFunction")
	allow(*stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("cloudwatch"), Resource: jsii.String("alarm"),
		ResourceName: jsii.String("*"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	}), "cloudwatch:DescribeAlarms")
	Accept(role.Node().TryFindChild(jsii.String("DefaultPolicy")), ruleWildcards,
		"CloudWatch asks for the right to describe all alarms of the account, whichever is described")
	return role
}

// Add has CodeDeploy move the function's alias.
func (s *Shift) Add(f *Function) {
	stack, name := awscdk.Stack_Of(s.scope), f.props.physicalName()
	s.role.AddToPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions: jsii.Strings("lambda:GetAlias", "lambda:UpdateAlias",
			"lambda:GetProvisionedConcurrencyConfig"),
		Resources: jsii.Strings(FunctionARN(stack, name, ""), FunctionARN(stack, name, names.Alias)),
	}))
	alarm := s.watch(f)
	group := awscodedeploy.NewCfnDeploymentGroup(f.scope, jsii.String("Release"),
		&awscodedeploy.CfnDeploymentGroupProps{
			ApplicationName:      s.application.Ref(),
			DeploymentGroupName:  jsii.String(f.props.Name),
			ServiceRoleArn:       s.role.RoleArn(),
			DeploymentConfigName: jsii.String("CodeDeployDefault.Lambda" + s.props.Schedule),
			DeploymentStyle: &awscodedeploy.CfnDeploymentGroup_DeploymentStyleProperty{
				DeploymentType:   jsii.String("BLUE_GREEN"),
				DeploymentOption: jsii.String("WITH_TRAFFIC_CONTROL"),
			},
			AlarmConfiguration: &awscodedeploy.CfnDeploymentGroup_AlarmConfigurationProperty{
				Enabled: jsii.Bool(true), IgnorePollAlarmFailure: jsii.Bool(false),
				Alarms: []any{&awscodedeploy.CfnDeploymentGroup_AlarmProperty{Name: alarm.AlarmName()}},
			},
			AutoRollbackConfiguration: &awscodedeploy.CfnDeploymentGroup_AutoRollbackConfigurationProperty{
				Enabled: jsii.Bool(true),
				Events: jsii.Strings("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST",
					"DEPLOYMENT_STOP_ON_ALARM"),
			},
		})
	// Before an alias moves, its alarm looks at the new version, and the role may move it.
	group.Node().AddDependency(alarm, s.role)
	f.Alias.Node().AddDependency(group)
	f.Alias.Node().DefaultChild().(awslambda.CfnAlias).CfnOptions().SetUpdatePolicy(
		&awscdk.CfnUpdatePolicy{CodeDeployLambdaAliasUpdate: &awscdk.CfnCodeDeployLambdaAliasUpdate{
			ApplicationName: s.application.Ref(), DeploymentGroupName: group.Ref(),
			BeforeAllowTrafficHook: jsii.String(s.props.Hook),
		}})
}

const (
	// newCalls is how many calls a minute a new version needs for the share that fails to mean
	// anything.
	newCalls            = 10
	releaseMinutes      = 3
	badReleaseMinutes   = 2
	releaseErrorsBeyond = "IF(newCalls >= %d, 100 * newErrors / newCalls - " +
		"IF(calls > newCalls, 100 * (errors - newErrors) / (calls - newCalls), 0), 0)"
)

// watch creates the alarm that takes the function's release back. It holds the new version
// against the old one, both behind the alias, because some functions fail by design: an
// authorizer refuses a token so. It tells no topic: CodeDeploy looks at it, and the alarm
// function-errors wakes people. It lives with the function, since a deployment group asks for
// alarms that exist.
func (s *Shift) watch(f *Function) awscloudwatch.Alarm {
	name := f.props.physicalName()
	of := func(metricName string, newOnly bool) awscloudwatch.IMetric {
		dimensions := map[string]string{"FunctionName": name, "Resource": name + ":" + names.Alias}
		if newOnly {
			dimensions["ExecutedVersion"] = *f.Lambda.CurrentVersion().Version()
		}
		return metric("AWS/Lambda", metricName, "Sum", dimensions)
	}
	return awscloudwatch.NewAlarm(f.scope, jsii.String("ReleaseErrors"), &awscloudwatch.AlarmProps{
		AlarmName: jsii.String(name + "-" + kindRelease),
		AlarmDescription: jsii.String("More calls fail of the new version of " + f.props.Name +
			" than of the old one. Runbook: docs/runbooks/" + kindRelease + ".md"),
		Metric: awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
			Expression: jsii.String(fmt.Sprintf(releaseErrorsBeyond, newCalls)),
			UsingMetrics: &map[string]awscloudwatch.IMetric{
				"newErrors": of("Errors", true), "newCalls": of("Invocations", true),
				"errors": of("Errors", false), "calls": of("Invocations", false),
			},
			Label:  jsii.String("failed calls more than of the old version, points of a hundred"),
			Period: awscdk.Duration_Minutes(jsii.Number(1)),
		}),
		Threshold:          jsii.Number(s.props.ErrorPercent),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
		EvaluationPeriods:  jsii.Number(releaseMinutes),
		DatapointsToAlarm:  jsii.Number(badReleaseMinutes),
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
}

// DeploymentGroupARN names a deployment group that may not exist yet.
func DeploymentGroupARN(stack awscdk.Stack, application, group string) string {
	return *stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("codedeploy"), Resource: jsii.String("deploymentgroup"),
		ResourceName: jsii.String(application + "/" + group),
		ArnFormat:    awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
}

// FunctionARN names a function that may not exist yet, or what its qualifier says of it.
func FunctionARN(stack awscdk.Stack, name, qualifier string) string {
	if qualifier != "" {
		name += ":" + qualifier
	}
	return *stack.FormatArn(&awscdk.ArnComponents{
		Service: jsii.String("lambda"), Resource: jsii.String("function"),
		ResourceName: jsii.String(name), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
	})
}
