package restapi

import (
	"strings"

	"github.com/google/uuid"

	"portico/local/gateway/authorize"
	"portico/local/gateway/cache"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
	"portico/local/gateway/payload"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/route"
)

// call is what travels through the steps.
type call struct {
	pipeline.Notes

	clock   clock.Clock        // arrive
	wire    *exchange.Request  // arrive; as it was sent, and signed
	request *exchange.Request  // arrive; later with a plain body, and with lines of the web ACL
	vars    exchange.Variables // arrive; each step adds what it is responsible for

	stage *stage // choose stage
	path  string // choose stage: after the stage, still encoded

	query []payload.Pair // check limits

	method *method       // match resource
	params []route.Param // match resource

	verdict *authorize.Verdict         // authorize; nil without a Lambda authorizer
	signer  *authorize.Signer          // authorize; nil without AWS_IAM
	cognito *authorize.CognitoIdentity // authorize; nil without a Cognito authorizer

	key *heldKey // check API key; nil when the method needs none

	fill   *cache.Fill // look up cache; nil unless the reply is to be kept
	cached bool        // look up cache: the reply is one that was kept
	warned bool        // look up cache: the client may get no new reply, and is told so
	kept   bool        // look up cache: a kept reply answers

	sent     []byte                  // build integration request: body or event for the backend
	mapped   integration.Mapped      // build integration request, from parameters and overrides
	outgoing integration.HTTPRequest // build integration request, of an HTTP backend or AWS service

	answer   exchange.Invoked         // call integration, of AWS_PROXY
	incoming integration.HTTPResponse // call integration, of HTTP_PROXY
	backend  answered                 // call integration, of AWS, HTTP and MOCK

	// What templates override: build integration request, then build method response; nil while
	// there is nothing.
	overrides *mapping.Overrides

	reply   exchange.Reply // build method response, or a refusal
	refused *refusal       // nil unless the call was refused
	plain   []byte         // compress reply: the body before; nil when it was not compressed

	tested bool // TestInvokeMethod

	header exchange.Header // visibleHeader
	trace  traces          // traceHeader
}

// arrive begins a call.
func (a *API) arrive(r *exchange.Request) *call {
	c := a.spareCall()
	a.memory.Lend(&c.Notes)
	c.wire, c.request, c.clock = r, r, a.deps.Clock
	received := r.Received
	if received.IsZero() {
		received = a.deps.Clock.Now()
	}
	c.vars = exchange.Variables{
		AccountID: a.def.Account.ID, APIID: a.def.ID, DomainName: r.Host,
		DomainPrefix: domainPrefix(r.Host), ExtendedRequestID: exchange.NewExtendedID(),
		HTTPMethod: r.Method, Path: r.RawPath, Protocol: r.Protocol, RequestTime: received,
		SourceIP: r.SourceIP, UserAgent: r.Header.Get("User-Agent"),
	}
	c.vars.Arrive(r, a.deps.Clock)
	c.vars.RequestID, c.vars.RequestIDReplaced = requestID(r.Header.Get("x-amzn-RequestId"))
	if override := r.Header.Get("X-HTTP-Method-Override"); override != "" {
		c.vars.HTTPMethod = override // "Known issues"
	}
	return c
}

// requestID returns the id a client asks for, if it is a UUID, or a new one.
func requestID(asked string) (id string, replaced bool) {
	if asked == "" {
		return exchange.NewRequestID(), false
	}
	if len(asked) == len("00000000-0000-0000-0000-000000000000") && uuid.Validate(asked) == nil {
		return asked, false
	}
	return exchange.NewRequestID(), true
}

func domainPrefix(host string) string {
	if end := strings.IndexAny(host, ".:"); end >= 0 {
		return host[:end]
	}
	return host
}

// visibleHeader returns the request's header lines as functions, templates and mappings see them.
func (c *call) visibleHeader() exchange.Header {
	if c.header == nil {
		c.header = payload.RESTHeader(c.request, c.traceHeader().seen)
	}
	return c.header
}

// eventPath is the path that functions are told: without the stage, but as the client sent it where
// the call came by a custom domain name, base path and stage included.
func (c *call) eventPath() string {
	if c.request.Domain != nil {
		return c.vars.Path
	}
	return c.path
}

// event returns the call as a function is told of it.
func (c *call) event() payload.REST {
	return payload.REST{
		Variables: &c.vars, Path: c.eventPath(), Header: c.visibleHeader(), Query: c.query,
		PathParameters: c.params, StageVariables: c.stage.variables,
	}
}
