package restapi_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/firewall"
	"portico/local/gateway/integration"
	"portico/local/gateway/restapi"
)

const (
	invocation   = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
	functionARN  = "arn:aws:lambda:us-east-1:123456789012:function:orders:live"
	guardARN     = "arn:aws:lambda:us-east-1:123456789012:function:guard"
	executeAPI   = "arn:aws:execute-api:us-east-1:123456789012:abc1234567"
	requestUUID  = "deef4878-7910-11e6-8f14-25afc3e9ae33"
	allowAll     = `{"principalId":"me","policyDocument":{"Statement":[{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}]},"context":{"tenant":"t-1","n":1}}`
	internalBody = `{"message": "Internal server error"}`
)

// lambda is the fake Lambda service: an answer by function ARN.
type lambda struct {
	mu      sync.Mutex // guards calls
	calls   []exchange.Invocation
	answers map[string]func(context.Context) (exchange.Invoked, error)
}

func (l *lambda) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	l.mu.Lock()
	l.calls = append(l.calls, in)
	l.mu.Unlock()
	if answer := l.answers[in.FunctionARN]; answer != nil {
		return answer(ctx)
	}
	return exchange.Invoked{Payload: []byte(`{"statusCode":200,"body":"ok"}`), RequestID: "lambda-1"}, nil
}

func (l *lambda) last(t *testing.T) exchange.Invocation {
	t.Helper()
	if len(l.calls) == 0 {
		t.Fatal("no function was called")
	}
	return l.calls[len(l.calls)-1]
}

func (l *lambda) answer(arn, payload string) {
	l.answers[arn] = func(context.Context) (exchange.Invoked, error) {
		return exchange.Invoked{Payload: []byte(payload), RequestID: "lambda-1"}, nil
	}
}

func (l *lambda) fail(arn string, err error) {
	l.answers[arn] = func(context.Context) (exchange.Invoked, error) { return exchange.Invoked{}, err }
}

func (l *lambda) functionError(arn, document string) {
	l.answers[arn] = func(context.Context) (exchange.Invoked, error) {
		return exchange.Invoked{FunctionError: "Unhandled", Payload: []byte(document)}, nil
	}
}

// world is an API under test and what surrounds it.
type world struct {
	def     api.REST
	lambda  *lambda
	clock   clock.Clock
	records []*exchange.Record
	lines   []string
	logs    []string                 // execution logs: the group, a line break, the text
	webACLs map[string]*firewall.ACL // by ARN
	keys    *keyring                 // nil: nobody may sign
	pools   authorize.KeySource      // of user pools; nil: there are none

	endpoint restapi.VPCEndpoint // of private APIs

	endpoints   endpoints            // of AWS services
	backends    integration.Backends // nil: as the definition names them
	deployments map[string]api.REST  // by id; nil: all are of the definition
	roll        float64              // of the canary's dice
	api         *restapi.API
}

func (w *world) Observe(r *exchange.Record) {
	var kept exchange.Record
	r.Keep(&kept)
	w.records = append(w.records, &kept)
}

// proxy returns a method with an AWS_PROXY integration.
func proxy() api.Method {
	return api.Method{AuthorizationType: "NONE", Integration: api.Integration{
		Type: "AWS_PROXY", HTTPMethod: "POST", URI: invocation + functionARN + "/invocations",
		PassthroughBehavior: "WHEN_NO_MATCH", TimeoutMillis: 29000,
	}}
}

// mocked returns a method with a MOCK integration.
func mocked(status, body string) api.Method {
	return api.Method{
		AuthorizationType: "NONE",
		Responses:         map[string]api.MethodResponse{status: {}},
		Integration: api.Integration{
			Type: "MOCK", PassthroughBehavior: "WHEN_NO_MATCH",
			RequestTemplates: map[string]string{"application/json": `{"statusCode": ` + status + `}`},
			Responses: []api.IntegrationResponse{{
				StatusCode: status, Templates: map[string]string{"application/json": body},
			}},
		},
	}
}

func newWorld() *world {
	w := &world{
		lambda: &lambda{answers: map[string]func(context.Context) (exchange.Invoked, error){}},
		clock:  clock.NewManual(time.UnixMilli(1589522469693)),
	}
	w.def = api.REST{
		ID: "abc1234567", Name: "partner", EndpointType: "REGIONAL", APIKeySource: "HEADER",
		Account:     api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		Authorizers: map[string]api.RESTAuthorizer{},
		Stages:      []api.Stage{{Name: "dev", DeploymentID: "d3pl0y"}},
	}
	w.method("/{proxy+}", "ANY", proxy())
	return w
}

func (w *world) method(path, verb string, m api.Method) {
	for i := range w.def.Resources {
		if w.def.Resources[i].Path == path {
			w.def.Resources[i].Methods[verb] = m
			return
		}
	}
	w.def.Resources = append(w.def.Resources, api.Resource{
		ID: "res" + strings.Trim(path, "/{}+"), Path: path, Methods: map[string]api.Method{verb: m},
	})
}

// guard puts an authorizer before GET /guarded.
func (w *world) guard(kind string, change func(*api.RESTAuthorizer)) {
	def := api.RESTAuthorizer{
		ID: "auth01", Name: "guard", Type: kind, URI: invocation + guardARN + "/invocations",
		IdentitySource: "method.request.header.Authorization", ResultTTL: 300,
	}
	if change != nil {
		change(&def)
	}
	w.def.Authorizers["auth01"] = def
	m := proxy()
	m.AuthorizationType, m.AuthorizerID = "CUSTOM", "auth01"
	w.method("/guarded", "GET", m)
	if w.lambda.answers[guardARN] == nil {
		w.lambda.answer(guardARN, allowAll)
	}
}

func (w *world) compile(t testing.TB) {
	t.Helper()
	if err := w.try(); err != nil {
		t.Fatal(err)
	}
}

// try is compile for definitions that may be wrong.
func (w *world) try() error {
	deps := restapi.Dependencies{
		Clock: w.clock, Invoker: w.lambda, Observer: w, Log: slog.New(slog.DiscardHandler),
		AccessLog: func(destination, line string) { w.lines = append(w.lines, destination+" "+line) },
	}
	deps.Endpoints, deps.Credentials, deps.Backends = w.endpoints, roleKeys, w.backends
	deps.ExecutionLog = func(group, text string) { w.logs = append(w.logs, group+"\n"+text+"\n") }
	deps.WebACL = func(arn string) *firewall.ACL { return w.webACLs[arn] }
	deps.Roll = func() float64 { return w.roll }
	if w.deployments != nil {
		deps.Deployment = func(id string) (api.REST, bool) {
			def, ok := w.deployments[id]
			return def, ok
		}
	}
	if w.keys != nil {
		deps.Secrets, deps.Principals = w.keys, w.keys.principals()
	}
	deps.Endpoint, deps.Keys = w.endpoint, w.pools
	compiled, err := restapi.New(w.def, deps)
	w.api = compiled
	return err
}

// get asks for a path, with header lines as "Name: value".
func (w *world) get(t testing.TB, target string, header ...string) *exchange.Reply {
	t.Helper()
	return w.serve(t, request("GET", target, header...))
}

func (w *world) serve(t testing.TB, r *exchange.Request) *exchange.Reply {
	t.Helper()
	if w.api == nil {
		w.compile(t)
	}
	return w.api.Serve(t.Context(), r)
}

func request(method, target string, header ...string) *exchange.Request {
	path, query, _ := strings.Cut(target, "?")
	r := &exchange.Request{
		Method: method, RawPath: path, RawQuery: query, Protocol: "HTTP/1.1",
		Host: "abc1234567.execute-api.localhost:3000", SourceIP: "203.0.113.7",
		Received: time.UnixMilli(1589522469693),
	}
	r.Header.Add("Host", r.Host)
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	return r
}

// answer is what of a reply does not change from call to call.
type answer struct {
	status          int
	errorType, body string
}

func seen(r *exchange.Reply) answer {
	return answer{r.Status, r.Header.Get("x-amzn-ErrorType"), string(r.Body)}
}
