package lambda_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	plane "portico/local/lambda"
)

// TestPermissionsAreServed holds what is put against what was granted.
func TestPermissionsAreServed(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	c.create("orders", "")
	add := func(sid, more string) string {
		c.t.Helper()
		made := c.do("POST "+at+"/orders/policy",
			`{"StatementId":"`+sid+`","Action":"lambda:InvokeFunction",`+more+`}`)
		return made["Statement"].(string)
	}
	const source = "arn:aws:execute-api:us-east-1:123456789012:a/*/GET/"
	got := add("gateway", `"Principal":"apigateway.amazonaws.com","SourceArn":"`+source+`"`)
	want := `{"Sid":"gateway","Effect":"Allow","Principal":{"Service":"apigateway.amazonaws.com"},` +
		`"Action":"lambda:InvokeFunction","Resource":"` + base + `function:orders","Condition":` +
		`{"ArnLike":{"AWS:SourceArn":"` + source + `"}}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	add("account", `"Principal":"210987654321"`)
	add("org", `"Principal":"*","PrincipalOrgID":"o-1234567890"`)
	granted := []plane.Permission{
		{
			FunctionARN: base + "function:orders", Action: "lambda:InvokeFunction",
			Principal: "apigateway.amazonaws.com", SourceARN: source,
		},
		{
			FunctionARN: base + "function:orders", Action: "lambda:InvokeFunction",
			Principal: "arn:aws:iam::210987654321:root",
		},
	}
	if diff := cmp.Diff(granted, c.host.puts.Permissions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	var policy struct{ Statement []struct{ Sid string } }
	text := c.do("GET "+at+"/orders/policy", "")["Policy"].(string)
	if err := json.Unmarshal([]byte(text), &policy); err != nil || len(policy.Statement) != 3 {
		t.Errorf("the policy is %s: %v", text, err)
	}
	for _, sid := range []string{"gateway", "account", "org"} {
		c.do("DELETE "+at+"/orders/policy/"+sid, "")
	}
	if len(c.host.puts.Permissions) != 0 {
		t.Errorf("still granted: %v", c.host.puts.Permissions)
	}
}

// TestURLsAreServed creates, changes and deletes the URL of a function.
func TestURLsAreServed(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	c.create("orders", "")
	c.do("POST "+at+"/orders/policy", `{"StatementId":"url","Action":"lambda:InvokeFunctionUrl",
		"Principal":"*","FunctionUrlAuthType":"NONE"}`)
	const url = "/2021-10-31/functions/orders/url"
	made := c.do("POST "+url, `{"AuthType":"NONE","Cors":{"AllowOrigins":["*"],"MaxAge":5}}`)
	id, _, _ := strings.Cut(strings.TrimPrefix(made["FunctionUrl"].(string), "http://"), ".")
	age := 5
	want := []api.FunctionURL{{
		ID: id, Name: "orders-url", FunctionARN: base + "function:orders", AuthType: "NONE",
		Account:    api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		InvokeMode: "BUFFERED", CORS: &api.CORS{AllowOrigins: []string{"*"}, MaxAge: &age},
		Policy: []byte(c.do("GET "+at+"/orders/policy", "")["Policy"].(string)),
	}}
	if diff := cmp.Diff(want, c.host.urls); diff != "" || len(id) != 32 {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c.wantRefused(t, "POST "+url, `{"AuthType":"NONE"}`, 409, "ResourceConflictException",
		user("Failed to create function url config for [functionArn = "+base+"function:orders]. Error "+
			"message:  FunctionUrlConfig exists for this Lambda function"))
	c.do("PUT "+url, `{"AuthType":"AWS_IAM","InvokeMode":"RESPONSE_STREAM"}`)
	if got := c.host.urls[0]; got.AuthType != "AWS_IAM" || got.InvokeMode != "RESPONSE_STREAM" {
		t.Errorf("served is %+v", got)
	}
	c.do("DELETE "+url, "")
	if len(c.host.urls) != 0 {
		t.Errorf("still served: %v", c.host.urls)
	}
}

// TestLayersReachFunctions publishes a layer with a program, and one with an extension.
func TestLayersReachFunctions(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	layer := func(name string, files ...entry) answer {
		c.t.Helper()
		text, err := json.Marshal(map[string]any{"Content": map[string]any{"ZipFile": zipped(files...)}})
		if err != nil {
			t.Fatal(err)
		}
		return c.send("POST /2018-10-31/layers/"+name+"/versions", string(text))
	}
	made := layer("tools", entry{"bin/tool", 0o755, "#!/bin/sh\n"})
	if made.Status != 201 || !strings.Contains(made.text, `"LayerVersionArn":"`+base+`layer:tools:1"`) {
		t.Fatalf("got %d %s", made.Status, made.text)
	}
	refused := layer("probe", entry{"extensions/probe", 0o755, "#!/bin/sh\n"})
	if refused.Status != 400 || !strings.Contains(refused.text, "external extensions are not run here") {
		t.Errorf("an extension: %d %s", refused.Status, refused.text)
	}
	c.createHandler("orders", `,"Layers":["`+base+`layer:tools:1"]`)
	got := c.send("POST "+at+"/orders/invocations", `{"do":"environment"}`)
	folder := c.host.puts.Functions[0].Layers[0]
	if !strings.Contains(got.text, folder+"/bin") {
		t.Errorf("no PATH of %s has %s", got.text, folder)
	}
	c.do("DELETE /2018-10-31/layers/tools/versions/1", "")
	if got := c.do("GET "+at+"/orders", ""); !strings.Contains(
		mustJSON(t, got), base+"layer:tools:1") {
		t.Errorf("a deleted layer leaves its functions: %v", got)
	}
	c.wantRefused(t, "PUT "+at+"/orders/configuration", `{"Layers":["`+base+`layer:tools:1"]}`, 400,
		"InvalidParameterValueException", user("Layer version "+base+"layer:tools:1 does not exist."))
	layer("tools", entry{"bin/tool", 0o755, "#!/bin/sh\n"})
	list := mustJSON(t, c.do("GET /2018-10-31/layers", ""))
	if !strings.Contains(list, `"Version":2`) || strings.Contains(list, "probe") {
		t.Errorf("the layers are %s", list)
	}
}

func mustJSON(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestWhatFunctionsAreGiven is shown as it was put, and reaches local/lambda.
func TestWhatFunctionsAreGiven(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	c.create("orders", `,"Publish":true`)
	c.do("POST "+at+"/orders/aliases", `{"Name":"live","FunctionVersion":"1"}`)
	c.do("PUT /2017-10-31/functions/orders/concurrency", `{"ReservedConcurrentExecutions":5}`)
	put := c.do("PUT /2019-09-30/functions/orders/provisioned-concurrency?Qualifier=live",
		`{"ProvisionedConcurrentExecutions":1}`)
	if put["Status"] != "IN_PROGRESS" {
		t.Errorf("got %v", put)
	}
	c.do("PUT /2019-09-25/functions/orders/event-invoke-config", `{"MaximumEventAgeInSeconds":60}`)
	async := c.do("POST /2019-09-25/functions/orders/event-invoke-config", `{"MaximumRetryAttempts":0}`)
	if async["MaximumEventAgeInSeconds"] != 60.0 || async["MaximumRetryAttempts"] != 0.0 ||
		async["FunctionArn"] != base+"function:orders:$LATEST" {
		t.Errorf("got %v", async)
	}
	const queue = "arn:aws:sqs:us-east-1:123456789012:q"
	mapped := c.do("POST /2015-03-31/event-source-mappings", `{"EventSourceArn":"`+queue+`",
		"FunctionName":"orders:live","FunctionResponseTypes":["ReportBatchItemFailures"],
		"FilterCriteria":{"Filters":[{"Pattern":"{\"body\":{\"a\":[1]}}"}]}}`)
	want := []plane.EventSource{{
		FunctionARN: base + "function:orders:live", SourceARN: queue, BatchSize: 10, Enabled: true,
		ReportsFailures: true, Filters: []string{`{"body":{"a":[1]}}`},
	}}
	if diff := cmp.Diff(want, c.host.puts.EventSources); diff != "" || mapped["State"] != "Creating" {
		t.Errorf("%v (-want +got):\n%s", mapped, diff)
	}
	at := "/2015-03-31/event-source-mappings/" + mapped["UUID"].(string)
	c.do("PUT "+at, `{"BatchSize":5}`)
	want[0].BatchSize = 5
	if diff := cmp.Diff(want, c.host.puts.EventSources); diff != "" {
		t.Errorf("after a change of something else (-want +got):\n%s", diff)
	}
	if got := c.do("GET "+at, "")["FilterCriteria"]; !cmp.Equal(got, mapped["FilterCriteria"]) {
		t.Errorf("got %v, want %v", got, mapped["FilterCriteria"])
	}
	if got := c.do("PUT "+at, `{"Enabled":false}`); got["State"] != "Disabling" {
		t.Errorf("got %v", got)
	}
	if got := c.do("DELETE "+at, ""); got["State"] != "Deleting" {
		t.Errorf("got %v", got)
	}
	if n := len(c.host.puts.EventSources); n != 0 {
		t.Errorf("%d mappings are left", n)
	}
	shown := c.do("GET /2015-03-31/functions/orders", "")
	if got := shown["Concurrency"]; !cmp.Equal(got, map[string]any{"ReservedConcurrentExecutions": 5.0}) {
		t.Errorf("the concurrency is %v", got)
	}
}

// TestStreamsAreEvents reads the frames of InvokeWithResponseStream.
func TestStreamsAreEvents(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	c.createHandler("orders", "")
	got := c.send("POST /2021-11-15/functions/orders/response-streaming-invocations", `{"do":"stream"}`)
	kinds := strings.Count(got.text, "PayloadChunk")
	if got.Header.Get("Content-Type") != "application/vnd.amazon.eventstream" || kinds < 2 ||
		!strings.Contains(got.text, "first") || strings.Count(got.text, "InvokeComplete") != 1 {
		t.Errorf("got %v %q", got.Header, got.text)
	}
	failed := c.send("POST /2021-11-15/functions/orders/response-streaming-invocations",
		`{"do":"error","text":"no"}`)
	if !strings.Contains(failed.text, `{"ErrorCode":"errorString","ErrorDetails":"{\"errorMessage\":\"no\"`) {
		t.Errorf("got %q", failed.text)
	}
}
