// Command echo is a function that answers with its event, or with what the query asks for: a variable
// of its environment (env), or a failure (fail).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(handle) }

func handle(_ context.Context, event json.RawMessage) (*events.LambdaFunctionURLResponse, error) {
	var asked events.LambdaFunctionURLRequest
	if err := json.Unmarshal(event, &asked); err != nil {
		return nil, err
	}
	query := asked.QueryStringParameters
	switch {
	case query["fail"] != "":
		return nil, errors.New(query["fail"])
	case query["env"] != "":
		return &events.LambdaFunctionURLResponse{StatusCode: 200, Body: os.Getenv(query["env"])}, nil
	}
	return &events.LambdaFunctionURLResponse{StatusCode: 200, Body: string(event)}, nil
}
