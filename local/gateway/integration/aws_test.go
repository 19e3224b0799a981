package integration_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/payload"
)

func TestParseAWS(t *testing.T) {
	variables := map[string]string{"service": "sqs", "path": "1/q"}
	for _, r := range []struct {
		name, uri string
		want      string // region, service, subdomain, action, setting; "" is an error
		message   string
	}{
		{"a path", "arn:aws:apigateway:eu-west-1:sqs:path/1/q", "eu-west-1 sqs - - sqs", ""},
		{"an action", "arn:aws:apigateway:us-east-1:states:action/StartExecution", "us-east-1 states - StartExecution sfn", ""},
		{"an action with parameters", "arn:aws:apigateway:us-west-2:s3:action/GetObject&Bucket={b}", "us-west-2 s3 - GetObject s3", ""},
		{"a subdomain", "arn:aws:apigateway:us-west-2:x1.appsync-api:path/graphql", "us-west-2 appsync-api x1 - appsync", ""},
		{"a service of two words", "arn:aws:apigateway:us-west-2:runtime.sagemaker:path//endpoints/e", "us-west-2 sagemaker runtime - sagemaker_runtime", ""},
		{"another partition", "arn:aws-cn:apigateway:cn-north-1:cognito-idp:action/InitiateAuth", "cn-north-1 cognito-idp - InitiateAuth cognito_identity_provider", ""},
		{"stage variables", "arn:aws:apigateway:us-east-1:${stageVariables.service}:path/${stageVariables.path}", "us-east-1 sqs - - sqs", ""},
		{"neither path nor action", "arn:aws:apigateway:us-east-1:sqs:queue/q", "", "AWS ARN for integration must contain path or action"},
		{"an action without a name", "arn:aws:apigateway:us-east-1:sqs:action/", "", "AWS ARN for integration must contain path or action"},
		{"no ARN", "http://example.com", "", "Invalid ARN specified in the request"},
		{"a Lambda function", "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations", "", "Lambda"},
	} {
		t.Run(r.name, func(t *testing.T) {
			s, err := integration.ParseAWS(r.uri, variables)
			if r.want == "" {
				if err == nil || !strings.Contains(err.Error(), r.message) {
					t.Errorf("got %v, want %q", err, r.message)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			dash := func(text string) string {
				if text == "" {
					return "-"
				}
				return text
			}
			got := strings.Join([]string{s.Region, s.Name, dash(s.Subdomain), dash(s.Action), s.ID()}, " ")
			if got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}

type endpoints map[string]string

func (e endpoints) Endpoint(service string) (string, bool) { url, ok := e[service]; return url, ok }

var (
	signedAt    = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	credentials = aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret", SessionToken: "token"}
)

func service(t testing.TB, method, uri string, e integration.Endpoints) *integration.AWSBackend {
	t.Helper()
	parsed, err := integration.ParseAWS(uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	return &integration.AWSBackend{
		APIID: "a1b2c3", Method: method, Service: parsed, Endpoints: e, Credentials: credentials,
		Clock: clock.NewManual(signedAt),
	}
}

// The rows are those of spec rest-api.md §20 and control-plane.md §22.
func TestAWSRequest(t *testing.T) {
	const arn = "arn:aws:apigateway:us-east-1:"
	client := fields("Content-Type", "application/json", "Accept", "text/html", "X-Tenant", "t1")
	for _, r := range []struct {
		name, method, uri string
		mapped            integration.Mapped
		want              string // request line, then the lines that matter
	}{
		{
			"a queue's path takes a form", "POST", arn + "sqs:path/123456789012/webhooks",
			integration.Mapped{Header: fields("Content-Type", "application/x-www-form-urlencoded")},
			"POST /123456789012/webhooks|Accept: application/json|Content-Type: application/x-www-form-urlencoded|X-Amz-Target: |body",
		},
		{
			"SQS's JSON protocol is mapped", "POST", arn + "sqs:path/1/q",
			integration.Mapped{Header: fields("X-Amz-Target", "AmazonSQS.SendMessage", "Content-Type", "application/x-amz-json-1.0", "Accept", "application/xml")},
			"POST /1/q|Accept: application/xml|Content-Type: application/x-amz-json-1.0|X-Amz-Target: AmazonSQS.SendMessage|body",
		},
		{
			"an action of a JSON service gets its target", "POST", arn + "dynamodb:action/PutItem",
			integration.Mapped{},
			"POST /?Action=PutItem|Accept: application/json|Content-Type: application/x-amz-json-1.0|X-Amz-Target: DynamoDB_20120810.PutItem|body",
		},
		{
			"Step Functions", "POST", arn + "states:action/StartExecution",
			integration.Mapped{},
			"POST /?Action=StartExecution|Accept: application/json|Content-Type: application/x-amz-json-1.0|X-Amz-Target: AWSStepFunctions.StartExecution|body",
		},
		{
			"EventBridge's target is the API's to map", "POST", arn + "events:action/PutEvents",
			integration.Mapped{Header: fields("X-Amz-Target", "AWSEvents.PutEvents", "Content-Type", "application/x-amz-json-1.1")},
			"POST /?Action=PutEvents|Accept: application/json|Content-Type: application/x-amz-json-1.1|X-Amz-Target: AWSEvents.PutEvents|body",
		},
		{
			"an action of a query service", "POST", arn + "sns:action/Publish",
			integration.Mapped{Query: []payload.Pair{{Name: "Message", Value: "a b&c"}}},
			"POST /?Action=Publish&Message=a%20b%26c|Accept: application/json|Content-Type: application/x-www-form-urlencoded|X-Amz-Target: |",
		},
		{
			"SSM goes through its old protocol", "POST", arn + "ssm:action/GetParameter",
			integration.Mapped{Query: []payload.Pair{{Name: "Name", Value: "n"}}},
			"POST /?Action=GetParameter&Name=n|Accept: application/json|Content-Type: |X-Amz-Target: |",
		},
		{
			"an action whose body is mapped as a form sends it", "POST", arn + "sns:action/Publish",
			integration.Mapped{Header: fields("Content-Type", "application/x-www-form-urlencoded")},
			"POST /?Action=Publish|Accept: application/json|Content-Type: application/x-www-form-urlencoded|X-Amz-Target: |body",
		},
		{
			"a path is filled, the method is the client's, GET has no body", "ANY", arn + "s3:path/bucket/{key}",
			integration.Mapped{Path: []payload.Pair{{Name: "key", Value: "a b/c"}}, Header: fields("Referer", "r", "Server", "s")},
			"GET /bucket/a%20b/c|Accept: application/json|Content-Type: |X-Amz-Target: |",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			var got string
			backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, in *http.Request) {
				got = describe(t, in)
				w.Header().Set("Content-Type", "text/xml")
				w.WriteHeader(http.StatusAccepted)
				_, _ = io.WriteString(w, "<ok/>")
			}))
			defer backend.Close()
			all := endpoints{}
			for _, id := range []string{"sqs", "dynamodb", "sfn", "eventbridge", "sns", "ssm", "s3"} {
				all[id] = backend.URL + "/"
			}
			request, err := service(t, r.method, r.uri, all).Request(t.Context(), &integration.HTTPInput{
				Method: "GET", Header: client, RawQuery: "not=sent", Body: []byte("body"), Trace: "Root=1-2-3", Mapped: r.mapped,
			})
			if err != nil {
				t.Fatal(err)
			}
			answer, err := caller(t).Call(t.Context(), request)
			if err != nil || answer.Status != 202 || string(answer.Body) != "<ok/>" ||
				answer.Header.Get("Content-Type") != "text/xml" {
				t.Errorf("got %+v, %v, want the answer as it is", answer, err)
			}
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// describe checks what every call has, signature included, and returns the rest.
func describe(t *testing.T, in *http.Request) string {
	body, err := io.ReadAll(in.Body)
	if err != nil {
		t.Error(err)
	}
	for name, want := range map[string]string{
		"User-Agent": "AmazonAPIGateway_a1b2c3", "X-Amzn-Trace-Id": "Root=1-2-3",
		"X-Amz-Security-Token": "token", "X-Amzn-Apigateway-Api-Id": "a1b2c3",
		"X-Tenant": "", "Referer": "", "Server": "",
	} {
		if got := in.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	checkSignature(t, in, body)
	lines := []string{in.Method + " " + in.RequestURI}
	for _, name := range []string{"Accept", "Content-Type", "X-Amz-Target"} {
		lines = append(lines, name+": "+in.Header.Get(name))
	}
	return strings.Join(append(lines, string(body)), "|")
}

// checkSignature signs what arrived once more, with the headers the signature names.
func checkSignature(t *testing.T, in *http.Request, body []byte) {
	t.Helper()
	got := in.Header.Get("Authorization")
	_, scope, _ := strings.Cut(got, "Credential=AKIDEXAMPLE/20261122/us-east-1/")
	name, _, _ := strings.Cut(scope, "/")
	_, signed, _ := strings.Cut(got, "SignedHeaders=")
	signed, _, _ = strings.Cut(signed, ",")
	again, err := http.NewRequest(in.Method, "http://"+in.Host+in.RequestURI, nil)
	if err != nil {
		t.Error(err)
		return
	}
	for header := range strings.SplitSeq(signed, ";") {
		if header != "host" && header != "content-length" {
			again.Header[http.CanonicalHeaderKey(header)] = in.Header.Values(header)
		}
	}
	again.ContentLength = int64(len(body))
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(t.Context(), credentials, again, hex.EncodeToString(sum[:]), name, "us-east-1",
		signedAt, func(o *v4.SignerOptions) { o.DisableURIPathEscaping = name == "s3" })
	if want := again.Header.Get("Authorization"); err != nil || got != want || name == "" {
		t.Errorf("got signature %q, want %q (%v)", got, want, err)
	}
}

func TestAWSSubdomainIsTheHost(t *testing.T) {
	request, err := service(t, "POST", "arn:aws:apigateway:us-east-1:x1.appsync-api:path/graphql",
		endpoints{"appsync": "http://localhost:4566"}).Request(t.Context(), &integration.HTTPInput{Method: "POST"})
	if err != nil {
		t.Fatal(err)
	}
	if got := request.Header.Get("Host"); got != "x1.localhost:4566" {
		t.Errorf("got %q, want x1.localhost:4566", got)
	}
	if got := request.Header.Get("Authorization"); !strings.Contains(got, "/us-east-1/appsync/") {
		t.Errorf("got %q, want a signature for appsync", got)
	}
}

func TestAWSRefusals(t *testing.T) {
	const queue = "arn:aws:apigateway:us-east-1:sqs:path/1/q"
	unsigned := service(t, "POST", queue, endpoints{"sqs": "http://localhost:9324"})
	unsigned.Credentials = aws.Credentials{}
	for _, r := range []struct {
		name    string
		backend *integration.AWSBackend
		want    []string
	}{
		{"no endpoint names the settings", service(t, "POST", queue, endpoints{}), []string{"AWS_ENDPOINT_URL_SQS", "endpoints.sqs", "portico.yaml"}},
		{"no endpoints at all", service(t, "POST", "arn:aws:apigateway:us-east-1:states:action/X", nil), []string{"AWS_ENDPOINT_URL_SFN", "endpoints.sfn"}},
		{"no credentials", unsigned, []string{"no credentials"}},
		{"a placeholder without a value", service(t, "POST", "arn:aws:apigateway:us-east-1:sqs:path/{q}", endpoints{"sqs": "http://localhost:9324"}), []string{"{q}"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			_, err := r.backend.Request(t.Context(), &integration.HTTPInput{Method: "POST", Header: exchange.Header{}})
			var failed *integration.Error
			if !errors.As(err, &failed) || failed.Kind != integration.Misconfigured {
				t.Fatalf("got %v, want a configuration error", err)
			}
			for _, part := range r.want {
				if !strings.Contains(failed.Text, part) {
					t.Errorf("got %q, want it to name %s", failed.Text, part)
				}
			}
		})
	}
}

func FuzzParseAWS(f *testing.F) {
	f.Add("arn:aws:apigateway:us-east-1:a.b.sqs:action/{x}&y={z}")
	f.Fuzz(func(t *testing.T, uri string) {
		parsed, err := integration.ParseAWS(uri, nil)
		if (err == nil) != (parsed != nil) {
			t.Errorf("got %v and %v", parsed, err)
		}
	})
}
