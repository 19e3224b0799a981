package provision

import (
	"testing"

	"portico/local/gateway/api"
)

const quickFunction = "arn:aws:lambda:us-east-1:123456789012:function:orders"

func TestReadOfQuickCreatedAPIs(t *testing.T) {
	quick := func(properties string) string {
		return "  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: HTTP, " + properties + "}}\n"
	}
	integration := func(change func(*api.V2Integration)) map[string]api.V2Integration {
		i := api.V2Integration{
			ID: "quickcreate", Type: "AWS_PROXY", Method: "POST", URI: quickFunction, PayloadFormatVersion: "2.0",
			TimeoutMillis: 30_000, ConnectionType: "INTERNET", PassthroughBehavior: "WHEN_NO_MATCH",
		}
		change(&i)
		return map[string]api.V2Integration{i.ID: i}
	}
	route := api.Route{ID: "quickcreate", Key: "$default", AuthorizationType: "NONE", IntegrationID: "quickcreate"}
	stage := api.Stage{Name: "$default", AutoDeploy: true}
	named, overridden, tuned := route, route, stage
	named.Key = "GET /orders"
	overridden.AuthorizationType, overridden.OperationName = "AWS_IAM", "List"
	tuned.Variables = map[string]string{"tier": "test"}
	tuned.MethodSettings = map[string]api.MethodSettings{
		"*": {Throttle: &api.Throttle{Rate: 10, Burst: 20}, LoggingLevel: "OFF"},
	}
	rows := []struct {
		name, template string
		want           api.HTTP
	}{
		{"a function", quick("Target: '" + quickFunction + "', CredentialsArn: 'arn:role'"), api.HTTP{
			Integrations: integration(func(i *api.V2Integration) { i.Credentials = "arn:role" }), Routes: []api.Route{route}, Stages: []api.Stage{stage},
		}},
		{"a URL, by a route of its own", quick("Target: 'https://example.com/v1', RouteKey: GET /orders"), api.HTTP{
			Integrations: integration(func(i *api.V2Integration) {
				i.Type, i.Method, i.URI, i.PayloadFormatVersion = "HTTP_PROXY", "ANY", "https://example.com/v1", "1.0"
			}), Routes: []api.Route{named}, Stages: []api.Stage{stage},
		}},
		{"with overrides", quick("Target: '"+quickFunction+"'") + `
  Overrides:
    Type: AWS::ApiGatewayV2::ApiGatewayManagedOverrides
    Properties:
      ApiId: !Ref Api
      Integration: {PayloadFormatVersion: "1.0", TimeoutInMillis: 2000, Description: d}
      Route: {AuthorizationType: AWS_IAM, OperationName: List}
      Stage: {StageVariables: {tier: test}, DefaultRouteSettings: {ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20}}
`, api.HTTP{
			Integrations: integration(func(i *api.V2Integration) { i.PayloadFormatVersion, i.TimeoutMillis = "1.0", 2000 }),
			Routes:       []api.Route{overridden}, Stages: []api.Stage{tuned},
		}},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := readWhole(t, r.template).HTTP[0]
			equal(t, "API", r.want, api.HTTP{Integrations: got.Integrations, Routes: got.Routes, Stages: got.Stages})
		})
	}
}
