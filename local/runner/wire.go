package runner

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/lambda"
	"portico/local/lambda/remote"
	"portico/local/services"
)

// apiGateway is the principal that resource policies of functions grant to.
const apiGateway = "apigateway.amazonaws.com"

// invoker lets the gateway reach the functions of the app, and others through the endpoint of
// Lambda.
type invoker struct {
	functions *lambda.Service
	elsewhere elsewhere
}

var _ exchange.Invoker = invoker{}

// Invoke runs a function for API Gateway.
func (i invoker) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	input := inputOf(in)
	out, err := i.functions.Invoke(ctx, input)
	if i.isElsewhere(err, in.FunctionARN) {
		var client *remote.Client
		if client, err = i.elsewhere.client(in); err == nil {
			out, err = client.Invoke(ctx, input)
		}
	}
	if err != nil {
		return exchange.Invoked{}, refusalOf(err)
	}
	return exchange.Invoked{
		Payload:         out.Payload,
		FunctionError:   out.FunctionError,
		ExecutedVersion: out.ExecutedVersion,
		RequestID:       out.RequestID,
	}, nil
}

func inputOf(in exchange.Invocation) lambda.Input {
	input := lambda.Input{
		FunctionARN: in.FunctionARN,
		Payload:     in.Payload,
		Async:       in.Async,
		Trace:       in.Trace,
		SourceARN:   in.SourceARN,
		RequestID:   in.RequestID,
	}
	if in.SourceARN != "" {
		input.Principal = apiGateway
	}
	return input
}

// refusalOf says Lambda's refusal in the gateway's words.
func refusalOf(err error) error {
	var refused *lambda.Error
	if errors.As(err, &refused) {
		return &exchange.InvokeError{
			Code: refused.Code, Status: refused.Status, Message: refused.Message,
			Reason: refused.Reason,
		}
	}
	return err
}

var _ exchange.Streamer = invoker{}

// InvokeStream runs a function for API Gateway, and hands on its answer as it comes.
func (i invoker) InvokeStream(
	ctx context.Context, in exchange.Invocation,
) (exchange.Streamed, error) {
	input := inputOf(in)
	out, err := i.functions.InvokeStream(ctx, input)
	if i.isElsewhere(err, in.FunctionARN) {
		var client *remote.Client
		if client, err = i.elsewhere.client(in); err == nil {
			out, err = client.InvokeStream(ctx, input)
		}
	}
	if err != nil {
		return exchange.Streamed{}, refusalOf(err)
	}
	return exchange.Streamed(out), nil
}

// endpointFinder tells integrations where AWS services are.
type endpointFinder struct {
	endpoints services.Endpoints
	private   map[string]string // privateTargets of the settings
}

var (
	_ integration.Endpoints      = endpointFinder{}
	_ integration.PrivateTargets = endpointFinder{}
)

// PrivateTarget returns the address of what stands behind a VPC link, if the settings say it.
func (f endpointFinder) PrivateTarget(name string) (string, bool) {
	url, ok := f.private[name]
	return url, ok
}

// Endpoint returns the URL of a service, if anybody said where it is.
func (f endpointFinder) Endpoint(service string) (string, bool) {
	url, err := f.endpoints.Lookup(service)
	return url, err == nil
}

// assume returns what gives integrations the keys of the role they name.
func (r *Runner) assume(app *App) func(roleARN string) aws.Credentials {
	return func(roleARN string) aws.Credentials {
		keys := r.secrets.issue(roleARN, app.Lambda.Account, "BackplaneAssumeRoleSession")
		return aws.Credentials{
			AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey,
			SessionToken: keys.SessionToken, Source: "portico",
		}
	}
}
