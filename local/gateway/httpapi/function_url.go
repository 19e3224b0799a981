package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
	"portico/local/gateway/policy"
)

// FunctionURL is the compiled URL of a Lambda function. It is Lambda's own front door and no API: no
// routes, no stages, no throttle but the function's concurrency; it shares the payload format and
// little else with HTTP APIs.
type FunctionURL struct {
	def    api.FunctionURL
	deps   Dependencies
	policy *policy.Policy // of the function; nil for none
	cors   *cors          // nil without a configuration
	walk   pipeline.Pipeline[*urlCall]
}

// streamingMode is the InvokeMode of URLs whose replies go out as they come.
const streamingMode = "RESPONSE_STREAM"

// NewFunctionURL compiles a function URL. Its errors name what is wrong.
func NewFunctionURL(def api.FunctionURL, deps Dependencies) (*FunctionURL, error) {
	if deps.Clock == nil || deps.Invoker == nil {
		return nil, errors.New("a function URL needs a clock and an invoker")
	}
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if !slices.Contains([]string{authorizationNone, authorizationIAM}, def.AuthType) {
		return nil, fmt.Errorf("AuthType is %q, allowed are %s and %s", def.AuthType,
			authorizationNone, authorizationIAM)
	}
	u := &FunctionURL{def: def, deps: deps}
	if def.Policy != nil {
		var err error
		if u.policy, err = policy.Parse(def.Policy); err != nil {
			return nil, fmt.Errorf("the resource policy of %s: %w", def.FunctionARN, err)
		}
	}
	if def.CORS != nil {
		u.cors = compileURLCORS(def.CORS)
	}
	u.walk = pipeline.Pipeline[*urlCall]{
		Steps: []pipeline.Step[*urlCall]{
			{Name: "answer preflight", Do: u.answerPreflight}, // which nobody signs
			{Name: "authorize", Do: u.authorize},
			{Name: "invoke function", Do: u.invoke},
		},
		Refuse: u.refuse,
		Always: []pipeline.Step[*urlCall]{
			{Name: "add CORS headers", Do: u.addCORSHeaders},
			{Name: "finish reply", Do: u.finishReply},
		},
		Elapsed: clock.Stopwatch(deps.Clock),
	}
	return u, nil
}

// Routes returns the one line of a function URL.
func (u *FunctionURL) Routes() []Route {
	return []Route{{
		Method: "ANY", Path: "/", Authorizer: u.def.AuthType, Target: functionName(u.def.FunctionARN),
	}}
}

// urlCall is one call of a function URL on its way.
type urlCall struct {
	pipeline.Notes
	request *exchange.Request
	vars    exchange.Variables
	reply   exchange.Reply // by the last step that was taken, or by refuse

	preflight bool // answer preflight
	signed    bool // authorize: vars.Caller says who signed
}

// Serve answers a call.
func (u *FunctionURL) Serve(ctx context.Context, r *exchange.Request) *exchange.Reply {
	c := u.newCall(r)
	marks := u.walk.Walk(ctx, c)
	if s, streamed := c.reply.Stream.(*urlStream); streamed {
		c.reply.Ended = func(bytes int) { u.observe(c, append(marks, s.mark(bytes))) }
		return &c.reply
	}
	u.observe(c, marks)
	return &c.reply
}

// newCall fills in what Lambda says of the call of a function URL. The id is that of the invocation.
func (u *FunctionURL) newCall(r *exchange.Request) *urlCall {
	c := &urlCall{
		request: r,
		vars: exchange.Variables{
			AccountID: "anonymous", APIID: u.def.ID, Stage: defaultStage, RouteKey: defaultRoute,
			DomainName: u.def.Host(), DomainPrefix: u.def.ID,
			RequestID:  exchange.NewRequestID(),
			HTTPMethod: r.Method, Path: r.RawPath, Protocol: r.Protocol, RequestTime: r.Received,
			SourceIP: r.SourceIP, UserAgent: r.Header.Get("User-Agent"), TraceID: trace(r),
		},
	}
	c.vars.Arrive(r, u.deps.Clock)
	return c
}

// finishReply adds the lines that every reply of a function URL carries.
func (u *FunctionURL) finishReply(_ context.Context, c *urlCall) error {
	c.reply.Header.Add("x-amzn-RequestId", c.vars.RequestID)
	c.reply.Header.Add("X-Amzn-Trace-Id", c.vars.TraceID)
	c.vars.Status = c.reply.Status
	c.vars.ResponseLatency = clock.Took(u.deps.Clock, c.vars.Began)
	return nil
}

func (u *FunctionURL) observe(c *urlCall, marks []pipeline.Mark) {
	if u.deps.Observer == nil {
		return
	}
	u.deps.Observer.Observe(&exchange.Record{
		RequestID: c.vars.RequestID, APIKind: "FUNCTION_URL", APIID: u.def.ID, APIName: u.def.Name,
		Stage: c.vars.Stage, Method: c.request.Method, Path: c.request.RawPath,
		Function: functionName(u.def.FunctionARN), Status: c.reply.Status,
		Received: c.request.Received, Took: clock.Took(u.deps.Clock, c.vars.Began), Marks: marks,
	})
}
