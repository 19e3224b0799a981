// Command visits is a function that counts the visits of a browser in a cookie.
package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() { lambda.Start(handle) }

func handle(
	_ context.Context, event events.APIGatewayV2HTTPRequest,
) (events.APIGatewayV2HTTPResponse, error) {
	before := 0
	for _, cookie := range event.Cookies {
		if value, found := strings.CutPrefix(cookie, "visits="); found {
			before, _ = strconv.Atoi(value) // a cookie that is none counts from the start
		}
	}
	visits := strconv.Itoa(before + 1)
	return events.APIGatewayV2HTTPResponse{
		StatusCode: 200, Body: visits,
		Headers: map[string]string{"content-type": "text/plain", "x-visits": visits, "x-inner": "secret"},
		Cookies: []string{"visits=" + visits + "; Path=/; HttpOnly; SameSite=Lax"},
	}, nil
}
