package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"portico/shared/names"
)

// errUnauthorized is the exact word, capital letter included, that makes API Gateway answer 401.
var errUnauthorized = errors.New("Unauthorized")

// request is what the kinds of authorizer events have in common, and what tells them apart.
type request struct {
	Version               string            `json:"version"`
	Type                  string            `json:"type"`
	MethodARN             string            `json:"methodArn"`
	RouteARN              string            `json:"routeArn"`
	AuthorizationToken    string            `json:"authorizationToken"`
	IdentitySource        identitySource    `json:"identitySource"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters"`
	RequestContext        struct {
		ConnectionID string `json:"connectionId"`
	} `json:"requestContext"`
}

// identitySource is a list in payload 2.0, a text joined with commas in 1.0, else absent.
type identitySource []string

// UnmarshalJSON reads either form.
func (s *identitySource) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err == nil {
		*s = strings.Split(text, ",")
		return nil
	}
	return json.Unmarshal(data, (*[]string)(s))
}

// token is where the kind of event carries it.
func (r *request) token() string {
	if r.AuthorizationToken != "" {
		return r.AuthorizationToken
	}
	if len(r.IdentitySource) > 0 && r.IdentitySource[0] != "" {
		return r.IdentitySource[0]
	}
	for name, value := range r.Headers {
		if strings.EqualFold(name, "authorization") {
			return value
		}
	}
	return r.QueryStringParameters["token"]
}

// handler answers authorizer events.
type handler struct {
	verifier interface {
		verify(ctx context.Context, token string) (identity, error)
	}
	log *slog.Logger
}

// handle decides about one call, and answers in the form its API reads.
func (h *handler) handle(ctx context.Context, r request) (any, error) {
	who, err := h.verifier.verify(ctx, r.token())
	var bad *badToken
	if err != nil && !errors.As(err, &bad) {
		h.log.ErrorContext(ctx, "failed", "error", err)
		return nil, fmt.Errorf("verifying a token: %w", err)
	}
	if err != nil {
		h.log.InfoContext(ctx, "refused", "reason", err.Error(), "arn", r.MethodARN+r.RouteARN)
	}
	switch {
	case r.Version == "2.0":
		return simple(&r, who, err), nil
	case err != nil:
		return nil, errUnauthorized
	case r.RequestContext.ConnectionID != "":
		return h.connect(ctx, &r, who)
	case r.Type == "TOKEN" || r.Type == "REQUEST":
		return h.policy(ctx, &r, who)
	}
	return nil, fmt.Errorf("the event has type %q; allowed: TOKEN, REQUEST", r.Type)
}

// simple is the answer to an HTTP API with enableSimpleResponses.
func simple(
	r *request, who identity, err error,
) events.APIGatewayV2CustomAuthorizerSimpleResponse {
	method, _, _ := strings.Cut(afterStage(r.RouteARN), "/")
	if err != nil || !who.has(scopeOf(method)) {
		return events.APIGatewayV2CustomAuthorizerSimpleResponse{}
	}
	return events.APIGatewayV2CustomAuthorizerSimpleResponse{
		IsAuthorized: true, Context: who.context(),
	}
}

// connect lets everybody who may read orders open a WebSocket.
func (h *handler) connect(ctx context.Context, r *request, who identity) (any, error) {
	if !who.has(names.ScopeRead) {
		h.log.InfoContext(ctx, "denied", "reason", "no scope "+names.ScopeRead, "arn", r.MethodARN)
		return answer(who, "Deny", r.MethodARN), nil
	}
	return answer(who, "Allow", r.MethodARN), nil
}

// policy allows every method the scopes open, not just the one of this call: API Gateway keeps the
// policy for the token and asks it about the other methods too.
func (h *handler) policy(ctx context.Context, r *request, who identity) (any, error) {
	api, stage, ok := splitARN(r.MethodARN)
	if !ok {
		return nil, fmt.Errorf(
			"methodArn is %q; expected arn:aws:execute-api:region:account:api/stage/…", r.MethodARN)
	}
	var resources []string
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
		if who.has(scopeOf(method)) {
			resources = append(resources, api+"/"+stage+"/"+method+"/*")
		}
	}
	if resources == nil {
		h.log.InfoContext(ctx, "denied", "reason", "no scope of orders", "arn", r.MethodARN)
		return answer(who, "Deny", api+"/"+stage+"/*/*"), nil
	}
	return answer(who, "Allow", resources...), nil
}

// scopeOf is the scope a method needs.
func scopeOf(method string) string {
	if method == "GET" || method == "HEAD" {
		return names.ScopeRead
	}
	return names.ScopeWrite
}

// splitARN cuts arn:…:api/stage/… after the API and after the stage.
func splitARN(arn string) (api, stage string, ok bool) {
	api, rest, _ := strings.Cut(arn, "/")
	stage, _, ok = strings.Cut(rest, "/")
	return api, stage, ok && strings.HasPrefix(api, "arn:") && stage != ""
}

// afterStage is METHOD/path of a method or route ARN.
func afterStage(arn string) string {
	if parts := strings.SplitN(arn, "/", 3); len(parts) == 3 {
		return parts[2]
	}
	return ""
}

func answer(
	who identity, effect string, resources ...string,
) events.APIGatewayCustomAuthorizerResponse {
	return events.APIGatewayCustomAuthorizerResponse{
		PrincipalID: who.subject,
		PolicyDocument: events.APIGatewayCustomAuthorizerPolicy{
			Version: "2012-10-17",
			Statement: []events.IAMPolicyStatement{{
				Action: []string{"execute-api:Invoke"}, Effect: effect, Resource: resources,
			}},
		},
		Context: who.context(),
	}
}
