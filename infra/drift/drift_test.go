package drift

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	resttypes "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	v2types "github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"portico/infra/release"
)

// template has a REST API whose stage releases move, an HTTP API and an alias.
const template = `{
 "Parameters":{"ReleaseBaseline":{"Type":"String","Default":""},"ReleaseCanary":{"Type":"String"},
  "ReleasePercent":{"Type":"Number"},"BootstrapVersion":{"Type":"String"}},
 "Conditions":{"Pinned":{"Fn::Not":[{"Fn::Equals":[{"Ref":"ReleaseBaseline"},""]}]},
  "Prod":{"Fn::Equals":[{"Ref":"AWS::Region"},"eu-west-1"]}},
 "Resources":{
  "Api":{"Type":"AWS::ApiGateway::RestApi","Properties":{"Name":"shop"}},
  "Orders":{"Type":"AWS::ApiGateway::Resource","Properties":{"RestApiId":{"Ref":"Api"},
   "ParentId":{"Fn::GetAtt":["Api","RootResourceId"]},"PathPart":"orders"}},
  "One":{"Type":"AWS::ApiGateway::Resource","Properties":{"RestApiId":{"Ref":"Api"},
   "ParentId":{"Ref":"Orders"},"PathPart":"{id}"}},
  "List":{"Type":"AWS::ApiGateway::Method","Properties":{"RestApiId":{"Ref":"Api"},
   "ResourceId":{"Ref":"Orders"},"HttpMethod":"GET","AuthorizationType":"NONE",
   "Integration":{"Type":"MOCK"}}},
  "Get":{"Type":"AWS::ApiGateway::Method","Properties":{"RestApiId":{"Ref":"Api"},
   "ResourceId":{"Ref":"One"},"HttpMethod":"GET","AuthorizationType":"CUSTOM","ApiKeyRequired":true,
   "AuthorizerId":{"Fn::GetAtt":["Asked","AuthorizerId"]},"Integration":{"Type":"AWS_PROXY",
    "Uri":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":apigateway:",{"Ref":"AWS::Region"}]]}}}},
  "Deployment":{"Type":"AWS::ApiGateway::Deployment","Properties":{"RestApiId":{"Ref":"Api"}}},
  "Stage":{"Type":"AWS::ApiGateway::Stage","Metadata":{"aws:cdk:path":"a"},"Properties":{
   "RestApiId":{"Ref":"Api"},"StageName":"dev",
   "DeploymentId":{"Fn::If":["Pinned",{"Ref":"ReleaseBaseline"},{"Ref":"Deployment"}]},
   "CanarySetting":{"Ref":"AWS::NoValue"},"Variables":{"host":{"Fn::Sub":"a.${AWS::Region}"}},
   "AccessLogSetting":{"DestinationArn":{"Fn::GetAtt":["Logs","Arn"]},"Format":"f"},
   "MethodSettings":[{"HttpMethod":"*","ResourcePath":"/*","ThrottlingRateLimit":100,"MetricsEnabled":true},
    {"HttpMethod":"GET","ResourcePath":"/orders","ThrottlingBurstLimit":"7"}]}},
  "Http":{"Type":"AWS::ApiGatewayV2::Api","Properties":{"Name":"web","ProtocolType":"HTTP"}},
  "Route":{"Type":"AWS::ApiGatewayV2::Route","Properties":{"ApiId":{"Ref":"Http"},"RouteKey":"GET /",
   "Target":{"Fn::Join":["/",["integrations",{"Ref":"Call"}]]},"AuthorizationScopes":["b","a"]}},
  "Call":{"Type":"AWS::ApiGatewayV2::Integration","Properties":{"ApiId":{"Ref":"Http"}}},
  "Default":{"Type":"AWS::ApiGatewayV2::Stage","Properties":{"ApiId":{"Ref":"Http"},
   "StageName":"$default","AutoDeploy":true,"DefaultRouteSettings":{"ThrottlingRateLimit":5}}},
  "Fn":{"Type":"AWS::Lambda::Function","Properties":{"FunctionName":"orders"}},
  "Version":{"Type":"AWS::Lambda::Version","Properties":{"FunctionName":{"Ref":"Fn"}}},
  "Live":{"Type":"AWS::Lambda::Alias","Properties":{"FunctionName":{"Ref":"Fn"},"Name":"live",
   "FunctionVersion":{"Fn::GetAtt":["Version","Version"]}}},
  "Later":{"Type":"AWS::Lambda::Alias","Condition":"Prod","Properties":{"Name":"later"}}},
 "Outputs":{"ReleaseApi":{"Value":{"Ref":"Api"}}}}`

// cloud is what is there: as the template says, until a test changes it.
type cloud struct {
	body     string
	stack    types.Stack
	gone     bool
	stage    apigateway.GetStageOutput
	methods  map[string]map[string]resttypes.Method // by path
	http     apigatewayv2.GetStageOutput
	routes   []v2types.Route
	alias    lambda.GetAliasOutput
	standing release.Position
	refused  error
}

func newCloud() *cloud {
	output := func(key, value string) types.Output {
		return types.Output{OutputKey: aws.String(key), OutputValue: aws.String(value)}
	}
	return &cloud{
		body: template,
		stack: types.Stack{
			StackName: aws.String("shop"), StackStatus: types.StackStatusUpdateComplete,
			StackId: aws.String("arn:aws:cloudformation:us-east-1:123456789012:stack/shop/1"),
			Parameters: []types.Parameter{
				{ParameterKey: aws.String("ReleaseBaseline"), ParameterValue: aws.String("")},
			},
			Outputs: []types.Output{
				output("ReleaseApi", "api1"), output("ReleaseStage", "dev"), output("ReleaseCandidate", "dep1"),
			},
		},
		stage: apigateway.GetStageOutput{
			DeploymentId: aws.String("dep1"), StageName: aws.String("dev"),
			Variables:         map[string]string{"host": "a.us-east-1"},
			AccessLogSettings: &resttypes.AccessLogSettings{Format: aws.String("f"), DestinationArn: aws.String("x")},
			MethodSettings: map[string]resttypes.MethodSetting{
				"*/*":          {ThrottlingRateLimit: 100, MetricsEnabled: true, LoggingLevel: aws.String("OFF"), CacheTtlInSeconds: 300, ThrottlingBurstLimit: -1},
				"~1orders/GET": {ThrottlingBurstLimit: 7, RequireAuthorizationForCacheControl: true},
			},
		},
		methods: map[string]map[string]resttypes.Method{
			"/":       nil,
			"/orders": {"GET": {AuthorizationType: aws.String("NONE"), MethodIntegration: &resttypes.Integration{Type: "MOCK", TimeoutInMillis: 29000}}},
			"/orders/{id}": {"GET": {
				AuthorizationType: aws.String("CUSTOM"), ApiKeyRequired: aws.Bool(true), AuthorizerId: aws.String("z"),
				MethodIntegration: &resttypes.Integration{Type: "AWS_PROXY", Uri: aws.String("arn:aws:apigateway:us-east-1")},
			}},
		},
		http: apigatewayv2.GetStageOutput{
			AutoDeploy: aws.Bool(true), DeploymentId: aws.String("any"),
			DefaultRouteSettings: &v2types.RouteSettings{ThrottlingRateLimit: aws.Float64(5), DetailedMetricsEnabled: aws.Bool(false)},
		},
		routes: []v2types.Route{{
			RouteKey: aws.String("GET /"), Target: aws.String("integrations/int1"), AuthorizationType: "NONE",
			AuthorizationScopes: []string{"a", "b"}, ApiKeyRequired: aws.Bool(false),
		}},
		alias: lambda.GetAliasOutput{
			AliasArn: aws.String("arn:aws:lambda:us-east-1:1:function:orders:live"), Name: aws.String("live"),
			FunctionVersion: aws.String("3"),
		},
		standing: release.Position{Baseline: "dep1"},
	}
}

func (c *cloud) DescribeStacks(context.Context, *cloudformation.DescribeStacksInput,
	...func(*cloudformation.Options),
) (*cloudformation.DescribeStacksOutput, error) {
	if c.gone {
		return nil, errors.New("ValidationError: Stack with id shop does not exist")
	}
	return &cloudformation.DescribeStacksOutput{Stacks: []types.Stack{c.stack}}, nil
}

func (c *cloud) GetTemplate(context.Context, *cloudformation.GetTemplateInput,
	...func(*cloudformation.Options),
) (*cloudformation.GetTemplateOutput, error) {
	return &cloudformation.GetTemplateOutput{TemplateBody: aws.String(c.body)}, nil
}

func (c *cloud) ListStackResources(context.Context, *cloudformation.ListStackResourcesInput,
	...func(*cloudformation.Options),
) (*cloudformation.ListStackResourcesOutput, error) {
	out := &cloudformation.ListStackResourcesOutput{}
	for logical, physical := range map[string]string{
		"Api": "api1", "Orders": "r1", "One": "r2", "List": "m1", "Get": "m2", "Deployment": "dep1",
		"Stage": "dev", "Http": "api2", "Route": "rt1", "Call": "int1", "Default": "$default", "Fn": "orders",
		"Version": "arn:aws:lambda:us-east-1:1:function:orders:3",
		"Live":    "arn:aws:lambda:us-east-1:1:function:orders:live",
	} {
		out.StackResourceSummaries = append(out.StackResourceSummaries, types.StackResourceSummary{
			LogicalResourceId: aws.String(logical), PhysicalResourceId: aws.String(physical),
		})
	}
	return out, nil
}

func (c *cloud) GetStage(context.Context, *apigateway.GetStageInput,
	...func(*apigateway.Options),
) (*apigateway.GetStageOutput, error) {
	return &c.stage, nil
}

func (c *cloud) GetResources(context.Context, *apigateway.GetResourcesInput,
	...func(*apigateway.Options),
) (*apigateway.GetResourcesOutput, error) {
	out := &apigateway.GetResourcesOutput{}
	for path, methods := range c.methods {
		out.Items = append(out.Items, resttypes.Resource{Path: aws.String(path), ResourceMethods: methods})
	}
	return out, nil
}

// v2 answers for HTTP APIs: its GetStage has another type.
type v2 struct{ *cloud }

func (c v2) GetStage(context.Context, *apigatewayv2.GetStageInput,
	...func(*apigatewayv2.Options),
) (*apigatewayv2.GetStageOutput, error) {
	return &c.http, nil
}

func (c v2) GetRoutes(context.Context, *apigatewayv2.GetRoutesInput,
	...func(*apigatewayv2.Options),
) (*apigatewayv2.GetRoutesOutput, error) {
	return &apigatewayv2.GetRoutesOutput{Items: c.routes}, nil
}

func (c *cloud) GetAlias(context.Context, *lambda.GetAliasInput,
	...func(*lambda.Options),
) (*lambda.GetAliasOutput, error) {
	return &c.alias, nil
}

func parse(body string) (map[string]any, error) {
	var made map[string]any
	return made, json.Unmarshal([]byte(body), &made)
}

// check compares the template, changed or not, with a cloud.
func check(t *testing.T, c *cloud, records, body string) *Report {
	t.Helper()
	wanted, err := parse(body)
	if err != nil {
		t.Fatal(err)
	}
	checker := Checker{
		Clients: Clients{
			Stacks: c, REST: c, V2: v2{c}, Functions: c,
			Standing: func(context.Context, string) (release.Position, error) { return c.standing, c.refused },
		},
		Parse: parse, Records: release.Records{Dir: records},
	}
	return checker.Check(t.Context(), []Stack{{Name: "shop", Template: wanted}})
}

func lines(report *Report) string {
	var all []string
	for _, f := range report.Findings {
		all = append(all, f.Kind+": "+f.Resource+": "+f.What+" → "+f.Do)
	}
	return strings.Join(append(all, report.Unknown...), "\n")
}

func TestNoDrift(t *testing.T) {
	if got := lines(check(t, newCloud(), t.TempDir(), template)); got != "" {
		t.Errorf("there is drift:\n%s", got)
	}
}

func TestDrift(t *testing.T) {
	weights := func(version string, weight float64) *lambdatypes.AliasRoutingConfiguration {
		return &lambdatypes.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{version: weight}}
	}
	for _, row := range []struct {
		name   string
		change func(*cloud)
		want   []string
	}{
		{"a stage variable", func(c *cloud) { c.stage.Variables["host"] = "b" }, []string{
			"changed by hand: Stage (AWS::ApiGateway::Stage): Variables.host is b, and a.us-east-1 in the template → ",
		}},
		{"a variable more", func(c *cloud) { c.stage.Variables["more"] = "b" }, []string{
			"changed by hand: Stage (AWS::ApiGateway::Stage): Variables.more is b, and not set in the template → ",
		}},
		{"tracing", func(c *cloud) { c.stage.TracingEnabled = true }, []string{
			"changed by hand: Stage (AWS::ApiGateway::Stage): TracingEnabled is true, and not set in the template → ",
		}},
		{"throttles", func(c *cloud) {
			c.stage.MethodSettings["*/*"] = resttypes.MethodSetting{ThrottlingRateLimit: 1, MetricsEnabled: true}
			delete(c.stage.MethodSettings, "~1orders/GET")
		}, []string{
			"changed by hand: Stage (AWS::ApiGateway::Stage): MethodSettings.*/*.ThrottlingRateLimit is 1, and 100 in the template → ",
			"changed by hand: Stage (AWS::ApiGateway::Stage): MethodSettings.orders/GET.ThrottlingBurstLimit is not set, and 7 in the template → ",
		}},
		{"methods", func(c *cloud) {
			c.methods["/orders"] = map[string]resttypes.Method{"DELETE": {}}
			c.methods["/orders/{id}"]["GET"] = resttypes.Method{
				AuthorizationType: aws.String("NONE"), AuthorizerId: aws.String("z"), MethodIntegration: c.methods["/orders/{id}"]["GET"].MethodIntegration,
			}
		}, []string{
			"changed by hand: Get (AWS::ApiGateway::Method): of GET /orders/{id} AuthorizationType is NONE, and CUSTOM in the template → ",
			"changed by hand: Get (AWS::ApiGateway::Method): of GET /orders/{id} ApiKeyRequired is not set, and true in the template → ",
			"changed by hand: List (AWS::ApiGateway::Method): the method GET /orders was taken away → ",
			"changed by hand: Api (AWS::ApiGateway::RestApi): the method DELETE /orders was added → ",
		}},
		{"the stage of an HTTP API", func(c *cloud) {
			c.http.DefaultRouteSettings.ThrottlingRateLimit = aws.Float64(6)
			c.http.StageVariables = map[string]string{"a": "b"}
		}, []string{
			"changed by hand: Default (AWS::ApiGatewayV2::Stage): DefaultRouteSettings.ThrottlingRateLimit is 6, and 5 in the template → ",
			"changed by hand: Default (AWS::ApiGatewayV2::Stage): StageVariables.a is b, and not set in the template → ",
		}},
		{"routes", func(c *cloud) {
			c.routes[0].Target, c.routes[0].AuthorizationScopes = aws.String("integrations/int2"), nil
			c.routes = append(c.routes, v2types.Route{RouteKey: aws.String("$default")})
		}, []string{
			"changed by hand: Route (AWS::ApiGatewayV2::Route): of GET / AuthorizationScopes is empty, and a, b in the template → ",
			"changed by hand: Route (AWS::ApiGatewayV2::Route): of GET / Target is integrations/int2, and integrations/int1 in the template → ",
			"changed by hand: Http (AWS::ApiGatewayV2::Api): the route $default was added → ",
		}},
		{"an alias", func(c *cloud) { c.alias.FunctionVersion = aws.String("2") }, []string{
			"changed by hand: Live (AWS::Lambda::Alias): FunctionVersion is 2, and 3 in the template → ",
		}},
		{"weights of an alias", func(c *cloud) { c.alias.RoutingConfig = weights("2", 0.1) }, []string{
			"canary left behind: Live (AWS::Lambda::Alias): version 2 serves 10 % of the calls beside 3; no release of the records in this " +
				"folder made it → portico release promote --function orders --alias live, or rollback",
		}},
		{"a canary that no record tells of", func(c *cloud) {
			c.standing = release.Position{Baseline: "dep0", Candidate: "dep1", Percent: 25}
		}, []string{
			"canary left behind: Stage (AWS::ApiGateway::Stage): the stage serves dep0, and dep1 with 25 %; no release of the records in " +
				"this folder made it → portico release promote --stack shop, or rollback",
		}},
		{"a deployment that was not released", func(c *cloud) {
			c.standing = release.Position{Baseline: "dep0"}
		}, []string{
			"not released: Stage (AWS::ApiGateway::Stage): the stage serves dep0, and the template's deployment is dep1 → " +
				"portico release start --stack shop",
		}},
		{"parameters that the stage does not follow", func(c *cloud) {
			c.refused = &release.Refusal{Why: "somebody changed the stage by hand"}
		}, []string{
			"release disagrees: Stage (AWS::ApiGateway::Stage): somebody changed the stage by hand → " +
				"portico release promote --stack shop, or rollback",
		}},
		{"a stack that is not there", func(c *cloud) { c.gone = true }, []string{
			"not deployed: : the stack is not there → cdk deploy shop",
		}},
		{"a stack under way", func(c *cloud) { c.stack.StackStatus = types.StackStatusUpdateInProgress }, []string{
			"stack shop: it is UPDATE_IN_PROGRESS; ask again when that is done",
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newCloud()
			row.change(c)
			got := strings.Split(lines(check(t, c, t.TempDir(), template)), "\n")
			for _, want := range row.want {
				found := false
				for _, line := range got {
					found = found || line == want
				}
				if !found {
					t.Errorf("there is no line\n%s\namong\n%s", want, strings.Join(got, "\n"))
				}
			}
			if len(got) != len(row.want) {
				t.Errorf("there are %d findings, want %d:\n%s", len(got), len(row.want), strings.Join(got, "\n"))
			}
		})
	}
}

func TestAStageThatNoReleaseMoves(t *testing.T) {
	body := strings.ReplaceAll(template, "ReleaseBaseline", "Pin")
	c := newCloud()
	c.body = body
	c.stack.Parameters[0].ParameterKey = aws.String("Pin")
	c.stage.DeploymentId = aws.String("dep9")
	c.stage.CanarySettings = &resttypes.CanarySettings{DeploymentId: aws.String("dep1"), PercentTraffic: 5}
	got := lines(check(t, c, t.TempDir(), body))
	for _, want := range []string{
		"DeploymentId is dep9, and dep1 in the template",
		"deployment dep1 serves 5 % of the calls as a canary, which the template does not have → " +
			"portico release rollback --api api1 --stage dev, or promote",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
}

func TestTemplatesThatWereNotDeployed(t *testing.T) {
	wanted := strings.NewReplacer(
		`"PathPart":"orders"`, `"PathPart":"carts"`,
		`"aws:cdk:path":"a"`, `"aws:cdk:path":"b"`,
		`"Default":{`, `"Renamed":{`,
		`"ReleaseApi":{"Value":{"Ref":"Api"}}`, `"ReleaseApi":{"Value":{"Ref":"Http"}}`,
	).Replace(template)
	got := lines(check(t, newCloud(), t.TempDir(), wanted))
	want := strings.Join([]string{
		"not deployed: Default (AWS::ApiGatewayV2::Stage): it is deployed, and no longer in the template: resource → cdk deploy shop",
		"not deployed: Orders (AWS::ApiGateway::Resource): the template has another Properties.PathPart → cdk deploy shop",
		"not deployed: Renamed: it is in the template, and was not deployed: AWS::ApiGatewayV2::Stage → cdk deploy shop",
		"not deployed: ReleaseApi: the template has another Value → cdk deploy shop",
	}, "\n")
	if got != want {
		t.Errorf("the findings are\n%s\nwant\n%s", got, want)
	}
}
