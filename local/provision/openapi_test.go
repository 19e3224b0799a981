package provision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// described returns the REST APIs of testdata/openapi.yaml by name.
func described(t *testing.T) (map[string]api.REST, api.HTTP, map[string]string) {
	t.Helper()
	app, ids := read(t, "openapi.yaml", Options{})
	byName := map[string]api.REST{}
	for _, one := range app.REST {
		byName[one.Name] = one
	}
	if len(app.HTTP) != 1 {
		t.Fatalf("got %d HTTP APIs, want 1", len(app.HTTP))
	}
	return byName, app.HTTP[0], ids
}

func TestBodyDescribesARESTAPI(t *testing.T) {
	apis, _, ids := described(t)
	got := apis["partner"]
	var paths []string
	for _, resource := range got.Resources {
		paths = append(paths, resource.Path)
	}
	equal(t, "paths, with those of the template", []string{
		"/", "/health", "/v1", "/v1/orders", "/v1/orders/{id}",
	}, paths)
	equal(t, "the id of the API", ids["Partner"], got.ID)
	equal(t, "media types of template and document", []string{"image/png", "application/pdf"},
		got.BinaryMediaTypes)
	equal(t, "the endpoint of the Parameters", "REGIONAL", got.EndpointType)
	equal(t, "compression of the template", 10, *got.MinimumCompressionSize)
	equal(t, "an imported API has its own models only", 1, len(got.Models))
	equal(t, "the resource of the template", ids["Extra"], got.Resources[1].ID)
	method := got.Resources[4].Methods["GET"]
	equal(t, "functions of CloudFormation in the document are evaluated",
		"https://orders.example.com/{id}", method.Integration.URI)
	equal(t, "the validator", true, got.RequestValidators[method.RequestValidatorID].ValidateBody)
	equal(t, "settings of a method of the document", 1,
		got.Stages[0].MethodSettings["/v1/orders/{id}/GET"].Throttle.Burst)
}

func TestBodyDescribesAnHTTPAPI(t *testing.T) {
	_, got, ids := described(t)
	equal(t, "id and name", []string{ids["Public"], "public"}, []string{got.ID, got.Name})
	equal(t, "CORS", &api.CORS{AllowOrigins: []string{"https://example.com"}}, got.CORS)
	equal(t, "routes", 1, len(got.Routes))
	route := got.Routes[0]
	equal(t, "the key, with the base path split", "GET /v2/orders", route.Key)
	equal(t, "the integration", api.V2Integration{
		ID: route.IntegrationID, Type: "AWS_PROXY", Method: "POST",
		URI:                  "arn:aws:lambda:us-east-1:123456789012:function:orders",
		PayloadFormatVersion: "2.0", TimeoutMillis: 30_000, ConnectionType: "INTERNET",
		PassthroughBehavior: "WHEN_NO_MATCH",
	}, got.Integrations[route.IntegrationID])
	equal(t, "settings of a route of the document", 2,
		got.Stages[0].MethodSettings["GET /v2/orders"].Throttle.Burst)
}

func TestBodyS3LocationBesideTheTemplate(t *testing.T) {
	apis, _, _ := described(t)
	if _, ok := apis["packaged"]; !ok {
		t.Errorf("got %v, want the API that the file describes", apis)
	}
}

// inTemplate reads a template that is written to a folder of its own.
func inTemplate(t *testing.T, template string, o Options) (*Application, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stack.yaml")
	if err := os.WriteFile(path, []byte(template), 0o644); err != nil {
		t.Fatal(err)
	}
	assembly, err := cloudformation.Load(path, cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Read(assembly, o)
}

func TestBodyS3LocationIsAnAssetOrIsNamed(t *testing.T) {
	document, err := filepath.Abs("testdata/documents/packaged.yaml")
	if err != nil {
		t.Fatal(err)
	}
	stack := &cloudformation.Stack{
		Name:   "shop",
		Assets: map[string]cloudformation.Asset{"abc": {ID: "abc", Path: document}},
	}
	p := properties{problems: &problems{}, resource: &cloudformation.Resource{Stack: stack}}
	at := func(bucket, key string) {
		p.values = map[string]any{"BodyS3Location": map[string]any{"Bucket": bucket, "Key": key}}
	}
	r := &reader{options: Options{Documents: map[string]string{"docs/api.yaml": document}}}
	at("assets", "prefix/abc.yaml")
	if got, ok := r.documentFile(p); !ok || got != document {
		t.Errorf("got the asset %q, want %q", got, document)
	}
	at("docs", "api.yaml")
	if got, ok := r.documentFile(p); !ok || got != document {
		t.Errorf("got the named file %q, want %q", got, document)
	}
	at("docs", "other.yaml")
	if got, ok := r.documentFile(p); ok {
		t.Errorf("got the file %q, want an error", got)
	}
	const want = "portico.yaml, documents: {docs/other.yaml: FILE}"
	if got := p.problems.err(); got == nil || !strings.Contains(got.Error(), want) {
		t.Errorf("got the error %v, want %q in it", got, want)
	}
}

const describedPart = "Resources:\n  Api:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n"

// documentMistakes are what is said of documents that AWS would not take.
var documentMistakes = []struct {
	name, template string
	want           []string
}{
	{
		name: "a mistake in a Body that is text has its pointer and line",
		template: describedPart + "      Body: |\n        openapi: 3.0.1\n" +
			"        info: {title: t}\n        x-amazon-apigateway-api-key-source: COOKIE\n",
		want: []string{
			"resource Api (AWS::ApiGateway::RestApi), property " +
				"Body/x-amazon-apigateway-api-key-source (line 3:37): ",
			"want one of HEADER, AUTHORIZER",
		},
	}, {
		name: "a mistake in a Body that is an object has its pointer",
		template: describedPart + "      Body: {openapi: 3.0.1, info: {title: t}, paths: " +
			"{'/res{id}': {get: {}}}}\n",
		want: []string{"property Body/paths/~1res{id} (in the document): Unable to create resource"},
	}, {
		name: "a warning is a mistake when the import is to fail on warnings",
		template: describedPart + "      FailOnWarnings: 'true'\n" +
			"      Body: {openapi: 3.0.1, info: {title: t}, paths: {test: {}}}\n",
		want: []string{"Warnings found during import: Parse issue: attribute paths. Resource test"},
	}, {
		name: "a method without integration",
		template: describedPart + "      Body: {openapi: 3.0.1, info: {title: t}, " +
			"paths: {/a: {get: {}}}}\n",
		want: []string{
			"property Body/paths/~1a/get (in the document)",
			"Unable to deploy method 'GET' of resource '/a': No integration defined for method",
		},
	}, {
		name: "what AWS refuses of a template's methods it refuses of a document's",
		template: describedPart + "      Body: |\n        openapi: 3.0.1\n        info: {title: t}\n" +
			"        paths:\n          /a:\n            get:\n              x-amazon-apigateway-integration:\n" +
			"                {type: aws, httpMethod: POST, uri: 'arn:aws:apigateway:us-east-1:sqs:path/1/q'}\n",
		want: []string{
			"stack stack, resource Api (AWS::ApiGateway::RestApi), property " +
				"Body/paths/~1a/get/x-amazon-apigateway-integration (line 7:9): Unable to put integration on " +
				"'GET' for resource at path '/a': Role ARN must be specified for AWS integrations",
		},
	}, {
		name: "a deployment of a document without methods",
		template: describedPart + "      Body: {openapi: 3.0.1, info: {title: t}, paths: {/a: {}}}\n" +
			"  D:\n    Type: AWS::ApiGateway::Deployment\n    Properties: {RestApiId: !Ref Api}\n",
		want: []string{
			"resource D (AWS::ApiGateway::Deployment), property RestApiId",
			"The REST API doesn't contain any methods",
		},
	}, {
		name:     "OpenAPI 3.1",
		template: describedPart + "      Body: {openapi: 3.1.0, info: {title: t}}\n",
		want:     []string{"property Body/openapi", "Invalid OpenAPI input."},
	}, {
		name:     "a document without title and an API without name",
		template: describedPart + "      Body: {openapi: 3.0.1}\n",
		want:     []string{"property Name is absent"},
	}, {
		name: "both Body and BodyS3Location",
		template: describedPart + "      Body: {openapi: 3.0.1}\n" +
			"      BodyS3Location: {Bucket: b, Key: k}\n",
		want: []string{"property BodyS3Location", "not both"},
	}, {
		name:     "a file that is not there",
		template: describedPart + "      BodyS3Location: gone.yaml\n",
		want:     []string{`property BodyS3Location = "gone.yaml"`, "no such file"},
	}, {
		name: "an import parameter that AWS does not have",
		template: describedPart + "      Body: {openapi: 3.0.1, info: {title: t}}\n" +
			"      Parameters: {base: split}\n",
		want: []string{"property Parameters.base", "want one of basepath"},
	}, {
		name: "a mode that AWS does not have",
		template: describedPart + "      Body: {openapi: 3.0.1, info: {title: t}}\n" +
			"      Mode: replace\n",
		want: []string{`property Mode = "replace": want one of`, "overwrite, merge"},
	}, {
		name: "a resource that the document has already",
		template: describedPart + "      Body: {openapi: 3.0.1, info: {title: t}, paths: {/a: {}}}\n" +
			"  R:\n    Type: AWS::ApiGateway::Resource\n    Properties: {RestApiId: !Ref Api, " +
			"ParentId: !GetAtt Api.RootResourceId, PathPart: a}\n",
		want: []string{"property PathPart = \"a\"", "the API's document has this resource already"},
	}, {
		name: "a document of a WebSocket API",
		template: "Resources:\n  Api:\n    Type: AWS::ApiGatewayV2::Api\n    Properties:\n" +
			"      ProtocolType: WEBSOCKET\n      Body: {openapi: 3.0.1}\n",
		want: []string{"property ProtocolType = \"WEBSOCKET\": OpenAPI describes HTTP APIs only"},
	}, {
		name: "OpenAPI 2.0 for an HTTP API",
		template: "Resources:\n  Api:\n    Type: AWS::ApiGatewayV2::Api\n    Properties:\n" +
			"      Body: {swagger: '2.0'}\n",
		want: []string{"property Body/swagger", "HTTP APIs support only OpenAPI 3.0"},
	},
}

func TestMistakesInDocumentsAreNamed(t *testing.T) {
	for _, mistake := range documentMistakes {
		t.Run(mistake.name, func(t *testing.T) {
			_, err := inTemplate(t, mistake.template, Options{})
			if err == nil {
				t.Fatal("the template was taken")
			}
			for _, want := range mistake.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got the error\n%v\nwant %q in it", err, want)
				}
			}
		})
	}
}

func TestMistakesInAFileNameTheFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "orders.yaml")
	const document = "openapi: 3.0.1\ninfo: {title: t}\npaths:\n  /a:\n    get:\n" +
		"      parameters: [{in: query, name: a}, {in: header, name: a}]\n    post: {}\n"
	if err := os.WriteFile(file, []byte(document), 0o644); err != nil {
		t.Fatal(err)
	}
	const stage = "  D:\n    Type: AWS::ApiGateway::Deployment\n    Properties: {RestApiId: !Ref Api}\n"
	_, err := inTemplate(t, describedPart+"      BodyS3Location: "+file+"\n"+stage, Options{})
	const want = "property BodyS3Location/paths/~1a/get/parameters/1 (orders.yaml line 6:42): Unable to put " +
		"method 'GET' on resource at path '/a': Parameter names must be unique across querystring, " +
		"header and path"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got the error\n%v\nwant %q in it", err, want)
	}
	if err != nil && strings.Contains(err.Error(), "doesn't contain any methods") {
		t.Errorf("the deployment is blamed for the document: %v", err)
	}
}

func TestTheTargetOfADescribedIntegrationIsKnownByItsNames(t *testing.T) {
	const template = describedPart + "      Body:\n        openapi: 3.0.1\n        info: {title: t}\n" +
		"        paths:\n          /a:\n            get:\n              x-amazon-apigateway-integration:\n" +
		"                type: http_proxy\n                httpMethod: GET\n" +
		"                uri: http://orders.internal\n" +
		"                connectionType: VPC_LINK\n                connectionId: !Ref Link\n" +
		"                integrationTarget: !Ref Balancer\n" +
		"  Link:\n    Type: AWS::ApiGatewayV2::VpcLink\n    Properties: {Name: link, SubnetIds: [a]}\n" +
		"  Balancer:\n    Type: AWS::ElasticLoadBalancingV2::LoadBalancer\n" +
		"    Properties: {Type: application}\n"
	app, err := inTemplate(t, template, Options{})
	if err != nil {
		t.Fatal(err)
	}
	integration := app.REST[0].Resources[1].Methods["GET"].Integration
	if len(integration.Targets) != 2 || integration.Targets[1] != "Balancer" {
		t.Errorf("got the targets %v, want the ARN and Balancer", integration.Targets)
	}
	if len(integration.Links) != 1 || integration.Links[0].ID != integration.ConnectionID {
		t.Errorf("got the links %v of %s", integration.Links, integration.ConnectionID)
	}
}

func TestFindingsOfDocuments(t *testing.T) {
	const template = describedPart + "      Body:\n        openapi: 3.0.1\n" +
		"        info: {title: t}\n        x-amazon-apigateway-teapot: {a: 1}\n" +
		"        x-amazon-apigateway-documentation: {version: 1}\n        paths:\n" +
		"          test: {}\n"
	app, err := inTemplate(t, template, Options{})
	if err != nil {
		t.Fatal(err)
	}
	byProperty := map[string]coverage.Finding{}
	for _, finding := range app.Findings {
		byProperty[finding.Property] = finding
		if finding.Why == "" || finding.Resource != "Api" || finding.Stack != "stack" {
			t.Errorf("got the finding %+v, want resource, stack and reason in it", finding)
		}
	}
	equal(t, "an unknown extension", coverage.NotHonoured,
		byProperty["Body/x-amazon-apigateway-teapot"].Status)
	equal(t, "documentation", coverage.Irrelevant,
		byProperty["Body/x-amazon-apigateway-documentation"].Status)
	equal(t, "what AWS drops", coverage.Irrelevant, byProperty["Body/paths/test"].Status)
	equal(t, "findings", 3, len(app.Findings))
}

func TestPartsOfADocumentFollowTheRulesOfTheirResources(t *testing.T) {
	resource := &cloudformation.Resource{
		Stack: &cloudformation.Stack{Name: "shop"}, LogicalID: "Api", Type: typeRestAPI,
	}
	r := &reader{}
	p := properties{resource: resource, problems: &r.problems}
	r.foundSketches(p, "Body", []sketch{{
		kind: typeMethod, name: "GET /a",
		properties: map[string]any{
			"AuthorizationType": "NONE",
			"Integration":       map[string]any{"Type": "TELEPATHY", "ContentHandling": ""},
		},
	}})
	if len(r.findings) != 1 {
		t.Fatalf("got the findings %v, want one", r.findings)
	}
	got := r.findings[0]
	equal(t, "place", "shop Api "+typeRestAPI+" Body: GET /a: Integration.Type = TELEPATHY",
		got.Stack+" "+got.Resource+" "+got.Type+" "+got.Property+" = "+got.Value)
	equal(t, "status", coverage.NotHonoured, got.Status)
}
