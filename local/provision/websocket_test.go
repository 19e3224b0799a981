package provision

import (
	"encoding/json"
	"strings"
	"testing"

	"portico/local/gateway/api"
)

const webSocketPart = "  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: " +
	"WEBSOCKET, RouteSelectionExpression: $request.body.action}}\n"

func onWebSocket(kind, properties string) string {
	return "  R: {Type: AWS::ApiGatewayV2::" + kind + ", Properties: {ApiId: !Ref Api, " + properties + "}}\n"
}

const webSocketIntegrations = webSocketPart + `
  Link: {Type: AWS::ApiGateway::VpcLink, Properties: {Name: link, TargetArns: [arn:balancer]}}
  Http:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: HTTP
      IntegrationMethod: PUT
      IntegrationUri: http://orders.internal/{id}
      ConnectionType: VPC_LINK
      ConnectionId: !Ref Link
      CredentialsArn: arn:role
      TimeoutInMillis: 500
      PassthroughBehavior: NEVER
      ContentHandlingStrategy: CONVERT_TO_BINARY
      TemplateSelectionExpression: ${request.body.kind}
      RequestTemplates: {a: b}
      RequestParameters: {integration.request.path.id: route.request.body.id}
  Good:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties:
      ApiId: !Ref Api
      IntegrationId: !Ref Http
      IntegrationResponseKey: '/2\d\d/'
      ContentHandlingStrategy: CONVERT_TO_TEXT
      TemplateSelectionExpression: ${integration.response.statuscode}
      ResponseTemplates: {"200": fine}
      ResponseParameters: {method.response.header.X: "'x'"}
  Rest: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: !Ref Http, IntegrationResponseKey: $default}}
  Order: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: !Ref Api, Name: Order, Schema: {type: object}}}
  Route:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $connect
      Target: !Sub integrations/${Http}
      ModelSelectionExpression: $request.body.kind
      RequestModels: {a: Order, $default: !Ref Order}
      RequestParameters: {route.request.header.X: {Required: true}, route.request.querystring.y: {Required: false}}
`

func TestReadOfWebSocketIntegrations(t *testing.T) {
	if got := unhonoured(t, webSocketIntegrations); len(got) != 0 {
		t.Errorf("reported: %q", got)
	}
	assembly := written(t, webSocketIntegrations)
	app, err := Read(assembly, Options{})
	if err != nil {
		t.Fatal(err)
	}
	def := app.WebSocket[0]
	route := def.Routes[0]
	equal(t, "integration", api.V2Integration{
		ID: route.IntegrationID, Type: "HTTP", Method: "PUT", URI: "http://orders.internal/{id}",
		ConnectionType: "VPC_LINK", ConnectionID: def.Integrations[route.IntegrationID].ConnectionID,
		Credentials: "arn:role", TimeoutMillis: 500, PassthroughBehavior: "NEVER",
		PayloadFormatVersion: "1.0", ContentHandling: "CONVERT_TO_BINARY",
		TemplateSelection: "${request.body.kind}", RequestTemplates: map[string]string{"a": "b"},
		RequestParameters: map[string]string{"integration.request.path.id": "route.request.body.id"},
		Links: []api.VPCLink{{
			ID: def.Integrations[route.IntegrationID].ConnectionID, Names: []string{"arn:balancer", "Link"},
		}},
		Responses: []api.V2IntegrationResponse{{
			Key: `/2\d\d/`, Templates: map[string]string{"200": "fine"},
			TemplateSelection: "${integration.response.statuscode}",
			Parameters:        map[string]string{"method.response.header.X": "'x'"},
			ContentHandling:   "CONVERT_TO_TEXT",
		}, {Key: "$default"}},
	}, def.Integrations[route.IntegrationID])
	equal(t, "models", map[string]api.Model{"Order": {
		Name: "Order", ContentType: "application/json", Schema: json.RawMessage(`{"type":"object"}`),
	}}, def.Models)
	equal(t, "request models", map[string]string{"a": "Order", "$default": "Order"}, route.RequestModels)
	equal(t, "request parameters", map[string]bool{
		"route.request.header.X": true, "route.request.querystring.y": false,
	}, route.RequestParameters)
	if route.ModelSelectionExpression != "$request.body.kind" {
		t.Errorf("model selection expression %q", route.ModelSelectionExpression)
	}
}

func TestReadOfAWebSocketStage(t *testing.T) {
	const stage = webSocketPart + "  R: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: s, AutoDeploy: true, " +
		"ClientCertificateId: c1, DefaultRouteSettings: {LoggingLevel: INFO, DataTraceEnabled: true}}}\n"
	if got := unhonoured(t, stage); len(got) != 0 {
		t.Errorf("reported: %q", got)
	}
	app, err := Read(written(t, stage), Options{})
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "stages", []api.Stage{{
		Name: "s", AutoDeploy: true, ClientCertificateID: "c1",
		MethodSettings: map[string]api.MethodSettings{"*": {LoggingLevel: "INFO", DataTrace: true}},
	}}, app.WebSocket[0].Stages)
}

// webSocketMistakes are what no WebSocket API of AWS could have.
var webSocketMistakes = []struct{ name, resources, want string }{
	{"a function behind a VPC link", onWebSocket("Integration", "IntegrationType: AWS_PROXY, IntegrationUri: arn:f, ConnectionType: VPC_LINK, ConnectionId: l"), "VPC_LINK is for integrations of type HTTP and HTTP_PROXY, this one is AWS_PROXY"},
	{"a VPC link without its id", onWebSocket("Integration", "IntegrationType: HTTP, IntegrationUri: 'http://a', ConnectionType: VPC_LINK"), "property ConnectionId is absent"},
	{"a VPC link of HTTP APIs", "  L: {Type: AWS::ApiGatewayV2::VpcLink, Properties: {Name: l, SubnetIds: [s]}}\n" + onWebSocket("Integration", "IntegrationType: HTTP, IntegrationUri: 'http://a', ConnectionType: VPC_LINK, ConnectionId: !Ref L"), "WebSocket APIs take an AWS::ApiGateway::VpcLink"},
	{"a timeout that is too long", onWebSocket("Integration", "IntegrationType: MOCK, TimeoutInMillis: 29001"), "Timeout should be between 50 ms and 29000 ms"},
	{"a response of no integration", onWebSocket("IntegrationResponse", "IntegrationId: i, IntegrationResponseKey: $default"), "there is no such integration in this API"},
	{"a response key that is no expression", onWebSocket("IntegrationResponse", "IntegrationId: i, IntegrationResponseKey: '200'"), "want $default or /regular expression/"},
	{"a response key that Java does not read", onWebSocket("IntegrationResponse", "IntegrationId: i, IntegrationResponseKey: '/(/'"), "want a regular expression of Java's"},
	{"a part of no API", "  R: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: none, Name: M, Schema: {}}}\n", "there is no such HTTP or WebSocket API"},
	{"a model without a schema", onWebSocket("Model", "Name: M"), "property Schema is absent"},
	{"a model's name", onWebSocket("Model", "Name: a-b, Schema: {}"), "Model name must be alphanumeric: a-b"},
	{"two models of one name", onWebSocket("Model", "Name: M, Schema: {}") + "  S: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: !Ref Api, Name: M, Schema: {}}}\n", "a model of this name already"},
	{"a route that names no model", onWebSocket("Route", "RouteKey: a, RequestModels: {x: None}"), "Invalid model identifier specified: None; there is none"},
	{"a parameter that a message cannot have", onWebSocket("Route", "RouteKey: a, RequestParameters: {route.request.header.X: {Required: true}}"), "only $connect has parameters that can be required"},
	{"a parameter of the path", onWebSocket("Route", "RouteKey: $connect, RequestParameters: {route.request.path.x: {Required: true}}"), "want route.request.header.NAME"},
	{"a route key of AWS's that there is not", onWebSocket("Route", "RouteKey: $message"), "The provided route key is not formatted properly"},
	{"another route response", onWebSocket("Route", "RouteKey: a, RouteResponseSelectionExpression: $request.body.a"), "AWS supports $default only"},
}

func TestWhatNoWebSocketAPIHas(t *testing.T) {
	for _, m := range webSocketMistakes {
		t.Run(m.name, func(t *testing.T) {
			if got := broken(t, webSocketPart+m.resources); !strings.Contains(got, m.want) {
				t.Errorf("got %q, want it to say %q", got, m.want)
			}
		})
	}
}

func TestAnIntegrationHasOneResponseOfAKey(t *testing.T) {
	twice := strings.Replace(webSocketIntegrations, `'/2\d\d/'`, "$default", 1)
	if got := broken(t, twice); !strings.Contains(got, "a response of this key already") {
		t.Errorf("got %q", got)
	}
}
