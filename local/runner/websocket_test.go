package runner

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// webSocketTemplate is a WebSocket API without a function: $connect is a MOCK that wants a query
// parameter, and messages go to a queue, through a VPC link, or are answered by a MOCK.
const webSocketTemplate = `
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: live, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: dev, AutoDeploy: true}}
  Jobs: {Type: AWS::SQS::Queue, Properties: {QueueName: jobs}}
  Link: {Type: AWS::ApiGateway::VpcLink, Properties: {Name: link, TargetArns: [arn:balancer]}}
  Accept:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: MOCK, RequestTemplates: {$default: '{"statusCode": 200}'}}
  Connect:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: $connect
      RequestParameters: {route.request.querystring.token: {Required: true}}
      Target: !Sub integrations/${Accept}
  Answer: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: !Ref Accept, IntegrationResponseKey: '/2\d\d/', ResponseTemplates: {$default: 'heard $context.routeKey'}}}
  Word: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: !Ref Api, Name: Word, Schema: {type: object, required: [text]}}}
  Say:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Api
      RouteKey: say
      RouteResponseSelectionExpression: $default
      ModelSelectionExpression: $request.body.action
      RequestModels: {say: Word}
      Target: !Sub integrations/${Accept}
  SayBack: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: !Ref Say, RouteResponseKey: $default}}
  Enqueue:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: AWS
      IntegrationMethod: POST
      IntegrationUri: !Sub arn:aws:apigateway:us-east-1:sqs:path/${AWS::AccountId}/jobs
      CredentialsArn: !Sub arn:aws:iam::${AWS::AccountId}:role/send
      PassthroughBehavior: NEVER
      TemplateSelectionExpression: \$default
      RequestTemplates: {$default: Action=SendMessage&MessageBody=$util.urlEncode($input.body)}
      RequestParameters: {integration.request.header.Content-Type: "'application/x-www-form-urlencoded'"}
  Enqueued:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties:
      ApiId: !Ref Api
      IntegrationId: !Ref Enqueue
      IntegrationResponseKey: $default
      TemplateSelectionExpression: ${integration.response.statuscode}
      ResponseTemplates: {"200": queued, $default: "failed: $input.body"}
  Do: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: do, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${Enqueue}"}}
  DoBack: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: !Ref Do, RouteResponseKey: $default}}
  Private:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: HTTP_PROXY
      IntegrationMethod: PUT
      IntegrationUri: http://orders.internal/v1
      ConnectionType: VPC_LINK
      ConnectionId: !Ref Link
  Other: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $default, RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${Private}"}}
  OtherBack: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: !Ref Other, RouteResponseKey: $default}}
`

func TestAWebSocketAPIWithoutFunctions(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.Method + " " + r.Host + r.URL.Path))
	}))
	defer backend.Close()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"template.yaml": webSocketTemplate,
		settingsFile:    "template: template.yaml\nprivateTargets:\n  Link: " + backend.URL + "\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := Start(t, Options{Dir: dir})
	url := r.Addresses()[0].URL
	_, response, err := websocket.Dial(t.Context(), url, nil)
	if err == nil || response == nil || response.StatusCode != http.StatusBadRequest {
		t.Fatalf("an upgrade without the token: %v, %v", response, err)
	}
	conn, _, err := websocket.Dial(t.Context(), url+"?token=x", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	for message, want := range map[string]string{
		`{"action":"say","text":"hi"}`: `heard say`,
		`{"action":"say"}`:             `{"message" : "Bad request body", "connectionId": "`,
		`{"action":"do"}`:              "queued",
		`anything`:                     "PUT orders.internal/v1",
	} {
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(message)); err != nil {
			t.Fatal(err)
		}
		_, got, err := conn.Read(t.Context())
		if err != nil || !strings.HasPrefix(string(got), want) {
			t.Errorf("%s: received %q, %v, want %s", message, got, err, want)
		}
	}
}
