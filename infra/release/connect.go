package release

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
)

// Aim says what is released: a stack, a stage of a REST API, or an alias of a function.
type Aim struct {
	Stack           string
	API, Stage      string
	Function, Alias string
	Alarms          []string // besides those that a stack names
	Region          string   // the SDK's own when empty
}

// check refuses an aim at nothing, or at two things.
func (a Aim) check() error {
	aims := 0
	for _, name := range []string{a.Stack, a.API, a.Function} {
		if name != "" {
			aims++
		}
	}
	switch {
	case aims != 1:
		return errors.New("name one thing to release: a stack, a REST API with a stage, or a function")
	case a.API != "" && a.Stage == "":
		return fmt.Errorf("REST API %s: name the stage to release", a.API)
	case a.Function != "" && a.Alias == "":
		return fmt.Errorf("function %s: name the alias to release", a.Function)
	}
	return nil
}

// Connection is a target, and the time it lives in.
type Connection struct {
	Target Target
	Clock  Clock
	// Endpoint is the runner's address; "" on AWS.
	Endpoint string
}

// Connect reaches what an aim names with the SDK's own configuration: its environment, profiles and
// endpoints. At a runner's address the clock is the runner's, and any credentials will do.
func Connect(ctx context.Context, aim Aim) (Connection, error) {
	if err := aim.check(); err != nil {
		return Connection{}, err
	}
	var options []func(*config.LoadOptions) error
	if aim.Region != "" {
		options = append(options, config.WithRegion(aim.Region))
	}
	read, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return Connection{}, fmt.Errorf("reading the SDK's configuration: %w", err)
	}
	connection := Connection{Clock: Machine{}}
	if url := aws.ToString(read.BaseEndpoint); url != "" && IsRunner(ctx, url, http.DefaultClient) {
		connection.Endpoint = url
		connection.Clock = Runner{URL: url, Client: http.DefaultClient}
		if _, err := read.Credentials.Retrieve(ctx); err != nil {
			read.Credentials = credentials.NewStaticCredentialsProvider("portico", "portico", "")
		}
		if read.Region == "" {
			read.Region = "us-east-1"
		}
	}
	connection.Target = aim.target(read)
	return connection, nil
}

func (a Aim) target(read aws.Config) Target {
	metrics := cloudwatch.NewFromConfig(read)
	switch {
	case a.Stack != "":
		return &Stack{
			Stack: a.Stack, Alarming: a.Alarms, Stacks: cloudformation.NewFromConfig(read),
			Gateway: apigateway.NewFromConfig(read), Metrics: metrics, Poll: Machine{}.Sleep,
		}
	case a.API != "":
		return &Stage{
			API: a.API, Stage: a.Stage, Alarming: a.Alarms, Gateway: apigateway.NewFromConfig(read),
			Metrics: metrics,
		}
	}
	return &Alias{
		Function: a.Function, Alias: a.Alias, Alarming: a.Alarms,
		Lambda: lambda.NewFromConfig(read), Metrics: metrics,
	}
}
