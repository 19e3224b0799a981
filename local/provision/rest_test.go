package provision

import (
	"encoding/json"
	"testing"

	"portico/local/gateway/api"
)

// invocation returns what an integration calls for a function.
func invocation(name string) string {
	return "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/" +
		"arn:aws:lambda:us-east-1:123456789012:function:" + name + "/invocations"
}

func TestReadOfARESTAPI(t *testing.T) {
	app, ids := read(t, "rest.yaml", Options{})
	if len(app.REST) != 1 {
		t.Fatalf("got %d REST APIs, want 1", len(app.REST))
	}
	got := app.REST[0]
	compression := 1024
	want := api.REST{
		ID: ids["Api"], Name: "partner", APIKeySource: "AUTHORIZER",
		Account:                   api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		BinaryMediaTypes:          []string{"image/png", "application/pdf"},
		MinimumCompressionSize:    &compression,
		DisableExecuteAPIEndpoint: true,
		EndpointType:              "REGIONAL",
		Policy:                    json.RawMessage(`{"Statement":[],"Version":"2012-10-17"}`),
		Authorizers: map[string]api.RESTAuthorizer{ids["Check"]: {
			ID: ids["Check"], Name: "check", Type: "TOKEN", URI: invocation("authorizer"),
			IdentitySource: "method.request.header.Authorization", ResultTTL: 300,
		}},
		Models: builtInModels(),
		RequestValidators: map[string]api.RequestValidator{
			ids["Validator"]: {ValidateBody: true},
		},
		Deployments: []string{ids["Deployment"]},
		GatewayResponses: map[string]api.GatewayResponse{"ACCESS_DENIED": {
			Type: "ACCESS_DENIED", StatusCode: 404,
			Parameters: map[string]string{"gatewayresponse.header.X": "'1'"},
		}},
	}
	want.Models["Order"] = api.Model{
		Name: "Order", ContentType: "application/json",
		Schema: json.RawMessage(`{"type":"object"}`),
	}
	// These have tests of their own.
	want.Resources, want.Stages, want.UsagePlans = got.Resources, got.Stages, got.UsagePlans
	equal(t, "the REST API", want, got)
}

func TestReadOfRESTMethods(t *testing.T) {
	app, ids := read(t, "rest.yaml", Options{})
	got := map[string]api.Resource{}
	for _, resource := range app.REST[0].Resources {
		got[resource.Path] = resource
	}
	if len(got) != 3 || got["/orders"].Methods != nil {
		t.Errorf("got resources %v, want /, /orders without methods, /orders/{id}", got)
	}
	equal(t, "GET /orders/{id}", api.Method{
		AuthorizationType: "CUSTOM", AuthorizerID: ids["Check"], APIKeyRequired: true,
		OperationName: "GetOrder", RequestValidatorID: ids["Validator"],
		RequestParameters: map[string]bool{
			"method.request.path.id": true, "method.request.header.If-Match": false,
		},
		RequestModels: map[string]string{"application/json": "Order", "text/plain": "Empty"},
		Integration: api.Integration{
			Type: "AWS_PROXY", HTTPMethod: "POST", URI: invocation("orders"),
			PassthroughBehavior: "WHEN_NO_MATCH", TimeoutMillis: 5000, ConnectionType: "INTERNET",
			CacheNamespace: ids["Order"], ResponseMode: "BUFFERED",
			CacheKeyParameters: []string{"method.request.path.id"},
		},
	}, got["/orders/{id}"].Methods["GET"])
	equal(t, "GET /", api.Method{
		AuthorizationType: "NONE",
		Responses: map[string]api.MethodResponse{
			"200": {Parameters: map[string]bool{"method.response.header.X": true}},
		},
		Integration: api.Integration{
			Type: "MOCK", PassthroughBehavior: "NEVER", TimeoutMillis: 29_000,
			ConnectionType: "INTERNET", CacheNamespace: got["/"].ID, ResponseMode: "BUFFERED",
			RequestTemplates: map[string]string{"application/json": `{"statusCode":200}`},
			Responses: []api.IntegrationResponse{{
				StatusCode: "200",
				Templates:  map[string]string{"application/json": `{"status":"ok"}`},
				Parameters: map[string]string{"method.response.header.X": "'1'"},
			}},
		},
	}, got["/"].Methods["GET"])
}

func TestReadOfRESTStages(t *testing.T) {
	app, ids := read(t, "rest.yaml", Options{})
	all := &api.Throttle{Rate: 100.5, Burst: 50}
	settings := func(s api.MethodSettings) api.MethodSettings {
		s.RequireAuthorizationForCacheControl = true
		s.UnauthorizedCacheControlHeaderStrategy = "SUCCEED_WITH_RESPONSE_HEADER"
		return s
	}
	equal(t, "stages", []api.Stage{
		{
			Name: "early", DeploymentID: ids["Deployment"], Variables: map[string]string{"a": "b"},
			MethodSettings: map[string]api.MethodSettings{"*/*": settings(api.MethodSettings{
				Throttle:     &api.Throttle{Rate: 10_000, Burst: 7}, // the account's rate
				LoggingLevel: "OFF", CacheTTL: 300,
			})},
		}, {
			Name: "dev", DeploymentID: ids["Deployment"],
			Variables:      map[string]string{"limit": "5"},
			AccessLog:      &api.AccessLog{DestinationARN: "arn:log", Format: "$context.requestId"},
			TracingEnabled: true,
			WebACL:         "arn:acl",
			Canary: &api.Canary{
				PercentTraffic: 5, Variables: map[string]string{"limit": "6"}, UseStageCache: true,
			},
			MethodSettings: map[string]api.MethodSettings{
				"*/*": settings(api.MethodSettings{
					Throttle: all, LoggingLevel: "INFO", CacheTTL: 300,
				}),
				"/orders/{id}/GET": settings(api.MethodSettings{
					Throttle: all, LoggingLevel: "INFO", CacheEnabled: true, CacheTTL: 60,
				}),
				"//GET": settings(api.MethodSettings{
					Throttle: &api.Throttle{Rate: 1, Burst: 50}, LoggingLevel: "INFO", CacheTTL: 300,
				}),
			},
			CacheClusterSize: "1.6",
		},
	}, app.REST[0].Stages)
}

func TestReadOfUsagePlans(t *testing.T) {
	app, ids := read(t, "rest.yaml", Options{})
	got := app.REST[0].UsagePlans
	if len(got) != 1 || len(got[0].Keys) != 2 {
		t.Fatalf("got %+v, want one plan with two keys", got)
	}
	equal(t, "usage plans", []api.UsagePlan{{
		ID: ids["Plan"], Name: "basic",
		Throttle: &api.Throttle{Rate: 10, Burst: 20},
		Quota:    &api.Quota{Limit: 1000, Period: "MONTH"},
		Stages: []api.UsagePlanStage{{
			APIID: ids["Api"], Stage: "dev",
			Throttle: map[string]api.Throttle{"/orders/{id}/GET": {Rate: 1, Burst: 2}},
		}},
		Keys: []api.APIKey{
			// CloudFormation leaves a key disabled that does not say otherwise.
			{ID: ids["Disabled"], Name: "Disabled", Value: got[0].Keys[0].Value},
			{ID: ids["Key"], Name: "acme", Value: "acme-0123456789-acme", Enabled: true},
		},
	}}, got)
	if len(got[0].Keys[0].Value) != 40 {
		t.Errorf("got a generated key of %q, want 40 characters", got[0].Keys[0].Value)
	}
}
