package stacks

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"portico/infra/constructs"
	"portico/infra/settings"
	"portico/shared/names"
)

// Application is the order service in one environment. Each field below the settings is written by
// one stack, named in its comment, and read only by stacks after it.
type Application struct {
	App      awscdk.App
	Settings settings.Settings
	Sources  *constructs.Sources

	account       awscdk.Stack              // Account
	orders        awsdynamodb.Table         // Data
	connections   awsdynamodb.Table         // Data
	webhooks      awssqs.Queue              // Data
	dead          awssqs.Queue              // Data
	logKey        awskms.Key                // Data; nil where AWS's own is used
	checks        awscdk.Stack              // Releases
	users         awscognito.UserPool       // Identity
	serviceClient awscognito.UserPoolClient // Identity
	webClient     awscognito.UserPoolClient // Identity
	authorizer    *constructs.Function      // Identity
	realtime      *constructs.WebSocketAPI  // Realtime
	orderer       *constructs.Function      // Functions
	public        *constructs.HTTPAPI       // Public
	partner       *constructs.RESTAPI       // Partner
}

// stack begins a stack of this environment.
func (a *Application) stack(name, description string) awscdk.Stack {
	return awscdk.NewStack(a.App, jsii.String(a.prefix()+"-"+name), &awscdk.StackProps{
		Description:           jsii.String(description),
		Env:                   &awscdk.Environment{Region: jsii.String(a.Settings.Region)},
		AnalyticsReporting:    jsii.Bool(false),
		TerminationProtection: jsii.Bool(a.Settings.Prod()),
		Tags: &map[string]*string{
			"application": jsii.String("portico"),
			"environment": jsii.String(a.Settings.Environment),
		},
	})
}

// prefix begins every physical name.
func (a *Application) prefix() string {
	return "portico-" + a.Settings.Environment
}

func (a *Application) logs() constructs.LogProps {
	return constructs.LogProps{
		RetentionDays: a.Settings.LogRetentionDays,
		Retain:        a.Settings.RetainData,
		Key:           a.logKey,
	}
}

// function creates a function with what all of them have in common.
func (a *Application) function(
	stack awscdk.Stack, name, description string, environment map[string]string,
) (*constructs.Function, error) {
	return constructs.NewFunction(stack, a.functionProps(name, description, environment))
}

func (a *Application) functionProps(
	name, description string, environment map[string]string,
) constructs.FunctionProps {
	environment[names.Environment] = a.Settings.Environment
	environment[names.LogLevel] = a.Settings.LogLevel
	return constructs.FunctionProps{
		Name:           name,
		Prefix:         a.prefix(),
		Description:    description,
		Sources:        a.Sources,
		TimeoutSeconds: functionSeconds,
		MemoryMB:       a.Settings.MemoryMB,
		Environment:    environment,
		Concurrency:    a.Settings.Concurrency[name],
		Tracing:        a.Settings.Tracing,
		Logs:           a.logs(),
	}
}

// functionSeconds ends a call of a function before the APIs stop waiting for it.
const functionSeconds = 10

// domain begins the name of an API in the environment's zone; nil without one.
func (a *Application) domain(
	stack awscdk.Stack, label string, mutualTLS bool,
) (*constructs.Domain, error) {
	d := a.Settings.Domain
	if d.Zone == "" {
		return nil, nil
	}
	props := constructs.DomainProps{Name: label + "." + d.Zone, Zone: d.Zone, ZoneID: d.ZoneID}
	if mutualTLS {
		props.Truststore, props.TruststoreVersion = d.Truststore, d.TruststoreVersion
	}
	return constructs.NewDomain(stack, props)
}

// output shows a value after a deployment.
func output(stack awscdk.Stack, id, description, value string) {
	awscdk.NewCfnOutput(stack, jsii.String(id), &awscdk.CfnOutputProps{
		Description: jsii.String(description),
		Value:       jsii.String(value),
	})
}

// throttle passes a limit of the settings on to a construct.
func throttle(t settings.Throttle) constructs.Throttle {
	return constructs.Throttle{Rate: t.Rate, Burst: t.Burst}
}
