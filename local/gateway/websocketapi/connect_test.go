package websocketapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

const (
	allow = `{"principalId":"ada","policyDocument":{"Version":"2012-10-17","Statement":[{` +
		`"Action":"execute-api:Invoke","Effect":"Allow","Resource":` +
		`"arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/dev/$connect"}]},` +
		`"context":{"tenant":"t1","n":1}}`
	deny = `{"principalId":"ada","policyDocument":{"Statement":{"Action":"*","Effect":"Deny",` +
		`"Resource":"*","Sid":"Nobody"}}}`
)

// answers makes an invoker that answers by event type; the authorizer's is "AUTHORIZE".
func answers(byType map[string]string) *invoker {
	return &invoker{answer: func(
		ctx context.Context, e event, in exchange.Invocation,
	) (string, error) {
		kind := e.RequestContext.EventType
		if strings.HasSuffix(in.FunctionARN, ":authorizer") {
			kind = "AUTHORIZE"
		}
		if answer, given := byType[kind]; given {
			return answer, nil
		}
		return fine(ctx, e, in)
	}}
}

func TestConnect(t *testing.T) {
	tests := []struct {
		name        string
		def         api.WebSocket
		path        string
		answers     map[string]string
		wantStatus  int
		wantMessage string // of the body
		wantCalls   int
		wantReason  string
	}{
		{
			name: "an API without authorizer", def: definition(), path: "/dev", wantStatus: 101,
			wantCalls: 1,
		},
		{
			name: "a slash behind the stage", def: definition(), path: "/dev/", wantStatus: 101,
			wantCalls: 1,
		},
		{
			name: "an unknown stage", def: definition(), path: "/nope",
			wantStatus: 403, wantMessage: "Forbidden", wantReason: `no stage "nope"`,
		},
		{
			name: "a path below the stage", def: definition(), path: "/dev/more",
			wantStatus: 403, wantMessage: "Forbidden", wantReason: "no stage",
		},
		{
			name: "$connect answers 400", def: definition(), path: "/dev",
			answers:    map[string]string{"CONNECT": `{"statusCode":400}`},
			wantStatus: 400, wantCalls: 1,
		},
		{
			name: "$connect fails", def: definition(), path: "/dev",
			answers:    map[string]string{"CONNECT": `!{"errorMessage":"boom"}`},
			wantStatus: 502, wantMessage: "Internal server error", wantCalls: 1, wantReason: "boom",
		},
		{
			name: "$connect answers no proxy response", def: definition(), path: "/dev",
			answers:    map[string]string{"CONNECT": `null`},
			wantStatus: 502, wantMessage: "Internal server error", wantCalls: 1,
			wantReason: "no statusCode",
		},
		{
			name: "the authorizer allows", def: authorized(), path: "/dev?token=x",
			answers: map[string]string{"AUTHORIZE": allow}, wantStatus: 101, wantCalls: 2,
		},
		{
			name: "the identity source is missing", def: authorized(), path: "/dev",
			wantStatus: 401, wantMessage: "Unauthorized",
			wantReason: "route.request.querystring.token is missing",
		},
		{
			name: "the identity source is empty", def: authorized(), path: "/dev?token=",
			wantStatus: 401, wantMessage: "Unauthorized", wantReason: "missing or empty",
		},
		{
			name: "the policy denies", def: authorized(), path: "/dev?token=x",
			answers:    map[string]string{"AUTHORIZE": deny},
			wantStatus: 403, wantMessage: "Forbidden", wantCalls: 1, wantReason: "Nobody",
		},
		{
			name: "the policy allows another stage only", def: authorized(), path: "/prod?token=x",
			answers:    map[string]string{"AUTHORIZE": allow},
			wantStatus: 403, wantMessage: "Forbidden", wantCalls: 1, wantReason: "no statement",
		},
		{
			name: "the authorizer says Unauthorized", def: authorized(), path: "/dev?token=x",
			answers:    map[string]string{"AUTHORIZE": `!{"errorMessage":"Unauthorized"}`},
			wantStatus: 401, wantMessage: "Unauthorized", wantCalls: 1, wantReason: "Unauthorized",
		},
		{
			name: "the authorizer fails", def: authorized(), path: "/dev?token=x",
			answers:    map[string]string{"AUTHORIZE": `!{"errorMessage":"boom"}`},
			wantStatus: 500, wantMessage: "Internal server error", wantCalls: 1, wantReason: "boom",
		},
		{
			name: "the authorizer answers without a principal", def: authorized(), path: "/dev?token=x",
			answers:    map[string]string{"AUTHORIZE": `{"policyDocument":{"Statement":[]}}`},
			wantStatus: 500, wantMessage: "Internal server error", wantCalls: 1,
			wantReason: "principalId",
		},
		{
			name: "the authorizer answers without a policy", def: authorized(), path: "/dev?token=x",
			answers:    map[string]string{"AUTHORIZE": `{"principalId":"a"}`},
			wantStatus: 500, wantMessage: "Internal server error", wantCalls: 1,
			wantReason: "policyDocument",
		},
		{
			name: "the authorizer's context is nested", def: authorized(), path: "/dev?token=x",
			answers: map[string]string{
				"AUTHORIZE": strings.Replace(allow, `"n":1`, `"n":{}`, 1),
			},
			wantStatus: 500, wantMessage: "Internal server error", wantCalls: 1, wantReason: `"n"`,
		},
		{
			name: "the authorizer answers over 8 KB", def: authorized(), path: "/dev?token=x",
			answers: map[string]string{
				"AUTHORIZE": strings.Replace(allow, "t1", strings.Repeat("t", 8<<10), 1),
			},
			wantStatus: 500, wantMessage: "Internal server error", wantCalls: 1, wantReason: "8192",
		},
		{
			name: "an integration type that there is not", path: "/dev",
			def: func() api.WebSocket {
				def := definition()
				def.Integrations["i"] = api.V2Integration{Type: "FAX"}
				return def
			}(),
			wantStatus: 500, wantMessage: "Internal server error", wantReason: `"FAX" is none of AWS`,
		},
		{
			name: "no $connect route", path: "/dev",
			def: func() api.WebSocket {
				def := definition()
				def.Routes = def.Routes[1:]
				return def
			}(),
			wantStatus: 101,
		},
		{
			name: "a disabled endpoint", path: "/dev",
			def: func() api.WebSocket {
				def := definition()
				def.DisableExecuteAPIEndpoint = true
				return def
			}(),
			wantStatus: 403, wantMessage: "Forbidden", wantReason: "disabled",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGateway(t, test.def, answers(test.answers))
			_, response, _ := g.try(test.path, nil)
			if response == nil || response.StatusCode != test.wantStatus {
				t.Fatalf("response = %v, want status %d", response, test.wantStatus)
			}
			record := g.record("CONNECT")
			if record.Status != test.wantStatus || !strings.Contains(record.Reason(), test.wantReason) {
				t.Errorf("record: status %d, reason %q, want %d, %q",
					record.Status, record.Reason(), test.wantStatus, test.wantReason)
			}
			g.invoker.mu.Lock()
			defer g.invoker.mu.Unlock()
			if len(g.invoker.calls) != test.wantCalls {
				t.Errorf("%d invocations, want %d", len(g.invoker.calls), test.wantCalls)
			}
			if test.wantMessage == "" {
				return
			}
			want := `{"message": "` + test.wantMessage + `", "connectionId":"` + record.Connection +
				`", "requestId":"` + record.RequestID + `"}`
			if got := readBody(t, response); got != want {
				t.Errorf("body = %s, want %s", got, want)
			}
		})
	}
}

func readBody(t *testing.T, r *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return string(body)
}

func TestConnectHandsHeadersOnToThe101(t *testing.T) {
	g := newGateway(t, definition(), answers(map[string]string{
		"CONNECT": `{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"myprotocol",` +
			`"X-Note":"n","Sec-WebSocket-Extensions":"permessage-deflate","Connection":"close"}}`,
	}))
	conn, response, err := g.try("/dev", &websocket.DialOptions{
		Subprotocols:    []string{"chat1", "myprotocol"},
		CompressionMode: websocket.CompressionContextTakeover,
	})
	if err != nil {
		t.Fatal(err)
	}
	if conn.Subprotocol() != "myprotocol" || response.Header.Get("X-Note") != "n" {
		t.Errorf("subprotocol %q, headers %v", conn.Subprotocol(), response.Header)
	}
	if got := response.Header.Get("Sec-WebSocket-Extensions"); got != "" {
		t.Errorf("extensions were negotiated: %s", got)
	}
}

func TestConnectEvents(t *testing.T) {
	g := newGateway(t, authorized(), answers(map[string]string{"AUTHORIZE": allow}))
	g.dial("/dev?token=x")
	g.invoker.mu.Lock()
	defer g.invoker.mu.Unlock()
	wantSources := []string{
		"arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/authorizers/z",
		"arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/dev/$connect",
	}
	for i, want := range []string{"AUTHORIZE", "CONNECT"} {
		call := g.invoker.calls[i]
		if call.SourceARN != wantSources[i] {
			t.Errorf("%s: source ARN %s, want %s", want, call.SourceARN, wantSources[i])
		}
		var e struct {
			Type, MethodArn string
			Headers         map[string]string
			Query           map[string]string `json:"queryStringParameters"`
			StageVariables  map[string]string
		}
		if err := json.Unmarshal(call.Payload, &e); err != nil {
			t.Fatal(err)
		}
		if e.Query["token"] != "x" || e.StageVariables["table"] != "t" ||
			e.Headers["X-Forwarded-For"] != "127.0.0.1" || e.Headers["Host"] == "" ||
			e.Headers["Upgrade"] != "" || e.Headers["X-Amzn-Trace-Id"] == "" {
			t.Errorf("%s: event %s", want, call.Payload)
		}
	}
	if diff := cmp.Diff(wantSources[1], func() string {
		var e struct{ MethodArn string }
		_ = json.Unmarshal(g.invoker.calls[0].Payload, &e)
		return e.MethodArn
	}()); diff != "" {
		t.Errorf("methodArn (-want +got):\n%s", diff)
	}
}

func TestADisabledEndpointTakesNoCommandsEither(t *testing.T) {
	def := definition()
	def.DisableExecuteAPIEndpoint = true
	g := newGateway(t, def, &invoker{answer: fine})
	response := g.command("POST", "/dev/@connections/AAAA", "hi")
	if reason := g.record("POST").Reason(); response.StatusCode != http.StatusForbidden ||
		!strings.Contains(reason, "disableExecuteApiEndpoint") {
		t.Errorf("answer %d, reason %q", response.StatusCode, reason)
	}
}

func TestConnectTakesTooLong(t *testing.T) {
	called := make(chan struct{})
	g := newGateway(t, definition(), &invoker{
		answer: func(ctx context.Context, e event, _ exchange.Invocation) (string, error) {
			close(called)
			<-ctx.Done()
			return "", ctx.Err()
		},
	})
	go func() {
		<-called
		g.clock.Advance(29e9)
	}()
	_, response, _ := g.try("/dev", nil)
	if response == nil || response.StatusCode != http.StatusGatewayTimeout ||
		!strings.Contains(readBody(t, response), "Endpoint request timed out") {
		t.Errorf("response = %v", response)
	}
}

func TestBadHandshakes(t *testing.T) {
	tests := []struct {
		name, header, value string
		want                int
	}{
		{"an old version", "Sec-WebSocket-Version", "8", http.StatusUpgradeRequired},
		{"a key that is none", "Sec-WebSocket-Key", "abc", http.StatusBadRequest},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGateway(t, definition(), &invoker{answer: fine})
			r, err := http.NewRequest("GET", g.URL+"/dev", nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = http.Header{
				"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
				"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="},
			}
			r.Header.Set(test.header, test.value)
			response, err := g.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			if response.StatusCode != test.want || len(g.invoker.calls) != 0 {
				t.Errorf("status %d, %d invocations", response.StatusCode, len(g.invoker.calls))
			}
		})
	}
}
