// Command echo is a function that answers a message with the connection it came on, and the endpoint
// from which that is reached.
package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(handle) }

func handle(
	_ context.Context, event events.APIGatewayWebsocketProxyRequest,
) (events.APIGatewayProxyResponse, error) {
	body, err := json.Marshal(map[string]string{
		"connection": event.RequestContext.ConnectionID, "endpoint": os.Getenv("ENDPOINT"),
		"message": event.Body,
	})
	return events.APIGatewayProxyResponse{StatusCode: 200, Body: string(body)}, err
}
