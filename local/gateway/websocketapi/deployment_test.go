package websocketapi_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/websocketapi"
)

// deployedAPI is an API of three stages: prod points at an explicit deployment, next at another
// one, and dev deploys by itself. Its one route of its own is called key, and is answered by a
// function of that name.
func deployedAPI(key, prod, next string) api.WebSocket {
	def := definition()
	def.Routes = []api.Route{
		{Key: "$connect", AuthorizationType: "CUSTOM", AuthorizerID: "z", IntegrationID: "i"},
		{
			Key: key, IntegrationID: "own", HasRouteResponse: true,
			RouteResponseSelectionExpression: "$default",
		},
	}
	def.Integrations["own"] = api.V2Integration{
		ID: "own", Type: "AWS_PROXY", URI: uri(key), TimeoutMillis: 29000,
	}
	def.Stages = []api.Stage{
		{Name: "dev", AutoDeploy: true},
		{Name: "prod", DeploymentID: prod},
		{Name: "next", DeploymentID: next},
	}
	return def
}

// frozen are deployments, as runner keeps them: an id holds what the first definition with it was.
type frozen map[string]api.WebSocket

func (f frozen) freeze(def api.WebSocket) {
	for _, s := range def.Stages {
		if _, kept := f[s.DeploymentID]; !kept && !s.AutoDeploy {
			f[s.DeploymentID] = def
		}
	}
}

// deploy serves a definition from now on.
func (g *gateway) deploy(def api.WebSocket, kept frozen) {
	g.t.Helper()
	kept.freeze(def)
	made := g.compileWith(def, func(deps *websocketapi.Dependencies) {
		deps.Deployment = func(id string) (api.WebSocket, bool) {
			def, ok := kept[id]
			return def, ok
		}
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	made.Adopt(g.api)
	g.api = made
}

// named answers a message with the name of the function that was called, and what $connect's
// authorizer said.
func named(ctx context.Context, e event, in exchange.Invocation) (string, error) {
	if strings.HasSuffix(in.FunctionARN, ":authorizer") {
		return strings.Replace(allow, "/dev/", "/*/", 1), nil
	}
	name := in.FunctionARN[strings.LastIndexByte(in.FunctionARN, ':')+1:]
	tenant, _ := e.RequestContext.Authorizer["tenant"].(string)
	body := name + " " + tenant + " " + e.RequestContext.Stage
	return `{"statusCode":200,"body":"` + body + `"}`, nil
}

func TestStagesServeTheirDeployments(t *testing.T) {
	kept := frozen{}
	g := newGateway(t, deployedAPI("one", "A", "A"), &invoker{answer: named})
	g.deploy(deployedAPI("one", "A", "A"), kept)
	open := map[string]*websocket.Conn{}
	for _, stage := range []string{"dev", "prod", "next"} {
		open[stage] = g.dial("/" + stage + "?token=x")
	}
	ask := func(stage, action, want string) {
		t.Helper()
		g.send(open[stage], `{"action":"`+action+`"}`)
		if got := g.receive(open[stage]); !strings.HasPrefix(got, want) {
			t.Errorf("stage %s: %s was answered %s, want %s", stage, action, got, want)
		}
	}
	for stage := range open {
		ask(stage, "one", "one t1 "+stage)
	}

	// Routes are edited: prod goes on with what deployment A was, next is given a new one.
	g.deploy(deployedAPI("two", "A", "B"), kept)
	ask("prod", "one", "one t1 prod")
	ask("prod", "two", `{"message": "Forbidden"`)
	ask("dev", "two", "two t1 dev")
	ask("dev", "one", `{"message": "Forbidden"`)
	ask("next", "two", "two t1 next")
	ask("next", "one", `{"message": "Forbidden"`)

	// Prod is moved on, and next back.
	g.deploy(deployedAPI("three", "B", "A"), kept)
	ask("prod", "two", "two t1 prod")
	ask("next", "one", "one t1 next")
	ask("dev", "three", "three t1 dev")
}

func TestARedeployLeavesConnectionsAsTheyAre(t *testing.T) {
	kept := frozen{}
	g := newGateway(t, deployedAPI("one", "A", "A"), &invoker{answer: named})
	g.deploy(deployedAPI("one", "A", "A"), kept)
	conn := g.dial("/prod?token=x")
	id := g.record("CONNECT").Connection
	path := "/prod/@connections/" + url.PathEscape(id)
	described := `{"connectedAt":"2026-11-22T10:00:00.000Z","identity":`
	for _, deployment := range []string{"B", "C"} {
		g.clock.Advance(60e9)
		old := g.current()
		def := deployedAPI("one", deployment, deployment)
		def.Routes[0].AuthorizerID, def.Routes[0].AuthorizationType = "", "NONE" // for who comes now
		g.deploy(def, kept)
		old.Close(t.Context())
		if got := readBody(t, g.command("GET", path, "")); !strings.HasPrefix(got, described) {
			t.Errorf("after the redeploy: %s, want %s", got, described)
		}
		g.send(conn, `{"action":"one"}`)
		if got := g.receive(conn); got != "one t1 prod" {
			t.Errorf("after the redeploy, the message was answered %s", got)
		}
	}
	if got := g.invoker.events("DISCONNECT"); len(got) != 0 {
		t.Errorf("connections ended: %v", got)
	}
}

func TestADeploymentThatCannotBeCompiledNamesItself(t *testing.T) {
	broken := deployedAPI("one", "A", "A")
	broken.Routes[1].IntegrationID = "gone"
	_, err := websocketapi.New(deployedAPI("one", "A", "A"), websocketapi.Dependencies{
		Clock:      newGateway(t, definition(), &invoker{answer: fine}).clock,
		Deployment: func(string) (api.WebSocket, bool) { return broken, true },
	})
	if err == nil || !strings.Contains(err.Error(), "deployment A") {
		t.Errorf("error = %v, want one that names the deployment", err)
	}
}
