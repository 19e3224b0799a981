package restapi

import (
	"context"
	"slices"
	"strings"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/route"
)

// TestInvocation is what TestInvokeMethod is asked.
type TestInvocation struct {
	ResourceID string
	HTTPMethod string
	// PathWithQueryString is the path after a stage: "/orders/7?a=b". "" is the resource's own path,
	// placeholders and all.
	PathWithQueryString string
	Header              exchange.Header
	Body                string
	StageVariables      map[string]string
	ClientCertificateID string // presented to HTTP backends; "" for none
}

// TestResult is what TestInvokeMethod answers.
type TestResult struct {
	Status  int
	Header  exchange.Header // of the method response alone
	Body    []byte
	Log     string // in the format of AWS's execution logs
	Latency time.Duration
}

// NotFoundError is AWS's 404 NotFoundException, in its words.
type NotFoundError struct{ Message string }

// Error returns the message.
func (e *NotFoundError) Error() string { return e.Message }

// What the event of a tested method says of the call.
const (
	testStage  = "test-invoke-stage"
	testPrefix = "testPrefix"
	testDomain = "testPrefix.testDomainName"
	testSource = "test-invoke-source-ip"
	testAgent  = "aws-internal/3"
	testKey    = "test-invoke-api-key"
	testKeyID  = "test-invoke-api-key-id"
)

// TestInvokeMethod calls a method of the definition as it is, deployed or not: without authorizer,
// API key, firewall, throttle, and without a stage but for the variables it is given ("Use the API
// Gateway console to test a REST API method"). Nobody is told of the call but the caller. An error
// is a NotFoundError, or a definition that no API of AWS could have.
func (a *API) TestInvokeMethod(ctx context.Context, in TestInvocation) (TestResult, error) {
	verb, resource, err := a.testedMethod(in)
	if err != nil {
		return TestResult{}, err
	}
	alone := a.def
	alone.Resources, alone.Authorizers, alone.UsagePlans = []api.Resource{resource}, nil, nil
	compiled, err := a.compiler(alone).compileStage(&api.Stage{
		Name: testStage, Variables: in.StageVariables, ClientCertificateID: in.ClientCertificateID,
	})
	if err != nil {
		return TestResult{}, err
	}
	c := a.arriveTest(&in, compiled, resource.Path)
	match, _ := compiled.tree.Match(verb, resource.Path)
	c.method = match.Value
	c.vars.ResourceID, c.vars.ResourcePath = resource.ID, resource.Path
	c.vars.OperationName = c.method.def.OperationName
	if at, ok := compiled.tree.Match(verb, c.path); ok {
		c.params = at.Params
	}
	walked := pipeline.Pipeline[*call]{
		Steps: a.service(), Refuse: a.refuse, Elapsed: clock.Stopwatch(a.deps.Clock),
	}
	marks := walked.Walk(ctx, c)
	return a.testResult(c, marks), nil
}

// testedMethod returns the verb under which the definition has the method, and a resource with it
// alone.
func (a *API) testedMethod(in TestInvocation) (verb string, only api.Resource, err error) {
	at := slices.IndexFunc(a.def.Resources, func(r api.Resource) bool { return r.ID == in.ResourceID })
	if at < 0 {
		return "", only, &NotFoundError{"Invalid Resource identifier specified"}
	}
	resource := a.def.Resources[at]
	for _, candidate := range []string{in.HTTPMethod, route.Any} {
		if def, ok := resource.Methods[candidate]; ok {
			resource.Methods = map[string]api.Method{candidate: def}
			return candidate, resource, nil
		}
	}
	return "", only, &NotFoundError{"Invalid Method identifier specified"}
}

// arriveTest begins a call that came from nowhere.
func (a *API) arriveTest(in *TestInvocation, s *stage, resourcePath string) *call {
	path, query, _ := strings.Cut(in.PathWithQueryString, "?")
	if path == "" {
		path = resourcePath
	}
	now := a.deps.Clock.Now()
	r := &exchange.Request{
		Method: in.HTTPMethod, RawPath: path, RawQuery: query, Protocol: "HTTP/1.1", Host: testDomain,
		Header: in.Header, SourceIP: testSource, TLS: true, Received: now,
	}
	if in.Body != "" {
		r.Body = []byte(in.Body)
	}
	account := a.def.Account
	c := &call{
		wire: r, request: r, clock: a.deps.Clock, stage: s, path: path, tested: true,
		query: payload.RESTQuery(query), header: sortedHeader(in.Header),
	}
	c.vars = exchange.Variables{
		AccountID: account.ID, APIID: a.def.ID, Stage: testStage, DomainName: testDomain,
		DomainPrefix: testPrefix, RequestID: exchange.NewRequestID(),
		ExtendedRequestID: exchange.NewExtendedID(), HTTPMethod: in.HTTPMethod, Path: path,
		Protocol: "HTTP/1.1", RequestTime: now, Began: clock.Begin(a.deps.Clock), SourceIP: testSource, UserAgent: testAgent,
		Caller: exchange.Caller{
			AccountID: account.ID, Caller: account.ID, User: account.ID,
			UserARN: "arn:" + account.Partition + ":iam::" + account.ID + ":root",
			APIKey:  testKey, APIKeyID: testKeyID,
		},
	}
	return c
}

// sortedHeader returns header lines in order of their names; none is a list too.
func sortedHeader(header exchange.Header) exchange.Header {
	sorted := header.Clone(0)
	slices.SortStableFunc(sorted, func(a, b exchange.Field) int {
		return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
	})
	return sorted
}

// testResult returns what the tester is shown. An answer of the gateway's own has no Content-Type
// there unless a gateway response gives it one.
func (a *API) testResult(c *call, marks []pipeline.Mark) TestResult {
	if c.refused != nil && c.stage.gatewayResponses[c.refused.responseType] == nil {
		c.reply.Header.Del("Content-Type")
	}
	log := ""
	if c.vars.TransferMode != transferStreamed { // of streams AWS logs nothing
		log = a.executionLog(c, marks)
	}
	return TestResult{
		Status: c.reply.Status, Header: c.reply.Header, Body: c.reply.Body,
		Log:     log,
		Latency: clock.Took(a.deps.Clock, c.vars.Began),
	}
}
