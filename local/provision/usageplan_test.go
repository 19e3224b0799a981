package provision

import (
	"strings"
	"testing"

	"portico/local/cloudformation/coverage"
)

func withPlan(id, properties string) string {
	return "  " + id + ": {Type: AWS::ApiGateway::UsagePlan, Properties: {" + properties + "}}\n"
}

func withKey(id, value string) string {
	return "  " + id + ": {Type: AWS::ApiGateway::ApiKey, Properties: {Value: " + value + "}}\n"
}

func withPlanKey(id, plan, key string) string {
	return "  " + id + ": {Type: AWS::ApiGateway::UsagePlanKey, Properties: {KeyType: API_KEY, " +
		"KeyId: !Ref " + key + ", UsagePlanId: !Ref " + plan + "}}\n"
}

const plannedStage = restPart + "  G: {Type: AWS::ApiGateway::Method, Properties: " + onRoot + mock + "}}\n" +
	"  D: {Type: AWS::ApiGateway::Deployment, DependsOn: G, Properties: {RestApiId: !Ref Api}}\n" +
	"  S: {Type: AWS::ApiGateway::Stage, Properties: {RestApiId: !Ref Api, StageName: dev, DeploymentId: !Ref D}}\n"

func TestUsagePlansThatAWSRefuses(t *testing.T) {
	const stages = "ApiStages: [{ApiId: !Ref Api, Stage: dev}]"
	for _, r := range []struct{ name, template, want string }{
		{
			"an offset of a day", withPlan("P", "Quota: {Limit: 5, Offset: 1, Period: DAY}"),
			"property Quota.Offset = 1: Usage Plan quota offset must be zero in the DAY period",
		}, {
			"too much of an offset of a week", withPlan("P", "Quota: {Limit: 5, Offset: 7, Period: WEEK}"),
			"Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period",
		}, {
			"too much of an offset of a month", withPlan("P", "Quota: {Limit: 5, Offset: 28, Period: MONTH}"),
			"Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period",
		}, {
			"a negative offset", withPlan("P", "Quota: {Limit: 5, Offset: -1, Period: MONTH}"),
			"Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period",
		}, {
			"a negative limit", withPlan("P", "Quota: {Limit: -5, Period: MONTH}"),
			"property Quota.Limit = -5: Usage Plan quota limit must be a non-negative numeric",
		}, {
			"a period that is none", withPlan("P", "Quota: {Limit: 5, Period: YEAR}"),
			"property Quota.Period = \"YEAR\": want one of DAY, WEEK, MONTH",
		}, {
			"a value of two keys", withKey("K", "0123456789abcdefghij") + withKey("L", "0123456789abcdefghij"),
			"resource L (AWS::ApiGateway::ApiKey), property Value = \"0123456789abcdefghij\": API Key already exists",
		}, {
			"a key in two plans of a stage", plannedStage + withKey("K", "0123456789abcdefghij") +
				withPlan("P", stages) + withPlan("Q", stages) + withPlanKey("A", "P", "K") +
				withPlanKey("B", "Q", "K"),
			"API key K is in usage plan P of this stage too; a key may be in one plan per stage",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			got := broken(t, r.template)
			if strings.Count(got, r.want) != 1 {
				t.Errorf("got %q, want it to say once %q", got, r.want)
			}
		})
	}
}

func TestLimitsOfMethodsOfAWebSocketAPIAreReported(t *testing.T) {
	app, err := readText(t, "Resources:\n  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: w, ProtocolType: WEBSOCKET, "+
		"RouteSelectionExpression: $request.body.action}}\n"+
		"  S: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: dev, AutoDeploy: true}}\n"+
		withPlan("P", "Throttle: {RateLimit: 1, BurstLimit: 2}, ApiStages: [{ApiId: !Ref Api, Stage: dev, "+
			"Throttle: {/a/GET: {RateLimit: 1, BurstLimit: 1}}}]"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, finding := range app.Findings {
		if finding.Status == coverage.NotHonoured {
			found = append(found, finding.Resource+" "+finding.Property)
		}
	}
	equal(t, "findings", []string{"P ApiStages[].Throttle"}, found)
	if got := app.WebSocket[0].UsagePlans[0].Throttle; got == nil || got.Rate != 1 || got.Burst != 2 {
		t.Errorf("the throttle of the plan is %+v", got)
	}
}
