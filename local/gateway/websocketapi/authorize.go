package websocketapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
	"portico/local/gateway/policy"
)

// maxGrant is the most bytes an authorizer of a WebSocket API may answer with.
const maxGrant = 8 << 10

// grant is what the authorizer said at $connect; it holds as long as the connection.
type grant struct {
	principal string
	context   map[string]any // strings, numbers and booleans
	latency   time.Duration
}

// fill writes the grant into the variables of a call; a nil grant writes nothing.
func (g *grant) fill(v *exchange.Variables) {
	if g != nil {
		v.PrincipalID, v.Authorizer, v.AuthorizerLatency = g.principal, g.context, g.latency
	}
}

// authorize asks the REQUEST authorizer of $connect. Whatever goes wrong with it denies.
func (a *API) authorize(ctx context.Context, c *call) error {
	authorizer := c.route.authorizer
	if authorizer == nil {
		return nil
	}
	if authorizer.unserved != "" {
		return authorizerFailed(errors.New(authorizer.unserved))
	}
	methodARN := a.arn(c.stage.name + "/" + connectKey)
	began := a.deps.Clock.Now()
	out, err := a.invoke(ctx, exchange.Invocation{
		FunctionARN: withVariables(authorizer.function, c.stage.variables),
		Payload: payload.WebSocketAuthorizer(
			methodARN, c.forwarded(), &c.vars, c.stage.variables),
		Trace: c.vars.TraceID, SourceARN: a.arn("authorizers/" + authorizer.id),
	}, defaultTimeout)
	latency := a.deps.Clock.Now().Sub(began)
	c.vars.AuthorizerLatency, c.vars.AuthorizerRequestID = latency, out.RequestID
	if err != nil {
		return authorizerFailed(err)
	}
	if out.FunctionError != "" {
		return functionRefused(out.Payload)
	}
	answer, err := readGrant(out.Payload)
	if err != nil {
		return authorizerFailed(err)
	}
	if err := a.evaluate(c, answer.document, methodARN); err != nil {
		return err
	}
	answer.grant.latency = latency
	c.identity = &answer.grant
	c.identity.fill(&c.vars)
	c.Note("principal", c.identity.principal)
	return nil
}

// evaluate wants the returned policy to allow $connect.
func (a *API) evaluate(c *call, document *policy.Policy, methodARN string) error {
	now := c.vars.RequestTime
	decision := document.Evaluate(policy.Request{
		Action: "execute-api:Invoke", Resource: methodARN,
		Conditions: map[string][]string{
			"aws:SourceIp":    {c.vars.SourceIP},
			"aws:UserAgent":   {c.vars.UserAgent},
			"aws:CurrentTime": {now.UTC().Format(time.RFC3339)},
			"aws:EpochTime":   {strconv.FormatInt(now.Unix(), 10)},
		},
	})
	switch decision.Effect {
	case policy.Allow:
		c.Note("allowed by statement", decision.Statement)
		return nil
	case policy.Deny:
		return forbidden("the authorizer's policy denies it in statement " + decision.Statement)
	}
	return forbidden("the authorizer's policy has no statement that allows execute-api:Invoke on " +
		methodARN)
}

// functionRefused reads an error of the function: exactly "Unauthorized" is its way to say 401.
func functionRefused(document []byte) error {
	var failure struct{ ErrorMessage string }
	if err := json.Unmarshal(document, &failure); err != nil {
		return authorizerFailed(fmt.Errorf("the function failed with %s", document))
	}
	if failure.ErrorMessage == "Unauthorized" {
		return unauthorized("the authorizer says Unauthorized")
	}
	return authorizerFailed(fmt.Errorf("the function failed: %s", failure.ErrorMessage))
}

// verdict is a readable answer of an authorizer.
type verdict struct {
	grant
	document *policy.Policy
}

func readGrant(data []byte) (verdict, error) {
	if len(data) > maxGrant {
		return verdict{}, errors.New("the answer is too long: " + overLimit(len(data), maxGrant))
	}
	var raw struct {
		PrincipalID    string          `json:"principalId"`
		PolicyDocument json.RawMessage `json:"policyDocument"`
		Context        map[string]any  `json:"context"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&raw); err != nil {
		return verdict{}, fmt.Errorf("reading the authorizer's answer: %w", err)
	}
	if raw.PrincipalID == "" {
		return verdict{}, errors.New("the authorizer's answer has no principalId")
	}
	if len(raw.PolicyDocument) == 0 {
		return verdict{}, errors.New("the authorizer's answer has no policyDocument")
	}
	document, err := policy.Parse(raw.PolicyDocument)
	if err != nil {
		return verdict{}, fmt.Errorf("reading the authorizer's answer: %w", err)
	}
	for name, value := range raw.Context {
		switch value.(type) {
		case string, bool, json.Number, nil:
			raw.Context[name] = exchange.Text(value)
		default:
			return verdict{}, fmt.Errorf("the authorizer's context has %q as an object or list, "+
				"allowed are strings, numbers and booleans", name)
		}
	}
	return verdict{
		grant: grant{principal: raw.PrincipalID, context: raw.Context}, document: document,
	}, nil
}

// arn names a part of this API.
func (a *API) arn(rest string) string {
	return "arn:" + a.def.Account.Partition + ":execute-api:" + a.def.Account.Region + ":" +
		a.def.Account.ID + ":" + a.def.ID + "/" + rest
}
