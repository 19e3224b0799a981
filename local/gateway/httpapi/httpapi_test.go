package httpapi_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/httpapi"
	"portico/local/gateway/integration"
	"portico/local/gateway/pipeline"
)

const (
	issuer   = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_abcdefghi"
	orders   = "arn:aws:lambda:us-east-1:123456789012:function:orders:live"
	logGroup = "arn:aws:logs:us-east-1:123456789012:log-group:public"
	source   = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/"
)

// key is made once: a 2,048 bit key takes its time.
var key = sync.OnceValue(func() *rsa.PrivateKey {
	made, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return made
})

type keys struct{ err error }

func (k keys) Keys(context.Context, string) (*jose.JSONWebKeySet, error) {
	public := jose.JSONWebKey{Key: &key().PublicKey, KeyID: "k1"}
	return &jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}}, k.err
}

type invoker func(context.Context, exchange.Invocation) (exchange.Invoked, error)

func (f invoker) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	return f(ctx, in)
}

type observer struct {
	mu      sync.Mutex
	records []*exchange.Record
}

func (o *observer) Observe(r *exchange.Record) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var kept exchange.Record
	r.Keep(&kept)
	o.records = append(o.records, &kept)
}

// setup is an API under test with what stands around it.
type setup struct {
	def      api.HTTP
	clock    *clock.Manual
	invoke   invoker
	keys     keys
	observer observer

	secrets    authorize.Secrets
	principals authorize.Principals
	backends   integration.Backends
	private    integration.PrivateTargets
	// endpoints and credentials are for integrations with services.
	endpoints   serviceEndpoints
	credentials func(string) aws.Credentials
	deployed    map[string]api.HTTP // by deployment

	lines   []string
	invoked []exchange.Invocation
	mu      sync.Mutex // guards invoked and lines
	api     *httpapi.API
}

func answering(payload string) invoker {
	return func(context.Context, exchange.Invocation) (exchange.Invoked, error) {
		return exchange.Invoked{Payload: []byte(payload), RequestID: "r-1"}, nil
	}
}

func failing(err error) invoker {
	return func(context.Context, exchange.Invocation) (exchange.Invoked, error) {
		return exchange.Invoked{}, err
	}
}

func refusing(code string, status int, message string) invoker {
	return failing(&exchange.InvokeError{Code: code, Status: status, Message: message})
}

func definition() api.HTTP {
	integration := func(id, format string) api.V2Integration {
		return api.V2Integration{
			ID: id, Type: "AWS_PROXY", Method: "POST", URI: orders,
			PayloadFormatVersion: format, TimeoutMillis: 30_000,
		}
	}
	return api.HTTP{
		ID: "a1b2c3d4e5", Name: "public",
		Account: api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		Integrations: map[string]api.V2Integration{
			"two": integration("two", "2.0"), "one": integration("one", "1.0"),
		},
		Authorizers: map[string]api.V2Authorizer{"pool": {
			ID: "pool", Name: "pool", Type: "JWT", Issuer: issuer, Audience: []string{"client"},
			IdentitySource: []string{"$request.header.Authorization"},
		}},
		Routes: []api.Route{
			{Key: "GET /health", AuthorizationType: "NONE", IntegrationID: "two"},
			{Key: "GET /one/{id}", AuthorizationType: "NONE", IntegrationID: "one"},
			{
				Key: "GET /orders/{id}", AuthorizationType: "JWT", AuthorizerID: "pool",
				AuthorizationScopes: []string{"orders/read"}, IntegrationID: "two",
			},
			{Key: "ANY /any/{proxy+}", AuthorizationType: "NONE", IntegrationID: "two"},
			{Key: "OPTIONS /own", AuthorizationType: "NONE", IntegrationID: "two"},
			{
				Key:               "ANY /guarded",
				AuthorizationType: "JWT",
				AuthorizerID:      "pool",
				IntegrationID:     "two",
			},
		},
		Stages: []api.Stage{
			{Name: "$default", AutoDeploy: true, AccessLog: &api.AccessLog{
				DestinationARN: logGroup,
				Format: "$context.requestId $context.routeKey $context.status " +
					"$context.authorizer.claims.sub $context.error.message" +
					errorMark + "$context.authorizer.error",
			}},
			{Name: "dev", Variables: map[string]string{"tier": "test"}},
		},
	}
}

func start(t testing.TB, change func(*setup)) *setup {
	t.Helper()
	s := &setup{
		def:    definition(),
		clock:  clock.NewManual(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
		invoke: answering(`{"statusCode":200,"body":"ok"}`),
	}
	if change != nil {
		change(s)
	}
	var err error
	s.api, err = httpapi.New(s.def, httpapi.Dependencies{
		Clock: s.clock, Observer: &s.observer, Keys: s.keys,
		Secrets: s.secrets, Principals: s.principals,
		HTTP: caller(t, s.clock), Backends: s.backends, PrivateTargets: s.private,
		Endpoints: s.endpoints, Credentials: s.credentials,
		Deployment: func(id string) (api.HTTP, bool) { d, ok := s.deployed[id]; return d, ok },
		Invoker: invoker(
			func(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
				s.mu.Lock()
				s.invoked = append(s.invoked, in)
				s.mu.Unlock()
				return s.invoke(ctx, in)
			},
		),
		AccessLog: func(destination, line string) {
			s.mu.Lock()
			s.lines = append(s.lines, destination+" "+line)
			s.mu.Unlock()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *setup) request(line string, headers ...string) *exchange.Request {
	method, target, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(target, "?")
	r := &exchange.Request{
		Method: method, RawPath: path, RawQuery: query, Protocol: "HTTP/1.1",
		Host: "localhost:3001", SourceIP: "127.0.0.1", Received: s.clock.Now(),
		Header: exchange.Header{{Name: "Host", Value: "localhost:3001"}},
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// serve returns the reply as text, its request id replaced, and checks what every call leaves.
func (s *setup) serve(t testing.TB, r *exchange.Request) string {
	t.Helper()
	before := len(s.observer.records)
	reply := s.api.Serve(context.Background(), r)
	if got := len(s.observer.records) - before; got != 1 {
		t.Errorf("the observer was told %d times, want once", got)
	}
	record := s.observer.records[len(s.observer.records)-1]
	if record.Status != reply.Status || record.APIKind != "HTTP" {
		t.Errorf("record %+v does not fit reply %+v", record, reply)
	}
	if id := reply.Header.Get("apigw-requestid"); id != record.RequestID || len(id) != 16 {
		t.Errorf("apigw-requestid is %q, the record's %q", id, record.RequestID)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%d\n", reply.Status)
	for _, f := range reply.Header {
		if f.Name != "apigw-requestid" {
			fmt.Fprintf(&text, "%s: %s\n", f.Name, f.Value)
		}
	}
	return text.String() + "\n" + string(reply.Body)
}

func (s *setup) reason() string { return s.observer.records[len(s.observer.records)-1].Reason() }

func (s *setup) token(t testing.TB, scope string) string {
	t.Helper()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, jwt.MapClaims{
		"iss": issuer, "client_id": "client", "sub": "u-1", "scope": scope,
		"exp": s.clock.Now().Unix() + 60,
	})
	token.Header["kid"] = "k1"
	text, err := token.SignedString(key())
	if err != nil {
		t.Fatal(err)
	}
	return "Authorization: Bearer " + text
}

func message(status int, text string) string {
	return fmt.Sprintf("%d\ncontent-type: application/json\n\n{\"message\":%q}", status, text)
}

const served = "200\ncontent-type: text/plain; charset=utf-8\n\nok"

func TestMarksExplainACall(t *testing.T) {
	s := start(t, nil)
	s.serve(t, s.request("GET /orders/7", s.token(t, "orders/read")))
	got := s.observer.records[0].Marks
	fact := func(name, value string) pipeline.Fact { return pipeline.Fact{Name: name, Value: value} }
	want := []pipeline.Mark{
		{Step: "check limits", Verdict: pipeline.Passed},
		{
			Step:    "choose stage",
			Verdict: pipeline.Passed,
			Facts:   []pipeline.Fact{fact("stage", "$default")},
		},
		{Step: "answer preflight", Verdict: pipeline.Passed},
		{
			Step:    "match route",
			Verdict: pipeline.Passed,
			Facts:   []pipeline.Fact{fact("route", "GET /orders/{id}")},
		},
		{Step: "throttle", Verdict: pipeline.Passed},
		{Step: "authorize", Verdict: pipeline.Passed, Facts: []pipeline.Fact{
			fact("authorizer", "pool"), fact("subject", "u-1"), fact("scopes", "orders/read"),
		}},
		{
			Step:    "call integration",
			Verdict: pipeline.Passed,
			Facts:   []pipeline.Fact{fact("function", "orders"), fact("status", "200")},
		},
		{Step: "add CORS headers", Verdict: pipeline.Passed},
		{Step: "finish reply", Verdict: pipeline.Passed},
		{Step: "write access log", Verdict: pipeline.Passed},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := s.observer.records[0].Function; got != "orders" {
		t.Errorf("function is %q", got)
	}
}

func TestATraceIsStartedOrCarriedOn(t *testing.T) {
	s := start(t, nil)
	s.serve(
		t,
		s.request(
			"GET /health",
			"X-Amzn-Trace-Id: Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Sampled=1",
		),
	)
	s.serve(t, s.request("GET /health"))
	const want = "Root=1-5e9f0c65-1de4d666d4dd26aced652b6c;Sampled=1"
	if got := s.invoked[0].Trace; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := s.invoked[1].Trace; !strings.HasPrefix(got, "Root=1-695735a5-") ||
		len(got) != len("Root=1-695735a5-1de4d666d4dd26aced652b6c") {
		t.Errorf("got %q", got)
	}
}

func TestNewNamesWhatIsWrong(t *testing.T) {
	rows := []struct {
		name   string
		change func(*api.HTTP)
		want   string
	}{
		{
			"an unknown authorizer",
			func(d *api.HTTP) { d.Authorizers = nil },
			`stage "$default": route "GET /orders/{id}": authorizer "pool" is no JWT authorizer of this API`,
		},
		{
			"an unknown integration",
			func(d *api.HTTP) { d.Routes[0].IntegrationID = "x" },
			`stage "$default": route "GET /health": integration "x" is not one of this API`,
		},
		{
			"no authorization type",
			func(d *api.HTTP) { d.Routes[0].AuthorizationType = "" },
			`stage "$default": route "GET /health": the authorization type is "", allowed are ` +
				`NONE, JWT, AWS_IAM and CUSTOM`,
		},
		{
			"a route twice",
			func(d *api.HTTP) { d.Routes[1].Key = "GET /health" },
			`stage "$default": route "GET /health": route "GET /health": "GET /health" already ` +
				`serves these requests`,
		},
		{
			"a stage twice",
			func(d *api.HTTP) { d.Stages[1].Name = "$default" },
			`stage "$default" appears twice`,
		},
		{"credentials for every origin", func(d *api.HTTP) {
			d.CORS = &api.CORS{AllowOrigins: []string{"*"}, AllowCredentials: true}
		}, `CORS: AllowCredentials is true and AllowOrigins has "*", allowed are named origins`},
		{"no function", func(d *api.HTTP) {
			d.Integrations["two"] = api.V2Integration{
				Type:                 "AWS_PROXY",
				URI:                  "x",
				PayloadFormatVersion: "2.0",
				TimeoutMillis:        1,
			}
		}, `stage "$default": route "GET /health": integration "two": URI "x" names no Lambda function`},
		{"an unknown payload format", func(d *api.HTTP) {
			d.Integrations["two"] = api.V2Integration{
				Type:                 "AWS_PROXY",
				URI:                  orders,
				PayloadFormatVersion: "3.0",
				TimeoutMillis:        1,
			}
		}, `stage "$default": route "GET /health": integration "two": payload format version ` +
			`"3.0", allowed are 1.0 and 2.0`},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			def := definition()
			r.change(&def)
			_, err := httpapi.New(
				def,
				httpapi.Dependencies{Clock: clock.System{}, Invoker: answering("")},
			)
			if err == nil || err.Error() != r.want {
				t.Errorf("got %v\nwant %s", err, r.want)
			}
		})
	}
}

func TestRoutes(t *testing.T) {
	got := start(t, nil).api.Routes()[1:3]
	want := []httpapi.Route{
		{Method: "GET", Path: "/one/{id}", Authorizer: "NONE", Target: "orders"},
		{Method: "GET", Path: "/orders/{id}", Authorizer: "JWT pool", Target: "orders"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
