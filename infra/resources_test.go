package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"portico/infra/settings"
)

func TestNoRoleMayDoEverything(t *testing.T) {
	every(t, func(t *testing.T, r resource) {
		for _, s := range statements(r) {
			if s["Effect"] != "Allow" {
				continue
			}
			if actions := text(s["Action"]); strings.Contains(actions, "*") {
				t.Errorf("allows %s", actions)
			}
			// X-Ray knows no resources ("Actions, resources, and condition keys for AWS X-Ray").
			if s["Resource"] == "*" && !strings.Contains(text(s["Action"]), "xray:") {
				t.Errorf("allows %s on every resource", text(s["Action"]))
			}
		}
	}, "AWS::IAM::Policy")
	every(t, func(t *testing.T, r resource) {
		if r.at("Policies") != nil {
			t.Error("has an inline policy, which no other test sees")
		}
		if managed := text(r.at("ManagedPolicyArns")); managed != "null" &&
			!strings.Contains(managed, "AmazonAPIGatewayPushToCloudWatchLogs") {
			t.Errorf("has managed policies %s", managed)
		}
	}, "AWS::IAM::Role")
}

func statements(r resource) []map[string]any {
	list, _ := r.at("PolicyDocument", "Statement").([]any)
	var all []map[string]any
	for _, s := range list {
		if m, ok := s.(map[string]any); ok {
			all = append(all, m)
		}
	}
	return all
}

func TestProdKeepsItsData(t *testing.T) {
	kept := map[string]string{
		"AWS::DynamoDB::Table":   "DeletionProtectionEnabled",
		"AWS::Cognito::UserPool": "DeletionProtection",
		"AWS::SQS::Queue":        "",
		"AWS::Logs::LogGroup":    "",
	}
	found := map[string]bool{}
	for _, r := range synthesized(t, "prod").resources {
		protection, ok := kept[r.Type]
		if !ok {
			continue
		}
		found[r.Type] = true
		if r.DeletionPolicy != "Retain" {
			t.Errorf("%s: %s has deletion policy %q, want Retain", r.Stack, r.ID, r.DeletionPolicy)
		}
		if value := r.at(protection); protection != "" && value != true && value != "ACTIVE" {
			t.Errorf("%s: %s has %s %v", r.Stack, r.ID, protection, value)
		}
		if r.Type == "AWS::DynamoDB::Table" && r.at("PointInTimeRecoverySpecification",
			"PointInTimeRecoveryEnabled") != true {
			t.Errorf("%s: %s has no continuous backup", r.Stack, r.ID)
		}
	}
	if len(found) != len(kept) {
		t.Errorf("looked at %v only", found)
	}
}

func TestDevLeavesNothingBehind(t *testing.T) {
	for _, r := range synthesized(t, "dev").resources {
		// Published versions go with their function, deployments with their API; the account's role
		// belongs to everybody.
		if r.DeletionPolicy == "Retain" && r.Type != "AWS::Lambda::Version" &&
			r.Type != "AWS::ApiGateway::Deployment" && r.Stack != "portico-account" {
			t.Errorf("%s: %s (%s) stays when its stack is deleted", r.Stack, r.ID, r.Type)
		}
	}
}

func TestEnvironmentsDiffer(t *testing.T) {
	rows := []struct {
		name string
		kind string
		path []string
	}{
		{"in how long logs are kept", "AWS::Logs::LogGroup", []string{"RetentionInDays"}},
		{
			"in the limit of HTTP and WebSocket stages", "AWS::ApiGatewayV2::Stage",
			[]string{"DefaultRouteSettings", "ThrottlingRateLimit"},
		},
		{"in the limits of REST methods", "AWS::ApiGateway::Stage", []string{"MethodSettings"}},
		{"in the quota of partners", "AWS::ApiGateway::UsagePlan", []string{"Quota", "Limit"}},
		{
			"in the pages that may call", "AWS::ApiGatewayV2::Api",
			[]string{"CorsConfiguration", "AllowOrigins"},
		},
		{"in the web ACL's rate", "AWS::WAFv2::WebACL", []string{"Rules"}},
		{"in the fulfilment service", "AWS::ApiGateway::Stage", []string{"Variables"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			seen := map[string]string{}
			for _, environment := range settings.Names() {
				value := text(synthesized(t, environment).of(row.kind)[0].at(row.path...))
				if other, ok := seen[value]; ok {
					t.Errorf("%s and %s have the same %s: %s",
						environment, other, strings.Join(row.path, "."), value)
				}
				seen[value] = environment
			}
		})
	}
}

func TestCachedAnswersStayWithTheirCaller(t *testing.T) {
	for _, environment := range settings.Names() {
		a := synthesized(t, environment)
		cached := 0
		for _, m := range a.of("AWS::ApiGateway::Method") {
			keys, _ := m.at("Integration", "CacheKeyParameters").([]any)
			if len(keys) == 0 {
				continue
			}
			cached++
			if !slices.Contains(keys, any("method.request.header.Authorization")) {
				t.Errorf("%s: %s keeps answers by %s alone", m.Stack, m.ID, text(keys))
			}
			for _, key := range keys {
				if m.at("RequestParameters", key.(string)) == nil {
					t.Errorf("%s: %s does not declare its cache key %v", m.Stack, m.ID, key)
				}
			}
		}
		stage := a.of("AWS::ApiGateway::Stage")[0]
		if enabled := strings.Count(text(stage.at("MethodSettings")),
			`"CachingEnabled":true`); enabled != cached {
			t.Errorf("%s caches %d methods but %d have cache keys", environment, enabled, cached)
		}
	}
}

func TestQueueOutlivesItsConsumer(t *testing.T) {
	for _, environment := range settings.Names() {
		a := synthesized(t, environment)
		var timeout float64
		for _, f := range a.of("AWS::Lambda::Function") {
			if f.Metadata["portico:source"] == "functions/webhooks" {
				timeout = f.at("Timeout").(float64)
			}
		}
		for _, q := range a.of("AWS::SQS::Queue") {
			if q.at("RedrivePolicy") == nil {
				continue // the dead letters themselves
			}
			// "Using Lambda with Amazon SQS": at least six times the function's timeout.
			if visible, _ := q.at("VisibilityTimeout").(float64); visible < 6*timeout {
				t.Errorf("%s: %s hides a message for %v s while its consumer may take %v s",
					q.Stack, q.ID, visible, timeout)
			}
		}
		mapping := a.of("AWS::Lambda::EventSourceMapping")[0]
		if got := text(mapping.at("FunctionResponseTypes")); got != `["ReportBatchItemFailures"]` {
			t.Errorf("%s: one bad message fails its batch: %s", environment, got)
		}
	}
}

func TestWebACLStandsBeforeThePartnerStage(t *testing.T) {
	every(t, func(t *testing.T, r resource) {
		if arn := text(r.at("ResourceArn")); !strings.Contains(arn, "/restapis/") ||
			!strings.Contains(arn, "/stages/") {
			t.Errorf("protects %s, which is no stage", arn)
		}
	}, "AWS::WAFv2::WebACLAssociation")
	every(t, func(t *testing.T, r resource) {
		rules := text(r.at("Rules"))
		for _, want := range []string{
			"IPSetReferenceStatement", "RateBasedStatement", "AWSManagedRulesCommonRuleSet",
			"AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesSQLiRuleSet",
			"AWSManagedRulesAmazonIpReputationList",
		} {
			if !strings.Contains(rules, want) {
				t.Errorf("lacks %s", want)
			}
		}
	}, "AWS::WAFv2::WebACL")
}

func TestPartnerRefusalsCanBeReadByThePortalsPage(t *testing.T) {
	for _, environment := range settings.Names() {
		s, err := settings.For(environment)
		if err != nil {
			t.Fatal(err)
		}
		types := map[string]bool{}
		for _, r := range synthesized(t, environment).of("AWS::ApiGateway::GatewayResponse") {
			types[r.at("ResponseType").(string)] = true
			got := r.at("ResponseParameters", "gatewayresponse.header.Access-Control-Allow-Origin")
			if want := "'" + s.PortalOrigin + "'"; got != want {
				t.Errorf("%s: %s allows %v, want %s", r.Stack, r.ID, got, want)
			}
		}
		if !types["DEFAULT_4XX"] || !types["DEFAULT_5XX"] {
			t.Errorf("%s customises %v only", environment, types)
		}
	}
}

func TestTheDeploymentWaitsForAllItSnapshots(t *testing.T) {
	every(t, func(t *testing.T, r resource) {
		a := synthesized(t, strings.Split(r.Stack, "-")[1])
		depends := text(r.DependsOn)
		for _, other := range a.of("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse",
			"AWS::ApiGateway::Authorizer", "AWS::ApiGateway::Model") {
			if !strings.Contains(depends, `"`+other.ID+`"`) {
				t.Errorf("may be made before %s exists", other.ID)
			}
		}
	}, "AWS::ApiGateway::Deployment")
}

func TestThePartnerStageIsReleasedStepByStep(t *testing.T) {
	every(t, func(t *testing.T, r resource) {
		deployment := text(r.at("DeploymentId"))
		if !strings.Contains(deployment, `["ReleasePinned",{"Ref":"ReleaseBaseline"},{"Ref":"`) {
			t.Errorf("a deployment of the stack moves its calls: DeploymentId = %s", deployment)
		}
		named := regexp.MustCompile(`\{"Ref":"(ApiDeployment\w+)"\}`).FindStringSubmatch(deployment)
		a := synthesized(t, strings.Split(r.Stack, "-")[1])
		if newest := a.of("AWS::ApiGateway::Deployment")[0].ID; len(named) == 0 || named[1] != newest {
			t.Errorf("names %v, and the newest deployment is %s", named, newest)
		}
		canary := text(r.at("CanarySetting"))
		for _, want := range []string{
			`["ReleaseRunning",{"DeploymentId":{"Ref":"`, `"PercentTraffic":{"Ref":"ReleasePercent"}`,
			`{"Ref":"AWS::NoValue"}`,
		} {
			if !strings.Contains(canary, want) {
				t.Errorf("its canary lacks %s: %s", want, canary)
			}
		}
	}, "AWS::ApiGateway::Stage")
	every(t, func(t *testing.T, r resource) {
		if r.DeletionPolicy != "Retain" {
			t.Errorf("goes with the next one: deletion policy %q", r.DeletionPolicy)
		}
	}, "AWS::ApiGateway::Deployment")
}

func TestEveryTierHasAUsagePlanOfTheStage(t *testing.T) {
	for _, environment := range settings.Names() {
		s, err := settings.For(environment)
		if err != nil {
			t.Fatal(err)
		}
		quotas := map[string]float64{}
		for _, plan := range synthesized(t, environment).of("AWS::ApiGateway::UsagePlan") {
			quotas[plan.at("UsagePlanName").(string)], _ = plan.at("Quota", "Limit").(float64)
			if len(plan.at("ApiStages").([]any)) != 1 {
				t.Errorf("%s: %s opens no stage", environment, plan.ID)
			}
		}
		name := "portico-" + environment + "-partner"
		want := map[string]float64{name: float64(s.Plan.CallsPerDay)}
		for _, tier := range s.Tiers {
			want[name+"-"+tier.Name] = float64(s.Plan.CallsPerDay * tier.Times)
		}
		if !maps.Equal(quotas, want) {
			t.Errorf("%s: plans are %v, want %v", environment, quotas, want)
		}
	}
}
