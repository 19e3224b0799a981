// Command release-check is the Lambda function that CodeDeploy asks before it sends calls to a new
// version of another function (the hook BeforeAllowTraffic).
//
// It stands outside the way of a call. main reads the settings and wires; handler.go replays the safe
// events of events/ against the new version, compares the answers, and tells CodeDeploy; target.go
// finds out which version that is. It moves no traffic: CodeDeploy does, or does not.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	versions "github.com/aws/aws-sdk-go-v2/service/lambda"

	"portico/events"
	"portico/shared/fixture"
	"portico/shared/journal"
	"portico/shared/names"
)

func main() {
	log, err := journal.New(os.Stdout, os.Getenv(names.LogLevel))
	if err != nil {
		log.Warn("setting ignored", "setting", names.LogLevel, "error", err)
	}
	prefix := os.Getenv(names.FunctionPrefix)
	if prefix == "" {
		log.Error("setting missing", "setting", names.FunctionPrefix)
		os.Exit(1)
	}
	handler, err := wired(prefix, log)
	if err != nil {
		log.Error("not started", "error", err)
		os.Exit(1)
	}
	lambda.Start(handler.handle)
}

func wired(prefix string, log *slog.Logger) (*handler, error) {
	cases, err := fixture.In(events.Files, "*/*.json")
	if err != nil {
		return nil, err
	}
	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		return nil, err
	}
	return &handler{
		deployments: codedeploy.NewFromConfig(cfg),
		versions:    versions.NewFromConfig(cfg),
		safe:        safeOf(cases),
		prefix:      prefix,
		log:         log,
	}, nil
}
