// Command echo answers a small JSON document, as little as a function can do.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type answer struct {
	StatusCode int               `json:"statusCode"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body"`
}

func main() {
	lambda.Start(func(context.Context, map[string]any) (answer, error) {
		return answer{
			StatusCode: 200,
			Headers:    map[string]string{"content-type": "application/json"},
			Body:       `{"id":"o-1","status":"shipped","total":1250}`,
		}, nil
	})
}
