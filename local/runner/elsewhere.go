package runner

import (
	"cmp"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/lambda"
	"portico/local/lambda/remote"
	"portico/local/services"
)

// gatewayRole is the service-linked role of API Gateway: it signs what no role of an integration
// signs.
const gatewayRole = "role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"

// elsewhere reaches functions that are not in the template.
type elsewhere struct {
	endpoints services.Endpoints
	account   string
	partition string
	clock     clock.Clock
	keys      func(roleARN string) aws.Credentials
}

// invoker returns what runs functions for the APIs of an app.
func (r *Runner) invoker(app *App) invoker {
	return invoker{functions: r.functions, elsewhere: elsewhere{
		endpoints: r.endpoints, account: app.Lambda.Account, partition: app.Lambda.Partition,
		clock: r.options.machine(), keys: r.assume(app),
	}}
}

// isElsewhere reports whether a call failed only because its function is not in the template. A
// version or alias that one of the template's functions lacks is not meant.
func (i invoker) isElsewhere(err error, functionARN string) bool {
	var refused *lambda.Error
	return errors.As(err, &refused) && refused.Code == "ResourceNotFoundException" &&
		!i.functions.Serves(functionARN)
}

// client returns what asks the endpoint of Lambda, which the error names when there is none.
func (e elsewhere) client(in exchange.Invocation) (*remote.Client, error) {
	endpoint, err := e.endpoints.Lookup("lambda")
	if err != nil {
		return nil, &lambda.Error{
			Code: "ResourceNotFoundException", Status: 404, Message: "Function not found: " +
				in.FunctionARN + ": it is not in the template, and there is " + err.Error(),
		}
	}
	role := in.Role
	if !strings.Contains(role, ":role/") {
		role = "arn:" + cmp.Or(e.partition, "aws") + ":iam::" + e.account + ":" + gatewayRole
	}
	return &remote.Client{
		Endpoint: endpoint, Region: regionOf(in.FunctionARN), Credentials: e.keys(role),
		Clock: e.clock,
	}, nil
}

// regionOf returns the region in an ARN: arn:aws:lambda:us-east-1:….
func regionOf(arn string) string {
	parts := strings.SplitN(arn, ":", 5)
	if len(parts) < 5 {
		return "us-east-1"
	}
	return parts[3]
}
