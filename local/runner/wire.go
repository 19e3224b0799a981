package runner

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/lambda"
	"portico/local/services"
)

// apiGateway is the principal that resource policies of functions grant to.
const apiGateway = "apigateway.amazonaws.com"

// invoker lets the gateway reach the functions of the app.
type invoker struct{ functions *lambda.Service }

var _ exchange.Invoker = invoker{}

// Invoke runs a function for API Gateway.
func (i invoker) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	input := lambda.Input{
		FunctionARN: in.FunctionARN,
		Payload:     in.Payload,
		Async:       in.Async,
		Trace:       in.Trace,
		SourceARN:   in.SourceARN,
	}
	if in.SourceARN != "" {
		input.Principal = apiGateway
	}
	out, err := i.functions.Invoke(ctx, input)
	if err != nil {
		var refused *lambda.Error
		if errors.As(err, &refused) {
			err = &exchange.InvokeError{
				Code: refused.Code, Status: refused.Status, Message: refused.Message,
			}
		}
		return exchange.Invoked{}, err
	}
	return exchange.Invoked{
		Payload:         out.Payload,
		FunctionError:   out.FunctionError,
		ExecutedVersion: out.ExecutedVersion,
		RequestID:       out.RequestID,
	}, nil
}

// endpointFinder tells integrations where AWS services are.
type endpointFinder struct{ endpoints services.Endpoints }

var _ integration.Endpoints = endpointFinder{}

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
