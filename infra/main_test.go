package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/infra/settings"
)

func TestEveryRouteHasAnAuthorizerOrAWrittenReason(t *testing.T) {
	check := func(t *testing.T, r resource) {
		reason, open := r.Metadata["portico:open"].(string)
		switch kind := r.at("AuthorizationType"); kind {
		case "NONE", nil:
			if len(strings.Fields(reason)) < 5 {
				t.Errorf("is open to everybody; reason: %q", reason)
			}
		case "CUSTOM", "JWT":
			if r.at("AuthorizerId") == nil {
				t.Errorf("has authorization type %v but no authorizer", kind)
			}
		case "AWS_IAM":
		default:
			t.Errorf("has authorization type %v", kind)
		}
		if open && r.at("AuthorizationType") != "NONE" {
			t.Error("gives a reason for being open but is not")
		}
	}
	every(t, check, "AWS::ApiGateway::Method")
	every(t, func(t *testing.T, r resource) {
		key, _ := r.at("RouteKey").(string)
		if strings.Contains(key, " ") || key == "$connect" {
			check(t, r)
		}
	}, "AWS::ApiGatewayV2::Route")
}

func TestEveryRouteOfTheHTTPAPIAsksForAScope(t *testing.T) {
	every(t, func(t *testing.T, r resource) {
		if r.at("AuthorizationType") == "JWT" && r.at("AuthorizationScopes") == nil {
			t.Error("lets in every token, whatever its scopes")
		}
	}, "AWS::ApiGatewayV2::Route")
}

func TestEveryMethodBehindTheAuthorizerCountsAgainstAUsagePlan(t *testing.T) {
	every(t, func(t *testing.T, r resource) {
		if r.at("AuthorizationType") == "CUSTOM" && r.at("ApiKeyRequired") != true {
			t.Error("asks for no API key, so that no quota bounds it")
		}
	}, "AWS::ApiGateway::Method")
}

func TestEveryStageLogsAndThrottles(t *testing.T) {
	every(t, func(t *testing.T, r resource) {
		if r.at("AccessLogSetting", "DestinationArn", "Fn::GetAtt") == nil {
			t.Error("logs to no log group")
		}
		if format, _ := r.at("AccessLogSetting", "Format").(string); !strings.Contains(format,
			`"$context.requestId"`) {
			t.Errorf("has the access log format %q without a request id", format)
		}
		settings, _ := r.at("MethodSettings").([]any)
		if len(settings) == 0 || !throttles(settings[0]) {
			t.Errorf("throttles not every method: %s", text(settings))
		}
	}, "AWS::ApiGateway::Stage")
	every(t, func(t *testing.T, r resource) {
		if r.at("AccessLogSettings", "DestinationArn", "Fn::GetAtt") == nil {
			t.Error("logs to no log group")
		}
		if !throttles(r.at("DefaultRouteSettings")) {
			t.Errorf("throttles not every route: %s", text(r.at("DefaultRouteSettings")))
		}
	}, "AWS::ApiGatewayV2::Stage")
}

func throttles(setting any) bool {
	limits, _ := setting.(map[string]any)
	rate, _ := limits["ThrottlingRateLimit"].(float64)
	burst, _ := limits["ThrottlingBurstLimit"].(float64)
	path, named := limits["ResourcePath"]
	return rate > 0 && burst > 0 && (!named || path == "/*" && limits["HttpMethod"] == "*")
}

func TestEveryLogGroupForgets(t *testing.T) {
	every(t, func(t *testing.T, r resource) {
		if days, _ := r.at("RetentionInDays").(float64); days < 7 {
			t.Errorf("keeps its events for %v days", r.at("RetentionInDays"))
		}
	}, "AWS::Logs::LogGroup")
}

func TestFunctionsAreWhatTheLocalRunnerAndLambdaExpect(t *testing.T) {
	root, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	every(t, func(t *testing.T, r resource) {
		want := map[string]string{
			"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": `["arm64"]`,
		}
		for property, value := range want {
			if got := strings.Trim(text(r.at(property)), `"`); got != value {
				t.Errorf("%s = %s, want %s", property, got, value)
			}
		}
		source, _ := r.Metadata["portico:source"].(string)
		longest := 29.0 // API Gateway waits no longer
		if source == "functions/release-check" {
			longest = 900 // CodeDeploy waits an hour, Lambda a quarter of it
		}
		if seconds, _ := r.at("Timeout").(float64); seconds < 1 || seconds > longest {
			t.Errorf("Timeout = %v, want 1 to %v: nobody waits longer", r.at("Timeout"), longest)
		}
		if _, err := os.Stat(filepath.Join(root, source, "main.go")); err != nil {
			t.Errorf("metadata portico:source = %q: %v", source, err)
		}
	}, "AWS::Lambda::Function")
}

func TestThereAreNoFunctionsButOurs(t *testing.T) {
	for _, environment := range settings.Names() {
		var got []string
		for _, r := range synthesized(t, environment).resources {
			if r.Type == "AWS::Lambda::Function" {
				got = append(got, r.at("FunctionName").(string))
			}
			if strings.HasPrefix(r.Type, "Custom::") ||
				r.Type == "AWS::CloudFormation::CustomResource" {
				t.Errorf("%s: %s is a custom resource, which only AWS can run", r.Stack, r.ID)
			}
		}
		slices.Sort(got)
		var want []string
		for _, name := range []string{"authorizer", "orders", "realtime", "release-check", "webhooks"} {
			want = append(want, "portico-"+environment+"-"+name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("functions of %s (-want +got):\n%s", environment, diff)
		}
	}
}

func TestEveryFunctionHasAnAliasLive(t *testing.T) {
	for _, environment := range settings.Names() {
		a := synthesized(t, environment)
		live := map[string]bool{}
		for _, alias := range a.of("AWS::Lambda::Alias") {
			function, _ := alias.at("FunctionName", "Ref").(string)
			live[function] = alias.at("Name") == "live" &&
				alias.at("FunctionVersion", "Fn::GetAtt") != nil
		}
		for _, f := range a.of("AWS::Lambda::Function") {
			if !live[f.ID] {
				t.Errorf("%s: %s has no alias live on a published version", f.Stack, f.ID)
			}
		}
	}
}

func TestCallersReachFunctionsThroughTheAlias(t *testing.T) {
	// The logical id of a function ends in Function and a hash, that of an alias in Live and one.
	function := regexp.MustCompile(`Function[0-9A-F]{8}`)
	every(t, func(t *testing.T, r resource) {
		for _, property := range []string{
			"Integration", "IntegrationUri", "AuthorizerUri", "FunctionName",
		} {
			if value := text(r.at(property)); function.MatchString(value) {
				t.Errorf("%s names a function without its alias: %s", property, value)
			}
		}
	}, "AWS::ApiGateway::Method", "AWS::ApiGateway::Authorizer", "AWS::ApiGatewayV2::Integration",
		"AWS::ApiGatewayV2::Authorizer", "AWS::Lambda::Permission",
		"AWS::Lambda::EventSourceMapping")
}

func TestEveryPermissionNamesItsSource(t *testing.T) {
	every(t, func(t *testing.T, r resource) {
		if source := text(r.at("SourceArn")); !strings.Contains(source, "execute-api") {
			t.Errorf("lets any API call the function: SourceArn = %s", source)
		}
	}, "AWS::Lambda::Permission")
}

func TestUnknownEnvironmentFailsWithASentence(t *testing.T) {
	_, err := synthesizeTo(t.TempDir(), "qa")
	const want = `environment "qa" is unknown: context env must be one of dev, sit, uat, prod`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestSynthIsTheSameEveryTime(t *testing.T) {
	first := synthesized(t, "dev")
	second, err := synthesizeTo(t.TempDir(), "dev")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(first.dir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in the assembly: %v", err)
	}
	for _, file := range files {
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(second.dir, filepath.Base(file)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-first +second):\n%s", filepath.Base(file), diff)
		}
	}
}
