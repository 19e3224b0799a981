// Command stream is a function that streams its answer: "first", then, when the address in the
// query parameter gate answers, "second".
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(handle) }

func handle(
	_ context.Context, event events.APIGatewayProxyRequest,
) (*events.LambdaFunctionURLStreamingResponse, error) {
	reader, writer := io.Pipe()
	go func() {
		fmt.Fprint(writer, "first")
		if answer, err := http.Get(event.QueryStringParameters["gate"]); err == nil {
			_ = answer.Body.Close()
		}
		if event.QueryStringParameters["fail"] != "" {
			writer.CloseWithError(errors.New("midway"))
			return
		}
		fmt.Fprint(writer, "second")
		_ = writer.Close()
	}()
	return &events.LambdaFunctionURLStreamingResponse{
		StatusCode: 201, Headers: map[string]string{"Content-Type": "text/event-stream"},
		Cookies: []string{"a=1"}, Body: reader,
	}, nil
}
