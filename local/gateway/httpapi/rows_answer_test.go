package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
)

const (
	two, one = "GET /health", "GET /one/7" // routes of payload format 2.0 and 1.0

	asText = "content-type: text/plain; charset=utf-8\n\n"
	asJSON = "content-type: application/json\n\n"
)

// internal is what a client is told of everything that a function does wrong.
var internal = message(500, "Internal Server Error")

func TestWhatAFunctionAnswers(t *testing.T) {
	for _, r := range []struct{ name, line, output, want string }{
		{"an object is the body", two, `{"a": 1}`, "200\n" + asJSON + `{"a": 1}`},
		{"a text is the body, without quotes", two, `"Hello"`, "200\n" + asJSON + "Hello"},
		{"a number is the body", two, `1.50`, "200\n" + asJSON + "1.50"},
		{"a truth is the body", two, `false`, "200\n" + asJSON + "false"},
		{"a list is the body", two, `[1, 2]`, "200\n" + asJSON + "[1, 2]"},
		{"null is the body", two, `null`, "200\n" + asJSON + "null"},
		{"nothing is null", two, ``, "200\n" + asJSON + "null"},
		{"an object with statusCode is an answer", two, `{"statusCode":201,"body":"a"}`, "201\n" + asText + "a"},
		{"a body alone is an object", two, `{"body":"a"}`, "200\n" + asJSON + `{"body":"a"}`},
		{"statusCode in quotes", two, `{"statusCode":"404"}`, "404\n" + asText},
		{"a type of its own", two, `{"statusCode":200,"headers":{"Content-Type":"a/b"},"body":"a"}`, "200\nContent-Type: a/b\n\na"},
		{"numbers and truths as headers", two, `{"statusCode":200,"headers":{"n":1,"b":true}}`, "200\nn: 1\nb: true\n" + asText},
		{"cookies", two, `{"statusCode":200,"cookies":["a=1; HttpOnly","b=2"]}`, "200\nset-cookie: a=1; HttpOnly\nset-cookie: b=2\n" + asText},
		{"a cookie as a header, and cookies", two, `{"statusCode":200,"headers":{"Set-Cookie":"c=3"},"cookies":["a=1"]}`, "200\nSet-Cookie: c=3\nset-cookie: a=1\n" + asText},
		{"base64 is decoded", two, `{"statusCode":200,"body":"/wA=","isBase64Encoded":true}`, "200\n" + asText + "\xff\x00"},
		{"base64 that is not said stays", two, `{"statusCode":200,"body":"/wA="}`, "200\n" + asText + "/wA="},
		{"multiValueHeaders are not of 2.0", two, `{"statusCode":200,"multiValueHeaders":{"a":["1"]}}`, "200\n" + asText},
		{"an object as the body of an answer", two, `{"statusCode":200,"body":{"a":1}}`, internal},
		{"no JSON", two, `oops`, internal},
		{"a status that is none", two, `{"statusCode":1000}`, internal},
		{"base64 that is none", two, `{"statusCode":200,"body":"%","isBase64Encoded":true}`, internal},

		{"1.0: an answer", one, `{"statusCode":201,"headers":{"A":"1"},"body":"a"}`, "201\nA: 1\n" + asText + "a"},
		{"1.0: several values", one, `{"statusCode":200,"multiValueHeaders":{"a":["1","2"]}}`, "200\na: 1\na: 2\n" + asText},
		{"1.0: base64 is decoded", one, `{"statusCode":200,"body":"/wA=","isBase64Encoded":true}`, "200\n" + asText + "\xff\x00"},
		{"1.0: cookies are not of 1.0", one, `{"statusCode":200,"cookies":["a=1"]}`, "200\n" + asText},
		{"1.0: an object", one, `{"a":1}`, internal},
		{"1.0: a text", one, `"Hello"`, internal},
		{"1.0: a list", one, `[]`, internal},
		{"1.0: null", one, `null`, internal},
		{"1.0: nothing", one, ``, internal},
		{"1.0: an object as the body", one, `{"statusCode":200,"body":{}}`, internal},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) { s.invoke = answering(r.output) })
			if diff := cmp.Diff(r.want, s.serve(t, s.request(r.line))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func functionError(document string) invoker {
	return func(context.Context, exchange.Invocation) (exchange.Invoked, error) {
		return exchange.Invoked{FunctionError: "Unhandled", Payload: []byte(document)}, nil
	}
}

// The rows are those of spec/lambda.md §13 for HTTP APIs. Both payload formats answer alike.
func TestWhatLambdaMakesOfACall(t *testing.T) {
	unavailable := message(503, "Service Unavailable")
	for _, r := range []struct {
		name   string
		invoke invoker
		want   string
		logged string // $context.integrationErrorMessage; "" for a text of the function's own
	}{
		{"the function fails", functionError(`{"errorMessage":"no","errorType":"Error"}`), internal, ""},
		{
			"its own timeout", functionError(`{"errorType":"Sandbox.Timedout",` +
				`"errorMessage":"RequestId: 1 Error: Task timed out after 1.00 seconds"}`), internal, "",
		},
		{
			"it exits", functionError(`{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 1 ` +
				`Error: Runtime exited with error: exit status 1"}`), internal, "",
		},
		{
			"its answer is too large", functionError(`{"errorType":"Function.ResponseSizeTooLarge"}`),
			internal, "",
		},
		{"throttled", refusing("TooManyRequestsException", 429, "Rate Exceeded."), unavailable, "Rate Exceeded."},
		{"no such function", refusing("ResourceNotFoundException", 404, "gone"), internal, "gone"},
		{
			"no permission", refusing("AccessDeniedException", 403, "no"), internal,
			"The IAM role configured on the integration or API Gateway doesn't have permissions to " +
				"call the integration. Check the permissions and try again.",
		},
		{"too large an event", refusing("RequestTooLargeException", 413, "6 MB"), internal, "6 MB"},
		{
			"a body of the wrong type", answering(`{"statusCode":200,"body":{}}`), internal,
			"The response from the Lambda function doesn't match the format that API Gateway expects. " +
				`Lambda body contains the wrong type for field "body"`,
		},
		{
			"headers of the wrong type", answering(`{"statusCode":200,"headers":[]}`), internal,
			"The response from the Lambda function doesn't match the format that API Gateway expects. " +
				`Lambda body contains the wrong type for field "headers"`,
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) {
				s.invoke = r.invoke
				s.def.Stages[0].AccessLog.Format = "$context.requestId $context.integrationErrorMessage"
			})
			for _, line := range []string{two, one} {
				if diff := cmp.Diff(r.want, s.serve(t, s.request(line))); diff != "" {
					t.Errorf("%s (-want +got):\n%s", line, diff)
				}
				_, logged, _ := strings.Cut(s.lines[len(s.lines)-1], "= ")
				if r.logged != "" && logged != r.logged {
					t.Errorf("integrationErrorMessage is %q, want %q", logged, r.logged)
				}
			}
		})
	}
}

func TestAnIntegrationHasItsOwnTimeout(t *testing.T) {
	for _, millis := range []int{50, 30_000} {
		s := start(t, func(s *setup) {
			i := s.def.Integrations["two"]
			i.TimeoutMillis = millis
			s.def.Integrations["two"] = i
		})
		limit := time.Duration(millis) * time.Millisecond
		s.invoke = func(ctx context.Context, _ exchange.Invocation) (exchange.Invoked, error) {
			s.clock.Advance(limit - 1)
			if err := ctx.Err(); err != nil {
				t.Errorf("%d ms: left too early", millis)
			}
			s.clock.Advance(1)
			<-ctx.Done()
			return exchange.Invoked{}, ctx.Err()
		}
		if got := s.serve(t, s.request(two)); got != message(503, "Service Unavailable") {
			t.Errorf("%d ms: got %s", millis, got)
		}
	}
}

// Every reply carries one header of API Gateway's own, and none of those of REST APIs.
func TestTheHeadersOfEveryReply(t *testing.T) {
	s := start(t, withCORS)
	for line, status := range map[string]int{
		"GET /health": 200, "GET /none": 404, "GET /orders/1": 401, "OPTIONS /none": 204,
	} {
		call := s.request(line, "Origin: http://localhost:5173", "Access-Control-Request-Method: GET")
		reply := s.api.Serve(context.Background(), call)
		ids := 0
		for _, f := range reply.Header {
			name := strings.ToLower(f.Name)
			if f.Name == "apigw-requestid" {
				ids++
			}
			if strings.HasPrefix(name, "x-amz") {
				t.Errorf("%s: has %s", line, f.Name)
			}
		}
		if reply.Status != status || ids != 1 {
			t.Errorf("%s: got %d with %d ids, want %d with one", line, reply.Status, ids, status)
		}
	}
}

// A status that has no body has none, whatever the function says; that it has no length either is
// executeapi's task.
func TestAnAnswerWithoutABody(t *testing.T) {
	s := start(t, func(s *setup) { s.invoke = answering(`{"statusCode":204}`) })
	reply := s.api.Serve(context.Background(), s.request(two))
	if reply.Status != http.StatusNoContent || len(reply.Body) != 0 {
		t.Errorf("got %d %q", reply.Status, reply.Body)
	}
}
