package websocketapi_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

const (
	goodKey     = "0123456789abcdefghij"
	disabledKey = "disabled-0123456789ab"
	otherKey    = "other-0123456789abcdef"
)

// keyed is an API whose $connect needs a key of the stage dev.
func keyed(def api.WebSocket, selection string) api.WebSocket {
	def.Routes[0].APIKeyRequired = true
	def.APIKeySelectionExpression = selection
	plan := func(name, stage string, keys ...api.APIKey) api.UsagePlan {
		return api.UsagePlan{
			ID: name, Name: name, Keys: keys,
			Stages: []api.UsagePlanStage{{APIID: def.ID, Stage: stage}},
		}
	}
	def.UsagePlans = []api.UsagePlan{
		plan("basic", "dev", api.APIKey{ID: "k1", Value: goodKey, Enabled: true},
			api.APIKey{ID: "k2", Value: disabledKey}),
		plan("other", "prod", api.APIKey{ID: "k3", Value: otherKey, Enabled: true}),
	}
	return def
}

const (
	fromHeader     = "$request.header.x-api-key"
	fromAuthorizer = "$context.authorizer.usageIdentifierKey"
)

func TestAPIKeys(t *testing.T) {
	tests := []struct {
		name, selection, key string
		answer               string // of the authorizer, "" for none
		status               int
		reason               string
	}{
		{"a key of the stage", fromHeader, goodKey, "", 101, ""},
		{"no key", fromHeader, "", "", 403, "the call has none"},
		{"an unknown key", fromHeader, "x", "", 403, "unknown"},
		{"a disabled key", fromHeader, disabledKey, "", 403, "API key k2 is disabled"},
		{"a key of another stage", fromHeader, otherKey, "", 403, "in no usage plan of stage dev"},
		{
			"a key that the authorizer supplies", fromAuthorizer, "",
			strings.Replace(allow, `"principalId"`, `"usageIdentifierKey":"`+goodKey+`","principalId"`, 1),
			101, "",
		},
		{"an authorizer that supplies none", fromAuthorizer, goodKey, allow, 403, "has none"},
		{"no authorizer to supply one", fromAuthorizer, goodKey, "", 403, "has none"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			def := definition()
			if test.answer != "" {
				def = authorized()
			}
			g := newGateway(t, keyed(def, test.selection),
				answers(map[string]string{"AUTHORIZE": test.answer}))
			header := http.Header{}
			if test.key != "" {
				header.Set("x-api-key", test.key)
			}
			_, response, _ := g.try("/dev?token=t", &websocket.DialOptions{HTTPHeader: header})
			if response == nil || response.StatusCode != test.status {
				t.Fatalf("response %v, want status %d", response, test.status)
			}
			record := g.record("CONNECT")
			if !strings.Contains(record.Reason(), test.reason) {
				t.Errorf("reason %q lacks %q", record.Reason(), test.reason)
			}
			events := g.invoker.events("CONNECT")
			if test.status == 101 {
				calls := g.invocations()
				last := calls[len(calls)-1]
				if want := `"apiKey":"` + goodKey + `","apiKeyId":"k1"`; !strings.Contains(
					string(last.Payload), want) {
					t.Errorf("event lacks %s: %s", want, last.Payload)
				}
				return
			}
			if len(events) > len(g.asked()) {
				t.Error("$connect was called")
			}
		})
	}
}

func TestTheKeySelectionIsOneOfTwo(t *testing.T) {
	err := compileError(keyed(definition(), "$request.querystring.key"))
	if err == nil || !strings.Contains(err.Error(), "allowed are $request.header.x-api-key and") {
		t.Errorf("got %v", err)
	}
}

// What the authorizer says holds for every later message, and it is asked once per connection:
// WebSocket APIs keep no results.
func TestTheAuthorizersContextLivesWithTheConnection(t *testing.T) {
	g := newGateway(t, authorized(), answers(map[string]string{"AUTHORIZE": allow}))
	for range 2 {
		conn := g.dial("/dev?token=x")
		g.send(conn, `{"action":"echo"}`)
		g.receive(conn)
	}
	if asked := len(g.asked()); asked != 2 {
		t.Errorf("the authorizer was asked %d times, want 2", asked)
	}
	for _, e := range g.invoker.events("MESSAGE") {
		got := e.RequestContext.Authorizer
		if got["principalId"] != "ada" || got["tenant"] != "t1" || got["n"] != "1" {
			t.Errorf("authorizer of a message: %v", got)
		}
	}
}

func TestAuthorizersThatGoWrong(t *testing.T) {
	tests := []struct {
		name   string
		err    error
		reason string
	}{
		{
			"Lambda refuses", &exchange.InvokeError{Code: "AccessDeniedException", Status: 403},
			"Lambda refused to run authorizer gate",
		},
		{"the machinery breaks", errors.New("lost"), "lost"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGateway(t, authorized(), &invoker{answer: func(
				context.Context, event, exchange.Invocation,
			) (string, error) {
				return "", test.err
			}})
			_, response, _ := g.try("/dev?token=x", nil)
			if response == nil || response.StatusCode != 500 {
				t.Fatalf("response %v, want status 500", response)
			}
			if reason := g.record("CONNECT").Reason(); !strings.Contains(reason, test.reason) {
				t.Errorf("reason %q lacks %q", reason, test.reason)
			}
		})
	}
}

func TestAnAuthorizerThatTakesTooLong(t *testing.T) {
	asked := make(chan struct{})
	g := newGateway(t, authorized(), &invoker{
		answer: func(ctx context.Context, _ event, _ exchange.Invocation) (string, error) {
			close(asked)
			<-ctx.Done()
			return "", ctx.Err()
		},
	})
	go func() {
		<-asked
		g.clock.Advance(29e9)
	}()
	_, response, _ := g.try("/dev?token=x", nil)
	if response == nil || response.StatusCode != 500 {
		t.Fatalf("response %v, want status 500", response)
	}
	if reason := g.record("CONNECT").Reason(); !strings.Contains(reason, "did not answer within 29s") {
		t.Errorf("reason %q", reason)
	}
}

// All identity sources must be there, and an authorizer with a role of its own needs no permission.
func TestEveryIdentitySourceIsNeeded(t *testing.T) {
	def := authorized()
	gate := def.Authorizers["z"]
	gate.IdentitySource = []string{"route.request.querystring.token", "route.request.header.Auth"}
	gate.Credentials = "arn:aws:iam::123456789012:role/caller"
	def.Authorizers["z"] = gate
	for header, want := range map[string]int{"": 401, "x": 101} {
		g := newGateway(t, def, answers(map[string]string{"AUTHORIZE": allow}))
		options := &websocket.DialOptions{HTTPHeader: http.Header{}}
		if header != "" {
			options.HTTPHeader.Set("Auth", header)
		}
		_, response, _ := g.try("/dev?token=x", options)
		if response == nil || response.StatusCode != want {
			t.Fatalf("response %v, want status %d", response, want)
		}
		asked := g.asked()
		if (len(asked) == 1) != (want == 101) {
			t.Errorf("the authorizer was asked %d times", len(asked))
		}
		for _, call := range asked {
			if call.SourceARN != "" || call.Role != gate.Credentials {
				t.Errorf("asked as %q for %q", call.Role, call.SourceARN)
			}
		}
	}
}
