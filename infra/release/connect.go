package release

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
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
	Endpoint        string   // the same; a runner's address, or ""
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

// Name is what the records call the target of an aim; "" when it is at nothing.
func (a Aim) Name() (string, error) {
	if a.Stack+a.API+a.Function == "" {
		return "", nil
	}
	if err := a.check(); err != nil {
		return "", err
	}
	return a.target(aws.Config{}, pollEvery).Name(), nil
}

// Connection is a target, and the time it lives in.
type Connection struct {
	Target Target
	Clock  Clock
	// Endpoint is the runner's address; "" on AWS.
	Endpoint string
}

// Reached is who is asked: AWS, or a runner.
type Reached struct {
	Config aws.Config
	Clock  Clock
	// Endpoint is the runner's address; "" on AWS.
	Endpoint string
}

// Reach reads the SDK's own configuration: its environment, profiles and endpoints. At a runner's
// address the clock is the runner's, and any credentials will do. A region and an endpoint of ""
// are the SDK's own.
func Reach(ctx context.Context, region, endpoint string) (Reached, error) {
	var options []func(*config.LoadOptions) error
	if region != "" {
		options = append(options, config.WithRegion(region))
	}
	if endpoint != "" {
		options = append(options, config.WithBaseEndpoint(endpoint))
	}
	read, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return Reached{}, fmt.Errorf("reading the SDK's configuration: %w", err)
	}
	endpoint = strings.TrimSuffix(aws.ToString(read.BaseEndpoint), "/")
	if endpoint == "" {
		return Reached{Config: read, Clock: Machine{}}, nil
	}
	clock := Runner{URL: endpoint, Client: &http.Client{Timeout: answersWithin}}
	switch _, err := clock.Now(ctx); {
	case errors.As(err, new(*url.Error)):
		return Reached{}, fmt.Errorf("the endpoint of the SDK's configuration (AWS_ENDPOINT_URL): %w",
			said(err))
	case err != nil: // something that stands for AWS, but is no runner
		return Reached{Config: read, Clock: Machine{}}, nil
	}
	read, err = configureHere(ctx, read, options)
	return Reached{Config: read, Clock: clock, Endpoint: endpoint}, err
}

// Connect reaches what an aim names.
func Connect(ctx context.Context, aim Aim) (Connection, error) {
	if err := aim.check(); err != nil {
		return Connection{}, err
	}
	reached, err := Reach(ctx, aim.Region, aim.Endpoint)
	if err != nil {
		return Connection{}, err
	}
	every := pollEvery
	if reached.Endpoint != "" {
		every = lookEvery
	}
	return Connection{
		Target: aim.target(reached.Config, every), Clock: reached.Clock, Endpoint: reached.Endpoint,
	}, nil
}

// answersWithin bounds how long a runner's clock may take to be read.
const answersWithin = 10 * time.Second

// configureHere makes a configuration do without credentials and a region, and without looking for
// them on a network.
func configureHere(
	ctx context.Context, read aws.Config, options []func(*config.LoadOptions) error,
) (aws.Config, error) {
	if read.Region == "" {
		options = append(options, config.WithRegion("us-east-1"))
	}
	options = append(options, config.WithEC2IMDSClientEnableState(imds.ClientDisabled))
	read, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return read, fmt.Errorf("reading the SDK's configuration: %w", err)
	}
	if _, err := read.Credentials.Retrieve(ctx); err != nil {
		read.Credentials = credentials.NewStaticCredentialsProvider("portico", "portico", "")
	}
	return read, nil
}

// target makes what an aim names; a stack that is being updated is looked at every so often.
func (a Aim) target(read aws.Config, every time.Duration) Target {
	metrics := cloudwatch.NewFromConfig(read)
	switch {
	case a.Stack != "":
		return &Stack{
			Stack: a.Stack, Alarming: a.Alarms, Stacks: cloudformation.NewFromConfig(read),
			Gateway: apigateway.NewFromConfig(read), Metrics: metrics,
			Wait: func(ctx context.Context) error { return Machine{}.Sleep(ctx, every) },
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
