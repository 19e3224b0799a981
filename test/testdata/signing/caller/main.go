// Command caller is a function that answers who called, as the HTTP API tells it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(handle) }

func handle(_ context.Context, event events.APIGatewayV2HTTPRequest) (string, error) {
	return event.RequestContext.Authorizer.IAM.UserARN, nil
}
