// Command gate is a Lambda authorizer that lets everybody in.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context, map[string]any) (
		events.APIGatewayCustomAuthorizerResponse, error,
	) {
		return events.APIGatewayCustomAuthorizerResponse{
			PrincipalID: "u-1",
			PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
				Version: "2012-10-17",
				Statement: []events.IAMPolicyStatement{{
					Action: []string{"execute-api:Invoke"}, Effect: "Allow", Resource: []string{"*"},
				}},
			},
			Context: map[string]any{"tenant": "t-1", "plan": "basic"},
		}, nil
	})
}
