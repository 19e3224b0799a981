package cost

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/cloudformation"
)

const shop = `
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties: { FunctionName: orders, MemorySize: 512, Architectures: [arm64],
      Role: arn:aws:iam::123456789012:role/r, Code: { S3Bucket: b, S3Key: k } }
  Gate:
    Type: AWS::Lambda::Function
    Properties: { FunctionName: gate, Role: arn:aws:iam::123456789012:role/r, Code: { S3Bucket: b, S3Key: k } }
  Rest: { Type: AWS::ApiGateway::RestApi, Properties: { Name: shop-partner } }
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Rest
      ResourceId: !GetAtt Rest.RootResourceId
      HttpMethod: GET
      AuthorizationType: NONE
      ApiKeyRequired: true
      Integration: { Type: AWS_PROXY, IntegrationHttpMethod: POST,
        Uri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Orders.Arn}:live/invocations" }
  Asked: { Type: AWS::ApiGateway::Authorizer, Properties: { RestApiId: !Ref Rest, Name: a, Type: TOKEN,
    IdentitySource: method.request.header.Authorization,
    AuthorizerUri: !Sub "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/${Gate.Arn}/invocations" } }
  Deployment: { Type: AWS::ApiGateway::Deployment, DependsOn: Get, Properties: { RestApiId: !Ref Rest } }
  Stage:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Rest
      StageName: dev
      DeploymentId: !Ref Deployment
      CacheClusterEnabled: true
      CacheClusterSize: "0.5"
      TracingEnabled: true
      MethodSettings: [{ HttpMethod: "*", ResourcePath: "/*", MetricsEnabled: true }]
  Http: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: shop-public, ProtocolType: HTTP } }
  Socket: { Type: AWS::ApiGatewayV2::Api, Properties: { Name: shop-live, ProtocolType: WEBSOCKET,
    RouteSelectionExpression: $request.body.action } }
  Table: { Type: AWS::DynamoDB::Table, Properties: { BillingMode: PAY_PER_REQUEST,
    AttributeDefinitions: [{ AttributeName: id, AttributeType: S }], KeySchema: [{ AttributeName: id, KeyType: HASH }] } }
  Queue: { Type: AWS::SQS::Queue, Properties: { QueueName: q } }
  Source: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: !Ref Orders, EventSourceArn: !GetAtt Queue.Arn } }
  Wall: { Type: AWS::WAFv2::WebACL, Properties: { Name: wall, Scope: REGIONAL, DefaultAction: { Allow: {} },
    VisibilityConfig: { CloudWatchMetricsEnabled: true, MetricName: m, SampledRequestsEnabled: true }, Rules: [{}, {}] } }
  Before: { Type: AWS::WAFv2::WebACLAssociation, Properties: { WebACLArn: !GetAtt Wall.Arn,
    ResourceArn: !Sub "arn:aws:apigateway:us-east-1::/restapis/${Rest}/stages/${Stage}" } }
  Alarm: { Type: AWS::CloudWatch::Alarm, Properties: { Metrics: [{ Id: a, MetricStat: {} }, { Id: b, MetricStat: {} },
    { Id: c, Expression: a/b }] } }
  Key: { Type: AWS::KMS::Key, Properties: {} }
`

func shopInfrastructure(t *testing.T) *Infrastructure {
	t.Helper()
	file := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(file, []byte(shop), 0o600); err != nil {
		t.Fatal(err)
	}
	assembly, err := cloudformation.Load(file, cloudformation.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return Read(assembly)
}

func kb(n float64) *float64 { return &n }

func TestEstimate(t *testing.T) {
	i := shopInfrastructure(t)
	e := New(i, &Traffic{
		Source: "a test", Assume: Assumed(),
		APIs: map[string]APITraffic{
			"shop-partner": {Requests: 1e6},
			"shop-public":  {Requests: 2e6, ResponseKB: kb(600)}, // two pieces of 512 KB each
			"shop-live":    {Requests: 3e6, RequestKB: kb(33), Connections: 1000},
		},
	})
	for _, row := range []struct {
		item          string
		quantity, usd float64
	}{
		{"REST API calls", 1e6, 3.50},
		{"HTTP API calls, each begun 512 KB", 4e6, 4},
		{"WebSocket messages, each begun 32 KB", 6e6, 6},
		{"WebSocket connections", 10_000, 0},
		{"cache of 0.5 GB", 730, 14.60},
		// The route's function for every call, the authorizer's for a tenth.
		{"requests", 1.1e6, 0.22},
		{"arm64", 1e6 * 0.05 * 0.5, 0.33},
		{"x86_64", 1e5 * 0.05 / 8, 0.01},
		{"web ACLs", 1, 5},
		{"rules and rule groups", 2, 2},
		{"alarms, each metric", 2, 0.20},
		{"metrics beyond AWS's own", 5, 1.50},
		{"keys", 1, 1},
		// Five pollers, every 20 seconds: 657,000 requests.
		{"requests, standard, each begun 64 KB", 657_000, 0.26},
		{"reads on demand", 1.1e6, 0.14},
		{"writes on demand", 0.55e6, 0.34},
	} {
		t.Run(row.item, func(t *testing.T) {
			for _, line := range e.Lines {
				if line.Item == row.item && near(line.Quantity, row.quantity) {
					if !near(line.USD, row.usd) {
						t.Errorf("it costs %v, want %v", line.USD, row.usd)
					}
					return
				}
			}
			t.Errorf("there is no line of %v %s in %+v", row.quantity, row.item, e.Lines)
		})
	}
	total := 0.0
	for _, line := range e.Lines {
		total += line.USD
	}
	if !near(total, e.USD) {
		t.Errorf("the total is %v, the lines make %v", e.USD, total)
	}
	if len(e.NotCounted) != 1 || e.NotCounted[0] != "traces of stages (1)" {
		t.Errorf("not counted: %v", e.NotCounted)
	}
}

func TestTheSameCallsOnEitherKind(t *testing.T) {
	e := New(shopInfrastructure(t), &Traffic{Assume: Assumed(), APIs: map[string]APITraffic{
		"shop-partner": {Requests: 10e6}, "shop-public": {Requests: 10e6},
	}})
	if len(e.Comparison) != 2 {
		t.Fatalf("%d APIs are compared, want the REST and the HTTP API", len(e.Comparison))
	}
	rest, http := e.Comparison[0], e.Comparison[1]
	if !near(rest.REST, 35+14.60) || !near(rest.HTTP, 10) {
		t.Errorf("the REST API: %+v", rest)
	}
	if !near(http.REST, 35) || !near(http.HTTP, 10) || len(http.Needs) != 0 {
		t.Errorf("the HTTP API: %+v", http)
	}
	if got := strings.Join(rest.Needs, ", "); got != "API keys, a cache of replies, a web ACL" {
		t.Errorf("it uses %q", got)
	}
}

func TestRecordedFunctionsWin(t *testing.T) {
	e := New(shopInfrastructure(t), &Traffic{
		Assume: Assumed(), APIs: map[string]APITraffic{"shop-partner": {Requests: 1e6}},
		Functions: map[string]FunctionTraffic{"orders": {Invocations: 5e6, Milliseconds: 100}},
	})
	for _, line := range e.Lines {
		if line.Item == "arm64" && !near(line.Quantity, 5e6*0.1*0.5) {
			t.Errorf("arm64: %v GB-s", line.Quantity)
		}
	}
}

func TestRates(t *testing.T) {
	i := shopInfrastructure(t)
	same := Naming{
		API:      func(called string) (string, error) { return "shop-" + called, nil },
		Function: func(called string) (string, error) { return called, nil },
	}
	write := func(t *testing.T, text string) string {
		t.Helper()
		file := filepath.Join(t.TempDir(), "rates.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	rates, err := ReadRates(write(t, "requests: 1000\napis:\n  public: {requests: 5, responseKB: 0.5}\n"+
		"functions:\n  orders: {invocations: 7}\nassume: {tableGB: 3}\n"))
	if err != nil {
		t.Fatal(err)
	}
	traffic, err := rates.Traffic(i, same)
	if err != nil {
		t.Fatal(err)
	}
	if traffic.APIs["shop-partner"].Requests != 1000 || traffic.APIs["shop-public"].Requests != 5 ||
		*traffic.APIs["shop-public"].ResponseKB != 0.5 || traffic.Functions["orders"].Invocations != 7 ||
		traffic.Assume.TableGB != 3 || traffic.Assume.ResponseKB != 4 {
		t.Errorf("the traffic is %+v", traffic)
	}
	for name, row := range map[string]struct{ text, want string }{
		"an unknown key names its line": {"requests: 1\nrequest: 2\n", "line 2"},
		"no YAML names its line":        {"requests: [1\n", " at L1."},
		"less than nothing":             {"requests: -1\n", "requests: -1 is less than nothing"},
		"less than nothing of an API":   {"apis: {public: {messages: -3}}\n", "apis.public: -3 is less"},
		"less than nothing of a function": {
			"functions: {orders: {milliseconds: -3}}\n", "functions.orders: -3 is less",
		},
		"what is no number":  {"requests: .nan\n", "requests: NaN is no number of a month"},
		"without an end":     {"apis: {public: {requests: .inf}}\n", "apis.public: +Inf is no number"},
		"more than all":      {"assume: {authorizerShare: 3}\n", "3 is more than all requests"},
		"no number of calls": {"functions: {orders: {invocations: .nan}}\n", "functions.orders: NaN"},
		"an empty file":      {"", "is empty, want rates"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := ReadRates(write(t, row.text)); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("the error is %v, want one with %q", err, row.want)
			}
		})
	}
}

func TestRatesThatNameOneThingTwiceAreRefused(t *testing.T) {
	alike := func(string) (string, error) { return "shop-public", nil }
	for text, rates := range map[string]Rates{
		"the API shop-public is given twice, as public and as shop-public": {
			APIs: map[string]APIRates{"public": {}, "shop-public": {}},
		},
		"the function shop-public is given twice": {
			Functions: map[string]FunctionRates{"a": {}, "b": {}},
		},
	} {
		_, err := rates.Traffic(&Infrastructure{}, Naming{API: alike, Function: alike})
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("the error is %v, want one with %q", err, text)
		}
	}
}

func FuzzRates(f *testing.F) {
	f.Add("requests: 1\napis: {public: {requests: 2}}\n")
	f.Add("{")
	file := filepath.Join(f.TempDir(), "rates.yaml")
	f.Fuzz(func(t *testing.T, text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		rates, err := ReadRates(file)
		if err == nil && !(rates.Requests >= 0 && rates.Requests < 1e15) {
			t.Errorf("%q gives %v requests", text, rates.Requests)
		}
	})
}
