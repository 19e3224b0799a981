package constructs

import (
	"fmt"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"portico/shared/names"
)

// SourceMetadata is the resource metadata that names a function's Go package, relative to the
// repository, so that a runner can build it for its own machine.
const SourceMetadata = "portico:source"

// assetMetadata is the context key of metadata that would name the asset's folder. The folder
// differs between a synth that compiles and one that does not, and nothing reads it.
const assetMetadata = "aws:cdk:enable-asset-metadata"

// FunctionProps describes a function written in Go.
type FunctionProps struct {
	// Name is the function's folder below functions/ and the construct's id.
	Name string
	// Prefix and a dash stand before Name in the physical name.
	Prefix      string
	Description string
	Sources     *Sources
	// TimeoutSeconds ends a call that takes longer. There is no default: it belongs to the route.
	TimeoutSeconds int
	MemoryMB       int
	Environment    map[string]string
	// Concurrency reserves environments; 0 shares the account's.
	Concurrency int
	Tracing     bool
	Logs        LogProps
}

// Function is a Lambda function on provided.al2023 and arm64. Callers use its alias live, which
// points at the version of the code just deployed; Shift has it moved there step by step. Its
// role may write to its own log group and nothing else, until a stack grants more.
//
// Nothing invokes a function asynchronously: API Gateway waits for its answer, and Lambda itself
// polls the queue, whose dead letters are kept; CodeDeploy takes an hour's silence of its hook for
// a no. So none has a destination for events that were lost; a source of such events must bring
// one along.
type Function struct {
	Lambda awslambda.Function
	Alias  awslambda.Alias
	scope  constructs.Construct
	props  FunctionProps
	role   awsiam.Role
}

// NewFunction creates the function, its role, log group, version and alias.
func NewFunction(scope constructs.Construct, props FunctionProps) (*Function, error) {
	if props.TimeoutSeconds <= 0 {
		return nil, fmt.Errorf("function %q has no timeout: TimeoutSeconds must be above 0",
			props.Name)
	}
	source := "functions/" + props.Name
	code, err := props.Sources.code(source)
	if err != nil {
		return nil, err
	}
	parent := constructs.NewConstruct(scope, jsii.String(props.Name))
	parent.Node().SetContext(jsii.String(assetMetadata), false)
	logs, err := newLogGroup(parent, "Logs", "/aws/lambda/"+props.physicalName(), props.Logs)
	if err != nil {
		return nil, err
	}
	role := awsiam.NewRole(parent, jsii.String("Role"), &awsiam.RoleProps{
		AssumedBy: awsiam.NewServicePrincipal(jsii.String("lambda.amazonaws.com"), nil),
	})
	logs.GrantWrite(role)
	function := awslambda.NewFunction(parent, jsii.String("Function"),
		props.function(code, logs, role))
	function.Node().DefaultChild().(awslambda.CfnFunction).AddMetadata(
		jsii.String(SourceMetadata), source)
	alias := awslambda.NewAlias(parent, jsii.String("Live"), &awslambda.AliasProps{
		AliasName: jsii.String(names.Alias),
		Version:   function.CurrentVersion(),
	})
	made := &Function{Lambda: function, Alias: alias, scope: parent, props: props, role: role}
	if props.Tracing {
		made.acceptWildcards("X-Ray knows no resources: its two actions can be allowed on all alone")
	}
	return made, nil
}

// AllowAny is Allow for resources with wildcards, which need a reason.
func (f *Function) AllowAny(reason string, resources []string, actions ...string) {
	f.Allow(resources, actions...)
	f.acceptWildcards(reason)
}

// acceptWildcards writes down why the role's policy names no single resource.
func (f *Function) acceptWildcards(reason string) {
	policy := f.role.Node().TryFindChild(jsii.String("DefaultPolicy"))
	Accept(policy, ruleWildcards, reason)
}

// Allow lets the function take the actions on the resources.
func (f *Function) Allow(resources []string, actions ...string) {
	f.role.AddToPrincipalPolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings(actions...),
		Resources: jsii.Strings(resources...),
	}))
}

func (p FunctionProps) physicalName() string {
	return p.Prefix + "-" + p.Name
}

func (p FunctionProps) function(
	code awslambda.Code, logs awslogs.ILogGroup, role awsiam.IRole,
) *awslambda.FunctionProps {
	tracing := awslambda.Tracing_DISABLED
	if p.Tracing {
		tracing = awslambda.Tracing_ACTIVE
	}
	environment := map[string]*string{}
	for name, value := range p.Environment {
		environment[name] = jsii.String(value)
	}
	props := &awslambda.FunctionProps{
		FunctionName: jsii.String(p.physicalName()),
		Description:  jsii.String(p.Description),
		Runtime:      awslambda.Runtime_PROVIDED_AL2023(),
		Architecture: awslambda.Architecture_ARM_64(),
		Handler:      jsii.String("bootstrap"),
		Code:         code,
		Timeout:      awscdk.Duration_Seconds(jsii.Number(p.TimeoutSeconds)),
		MemorySize:   jsii.Number(p.MemoryMB),
		Environment:  &environment,
		Tracing:      tracing,
		LogGroup:     logs,
		Role:         role,
		// Old versions stay, so that the alias can go back to one.
		CurrentVersionOptions: &awslambda.VersionOptions{
			RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
		},
	}
	if p.Concurrency > 0 {
		props.ReservedConcurrentExecutions = jsii.Number(p.Concurrency)
	}
	return props
}

// sortedKeys returns the keys of a map in order: CDK ids must not depend on the map's.
func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
