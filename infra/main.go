// Command infra is the CDK app: it synthesizes the stacks of one environment, chosen by the
// context key env (dev when absent), without an account and without the network. `npx cdk` runs
// it; run directly, it reads CDK_OUTDIR and CDK_CONTEXT_JSON as every CDK app does. What the
// stacks contain stands in infra/stacks.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"portico/infra/constructs"
	"portico/infra/settings"
	"portico/infra/stacks"
)

// inOrder lists the stacks in the order in which they are deployed.
func inOrder() []func(*stacks.Application) error {
	return []func(*stacks.Application) error{
		stacks.Account,       // the role of the account's logs
		stacks.Data,          // tables and queues
		stacks.Releases,      // what checks new versions of the functions below
		stacks.Identity,      // user pool and authorizer
		stacks.Realtime,      // WebSocket API: who changes orders pushes through it
		stacks.Functions,     // orders and webhooks
		stacks.Public,        // HTTP API
		stacks.Partner,       // REST API
		stacks.Observability, // alarms and dashboards of all
	}
}

func main() {
	root, err := repository()
	if err == nil {
		err = synthesize(awscdk.NewApp(&awscdk.AppProps{Context: context()}), sources(root))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "infra:", err)
	}
	closeRuntime()
	if err != nil {
		os.Exit(1)
	}
}

// closeRuntime ends jsii's Node process, as the last thing that is done. jsii waits for it twice,
// and reports on stderr that the second time there was nothing left to wait for.
func closeRuntime() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
	jsii.Close()
}

// synthesize writes the assembly of the environment the app's context names.
func synthesize(app awscdk.App, functions *constructs.Sources) error {
	environment, ok := app.Node().TryGetContext(jsii.String("env")).(string)
	if !ok {
		environment = "dev"
	}
	chosen, err := settings.For(environment)
	if err != nil {
		return err
	}
	return write(app, chosen, functions)
}

// write synthesizes the stacks of an environment. CDK panics at what it cannot accept, and so does the
// build of a function; here that becomes an error like any other.
func write(app awscdk.App, chosen settings.Settings, functions *constructs.Sources) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("synthesize: %v", r)
		}
	}()
	application := &stacks.Application{App: app, Settings: chosen, Sources: functions}
	for _, add := range inOrder() {
		if err := add(application); err != nil {
			return err
		}
	}
	app.Synth(nil)
	return nil
}

// sources are the functions of the repository.
func sources(root string) *constructs.Sources {
	return constructs.NewSources(root, "functions")
}

// context is what every synth assumes, however the app is run; cdk.json and the command line may
// say otherwise.
func context() *map[string]any {
	return &map[string]any{
		"aws:cdk:enable-path-metadata":                                true,
		"@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId": true,
		"@aws-cdk/aws-apigateway:disableCloudWatchRole":               true,
		"@aws-cdk/aws-apigateway:requestValidatorUniqueId":            true,
		"@aws-cdk/aws-iam:minimizePolicies":                           true,
		"@aws-cdk/core:checkSecretUsage":                              true,
		"@aws-cdk/core:enablePartitionLiterals":                       true,
		"@aws-cdk/core:explicitStackTags":                             true,
		"@aws-cdk/core:target-partitions":                             []string{"aws"},
	}
}

// repository finds the folder with go.mod, from the working folder upwards.
func repository() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the repository: %w", err)
	}
	for {
		_, err := os.Stat(filepath.Join(folder, "go.mod"))
		if err == nil {
			return folder, nil
		}
		if parent := filepath.Dir(folder); errors.Is(err, os.ErrNotExist) && parent != folder {
			folder = parent
			continue
		}
		return "", errors.New("find the repository: no go.mod in this folder or above it")
	}
}
