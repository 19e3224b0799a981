package test

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"portico/local/runner"
)

// fuzzed is a REST API whose answers come from templates, and a WebSocket API, so that bytes of any
// kind reach routing, limits, validation, mapping and the handshake without a function.
const fuzzed = `
Resources:
  REST:
    Type: AWS::ApiGateway::RestApi
    Properties: { Name: rest, MinimumCompressionSize: 0, BinaryMediaTypes: [image/*] }
  Greedy:
    Type: AWS::ApiGateway::Resource
    Properties: { RestApiId: !Ref REST, ParentId: !GetAtt REST.RootResourceId, PathPart: "{proxy+}" }
  Model:
    Type: AWS::ApiGateway::Model
    Properties: { RestApiId: !Ref REST, Name: Any, ContentType: application/json, Schema: { type: object } }
  Validator:
    Type: AWS::ApiGateway::RequestValidator
    Properties: { RestApiId: !Ref REST, ValidateRequestBody: true }
  Any:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref REST
      ResourceId: !Ref Greedy
      HttpMethod: ANY
      AuthorizationType: NONE
      RequestValidatorId: !Ref Validator
      RequestModels: { application/json: !Ref Model }
      Integration:
        Type: MOCK
        PassthroughBehavior: NEVER
        RequestTemplates: { application/json: '#set($n = $input.path("$.n")){"statusCode": 200}' }
        IntegrationResponses:
          - StatusCode: 200
            ResponseTemplates:
              application/json: '{"p":"$util.escapeJavaScript($input.params("proxy"))","q":"$input.params("q")"}'
      MethodResponses: [{ StatusCode: 200 }]
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: Any
    Properties: { RestApiId: !Ref REST }
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties: { RestApiId: !Ref REST, DeploymentId: !Ref Deployment, StageName: dev }
  Socket:
    Type: AWS::ApiGatewayV2::Api
    Properties: { Name: socket, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action }
  SocketStage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: { ApiId: !Ref Socket, StageName: dev, AutoDeploy: true }
`

// FuzzServing sends bytes as they come to a runner that serves: whatever they are, it answers or
// hangs up, and answers the next client.
func FuzzServing(f *testing.F) {
	template := filepath.Join(f.TempDir(), "template.yaml")
	if err := os.WriteFile(template, []byte(fuzzed), 0o600); err != nil {
		f.Fatal(err)
	}
	r := runner.Start(f, runner.Options{Dir: f.TempDir(), Template: template, Lenient: true})
	addresses := map[string]string{}
	for _, a := range r.Addresses() {
		_, rest, _ := strings.Cut(a.URL, "://")
		host, _, _ := strings.Cut(rest, "/")
		addresses[a.Kind] = strings.Replace(host, "localhost", "127.0.0.1", 1)
	}
	const post = "POST /dev/a?q=%31 HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
	f.Add(true, []byte(post+"Content-Length: 7\r\n\r\n{\"n\":1}"))
	f.Add(true, []byte(post+"Transfer-Encoding: chunked\r\n\r\n7\r\n{\"n\":1}\r\n0\r\n\r\n"))
	f.Add(true, []byte(post+"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08"))
	f.Add(true, []byte("GET //dev//a%2Fb/../c?q=\xff&q HTTP/1.1\r\nHost: h\r\nAccept-Encoding: gzip;q=x\r\n\r\n"))
	f.Add(false, []byte("GET /dev HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x85\x00\x00\x00\x00hello"))
	f.Fuzz(func(t *testing.T, rest bool, sent []byte) {
		address := addresses["WEBSOCKET"]
		if rest {
			address = addresses["REST"]
		}
		exchangeBytes(t, address, sent)
	})
}

// exchangeBytes sends and reads until the server hangs up, which it must once nothing more comes.
func exchangeBytes(t *testing.T, address string, sent []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = conn.Write(sent)
	_ = conn.(*net.TCPConn).CloseWrite()
	if _, err := io.Copy(io.Discard, conn); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the runner neither answered nor hung up: %v", err)
	}
}
