package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"portico/infra/settings"
)

func TestEveryAlarmTellsTheTopicAndNamesItsRunbook(t *testing.T) {
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	file := regexp.MustCompile(`Runbook: (docs/runbooks/\S+\.md)$`)
	every(t, func(t *testing.T, r resource) {
		if strings.HasSuffix(r.at("AlarmName").(string), "-release-errors") {
			return // CodeDeploy looks at it: TestReleasesOfFunctionsAreTakenBackByAlarms
		}
		for _, property := range []string{"AlarmActions", "OKActions"} {
			if actions := text(r.at(property)); !strings.Contains(actions, `{"Ref":"Alarms`) {
				t.Errorf("%s = %s, want the topic", property, actions)
			}
		}
		for property, want := range map[string]any{
			"TreatMissingData": "notBreaching", "EvaluationPeriods": 5.0, "DatapointsToAlarm": 3.0,
			"ComparisonOperator": "GreaterThanThreshold",
		} {
			if got := r.at(property); got != want {
				t.Errorf("%s = %v, want %v", property, got, want)
			}
		}
	}, "AWS::CloudWatch::Alarm")
	every(t, func(t *testing.T, r resource) {
		description, _ := r.at("AlarmDescription").(string)
		named := file.FindStringSubmatch(description)
		if named == nil {
			t.Fatalf("names no runbook: %q", description)
		}
		if _, err := os.Stat(filepath.Join(root, named[1])); err != nil {
			t.Errorf("%v", err)
		}
	}, "AWS::CloudWatch::Alarm")
}

func TestEverythingThatFailsIsWatched(t *testing.T) {
	for _, environment := range settings.Names() {
		got := map[string]bool{}
		for _, r := range synthesized(t, environment).of("AWS::CloudWatch::Alarm") {
			name, _ := r.at("AlarmName").(string)
			got[strings.TrimPrefix(name, "portico-"+environment+"-")] = true
		}
		for _, api := range []string{"partner", "public", "realtime"} {
			for _, kind := range []string{
				"5xx", "4xx", "latency", "throttled", "integration-errors", "authorizer-failures",
			} {
				if !got[api+"-"+kind] {
					t.Errorf("%s: nobody watches %s of %s", environment, kind, api)
				}
			}
		}
		for _, name := range []string{
			"orders-function-errors", "authorizer-function-errors", "realtime-function-errors",
			"webhooks-function-errors", "orders-function-throttles", "webhooks-dead-letters",
			"partner-waf-blocked",
		} {
			if !got[name] {
				t.Errorf("%s: there is no alarm %s", environment, name)
			}
		}
	}
}

func TestReleasesAreTakenBackByAlarmsThatExist(t *testing.T) {
	for _, environment := range settings.Names() {
		a := synthesized(t, environment)
		names := map[string]bool{}
		for _, r := range a.of("AWS::CloudWatch::Alarm") {
			names[r.at("AlarmName").(string)] = true
		}
		given := a.outputs["ReleaseAlarms"]
		if given == "" {
			t.Errorf("%s: the partner stack names no alarms", environment)
		}
		for _, name := range strings.Split(given, ",") {
			if !names[name] {
				t.Errorf("%s: the alarm %q is made by nobody", environment, name)
			}
		}
	}
}

func TestTheTopicOfAlarmsIsEncryptedAndCloudWatchMayPublish(t *testing.T) {
	every(t, func(t *testing.T, r resource) {
		if r.at("KmsMasterKeyId") == nil {
			t.Error("is not encrypted")
		}
	}, "AWS::SNS::Topic")
	every(t, func(t *testing.T, r resource) {
		if r.at("EnableKeyRotation") != true {
			t.Error("is never rotated")
		}
		policy := text(r.at("KeyPolicy"))
		if r.Stack == observed(r) && !strings.Contains(policy, "cloudwatch.amazonaws.com") {
			t.Errorf("keeps CloudWatch out: %s", policy)
		}
	}, "AWS::KMS::Key")
	for _, environment := range settings.Names() {
		s, err := settings.For(environment)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(synthesized(t, environment).of("AWS::SNS::Subscription")); got != len(s.Alarms.Emails) {
			t.Errorf("%s: %d are told, want %d", environment, got, len(s.Alarms.Emails))
		}
	}
}

// observed is the stack of the alarms in the environment of a resource.
func observed(r resource) string {
	return "portico-" + strings.Split(r.Stack, "-")[1] + "-observability"
}

func TestLogsAreEncryptedWhereTheSettingsSaySo(t *testing.T) {
	for _, environment := range settings.Names() {
		s, err := settings.For(environment)
		if err != nil {
			t.Fatal(err)
		}
		a := synthesized(t, environment)
		for _, group := range a.of("AWS::Logs::LogGroup") {
			if key := group.at("KmsKeyId"); (key != nil) != s.LogKey {
				t.Errorf("%s: %s has the key %v", group.Stack, group.ID, key)
			}
			name := text(group.at("LogGroupName"))
			covered := false
			for _, key := range a.of("AWS::KMS::Key") {
				for _, prefix := range []string{"/aws/lambda/", "/aws/vendedlogs/apigateway/"} {
					prefix += "portico-" + environment + "-"
					covered = covered || strings.Contains(name, prefix) &&
						strings.Contains(text(key.at("KeyPolicy")), "log-group:"+prefix+"*")
				}
			}
			if s.LogKey && !covered {
				t.Errorf("%s: the key is not for the group %s", group.Stack, name)
			}
		}
	}
}

func TestEveryAPIHasADashboard(t *testing.T) {
	for _, environment := range settings.Names() {
		if got := len(synthesized(t, environment).of("AWS::CloudWatch::Dashboard")); got != 3 {
			t.Errorf("%s has %d dashboards", environment, got)
		}
	}
}
