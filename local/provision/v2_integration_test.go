package provision

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// written evaluates a template of the test.
func written(t *testing.T, resources string) *cloudformation.Assembly {
	t.Helper()
	path := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(path, []byte("Resources:\n"+resources), 0o600); err != nil {
		t.Fatal(err)
	}
	assembly, err := cloudformation.Load(path, cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return assembly
}

const privateHTTPTemplate = `
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: HTTP}}
  Link: {Type: AWS::ApiGatewayV2::VpcLink, Properties: {Name: link, SubnetIds: [subnet-1]}}
  Balancer: {Type: AWS::ElasticLoadBalancingV2::LoadBalancer, Properties: {Name: orders}}
  Group:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Port: 9000, TargetType: ip, Targets: [{Id: 10.0.0.7, Port: 9001}, {Id: 127.0.0.1}]}
  Listener:
    Type: AWS::ElasticLoadBalancingV2::Listener
    Properties:
      LoadBalancerArn: !Ref Balancer
      DefaultActions: [{Type: forward, TargetGroupArn: !Ref Group}]
  Space: {Type: AWS::ServiceDiscovery::PrivateDnsNamespace, Properties: {Name: internal, Vpc: vpc-1}}
  Service: {Type: AWS::ServiceDiscovery::Service, Properties: {Name: orders, NamespaceId: !Ref Space}}
  Old:
    Type: AWS::ServiceDiscovery::Instance
    Properties: {ServiceId: !Ref Service, InstanceAttributes: {AWS_INSTANCE_IPV4: 127.0.0.1, AWS_INSTANCE_PORT: "9100", stage: test}}
  New:
    Type: AWS::ServiceDiscovery::Instance
    Properties: {ServiceId: !Ref Service, InstanceAttributes: {AWS_INSTANCE_IPV4: 127.0.0.2, AWS_INSTANCE_PORT: "9200", stage: prod}}
  Private:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Api
      IntegrationType: HTTP_PROXY
      IntegrationMethod: ANY
      PayloadFormatVersion: "1.0"
      ConnectionType: VPC_LINK
      ConnectionId: !Ref Link
      IntegrationUri: URI
      RequestParameters: {"overwrite:path": $request.path}
      ResponseParameters: {"404": {ResponseParameters: [{Destination: "overwrite:statuscode", Source: "410"}]}}
      TLS
`

func TestReadOfPrivateHTTPIntegrations(t *testing.T) {
	for _, r := range []struct {
		name, uri, tls     string
		targets, addresses []string
	}{
		{"a listener, with the targets of its group that are here", "!Ref Listener", "", []string{"Listener"}, []string{"http://127.0.0.1:9000"}},
		{"a listener that speaks TLS", "!GetAtt Listener.ListenerArn", "TlsConfig: {ServerNameToVerify: orders.internal}", []string{"Listener"}, []string{"https://127.0.0.1:9000"}},
		{"a Cloud Map service", "!GetAtt Service.Arn", "", []string{"Service"}, []string{"http://127.0.0.2:9200", "http://127.0.0.1:9100"}},
		{"a Cloud Map service with what selects instances", "!Sub '${Service.Arn}?stage=prod'", "", []string{"Service"}, []string{"http://127.0.0.2:9200"}},
		{"a listener that is not in the template", "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/net/a/b/c", "", nil, nil},
	} {
		t.Run(r.name, func(t *testing.T) {
			assembly := written(t, strings.NewReplacer("URI", r.uri, "TLS", r.tls).Replace(privateHTTPTemplate))
			for _, finding := range coverage.Check(assembly, Coverage()) {
				if finding.Status == coverage.NotHonoured {
					t.Errorf("not honoured: %s", finding)
				}
			}
			app, err := Read(assembly, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got api.V2Integration
			for _, i := range app.HTTP[0].Integrations {
				got = i
			}
			if !slices.Equal(got.Targets, r.targets) || !slices.Equal(got.Addresses, r.addresses) {
				t.Errorf("got targets %q and addresses %q", got.Targets, got.Addresses)
			}
			if len(got.Links) != 1 || got.Links[0].ID != got.ConnectionID || !slices.Equal(got.Links[0].Names, []string{"Link"}) {
				t.Errorf("got links %+v of %s", got.Links, got.ConnectionID)
			}
			if got.RequestParameters["overwrite:path"] != "$request.path" || got.ResponseParameters["404"]["overwrite:statuscode"] != "410" {
				t.Errorf("got mappings %v and %v", got.RequestParameters, got.ResponseParameters)
			}
			if len(app.Findings) != 0 {
				t.Errorf("got findings %v", app.Findings)
			}
		})
	}
}

// httpMistakes are what AWS refuses of HTTP APIs, in its words.
var httpMistakes = []struct{ name, resources, want string }{
	{"an integration of another kind", onHTTP("IntegrationType: AWS, IntegrationUri: arn:f"), "property IntegrationType = \"AWS\": Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)"},
	{"HTTP_PROXY without a method", onHTTP("IntegrationType: HTTP_PROXY, IntegrationUri: 'http://localhost', PayloadFormatVersion: '1.0'"), "property IntegrationMethod is absent: HttpMethod parameter method must be specified for integrationType HTTPPROXY"},
	{"HTTP_PROXY in format 2.0", onHTTP("IntegrationType: HTTP_PROXY, IntegrationMethod: GET, IntegrationUri: 'http://localhost', PayloadFormatVersion: '2.0'"), "PayloadFormatVersion 2.0 is not supported for integration of type HTTP_PROXY"},
	{"a timeout that is too long", onHTTP("IntegrationType: AWS_PROXY, IntegrationUri: arn:f, TimeoutInMillis: 30001"), "Timeout should be between 50 ms and 30000 ms"},
	{"a VPC link without its id", onHTTP("IntegrationType: HTTP_PROXY, IntegrationMethod: GET, ConnectionType: VPC_LINK, IntegrationUri: 'arn:aws:servicediscovery:r:1:service/srv-1'"), "ConnectionId must be set to vpcLinkId for ConnectionType VPC_LINK"},
	{"a VPC link to a load balancer", onHTTP("IntegrationType: HTTP_PROXY, IntegrationMethod: GET, ConnectionType: VPC_LINK, ConnectionId: l, IntegrationUri: 'arn:aws:elasticloadbalancing:r:1:loadbalancer/app/a/b'"), "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN or a valid Cloud Map service ARN."},
	{"a VPC link to a URL", onHTTP("IntegrationType: HTTP_PROXY, IntegrationMethod: GET, ConnectionType: VPC_LINK, ConnectionId: l, IntegrationUri: 'http://orders.internal'"), "For VpcLink VPC_LINK, integration uri should be a valid ELB listener ARN"},
	{"a function behind a VPC link", onHTTP("IntegrationType: AWS_PROXY, ConnectionType: VPC_LINK, ConnectionId: l, IntegrationUri: 'arn:aws:servicediscovery:r:1:service/srv-1'"), "VPC_LINK is for integrations of type HTTP_PROXY, this one is AWS_PROXY"},
	{"mappings of a status that is none", onHTTP("IntegrationType: AWS_PROXY, IntegrationUri: arn:f, ResponseParameters: {'600': {ResponseParameters: []}}"), "Status Code 600 is not valid"},
	{"a model", "  M: {Type: AWS::ApiGatewayV2::Model, Properties: {ApiId: !Ref Api, Name: M, Schema: {}}}\n", "Currently, Models are not permitted for APIs with a protocol type of HTTP"},
	{"an integration response", "  R: {Type: AWS::ApiGatewayV2::IntegrationResponse, Properties: {ApiId: !Ref Api, IntegrationId: i, IntegrationResponseKey: $default}}\n", "IntegrationResponses are currently not supported for this API protocol type."},
	{"a route response", "  R: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: r, RouteResponseKey: $default}}\n", "RouteResponses are currently not supported for this API protocol type."},
	{"execution logs", "  S: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: s, AutoDeploy: true, DefaultRouteSettings: {LoggingLevel: INFO}}}\n", "property DefaultRouteSettings.LoggingLevel = \"INFO\": Execution logs are not supported on protocolType HTTP"},
	{"traces of bodies", "  S: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: s, AutoDeploy: true, DefaultRouteSettings: {DataTraceEnabled: true}}}\n", "Execution logs are not supported on protocolType HTTP"},
	{"a web ACL", "  W: {Type: AWS::WAFv2::WebACLAssociation, Properties: {WebACLArn: arn:acl, ResourceArn: !Sub 'arn:aws:apigateway:us-east-1::/apis/${Api}/stages/$default'}}\n", "AWS WAF protects stages of REST APIs, and none of HTTP and WebSocket APIs"},
}

func onHTTP(properties string) string {
	return "  I: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, " + properties + "}}\n"
}

func TestWhatAWSRefusesOfHTTPAPIs(t *testing.T) {
	for _, m := range httpMistakes {
		t.Run(m.name, func(t *testing.T) {
			if got := broken(t, v2Part+m.resources); !strings.Contains(got, m.want) {
				t.Errorf("got %q, want it to say %q", got, m.want)
			}
		})
	}
}

func TestARouteSelectionThatHTTPAPIsDoNotHave(t *testing.T) {
	const other = "  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: HTTP, RouteSelectionExpression: $request.body.action}}\n"
	const want = `Route selection expression is currently limited to "${request.method} ${request.path}"`
	if got := broken(t, other); !strings.Contains(got, want) {
		t.Errorf("got %q, want it to say %q", got, want)
	}
}

// unhonoured returns what is reported of a template, as "resource property: why".
func unhonoured(t *testing.T, resources string) []string {
	t.Helper()
	app, err := Read(written(t, resources), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, finding := range app.Findings {
		if finding.Status == coverage.NotHonoured {
			found = append(found, finding.Resource+" "+finding.Property+": "+finding.Why)
		}
	}
	slices.Sort(found)
	return found
}

func TestWhatOnlyWebSocketAPIsHaveIsReported(t *testing.T) {
	got := unhonoured(t, v2Part+onHTTP("IntegrationType: AWS_PROXY, IntegrationUri: arn:f, "+
		"PayloadFormatVersion: '2.0', RequestTemplates: {a: b}, PassthroughBehavior: NEVER, "+
		"TemplateSelectionExpression: x, ContentHandlingStrategy: CONVERT_TO_TEXT")+
		"  R: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: GET /a, "+
		"Target: !Sub 'integrations/${I}', RequestModels: {a: b}, ModelSelectionExpression: x}}\n"+
		"  S: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: s, "+
		"AutoDeploy: true, ClientCertificateId: c}}\n")
	const why = ": HTTP APIs do not have it: supported only for WebSocket APIs"
	want := []string{
		"I ContentHandlingStrategy" + why, "I PassthroughBehavior" + why, "I RequestTemplates" + why,
		"I TemplateSelectionExpression" + why, "R ModelSelectionExpression" + why,
		"R RequestModels" + why, "S ClientCertificateId" + why,
	}
	equal(t, "what is reported", want, got)
}

func TestWhatOnlyHTTPAPIsHaveIsReportedOfWebSocketAPIs(t *testing.T) {
	got := unhonoured(t, "  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, "+
		"ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}\n"+
		onHTTP("IntegrationType: HTTP_PROXY, IntegrationMethod: POST, IntegrationUri: 'http://a', "+
			"ConnectionType: VPC_LINK, ConnectionId: l, TlsConfig: {ServerNameToVerify: a}, "+
			"ResponseParameters: {'404': {ResponseParameters: [{Destination: a, Source: b}]}}"))
	var properties []string
	for _, line := range got {
		property, _, _ := strings.Cut(line, ":")
		properties = append(properties, property)
	}
	want := []string{"I ResponseParameters", "I TlsConfig"}
	equal(t, "what is reported", want, properties)
}
