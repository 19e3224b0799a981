package websocketapi_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/coder/websocket"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

const apiARN = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/"

var signing = aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret}

// emptyHash is the hash of no body.
func emptyHash() string {
	sum := sha256.Sum256(nil)
	return hex.EncodeToString(sum[:])
}

// signUpgrade returns the headers that sign an upgrade of path.
func (g *gateway) signUpgrade(path, service string) http.Header {
	g.t.Helper()
	r, err := http.NewRequest("GET", g.URL+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	err = v4.NewSigner().SignHTTP(context.Background(), signing, r, emptyHash(), service,
		"us-east-1", g.clock.Now())
	if err != nil {
		g.t.Fatal(err)
	}
	return r.Header
}

// presignUpgrade returns path with a signature in its query string, as browsers need it.
func (g *gateway) presignUpgrade(path string) string {
	g.t.Helper()
	r, err := http.NewRequest("GET", g.URL+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	made, _, err := v4.NewSigner().PresignHTTP(context.Background(), signing, r, emptyHash(),
		"execute-api", "us-east-1", g.clock.Now())
	if err != nil {
		g.t.Fatal(err)
	}
	parsed, err := url.Parse(made)
	if err != nil {
		g.t.Fatal(err)
	}
	return path + "?" + parsed.RawQuery
}

// signedAPI is definition with AWS_IAM on $connect.
func signedAPI() api.WebSocket {
	def := definition()
	def.Routes[0].AuthorizationType = "AWS_IAM"
	return def
}

func statement(effect, action, resource string) string {
	return `{"Statement":{"Sid":"S","Effect":"` + effect + `","Action":"execute-api:` + action +
		`","Resource":"` + resource + `"}}`
}

func TestSignedUpgrades(t *testing.T) {
	connect := statement("Allow", "Invoke", apiARN+"dev/$connect")
	header := func(service string) func(*gateway) (string, http.Header) {
		return func(g *gateway) (string, http.Header) { return "/dev", g.signUpgrade("/dev", service) }
	}
	tests := []struct {
		name              string
		policies          []string
		request           func(*gateway) (path string, header http.Header)
		status            int
		errorType, reason string
	}{
		{"signed in headers", []string{connect}, header("execute-api"), 101, "", ""},
		{
			"signed in the query string",
			[]string{connect},
			func(g *gateway) (string, http.Header) { return g.presignUpgrade("/dev"), nil }, 101, "", "",
		},
		{
			"unsigned",
			[]string{connect},
			func(*gateway) (string, http.Header) { return "/dev", nil },
			403, "MissingAuthenticationTokenException", "Missing Authentication Token",
		},
		{
			"signed for another stage",
			[]string{mayEverything},
			func(g *gateway) (string, http.Header) { return "/prod", g.signUpgrade("/dev", "execute-api") },
			403, "InvalidSignatureException", "does not match",
		},
		{
			"signed for another service",
			[]string{connect},
			header("lambda"),
			403, "InvalidSignatureException", "correct service: 'execute-api'",
		},
		{
			"a query that was not signed",
			[]string{connect},
			func(g *gateway) (string, http.Header) { return g.presignUpgrade("/dev") + "&a=b", nil },
			403, "InvalidSignatureException", "does not match",
		},
		{
			"no policy for $connect",
			[]string{statement("Allow", "Invoke", apiARN+"dev/echo")},
			header("execute-api"), 403, "AccessDeniedException",
			"execute-api:Invoke on " + apiARN + "dev/$connect by arn:aws:iam::123456789012:user/ada",
		},
		{
			"explicitly denied",
			[]string{connect, statement("Deny", "*", "*")},
			header("execute-api"),
			403, "AccessDeniedException", "statement S",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGateway(t, signedAPI(), &invoker{answer: fine}, test.policies...)
			path, header := test.request(g)
			_, response, _ := g.try(path, &websocket.DialOptions{HTTPHeader: header})
			if response == nil || response.StatusCode != test.status {
				t.Fatalf("response %v, want status %d", response, test.status)
			}
			record := g.record("CONNECT")
			if !strings.Contains(record.Reason(), test.reason) {
				t.Errorf("reason %q lacks %q", record.Reason(), test.reason)
			}
			if called := len(g.invocations()); (called == 1) != (test.status == 101) {
				t.Errorf("%d invocations", called)
			}
			if test.status == 101 {
				return
			}
			want := `{"message": "Forbidden", "connectionId":"` + record.Connection +
				`", "requestId":"` + record.RequestID + `"}`
			if got := readBody(t, response); got != want {
				t.Errorf("body %s, want %s", got, want)
			}
			if got := response.Header.Get("x-amzn-ErrorType"); got != test.errorType {
				t.Errorf("error type %s, want %s", got, test.errorType)
			}
		})
	}
}

// The policies of who signed the upgrade are asked about the route of every message, as "Use IAM
// authorization" shows with a secret route.
func TestSignersAreAskedAboutEveryRoute(t *testing.T) {
	g := newGateway(t, signedAPI(), &invoker{answer: fine},
		statement("Allow", "Invoke", apiARN+"dev/*"), statement("Deny", "Invoke", apiARN+"dev/silent"))
	conn, response, err := g.try("/dev", &websocket.DialOptions{
		HTTPHeader: g.signUpgrade("/dev", "execute-api"),
	})
	if err != nil {
		t.Fatalf("%v (%v)", err, response)
	}
	g.send(conn, `{"action":"echo"}`)
	if got := g.receive(conn); got != `{"action":"echo"}` {
		t.Errorf("got %s", got)
	}
	g.send(conn, `{"action":"silent"}`)
	if got := g.receive(conn); !strings.HasPrefix(got, `{"message": "Forbidden", "connectionId":"`) {
		t.Errorf("got %s, want Forbidden", got)
	}
	if calls := len(g.invoker.events("MESSAGE")); calls != 1 {
		t.Errorf("%d messages reached the function, want 1", calls)
	}
	const want = `"accountId":"123456789012","caller":"AIDA`
	for _, call := range g.invocations() {
		if !strings.Contains(string(call.Payload), want) {
			t.Errorf("event lacks %s: %s", want, call.Payload)
		}
	}
}

func TestManageConnectionsIsAsked(t *testing.T) {
	const denied = "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: " +
		"execute-api:ManageConnections on resource: arn:aws:execute-api:us-east-1:********9012:" +
		"a1b2c3d4e5/dev/"
	post := statement("Allow", "ManageConnections", apiARN+"*/POST/@connections/*")
	tests := []struct {
		name, method string
		policies     []string
		want         int
		message      string
	}{
		{"a post that is allowed", "POST", []string{post}, 200, ""},
		{"a get that is not", "GET", []string{post}, 403, denied + "GET/@connections/"},
		{"a delete that is not", "DELETE", []string{post}, 403, denied + "DELETE/@connections/"},
		{
			"Invoke is another action", "POST",
			[]string{statement("Allow", "Invoke", "*")},
			403,
			denied + "POST/@connections/",
		},
		{
			"an explicit denial", "POST",
			[]string{post, statement("Deny", "ManageConnections", "*")},
			403,
			" with an explicit deny",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGateway(t, definition(), &invoker{answer: fine}, test.policies...)
			conn := g.dial("/dev")
			id := g.record("CONNECT").Connection
			response := g.command(test.method, "/dev/@connections/"+url.PathEscape(id), "hi")
			body := readBody(t, response)
			if response.StatusCode != test.want || !strings.Contains(body, test.message) {
				t.Errorf("answer %d %s, want %d with %q", response.StatusCode, body, test.want, test.message)
			}
			if test.want == 200 {
				if got := g.receive(conn); got != "hi" {
					t.Errorf("got %q", got)
				}
				return
			}
			if got := response.Header.Get("x-amzn-ErrorType"); got != "AccessDeniedException" {
				t.Errorf("error type %s", got)
			}
		})
	}
}

// Nobody learns from @connections whether a connection exists without being allowed to ask.
func TestCommandsAreJudgedBeforeConnectionsAreFound(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine}, statement("Allow", "Invoke", "*"))
	response := g.command("GET", "/dev/@connections/AAAA", "")
	if response.StatusCode != http.StatusForbidden {
		t.Errorf("answer %d, want 403", response.StatusCode)
	}
}

// invocations returns every invocation so far.
func (g *gateway) invocations() []exchange.Invocation {
	g.invoker.mu.Lock()
	defer g.invoker.mu.Unlock()
	return slices.Clone(g.invoker.calls)
}

// asked returns what the authorizer was asked.
func (g *gateway) asked() (calls []exchange.Invocation) {
	for _, call := range g.invocations() {
		if strings.HasSuffix(call.FunctionARN, ":authorizer") {
			calls = append(calls, call)
		}
	}
	return calls
}
