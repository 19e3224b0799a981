package main

import (
	"slices"
	"strings"
	"testing"

	"portico/infra/settings"
)

// shifted calls f for every alias that CodeDeploy moves, with its deployment group.
func shifted(t *testing.T, f func(t *testing.T, alias, group resource)) {
	t.Helper()
	every(t, func(t *testing.T, r resource) {
		if strings.HasSuffix(r.Stack, "-releases") {
			return // of the hook itself: CodeDeploy asks the newest
		}
		update, _ := r.UpdatePolicy["CodeDeployLambdaAliasUpdate"].(map[string]any)
		named, _ := update["DeploymentGroupName"].(map[string]any)
		for _, group := range synthesized(t, environmentOf(r)).of("AWS::CodeDeploy::DeploymentGroup") {
			if group.Stack == r.Stack && group.ID == named["Ref"] {
				f(t, r, group)
				return
			}
		}
		t.Errorf("jumps to a new version: its update policy is %s", text(r.UpdatePolicy))
	}, "AWS::Lambda::Alias")
}

func environmentOf(r resource) string {
	return strings.Split(r.Stack, "-")[1]
}

func TestEveryAliasIsMovedByCodeDeployOnceTheHookAgrees(t *testing.T) {
	schedules := map[string]string{
		"dev": "CodeDeployDefault.LambdaAllAtOnce", "sit": "CodeDeployDefault.LambdaCanary10Percent5Minutes",
		"uat":  "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
		"prod": "CodeDeployDefault.LambdaCanary10Percent10Minutes",
	}
	shifted(t, func(t *testing.T, alias, group resource) {
		update := alias.UpdatePolicy["CodeDeployLambdaAliasUpdate"].(map[string]any)
		a, environment := synthesized(t, environmentOf(alias)), environmentOf(alias)
		hook := ""
		for _, f := range a.of("AWS::Lambda::Function") {
			if f.Metadata["portico:source"] == "functions/release-check" {
				hook, _ = f.at("FunctionName").(string)
			}
		}
		if got := update["BeforeAllowTrafficHook"]; got != hook || hook == "" {
			t.Errorf("asks %v, want %s", got, hook)
		}
		for property, want := range map[string]string{
			"DeploymentConfigName": `"` + schedules[environment] + `"`,
			"DeploymentStyle":      `{"DeploymentOption":"WITH_TRAFFIC_CONTROL","DeploymentType":"BLUE_GREEN"}`,
			"AutoRollbackConfiguration": `{"Enabled":true,"Events":["DEPLOYMENT_FAILURE",` +
				`"DEPLOYMENT_STOP_ON_REQUEST","DEPLOYMENT_STOP_ON_ALARM"]}`,
			"ApplicationName": text(update["ApplicationName"]),
		} {
			if got := text(group.at(strings.Split(property, ".")...)); got != want {
				t.Errorf("%s = %s, want %s", property, got, want)
			}
		}
		if !strings.Contains(text(alias.DependsOn), `"`+group.ID+`"`) {
			t.Errorf("may move before its group is ready: it depends on %s", text(alias.DependsOn))
		}
	})
}

func TestReleasesOfFunctionsAreTakenBackByAlarms(t *testing.T) {
	shifted(t, func(t *testing.T, alias, group resource) {
		alarms := text(group.at("AlarmConfiguration"))
		for _, alarm := range synthesized(t, environmentOf(alias)).of("AWS::CloudWatch::Alarm") {
			if alarm.Stack != group.Stack || !strings.Contains(alarms, `{"Ref":"`+alarm.ID+`"}`) {
				continue
			}
			version := text(alias.at("FunctionVersion"))
			if metrics := text(alarm.at("Metrics")); !strings.Contains(metrics,
				`{"Name":"ExecutedVersion","Value":`+version+`}`) || !strings.Contains(metrics, `:live"}`) {
				t.Errorf("its alarm does not look at the new version %s behind the alias: %s", version, metrics)
			}
			if !strings.Contains(text(group.DependsOn), `"`+alarm.ID+`"`) {
				t.Errorf("its alarm may still look at the old version: %s", text(group.DependsOn))
			}
			return
		}
		t.Errorf("no alarm of its stack takes it back: %s", alarms)
	})
}

func TestTheHookMayAskVersionsOfTheseFunctionsAlone(t *testing.T) {
	for _, environment := range settings.Names() {
		a := synthesized(t, environment)
		prefix := "portico-" + environment + "-"
		want := map[string]bool{}
		for _, group := range a.of("AWS::CodeDeploy::DeploymentGroup") {
			name := group.at("DeploymentGroupName").(string)
			want[":function:"+prefix+name+":*"] = true
			want[":deploymentgroup:"+group.Stack+"/"+name] = true
		}
		got := map[string]bool{}
		for _, policy := range a.of("AWS::IAM::Policy") {
			if policy.Stack != prefix+"releases" {
				continue
			}
			for _, s := range statements(policy) {
				if action := text(s["Action"]); !strings.Contains(action, "codedeploy:") &&
					action != `"lambda:InvokeFunction"` {
					continue
				}
				resources, ok := s["Resource"].([]any)
				if !ok {
					resources = []any{s["Resource"]}
				}
				for _, r := range resources {
					got[lastOf(r)] = true
				}
			}
		}
		for name := range want {
			if !got[name] {
				t.Errorf("%s: the hook may not use %s", environment, name)
			}
		}
		if len(got) != len(want) || len(want) != 8 {
			t.Errorf("%s: the hook may use %v, want %v", environment, got, want)
		}
	}
}

// lastOf is the text that an ARN made by Fn::Join ends with.
func lastOf(arn any) string {
	join, _ := arn.(map[string]any)["Fn::Join"].([]any)
	if len(join) != 2 {
		return text(arn)
	}
	parts, _ := join[1].([]any)
	last, _ := parts[len(parts)-1].(string)
	return last
}

func TestOnlyCodeDeployOfThisApplicationTakesTheRole(t *testing.T) {
	found := 0
	every(t, func(t *testing.T, r resource) {
		trust := text(r.at("AssumeRolePolicyDocument"))
		if !strings.Contains(trust, "codedeploy.amazonaws.com") {
			return
		}
		found++
		for _, want := range []string{"aws:SourceAccount", ":deploymentgroup:" + r.Stack + "/*"} {
			if !strings.Contains(trust, want) {
				t.Errorf("is trusted without %s: %s", want, trust)
			}
		}
	}, "AWS::IAM::Role")
	if found != 3*len(settings.Names()) {
		t.Errorf("looked at %d roles", found)
	}
}

// TestNothingIsInvokedAsynchronously wants that whoever adds what AWS invokes functions for without
// waiting also keeps the events that are lost.
func TestNothingIsInvokedAsynchronously(t *testing.T) {
	sources := []string{
		"AWS::Events::Rule", "AWS::Scheduler::Schedule", "AWS::S3::Bucket", "AWS::IoT::TopicRule",
		"AWS::Lambda::EventInvokeConfig", "AWS::SES::ReceiptRule", "AWS::Config::ConfigRule",
	}
	for _, environment := range settings.Names() {
		for _, r := range synthesized(t, environment).resources {
			lambdaTopic := r.Type == "AWS::SNS::Subscription" && r.at("Protocol") == "lambda"
			asynchronous := strings.Contains(text(r.Properties), "X-Amz-Invocation-Type")
			if slices.Contains(sources, r.Type) || lambdaTopic || asynchronous {
				t.Errorf("%s: %s (%s) may invoke a function that nobody waits for: give the function a "+
					"destination on failure, and say so in constructs.Function", r.Stack, r.ID, r.Type)
			}
		}
	}
}

func TestFulfilmentIsCalledThroughAVPCLinkWhereTheSettingsSaySo(t *testing.T) {
	balancer := "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/fulfilment/1"
	a := changed(t, func(s *settings.Settings) {
		s.FulfilmentBalancer = settings.LoadBalancer{
			ARN: balancer, Subnets: []string{"subnet-1", "subnet-2"}, SecurityGroups: []string{"sg-1"},
		}
	})
	links := a.of("AWS::ApiGatewayV2::VpcLink")
	if len(links) != 1 {
		t.Fatalf("there are %d VPC links", len(links))
	}
	for _, m := range a.of("AWS::ApiGateway::Method") {
		if m.at("Integration", "ConnectionType") != "VPC_LINK" {
			continue
		}
		for property, want := range map[string]string{
			"ConnectionId":      `{"Ref":"` + links[0].ID + `"}`,
			"IntegrationTarget": `"` + balancer + `"`,
			"Uri":               `"https://${stageVariables.fulfilmentHost}/{proxy}"`,
			"Type":              `"HTTP_PROXY"`,
		} {
			if got := text(m.at("Integration", property)); got != want {
				t.Errorf("%s = %s, want %s", property, got, want)
			}
		}
		return
	}
	t.Error("no method goes through the link")
}
