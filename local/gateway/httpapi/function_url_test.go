package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/httpapi"
)

const urlID = "abcdefghijklmnopqrstuvwxyz012345"

// publicPolicy is what the console adds for AuthType NONE (spec lambda.md §11).
const publicPolicy = `{"Version":"2012-10-17","Statement":[
	{"Sid":"FunctionURLAllowPublicAccess","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunctionUrl",
	 "Resource":"` + orders + `","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}},
	{"Sid":"FunctionURLInvokeAllowPublicAccess","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction",
	 "Resource":"` + orders + `","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"}}}]}`

// urlSetup is a function URL under test with what stands around it.
type urlSetup struct {
	setup
	url    api.FunctionURL
	stream func(exchange.Invocation) (exchange.Streamed, error)
	served *httpapi.FunctionURL
}

func (s *urlSetup) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	s.invoked = append(s.invoked, in)
	return s.invoke(ctx, in)
}

func (s *urlSetup) InvokeStream(_ context.Context, in exchange.Invocation) (exchange.Streamed, error) {
	s.invoked = append(s.invoked, in)
	return s.stream(in)
}

func startURL(t testing.TB, change func(*urlSetup)) *urlSetup {
	t.Helper()
	s := &urlSetup{url: api.FunctionURL{
		ID: urlID, Name: "orders-live-url", FunctionARN: orders, AuthType: "NONE", InvokeMode: "BUFFERED",
		Account: api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		Policy:  []byte(publicPolicy),
	}}
	s.clock = clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	s.invoke = answering(`{"statusCode":200,"body":"ok"}`)
	if change != nil {
		change(s)
	}
	var err error
	s.served, err = httpapi.NewFunctionURL(s.url, httpapi.Dependencies{
		Clock: s.clock, Invoker: s, Observer: &s.observer, Secrets: s.secrets, Principals: s.principals,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// call returns the reply as text, without what every reply has, which it checks.
func (s *urlSetup) call(t testing.TB, r *exchange.Request) string {
	t.Helper()
	before := len(s.observer.records)
	reply := s.served.Serve(context.Background(), r)
	if got := len(s.observer.records) - before; got != 1 {
		t.Fatalf("the observer was told %d times, want once", got)
	}
	record := s.observer.records[before]
	id := reply.Header.Get("x-amzn-RequestId")
	if _, err := uuid.Parse(id); err != nil || record.RequestID != id || record.Status != reply.Status ||
		record.APIKind != "FUNCTION_URL" || record.Function != "orders" {
		t.Errorf("the record %+v does not fit the reply %+v", record, reply)
	}
	if !strings.HasPrefix(reply.Header.Get("X-Amzn-Trace-Id"), "Root=1-") {
		t.Errorf("got the trace %q", reply.Header.Get("X-Amzn-Trace-Id"))
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d\n", reply.Status)
	for _, f := range reply.Header {
		if f.Name != "x-amzn-RequestId" && f.Name != "X-Amzn-Trace-Id" {
			fmt.Fprintf(&text, "%s: %s\n", f.Name, f.Value)
		}
	}
	return text.String() + "\n" + string(reply.Body)
}

const (
	urlForbidden = "403\nContent-Type: application/json\nx-amzn-ErrorType: AccessDeniedException\n\n" +
		`{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: ` +
		`https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}`
	urlFailed = "502\nContent-Type: application/json\n\nInternal Server Error"
	urlServed = "200\nContent-Type: application/json\n\nok"
)

// The statuses and bodies are those of spec lambda.md §11; of 413 and 429 the bodies are Invoke's (§4).
func TestFunctionURLAtTheWire(t *testing.T) {
	rows := []struct {
		name   string
		change func(*urlSetup)
		want   string
		reason string
	}{
		{"an answer without a content type is JSON", nil, urlServed, ""},
		{"a text", func(s *urlSetup) { s.invoke = answering(`"hello"`) }, "200\ncontent-type: application/json\n\nhello", ""},
		{"a body that is an object", func(s *urlSetup) {
			s.invoke = answering(`{"statusCode":201,"headers":{"Content-Type":"application/json"},"body":{"a":1}}`)
		}, "201\nContent-Type: application/json\n\n" + `{"a":1}`, ""},
		{"lines that are Lambda's own to write", func(s *urlSetup) {
			s.invoke = answering(`{"statusCode":200,"headers":{"Content-Length":"99","content-type":"text/x","Transfer-Encoding":"x"},"body":"ok"}`)
		}, "200\nx-amzn-Remapped-Content-Length: 99\ncontent-type: text/x\n\nok", ""},
		{"cookies", func(s *urlSetup) {
			s.invoke = answering(`{"statusCode":200,"cookies":["a=1; Path=/","b=2"]}`)
		}, "200\nSet-Cookie: a=1; Path=/\nSet-Cookie: b=2\nContent-Type: application/json\n\n", ""},
		{"an unhandled error", func(s *urlSetup) {
			s.invoke = unhandled(`{"errorMessage":"no stock","errorType":"Error"}`)
		}, urlFailed, "function orders failed: Error: no stock"},
		{"an answer that is no response", func(s *urlSetup) { s.invoke = answering(`{"statusCode":"x"}`) }, urlFailed, "is no response: statusCode"},
		{"no concurrency left", func(s *urlSetup) {
			s.invoke = failing(&exchange.InvokeError{
				Code: "TooManyRequestsException", Status: 429, Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
			})
		}, "429\nContent-Type: application/json\nx-amzn-ErrorType: TooManyRequestsException\n\n" +
			`{"Reason":"ReservedFunctionConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`, "TooManyRequestsException"},
		{"an event that is too large", func(s *urlSetup) {
			s.invoke = refusing("RequestTooLargeException", 413, "Request must be smaller than 6291456 bytes for the InvokeFunction operation")
		}, "413\nContent-Type: application/json\nx-amzn-ErrorType: RequestTooLargeException\n\n" +
			`{"message":"Request must be smaller than 6291456 bytes for the InvokeFunction operation"}`, "RequestTooLargeException"},
		{"an alias that was deleted", func(s *urlSetup) { s.invoke = refusing("ResourceNotFoundException", 404, "gone") }, urlForbidden, "gone"},
		{"code that does not run", func(s *urlSetup) { s.invoke = refusing("InvalidZipFileException", 502, "broken") }, urlFailed, "broken"},
		{"machinery that breaks", func(s *urlSetup) { s.invoke = failing(context.Canceled) }, urlFailed, "context canceled"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := startURL(t, r.change)
			if got := s.call(t, s.request("GET /")); got != r.want {
				t.Errorf("got %q\nwant %q", got, r.want)
			}
			if !strings.Contains(s.reason(), r.reason) {
				t.Errorf("the reason is %q, want %q in it", s.reason(), r.reason)
			}
		})
	}
}

// Which id is which says "Invoking Lambda function URLs", requestContext.
func TestTheEventOfAFunctionURL(t *testing.T) {
	s := startURL(t, nil)
	s.call(t, s.request("GET /a%20b?q=1"))
	var event struct {
		RawPath        string
		RequestContext struct {
			AccountID    string `json:"accountId"`
			APIID        string `json:"apiId"`
			DomainName   string
			DomainPrefix string
			RequestID    string `json:"requestId"`
			Stage        string
		}
	}
	in := s.invoked[0]
	if err := json.Unmarshal(in.Payload, &event); err != nil {
		t.Fatal(err)
	}
	of := event.RequestContext
	if of.AccountID != "anonymous" || of.APIID != urlID || of.DomainPrefix != urlID || of.Stage != "$default" ||
		of.DomainName != urlID+".lambda-url.us-east-1.on.aws" || event.RawPath != "/a%20b" {
		t.Errorf("got %s", in.Payload)
	}
	if id := s.observer.records[0].RequestID; in.RequestID != id || of.RequestID != id || in.SourceARN != "" || in.FunctionARN != orders {
		t.Errorf("the invocation is %+v, want the id of the call, %s", in, id)
	}
}

func TestNewFunctionURLNamesWhatIsWrong(t *testing.T) {
	for _, r := range []struct {
		name, want string
		change     func(*api.FunctionURL)
	}{
		{"an authorization of routes", `AuthType is "JWT", allowed are NONE and AWS_IAM`, func(u *api.FunctionURL) { u.AuthType = "JWT" }},
		{"a policy that is none", "the resource policy of " + orders, func(u *api.FunctionURL) { u.Policy = []byte("{") }},
	} {
		t.Run(r.name, func(t *testing.T) {
			def := startURL(t, nil).url
			r.change(&def)
			_, err := httpapi.NewFunctionURL(def, httpapi.Dependencies{Clock: clock.System{}, Invoker: answering("")})
			if err == nil || !strings.Contains(err.Error(), r.want) {
				t.Errorf("got %v, want %q in it", err, r.want)
			}
		})
	}
}
