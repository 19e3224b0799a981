// Package main is the function of the Terraform test: it greets, authorizes, and answers messages.
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
)

// event is what the three kinds of caller have in common.
type event struct {
	Type               string            `json:"type"`
	MethodARN          string            `json:"methodArn"`
	RouteARN           string            `json:"routeArn"`
	AuthorizationToken string            `json:"authorizationToken"`
	Headers            map[string]string `json:"headers"`
	PathParameters     map[string]string `json:"pathParameters"`
	Body               string            `json:"body"`
	RequestContext     json.RawMessage   `json:"requestContext"`
}

const token = "let me in"

func handle(_ context.Context, e event) (any, error) {
	switch {
	case e.Type == "TOKEN":
		effect := "Deny"
		if e.AuthorizationToken == token {
			effect = "Allow"
		}
		return map[string]any{
			"principalId": "terraform",
			"policyDocument": map[string]any{
				"Version": "2012-10-17",
				"Statement": []map[string]any{
					{"Effect": effect, "Action": "execute-api:Invoke", "Resource": e.MethodARN},
				},
			},
		}, nil
	case e.RouteARN != "":
		return map[string]any{"isAuthorized": e.Headers["authorization"] == token}, nil
	}
	return map[string]any{
		"statusCode": 200,
		"body":       os.Getenv("GREETING") + " " + e.PathParameters["name"] + e.Body,
	}, nil
}

func main() { lambda.Start(handle) }
