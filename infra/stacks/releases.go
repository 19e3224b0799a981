package stacks

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"portico/infra/constructs"
	"portico/shared/names"
)

// checkSeconds is how long a check of a new version may take.
const checkSeconds = 120

// Releases is what checks new versions of functions before they get calls. It stands before all
// stacks with such functions and knows them by name alone: a deployment of theirs asks it.
func Releases(a *Application) error {
	a.checks = a.stack("releases", "Checks new versions of functions before they get calls.")
	props := a.functionProps(names.ReleaseCheck,
		"Replays events against a new version, and tells CodeDeploy whether it may get calls.",
		map[string]string{names.FunctionPrefix: a.prefix() + "-"})
	props.TimeoutSeconds = checkSeconds
	check, err := constructs.NewFunction(a.checks, props)
	if err != nil {
		return err
	}
	var versions, groups []string
	for _, function := range slices.Sorted(maps.Keys(shifted())) {
		stack := shifted()[function]
		versions = append(versions, constructs.FunctionARN(a.checks, a.prefix()+"-"+function, "*"))
		groups = append(groups, constructs.DeploymentGroupARN(a.checks, a.prefix()+"-"+stack, function))
	}
	check.AllowAny("a version has its number once it is published: those of these functions are the "+
		"least", versions, "lambda:InvokeFunction")
	check.Allow(groups, "codedeploy:GetDeployment",
		"codedeploy:PutLifecycleEventHookExecutionStatus")
	return nil
}

// shifted says in which stack the functions stand whose alias CodeDeploy moves.
func shifted() map[string]string {
	return map[string]string{
		names.Authorizer: "identity",
		names.Realtime:   "realtime",
		names.Orders:     "functions",
		names.Webhooks:   "functions",
	}
}

// shift has CodeDeploy move the aliases of a stack's functions.
func (a *Application) shift(stack awscdk.Stack, functions ...*constructs.Function) error {
	stack.AddDependency(a.checks, jsii.String("CodeDeploy asks it before a version gets calls"))
	shift, err := constructs.NewShift(stack, constructs.ShiftProps{
		Application:  *stack.StackName(),
		Schedule:     a.Settings.Shift,
		Hook:         a.prefix() + "-" + names.ReleaseCheck,
		ErrorPercent: a.Settings.Alarms.ErrorPercent,
	})
	if err != nil {
		return err
	}
	for _, function := range functions {
		shift.Add(function)
	}
	return nil
}
