package websocketapi_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi"
	"github.com/aws/aws-sdk-go-v2/service/apigatewaymanagementapi/types"

	"portico/local/gateway/exchange"
)

// command makes a signed call of the management API.
func (g *gateway) command(method, path, body string) *http.Response {
	g.t.Helper()
	r, err := http.NewRequest(method, g.URL+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	hash := sha256.Sum256([]byte(body))
	err = v4.NewSigner().SignHTTP(context.Background(),
		aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: secret}, r,
		hex.EncodeToString(hash[:]), "execute-api", "us-east-1", g.clock.Now())
	if err != nil {
		g.t.Fatal(err)
	}
	return g.do(r)
}

func (g *gateway) do(r *http.Request) *http.Response {
	g.t.Helper()
	response, err := g.Client().Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { _ = response.Body.Close() })
	return response
}

func TestManagement(t *testing.T) {
	const closedID = "L0SM9cOFvHcCIhw="
	long := strings.Repeat("a", 128<<10)
	tests := []struct {
		name, method, path, body string // {id} is the open connection's
		wantStatus               int
		wantType, wantBody       string
	}{
		{"a post", "POST", "/dev/@connections/{id}", "hi", 200, "", ""},
		{"a post of 128 KB", "POST", "/dev/@connections/{id}", long, 200, "", ""},
		{"an encoded at sign", "POST", "/dev/%40connections/{id}", "hi", 200, "", ""},
		{
			"a post over 128 KB", "POST", "/dev/@connections/{id}", long + "a",
			413, "PayloadTooLargeException", `{"message": "Message too long"}`,
		},
		{
			"a post that is no text", "POST", "/dev/@connections/{id}", "\xff",
			400, "BadRequestException", `{"message": "Data must be UTF-8 text"}`,
		},
		{
			"a connection that never was", "POST", "/dev/@connections/" + url.PathEscape(closedID), "hi",
			410, "GoneException", "",
		},
		{
			"an id that is none", "POST", "/dev/@connections/nonsense!", "hi",
			400, "BadRequestException", `{"message": "Invalid connectionId: nonsense!"}`,
		},
		{"a connection of another stage", "GET", "/prod/@connections/{id}", "", 410, "GoneException", ""},
		{
			"a get of a connection that never was", "GET", "/dev/@connections/AAAA", "", 410,
			"GoneException", "",
		},
		{
			"a get", "GET", "/dev/@connections/{id}", "", 200, "",
			`{"connectedAt":"2026-11-22T10:00:00.000Z","identity":{"sourceIp":"127.0.0.1",` +
				`"userAgent":"Go-http-client/1.1"},"lastActiveAt":"2026-11-22T10:00:00.000Z"}`,
		},
		{"a delete", "DELETE", "/dev/@connections/{id}", "", 204, "", ""},
		{
			"a method that does not exist", "PUT", "/dev/@connections/{id}", "", 403, "ForbiddenException",
			"*",
		},
		{
			"a stage that does not exist", "GET", "/nope/@connections/{id}", "", 403, "ForbiddenException",
			"*",
		},
		{"plain HTTP of the stage", "GET", "/dev", "", 403, "ForbiddenException", "*"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := newGateway(t, definition(), &invoker{answer: fine})
			conn := g.dial("/dev")
			conn.SetReadLimit(1 << 20)
			id := g.record("CONNECT").Connection
			path := strings.ReplaceAll(test.path, "{id}", url.PathEscape(id))
			response := g.command(test.method, path, test.body)
			if response.StatusCode != test.wantStatus ||
				response.Header.Get("x-amzn-ErrorType") != test.wantType {
				t.Errorf("answer %d %q, want %d %q", response.StatusCode,
					response.Header.Get("x-amzn-ErrorType"), test.wantStatus, test.wantType)
			}
			if got := readBody(t, response); test.wantBody != "*" && got != test.wantBody {
				t.Errorf("body %s, want %s", got, test.wantBody)
			}
			if record := g.record(test.method); record.Status != test.wantStatus {
				t.Errorf("record: status %d, want %d", record.Status, test.wantStatus)
			}
			switch {
			case test.method == "POST" && test.wantStatus == 200:
				if got := g.receive(conn); got != test.body {
					t.Errorf("the client received %d bytes, want %d", len(got), len(test.body))
				}
			case test.method == "DELETE":
				if code, reason := g.ended(conn); code != 1000 || reason != "Connection Closed Normally" {
					t.Errorf("closed with %d %q", code, reason)
				}
				g.record("DISCONNECT")
				if again := g.command("DELETE", path, ""); again.StatusCode != http.StatusGone {
					t.Errorf("a second delete: %d", again.StatusCode)
				}
			}
		})
	}
}

func TestManagementWantsASignature(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	g.dial("/dev")
	id := url.PathEscape(g.record("CONNECT").Connection)
	r, err := http.NewRequest("POST", g.URL+"/dev/@connections/"+id, strings.NewReader("hi"))
	if err != nil {
		t.Fatal(err)
	}
	response := g.do(r)
	if got := readBody(t, response); response.StatusCode != http.StatusForbidden ||
		got != `{"message": "Missing Authentication Token"}` {
		t.Errorf("answer %d %s", response.StatusCode, got)
	}
	if reason := g.record("POST").Reason(); !strings.Contains(reason, "MissingAuthentication") {
		t.Errorf("reason %q", reason)
	}
}

// The rest of such a body is not read, so its signature cannot be verified.
func TestAPostOver10MBIsTooLargeWhoeverSignedIt(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	body := strings.NewReader(strings.Repeat("a", 10<<20+1))
	r, err := http.NewRequest("POST", g.URL+"/dev/@connections/L0SM9cOFvHcCIhw%3D", body)
	if err != nil {
		t.Fatal(err)
	}
	response := g.do(r)
	kind := response.Header.Get("x-amzn-ErrorType")
	if response.StatusCode != 413 || kind != "PayloadTooLargeException" {
		t.Errorf("answer %d %q, want 413 PayloadTooLargeException", response.StatusCode, kind)
	}
}

// management is the SDK's own client of the API.
func (g *gateway) management() *apigatewaymanagementapi.Client {
	return apigatewaymanagementapi.New(apigatewaymanagementapi.Options{
		Region: "us-east-1", BaseEndpoint: aws.String(g.URL + "/dev"),
		Credentials:      credentials.NewStaticCredentialsProvider("AKIDEXAMPLE", secret, ""),
		RetryMaxAttempts: 1,
	})
}

func TestTheSDKReachesConnections(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	g.clock.Advance(time.Since(start)) // the SDK signs with the machine's time
	conn := g.dial("/dev")
	id := aws.String(g.record("CONNECT").Connection)
	client, ctx := g.management(), t.Context()
	if _, err := client.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{
		ConnectionId: id, Data: []byte("hello"),
	}); err != nil {
		t.Fatal(err)
	}
	if got := g.receive(conn); got != "hello" {
		t.Errorf("received %q", got)
	}
	got, err := client.GetConnection(ctx,
		&apigatewaymanagementapi.GetConnectionInput{ConnectionId: id})
	if err != nil || *got.Identity.SourceIp != "127.0.0.1" ||
		!got.ConnectedAt.Equal(g.clock.Now().Truncate(time.Millisecond)) {
		t.Errorf("get: %+v, %v", got, err)
	}
	if _, err := client.DeleteConnection(ctx,
		&apigatewaymanagementapi.DeleteConnectionInput{ConnectionId: id}); err != nil {
		t.Error(err)
	}
	g.ended(conn)
	g.record("DISCONNECT")
	_, err = client.PostToConnection(ctx, &apigatewaymanagementapi.PostToConnectionInput{
		ConnectionId: id, Data: []byte("hello"),
	})
	var gone *types.GoneException
	if !errors.As(err, &gone) {
		t.Errorf("error = %v, want a GoneException", err)
	}
}

func TestPostingInsideConnectIsGone(t *testing.T) {
	var g *gateway
	status := make(chan int, 1)
	g = newGateway(t, definition(), &invoker{
		answer: func(ctx context.Context, e event, in exchange.Invocation) (string, error) {
			if e.RequestContext.EventType == "CONNECT" {
				id := url.PathEscape(e.RequestContext.ConnectionID)
				status <- g.command("POST", "/dev/@connections/"+id, "hi").StatusCode
			}
			return fine(ctx, e, in)
		},
	})
	g.dial("/dev")
	if got := <-status; got != http.StatusGone {
		t.Errorf("status %d, want 410", got)
	}
}

func TestASlowReaderIsRefusedThenCut(t *testing.T) {
	g := newGateway(t, definition(), &invoker{answer: fine})
	client := g.raw()
	id := url.PathEscape(g.record("CONNECT").Connection)
	body := string(bytes.Repeat([]byte("a"), 128<<10))
	refused := 0
	for last := 0; last != http.StatusGone; {
		switch last = g.command("POST", "/dev/@connections/"+id, body).StatusCode; last {
		case http.StatusOK, http.StatusGone:
		case http.StatusTooManyRequests:
			refused++
			g.clock.Advance(5 * time.Second)
		default:
			t.Fatalf("a post was answered %d", last)
		}
	}
	if refused == 0 {
		t.Error("no post was answered 429")
	}
	if g.record("DISCONNECT").Connection == "" {
		t.Error("the record of $disconnect names no connection")
	}
	_ = client.Close()
}
