package runner

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// twoAPIs are WebSocket APIs, each of which answers every message with its own word.
const twoAPIs = `
Resources:
  A: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  AStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref A, StageName: dev, AutoDeploy: true}}
  AMock: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref A, IntegrationType: MOCK, RequestTemplates: {$default: '{"statusCode": 200}'}}}
  AWord: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref A, IntegrationId: !Ref AMock, IntegrationResponseKey: $default, ResponseTemplates: {$default: first}}}
  ARoute: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref A, RouteKey: $default, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${AMock}"}}
  ABack: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref A, RouteId: !Ref ARoute, RouteResponseKey: $default}}
`

const otherAPI = `
  B: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: b, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  BStage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref B, StageName: dev, AutoDeploy: true}}
`

// reloadable is an app whose template a test changes.
type reloadable struct {
	*Runner
	t    *testing.T
	file string
}

func startReloadable(t *testing.T, template string) *reloadable {
	t.Helper()
	dir := t.TempDir()
	r := &reloadable{t: t, file: filepath.Join(dir, "template.yaml")}
	r.write(template)
	settings := []byte("template: template.yaml\n")
	if err := os.WriteFile(filepath.Join(dir, settingsFile), settings, 0o600); err != nil {
		t.Fatal(err)
	}
	r.Runner = Start(t, Options{Dir: dir})
	return r
}

func (r *reloadable) write(template string) {
	r.t.Helper()
	if err := os.WriteFile(r.file, []byte(template), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// open connects to the API of a name.
func (r *reloadable) open(api string) *websocket.Conn {
	r.t.Helper()
	for _, address := range r.Addresses() {
		if address.Name != api {
			continue
		}
		conn, _, err := websocket.Dial(r.t.Context(), address.URL, nil)
		if err != nil {
			r.t.Fatal(err)
		}
		r.t.Cleanup(func() { _ = conn.CloseNow() })
		return conn
	}
	r.t.Fatalf("there is no API %s", api)
	return nil
}

// ask sends a message and wants this answer.
func (r *reloadable) ask(conn *websocket.Conn, want string) {
	r.t.Helper()
	if err := conn.Write(r.t.Context(), websocket.MessageText, []byte("hello")); err != nil {
		r.t.Fatal(err)
	}
	if _, got, err := conn.Read(r.t.Context()); err != nil || string(got) != want {
		r.t.Errorf("received %q, %v, want %s", got, err, want)
	}
}

// hanging are two WebSocket APIs whose $disconnect calls a backend, each at a path of its own.
const hanging = twoAPIs + otherAPI + `
  AEnd: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref A, IntegrationType: HTTP_PROXY, IntegrationMethod: POST, IntegrationUri: BACKEND/a}}
  ALeft: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref A, RouteKey: $disconnect, Target: !Sub "integrations/${AEnd}"}}
  BEnd: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref B, IntegrationType: HTTP_PROXY, IntegrationMethod: POST, IntegrationUri: BACKEND/b}}
  BLeft: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref B, RouteKey: $disconnect, Target: !Sub "integrations/${BEnd}"}}
`

// TestAllAPIsCloseAtOnce has the $disconnect of each API wait for that of the other.
func TestAllAPIsCloseAtOnce(t *testing.T) {
	var both sync.WaitGroup
	both.Add(2)
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		both.Done()
		both.Wait()
		if r.Context().Err() != nil {
			t.Errorf("%s was given up before the other came", r.URL.Path)
		}
	}))
	defer backend.Close()
	r := startReloadable(t, strings.ReplaceAll(hanging, "BACKEND", backend.URL))
	for _, api := range []string{"a", "b"} {
		conn := r.open(api)
		go func() { _, _, _ = conn.Read(context.Background()) }() // it answers the close frame
	}
	closeAll(t.Context(), r.allServed())
}

func TestConnectionsThroughReloads(t *testing.T) {
	r := startReloadable(t, twoAPIs+otherAPI)
	first, other := r.open("a"), r.open("b")
	r.ask(first, "first")

	// One API is changed, and another cannot be compiled: both go on as they were.
	changed := strings.Replace(twoAPIs, "$default: first", "$default: second", 1)
	r.write(changed + strings.Replace(otherAPI, "$request.body.action", "$request.header.x", 1))
	if err := r.reload(t.Context()); err == nil {
		t.Fatal("an expression that cannot be read was served")
	}
	r.ask(first, "first")

	// The change is served, and the other API is gone: its connection ends.
	r.write(changed)
	if err := r.reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.ask(first, "second")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	_, _, err := other.Read(ctx)
	if got := websocket.CloseStatus(err); got != websocket.StatusGoingAway {
		t.Errorf("the connection of an API that is gone: %v, want 1001", err)
	}

	// Whoever is still there when the runner ends is told.
	ended := make(chan error, 1)
	go func() {
		_, _, err := first.Read(t.Context())
		ended <- err
	}()
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Errorf("when the runner ended: %v, want 1001", err)
	}
}
