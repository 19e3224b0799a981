package proxy

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/aws/aws-lambda-go/events"
)

// Origin says where a call came in and who makes it.
type Origin struct {
	APIID     string
	Stage     string
	RequestID string // API Gateway's, not the function's
	SourceIP  string
	// Claims are the claims of a JWT or the context of a Lambda authorizer, as text; nil on a
	// route without an authorizer.
	Claims map[string]string
	// UserARN is the caller of a route with IAM authorization, else "".
	UserARN string
}

// arrival is what the adapter knows of a call beyond the http.Request.
type arrival struct {
	origin Origin
	header map[string][]string
}

type arrivalKey struct{}

func withArrival(ctx context.Context, a arrival) context.Context {
	return context.WithValue(ctx, arrivalKey{}, a)
}

// From returns the origin of the call that ctx belongs to, zero outside of one.
func From(ctx context.Context) Origin {
	a, _ := ctx.Value(arrivalKey{}).(arrival)
	return a.origin
}

// With returns a context of a call with this origin, for tests of handlers without an event.
func With(ctx context.Context, o Origin) context.Context {
	return withArrival(ctx, arrival{origin: o})
}

func originV2(e *events.APIGatewayV2HTTPRequest) Origin {
	c := e.RequestContext
	o := Origin{
		APIID: c.APIID, Stage: c.Stage, RequestID: c.RequestID, SourceIP: c.HTTP.SourceIP,
	}
	switch {
	case c.Authorizer == nil:
	case c.Authorizer.JWT != nil:
		o.Claims = maps.Clone(c.Authorizer.JWT.Claims)
	case c.Authorizer.IAM != nil:
		o.UserARN = c.Authorizer.IAM.UserARN
	case c.Authorizer.Lambda != nil:
		o.Claims = asText(c.Authorizer.Lambda)
	}
	return o
}

func originV1(e *events.APIGatewayProxyRequest) Origin {
	c := e.RequestContext
	o := Origin{
		APIID: c.APIID, Stage: c.Stage, RequestID: c.RequestID, SourceIP: c.Identity.SourceIP,
		UserARN: c.Identity.UserArn,
	}
	if claims, ok := c.Authorizer["claims"].(map[string]any); ok { // Cognito, or JWT on HTTP APIs
		o.Claims = asText(claims)
		return o
	}
	o.Claims = asText(c.Authorizer)
	return o
}

// asText writes scalar values as text; null, lists and objects are no claims a function decides by.
func asText(values map[string]any) map[string]string {
	text := make(map[string]string, len(values))
	for name, value := range values {
		switch value.(type) {
		case string, bool, float64, json.Number:
			text[name] = fmt.Sprint(value)
		}
	}
	if len(text) == 0 {
		return nil
	}
	return text
}

// headerV2 keeps every value whole: API Gateway has joined repeated headers with commas, and a
// comma may as well belong to the value (dates, entity tags).
func headerV2(e *events.APIGatewayV2HTTPRequest) map[string][]string {
	header := make(map[string][]string, len(e.Headers)+1)
	for name, value := range e.Headers {
		header[name] = []string{value}
	}
	if len(e.Cookies) > 0 {
		header["cookie"] = []string{strings.Join(e.Cookies, "; ")}
	}
	return header
}

// headerV1 takes all values of a header, and the single map for names the other one lacks.
func headerV1(e *events.APIGatewayProxyRequest) map[string][]string {
	header := make(map[string][]string, len(e.MultiValueHeaders)+len(e.Headers))
	for name, value := range e.Headers {
		header[name] = []string{value}
	}
	for name, values := range e.MultiValueHeaders {
		header[name] = values
	}
	return header
}
