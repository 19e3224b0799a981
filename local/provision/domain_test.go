package provision

import (
	"strings"
	"testing"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

func TestReadOfDomains(t *testing.T) {
	app, ids := read(t, "domains.yaml", Options{
		Root: "/app", Documents: map[string]string{"trust/clients.pem": "clients.pem"},
	})
	rule := func(name string) string {
		return ids[name][strings.LastIndexByte(ids[name], '/')+1:]
	}
	equal(t, "domains", []api.Domain{
		{
			Name: "edge.example.com", LogicalID: "Edge", EndpointType: "EDGE", SecurityPolicy: "TLS_1_2",
			CertificateARN: "arn:edge", RoutingMode: "API_MAPPING_ONLY",
			Mappings: []api.Mapping{{APIID: ids["Api"]}},
		},
		{
			Name: "rules.example.com", LogicalID: "Rules", EndpointType: "REGIONAL",
			SecurityPolicy: "SecurityPolicy_TLS13_1_3_2025_09", CertificateARN: "arn:regional",
			RoutingMode: "ROUTING_RULE_THEN_API_MAPPING",
			Rules: []api.RoutingRule{
				{
					ID: rule("Rule"), Priority: 50, BasePaths: []string{"shop", "shop/v1"},
					Headers: [][]api.HeaderMatch{{{Name: "x-version", ValueGlob: "beta*"}}},
					APIID:   ids["Api"], Stage: "dev", StripBasePath: true,
				},
				{ID: rule("CatchAll"), Priority: 60, APIID: ids["Api"], Stage: "dev"},
			},
		},
		{
			Name: "*.example.com", LogicalID: "Shared", EndpointType: "REGIONAL",
			SecurityPolicy: "TLS_1_2", CertificateARN: "arn:v2", RoutingMode: "API_MAPPING_ONLY",
			MutualTLS: &api.MutualTLS{
				TruststoreURI: "s3://trust/clients.pem", Version: "3", File: "/app/clients.pem",
			},
			Mappings: []api.Mapping{
				{Path: "orders/v1", APIID: ids["Public"], Stage: "$default"},
				{APIID: ids["Api"], Stage: "dev"},
			},
		},
	}, byLogicalID(app.Domains, "Edge", "Rules", "Shared"))
	var found []string
	for _, finding := range app.Findings {
		if finding.Status == coverage.NotHonoured {
			found = append(found, finding.Resource+" "+finding.Property)
		}
	}
	equal(t, "findings", []string{"Elsewhere DomainName", "Imported ApiId"}, found)
}

// byLogicalID puts domains in the order of the names.
func byLogicalID(all []api.Domain, names ...string) []api.Domain {
	var ordered []api.Domain
	for _, name := range names {
		for _, domain := range all {
			if domain.LogicalID == name {
				ordered = append(ordered, domain)
			}
		}
	}
	return ordered
}

const (
	regional = "EndpointConfiguration: {Types: [REGIONAL]}"
	httpPart = v2Part + "  Stage: {Type: AWS::ApiGatewayV2::Stage, " +
		"Properties: {ApiId: !Ref Api, StageName: s, AutoDeploy: true}}\n"
	socketPart = "  Socket: {Type: AWS::ApiGatewayV2::Api, " +
		"Properties: {Name: b, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.a}}\n" +
		"  SocketStage: {Type: AWS::ApiGatewayV2::Stage, " +
		"Properties: {ApiId: !Ref Socket, StageName: s, AutoDeploy: true}}\n"
	v2DomainPart = "  D: {Type: AWS::ApiGatewayV2::DomainName, Properties: {DomainName: a.example}}\n"
)

func v1Domain(properties string) string {
	return "  D: {Type: AWS::ApiGateway::DomainName, Properties: {DomainName: a.example, " +
		properties + "}}\n"
}

func apiMapping(id, properties string) string {
	return "  " + id + ": {Type: AWS::ApiGatewayV2::ApiMapping, Properties: {DomainName: !Ref D, " +
		properties + "}}\n"
}

func routingRule(id, properties string) string {
	return "  " + id + ": {Type: AWS::ApiGatewayV2::RoutingRule, Properties: {DomainNameArn: " +
		"!GetAtt D.DomainNameArn, " + properties + "}}\n"
}

const toRest = "Actions: [{InvokeApi: {ApiId: !Ref Api, Stage: gone}}]"

var domainMistakes = []struct{ name, template, want string }{
	{
		"a name in upper case",
		"  D: {Type: AWS::ApiGateway::DomainName, Properties: {DomainName: API.example}}\n",
		"want a domain name in lower case",
	},
	{
		"a domain without a name", "  D: {Type: AWS::ApiGateway::DomainName, Properties: {}}\n",
		"DomainName is absent",
	},
	{"two domains of one name", v2DomainPart + strings.Replace(v2DomainPart, "D:", "E:", 1), "already exists"},
	{"an endpoint type that AWS does not have", v1Domain("EndpointConfiguration: {Types: [PRIVATE]}"), "want one of EDGE, REGIONAL"},
	{"a security policy that AWS does not have", v1Domain("SecurityPolicy: TLS_1_1"), `SecurityPolicy = "TLS_1_1": want one of`},
	{
		"a regional security policy of an edge domain",
		v1Domain("SecurityPolicy: SecurityPolicy_TLS13_1_3_2025_09, EndpointAccessMode: BASIC"),
		"SecurityPolicy_TLS13_2025_EDGE",
	},
	{
		"an enhanced security policy without access mode",
		v1Domain(regional + ", SecurityPolicy: SecurityPolicy_TLS13_1_3_2025_09"), "wants an endpoint access mode",
	},
	{
		"mutual TLS of an edge domain", v1Domain("MutualTlsAuthentication: {TruststoreUri: s3://b/k}"),
		"mutual TLS is for domains with the endpoint type REGIONAL",
	},
	{
		"mutual TLS with TLS 1.0",
		v1Domain(regional + ", SecurityPolicy: TLS_1_0, MutualTlsAuthentication: {TruststoreUri: s3://b/k}"),
		"with the security policy TLS_1_2, not TLS_1_0",
	},
	{
		"a truststore that is not in S3",
		v1Domain(regional + ", MutualTlsAuthentication: {TruststoreUri: https://b/k}"), "want s3://bucket/key",
	},
	{
		"a truststore that is nowhere", v1Domain(regional + ", MutualTlsAuthentication: {TruststoreUri: s3://b/k}"),
		"documents: {b/k: FILE}",
	},
	{
		"several segments in a base path mapping",
		v1Domain(regional) + restPart + "  M: {Type: AWS::ApiGateway::BasePathMapping, Properties: " +
			"{DomainName: !Ref D, BasePath: a/b, RestApiId: !Ref Api}}\n",
		"API Gateway V1 doesn't support the slash character (/)",
	},
	{
		"several segments on an edge domain",
		v1Domain("SecurityPolicy: TLS_1_2") + restPart + apiMapping("M", "ApiMappingKey: a/b, ApiId: !Ref Api, Stage: s"),
		"several segments want a domain with the endpoint type REGIONAL",
	},
	{
		"a base path with a blank", v2DomainPart + httpPart + apiMapping("M", "ApiMappingKey: a b, ApiId: !Ref Api, Stage: s"),
		"want segments of letters",
	},
	{
		"a base path that begins with a slash",
		v2DomainPart + httpPart + apiMapping("M", "ApiMappingKey: /a, ApiId: !Ref Api, Stage: s"), "want segments of letters",
	},
	{
		"a base path of more than 300 characters",
		v2DomainPart + httpPart + apiMapping("M", "ApiMappingKey: "+strings.Repeat("a", 301)+", ApiId: !Ref Api, Stage: s"),
		"want at most 300 characters",
	},
	{"a stage that is not there", v2DomainPart + httpPart + apiMapping("M", "ApiId: !Ref Api, Stage: t"), "Invalid stage identifier specified"},
	{"an API mapping without stage", v2DomainPart + httpPart + apiMapping("M", "ApiId: !Ref Api"), "Stage is absent"},
	{
		"one base path twice",
		v2DomainPart + httpPart + apiMapping("M", "ApiId: !Ref Api, Stage: s") + apiMapping("N", "ApiId: !Ref Api, Stage: s"),
		"The base path already exists for the domain name a.example",
	},
	{
		"a base path mapping to an HTTP API",
		v1Domain(regional) + httpPart + "  M: {Type: AWS::ApiGateway::BasePathMapping, Properties: " +
			"{DomainName: !Ref D, RestApiId: !Ref Api, Stage: s}}\n",
		"Invalid REST API identifier specified",
	},
	{
		"an HTTP API on an edge domain", v1Domain("SecurityPolicy: TLS_1_2") + httpPart + apiMapping("M", "ApiId: !Ref Api, Stage: s"),
		"HTTP and WebSocket APIs want a domain with the endpoint type REGIONAL",
	},
	{
		"an HTTP and a WebSocket API on one domain",
		v2DomainPart + httpPart + socketPart + apiMapping("M", "ApiId: !Ref Api, Stage: s") +
			apiMapping("N", "ApiMappingKey: n, ApiId: !Ref Socket, Stage: s"),
		"a WebSocket API cannot share the domain a.example",
	},
	{"a rule of priority 0", v2DomainPart + restPart + routingRule("R", "Priority: 0, Conditions: [], "+toRest), "Priority = 0: want 1 to 1000000"},
	{"a rule of priority 1000001", v2DomainPart + restPart + routingRule("R", "Priority: 1000001, Conditions: [], "+toRest), "Priority = 1000001: want 1 to 1000000"},
	{
		"two rules of one priority",
		v2DomainPart + restPart + routingRule("R", "Priority: 1, Conditions: [], "+toRest) +
			routingRule("S", "Priority: 1, Conditions: [], "+toRest),
		"another rule of a.example has this priority",
	},
	{
		"a rule with two actions",
		v2DomainPart + restPart + routingRule("R", "Priority: 1, Conditions: [], Actions: [{}, {}]"), "want exactly one action",
	},
	{
		"a rule that invokes an HTTP API",
		v2DomainPart + httpPart + routingRule("R", "Priority: 1, Conditions: [], "+strings.Replace(toRest, "gone", "s", 1)),
		"a routing rule invokes REST APIs alone",
	},
	{
		"a rule beside a mapping to an HTTP API",
		v2DomainPart + httpPart + apiMapping("M", "ApiId: !Ref Api, Stage: s") +
			routingRule("R", "Priority: 1, Conditions: [], "+toRest),
		"has no routing rules",
	},
	{
		"three header conditions",
		v2DomainPart + restPart + routingRule("R", "Priority: 1, "+toRest+", Conditions: ["+
			strings.Repeat("{MatchHeaders: {AnyOf: [{Header: a, ValueGlob: b}]}},", 3)+"]"),
		"want at most 2 MatchHeaders and one MatchBasePaths",
	},
	{
		"a star within a pattern",
		v2DomainPart + restPart + routingRule("R", "Priority: 1, "+toRest+
			", Conditions: [{MatchHeaders: {AnyOf: [{Header: a, ValueGlob: b*c}]}}]"),
		"with * at its beginning and end alone",
	},
	{
		"a condition that asks for nothing",
		v2DomainPart + restPart + routingRule("R", "Priority: 1, Conditions: [{}], "+toRest), "want MatchHeaders or MatchBasePaths",
	},
	{
		"a base path condition with a slash at its end",
		v2DomainPart + restPart + routingRule("R", "Priority: 1, "+toRest+", Conditions: [{MatchBasePaths: {AnyOf: [a/]}}]"),
		"want base paths of letters",
	},
}

func TestMistakesInDomains(t *testing.T) {
	for _, row := range domainMistakes {
		t.Run(row.name, func(t *testing.T) {
			if got := broken(t, row.template); !strings.Contains(got, row.want) {
				t.Errorf("got %q, want it to say %q", got, row.want)
			}
		})
	}
}
