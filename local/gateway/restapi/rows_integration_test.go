package restapi_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// service returns a method with an AWS integration that is no function.
func service(uri string) api.Method {
	m := sqsMethod()
	m.Integration.URI = "arn:aws:apigateway:us-east-1:" + uri
	m.Integration.RequestParameters, m.Integration.RequestTemplates = nil, nil
	return m
}

// The rows are those of spec rest-api.md §5 and §20, of type AWS: what the service gets.
func TestRowsOfServiceRequests(t *testing.T) {
	type change = func(*api.Integration)
	parameters := func(pairs ...string) change {
		return func(i *api.Integration) {
			i.RequestParameters = map[string]string{}
			for p := 0; p < len(pairs); p += 2 {
				i.RequestParameters["integration.request."+pairs[p]] = pairs[p+1]
			}
		}
	}
	for _, r := range []struct {
		name, uri string
		change    change
		body      string
		want      string // request line, Content-Type, X-Amz-Target, body
	}{
		{"an action is a query parameter, and a target of a JSON service", "dynamodb:action/PutItem", nil, "{}", "POST /?Action=PutItem|application/x-amz-json-1.0|DynamoDB_20120810.PutItem|{}"},
		{"Kinesis gets its target", "kinesis:action/PutRecord", nil, "{}", "POST /?Action=PutRecord|application/x-amz-json-1.1|Kinesis_20131202.PutRecord|{}"},
		{"Step Functions get their target", "states:action/StartExecution", nil, "{}", "POST /?Action=StartExecution|application/x-amz-json-1.0|AWSStepFunctions.StartExecution|{}"},
		{"EventBridge's target is set by the template", "events:action/PutEvents", func(i *api.Integration) {
			i.RequestTemplates = map[string]string{"application/json": `#set($context.requestOverride.header.X-Amz-Target = "AWSEvents.PutEvents")` +
				`#set($context.requestOverride.header.Content-Type = "application/x-amz-json-1.1")$input.body`}
		}, "{}", "POST /?Action=PutEvents|application/x-amz-json-1.1|AWSEvents.PutEvents|{}"},
		{"SSM's query parameters replace the body", "ssm:action/GetParameter", parameters("querystring.Name", "'n'"), "{}", "POST /?Action=GetParameter&Name=n|||"},
		{"SQS's JSON protocol is mapped", "sqs:path/1/q", parameters("header.X-Amz-Target", "'AmazonSQS.SendMessage'", "header.Content-Type", "'application/x-amz-json-1.0'"), "{}", "POST /1/q|application/x-amz-json-1.0|AmazonSQS.SendMessage|{}"},
		{"SQS without a body gets {} as the message", "sqs:path/1/q", func(i *api.Integration) {
			i.RequestParameters = map[string]string{"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
			i.RequestTemplates = map[string]string{"application/json": "Action=SendMessage&MessageBody=$input.body"}
		}, "", "POST /1/q|application/x-www-form-urlencoded||Action=SendMessage&MessageBody={}"},
		{"S3's path is filled", "s3:path/bucket/{key}", parameters("path.key", "method.request.querystring.key"), "x", "POST /bucket/a/b.txt|text/plain||x"},
		{"S3's method is the client's with ANY", "s3:path/bucket/k", func(i *api.Integration) { i.HTTPMethod = "ANY" }, "x", "PUT /bucket/k|text/plain||x"},
		{"a stage variable in the service and its path", "${stageVariables.service}:path/${stageVariables.path}", nil, "x", "POST /1/q|text/plain||x"},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, "{}"))
			w := newWorld()
			w.endpoints = endpoints{}
			for _, id := range []string{"dynamodb", "kinesis", "sfn", "eventbridge", "ssm", "sqs", "s3"} {
				w.endpoints[id] = b.URL
			}
			w.def.Stages[0].Variables = map[string]string{"service": "sqs", "path": "1/q"}
			m := service(r.uri)
			if r.change != nil {
				r.change(&m.Integration)
			}
			w.method("/m", "PUT", m)
			asked := request("PUT", "/dev/m?key=a/b.txt", "Content-Type: text/plain", "X-Client: c")
			if m.Integration.RequestTemplates != nil || strings.Contains(r.uri, "ssm") {
				asked.Header.Set("Content-Type", "application/json")
			}
			asked.Body = []byte(r.body)
			if reply := w.serve(t, asked); reply.Status != 200 {
				t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
			}
			header := b.request.Header
			got := strings.Join([]string{b.request.Method + " " + b.request.RequestURI, header.Get("Content-Type"), header.Get("X-Amz-Target"), b.body}, "|")
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if header.Get("X-Client") != "" || !strings.HasPrefix(header.Get("Authorization"), "AWS4-HMAC-SHA256 ") {
				t.Errorf("the service got %v", header)
			}
		})
	}
}

// The rows are those of spec rest-api.md §20 and control-plane.md §22: what the client gets.
func TestRowsOfServiceResponses(t *testing.T) {
	const sent = `<SendMessageResponse xmlns="http://queue.amazonaws.com/doc/2012-11-05/"><SendMessageResult>` +
		`<MessageId>m-1</MessageId></SendMessageResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></SendMessageResponse>`
	const plain = `{"SendMessageResponse":{"SendMessageResult":{"MessageId":"m-1"},"ResponseMetadata":{"RequestId":"r-1"}}}`
	type change = func(*api.Method)
	for _, r := range []struct {
		name, contentType, body string
		status                  int
		change                  change
		want                    answer
	}{
		{"SQS answers JSON, as the gateway asked for it", "text/xml", sent, 200, nil, answer{200, "", plain}},
		{"a template reads the message's id", "text/xml", sent, 200, func(m *api.Method) {
			m.Integration.Responses[0].Templates = map[string]string{"application/json": "$input.path('$.SendMessageResponse.SendMessageResult.MessageId')"}
		}, answer{200, "", "m-1"}},
		{"SQS answers XML where XML is asked for", "text/xml", sent, 200, func(m *api.Method) {
			m.Integration.RequestParameters = map[string]string{"integration.request.header.Accept": "'application/xml'"}
		}, answer{200, "", sent}},
		{"JSON passes through", "application/x-amz-json-1.0", `{"executionArn":"a","startDate":1.5}`, 200, nil, answer{200, "", `{"executionArn":"a","startDate":1.5}`}},
		{"a failure takes the only response", "text/plain", "no such key", 404, nil, answer{200, "", "no such key"}},
		{"a failure takes the response of its status", "text/plain", "no such key", 404, func(m *api.Method) {
			m.Integration.Responses = append(m.Integration.Responses, api.IntegrationResponse{StatusCode: "400", SelectionPattern: "404"})
		}, answer{400, "", "no such key"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", r.contentType)
				w.Header().Set("X-Own", "o")
				w.WriteHeader(r.status)
				_, _ = io.WriteString(w, r.body)
			})
			w := newWorld()
			w.endpoints = endpoints{"sqs": b.URL}
			m := service("sqs:path/1/q")
			if r.change != nil {
				r.change(&m)
			}
			w.method("/m", "POST", m)
			reply := w.serve(t, request("POST", "/dev/m"))
			if got := seen(reply); got != r.want {
				t.Errorf("got %+v, want %+v, because %s", got, r.want, w.records[0].Reason())
			}
			var names []string
			for _, field := range reply.Header {
				names = append(names, field.Name)
			}
			want := []string{"Content-Type", "X-Amzn-Trace-Id", "x-amzn-RequestId", "x-amz-apigw-id"}
			if diff := cmp.Diff(want, names); diff != "" || reply.Header.Get("Content-Type") != "application/json" {
				t.Errorf("the reply has %v (-want +got):\n%s", reply.Header, diff)
			}
		})
	}
}

// The rows are those of spec rest-api.md §5: what a URI may name.
func TestRowsOfPorts(t *testing.T) {
	const refused = "allowed are 80, 443 and 1024 to 65535"
	for _, r := range []struct {
		name, port string
		allowed    bool
	}{
		{"port 80 may be called", "80", true},
		{"port 443 may be called", "443", true},
		{"port 1024 may be called", "1024", true},
		{"port 1023 may not be called", "1023", false},
		{"port 79 may not be called", "79", false},
		{"port 444 may not be called", "444", false},
		{"port 65536 is none", "65536", false},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.method("/m", "GET", httpMethod("HTTP_PROXY", "http://portico.invalid:"+r.port+"/"))
			if got := seen(w.get(t, "/dev/m")); got != internalError {
				t.Errorf("got %+v", got)
			}
			if reason := w.records[0].Reason(); strings.Contains(reason, refused) == r.allowed {
				t.Errorf("the reason is %q", reason)
			}
		})
	}
}

// The rows are those of spec rest-api.md §5, "Defaults", and §16.
func TestRowsOfTimeouts(t *testing.T) {
	for _, r := range []struct {
		name   string
		millis int
		want   time.Duration
	}{
		{"no timeout is 29 seconds", 0, 29 * time.Second},
		{"a timeout of one's own", 50, 50 * time.Millisecond},
		{"a timeout above 29 seconds", 60_000, time.Minute},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.clock = clock.System{}
				w.lambda.answers[functionARN] = func(ctx context.Context) (exchange.Invoked, error) {
					<-ctx.Done()
					return exchange.Invoked{}, ctx.Err()
				}
				m := proxy()
				m.Integration.TimeoutMillis = r.millis
				w.method("/m", "GET", m)
				began := time.Now()
				want := answer{504, "InternalServerErrorException", `{"message": "Endpoint request timed out"}`}
				if got := seen(w.get(t, "/dev/m")); got != want {
					t.Errorf("got %+v, want %+v", got, want)
				}
				if took := time.Since(began); took != r.want {
					t.Errorf("after %v, want %v", took, r.want)
				}
			})
		})
	}
}
