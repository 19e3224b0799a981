package lambda_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	plane "portico/local/lambda"
)

const at = "/2015-03-31/functions"

// TestAFunctionLives creates, invokes, updates, publishes and deletes a function.
func TestAFunctionLives(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	made := c.createHandler("orders", `,"Environment":{"Variables":{"RELEASE":"a"}},"Tags":{"team":"x"}`)
	for member, want := range map[string]any{
		"FunctionArn": base + "function:orders", "State": "Active", "Version": "$LATEST",
		"Timeout": 3.0, "MemorySize": 128.0, "PackageType": "Zip",
	} {
		if made[member] != want {
			t.Errorf("%s is %v, want %v", member, made[member], want)
		}
	}
	got := c.send("POST "+at+"/orders/invocations", `{"do":"context"}`, "X-Amz-Log-Type: Tail")
	tail, err := base64.StdEncoding.DecodeString(got.Header.Get("X-Amz-Log-Result"))
	if err != nil || got.Status != 200 || got.Header.Get("X-Amz-Executed-Version") != "$LATEST" ||
		!strings.Contains(string(tail), "handling context\nEND RequestId: request\nREPORT ") {
		t.Errorf("got %d %s %v with the log %s", got.Status, got.text, got.Header, tail)
	}
	failed := c.send("POST "+at+"/orders/invocations", `{"do":"error","text":"no"}`)
	if failed.Header.Get("X-Amz-Function-Error") != "Unhandled" ||
		failed.text != `{"errorMessage":"no","errorType":"errorString"}` {
		t.Errorf("got %v %s", failed.Header, failed.text)
	}
	for kind, want := range map[string]int{"Event": 202, "DryRun": 204} {
		got := c.send("POST "+at+"/orders/invocations", `{}`, "X-Amz-Invocation-Type: "+kind)
		if got.Status != want || got.text != "" {
			t.Errorf("%s answers %d %q", kind, got.Status, got.text)
		}
	}
	revision := c.do("GET "+at+"/orders/configuration", "")["RevisionId"].(string)
	updated := c.do("PUT "+at+"/orders/configuration", `{"Timeout":9,"RevisionId":"`+revision+`",
		"Environment":{"Variables":{"RELEASE":"b"}}}`)
	if updated["Timeout"] != 9.0 || updated["RevisionId"] == revision ||
		updated["LastUpdateStatus"] != "Successful" {
		t.Errorf("after an update: %v", updated)
	}
	c.wantRefused(t, "PUT "+at+"/orders/configuration", `{"RevisionId":"`+revision+`"}`, 412,
		"PreconditionFailedException", `{"Type":"User","message":"The Revision Id provided does not `+
			`match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest `+
			`Revision Id"}`)
	if got := c.send("DELETE "+at+"/orders", ""); got.Status != 204 || got.text != "" {
		t.Errorf("deleting answers %d %s", got.Status, got.text)
	}
	c.wantRefused(t, "GET "+at+"/orders", "", 404, "ResourceNotFoundException",
		`{"Type":"User","Message":"Function not found: `+base+`function:orders"}`)
}

// TestNamesOfFunctions are the forms of FunctionName in the reference of Lambda's API, with the name
// that its examples have.
func TestNamesOfFunctions(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	c.create("my-function", `,"Publish":true`)
	c.do("POST "+at+"/my-function/aliases", `{"Name":"live","FunctionVersion":"1"}`)
	for named, qualifier := range map[string]string{
		"my-function": "", "my-function:1": ":1", "my-function:live": ":live",
		"123456789012:function:my-function": "", "123456789012:function:my-function:live": ":live",
		base + "function:my-function": "", base + "function:my-function:live": ":live",
	} {
		shown, _ := c.do("GET "+at+"/"+named, "")["Configuration"].(map[string]any)
		if want := base + "function:my-function" + qualifier; shown["FunctionArn"] != want {
			t.Errorf("%s is %v, want %s", named, shown["FunctionArn"], want)
		}
	}
}

// release calls a function and returns the variable RELEASE that it saw.
func (c *client) release(qualifier string) string {
	c.t.Helper()
	got := c.send("POST "+at+"/orders/invocations?Qualifier="+qualifier, `{"do":"environment"}`)
	var variables []string
	if err := json.Unmarshal(got.Body, &variables); err != nil {
		c.t.Fatalf("%s answers %s: %v", qualifier, got.text, err)
	}
	for _, variable := range variables {
		if value, ok := strings.CutPrefix(variable, "RELEASE="); ok {
			return value
		}
	}
	return ""
}

func (c *client) publish(release string) string {
	c.t.Helper()
	c.do("PUT "+at+"/orders/configuration", `{"Environment":{"Variables":{"RELEASE":"`+release+`"}}}`)
	return c.do("POST "+at+"/orders/versions", `{}`)["Version"].(string)
}

// TestVersionsGoOnAsTheyWerePublished also after a restart.
func TestVersionsGoOnAsTheyWerePublished(t *testing.T) {
	state := t.TempDir()
	c := newClient(t, state, plane.Configuration{})
	c.createHandler("orders", "")
	if first, second := c.publish("a"), c.publish("b"); first != "1" || second != "2" {
		t.Fatalf("published %s and %s", first, second)
	}
	if again := c.do("POST "+at+"/orders/versions", `{}`)["Version"]; again != "2" {
		t.Errorf("publishing what has not changed makes version %v", again)
	}
	c.do("POST "+at+"/orders/aliases", `{"Name":"live","FunctionVersion":"1"}`)
	c.do("PUT "+at+"/orders/configuration", `{"Environment":{"Variables":{"RELEASE":"c"}}}`)
	c.wantReleases(map[string]string{"1": "a", "2": "b", "$LATEST": "c", "live": "a"})
	c.do("PUT "+at+"/orders/aliases/live", `{"FunctionVersion":"2"}`)

	again := newClient(t, state, plane.Configuration{})
	again.wantReleases(map[string]string{"1": "a", "2": "b", "$LATEST": "c", "live": "b"})
	c.wantRefused(t, "DELETE "+at+"/orders?Qualifier=2", "", 409, "ResourceConflictException",
		`{"Type":"User","message":"Unable to delete version because the following aliases reference `+
			`it: [live]"}`)
	if err := again.service.Reset(); err != nil {
		t.Fatal(err)
	}
	again.wantRefused(t, "GET "+at+"/orders", "", 404, "ResourceNotFoundException",
		`{"Type":"User","Message":"Function not found: `+base+`function:orders"}`)
	if again.host.functions.Serves("orders") {
		t.Error("after a reset the function can be invoked")
	}
}

func (c *client) wantReleases(want map[string]string) {
	c.t.Helper()
	for qualifier, release := range want {
		if got := c.release(qualifier); got != release {
			c.t.Errorf("%s runs release %s, want %s", qualifier, got, release)
		}
	}
}

// TestUpdatesLoseNoCall changes code and configuration while clients invoke.
func TestUpdatesLoseNoCall(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	c.createHandler("orders", "")
	program, err := handler()
	if err != nil {
		t.Fatal(err)
	}
	other := append([]byte("#!/bin/false\n"), program...) // another zip of the same content
	var calling sync.WaitGroup
	var done atomic.Bool
	var calls atomic.Int64
	for range 4 {
		calling.Go(func() {
			for !done.Load() {
				calls.Add(1)
				got := c.send("POST "+at+"/orders/invocations", `{"a":1}`)
				if got.Status != 200 || got.text != `{"a":1}` {
					t.Errorf("a call is answered %d %s %v", got.Status, got.text, got.Header)
					return
				}
			}
		})
	}
	for i := range 6 {
		code := [][]byte{program, other}[i%2]
		c.do("PUT "+at+"/orders/code", `{"ZipFile":"`+base64.StdEncoding.EncodeToString(code)+`"}`)
		c.publish(strings.Repeat("r", i+1))
	}
	done.Store(true)
	calling.Wait()
	if calls.Load() == 0 {
		t.Error("nothing was called")
	}
}

// TestTwoWritersLoseNothing creates from many clients at once.
func TestTwoWritersLoseNothing(t *testing.T) {
	c := newClient(t, t.TempDir(), plane.Configuration{})
	var writing sync.WaitGroup
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		writing.Go(func() { c.create(name, "") })
	}
	writing.Wait()
	listed := c.do("GET "+at+"?MaxItems=4", "")
	rest := c.do("GET "+at+"?Marker="+listed["NextMarker"].(string), "")
	if got := len(listed["Functions"].([]any)) + len(rest["Functions"].([]any)); got != 6 ||
		rest["NextMarker"] != nil {
		t.Errorf("%d functions are listed, want 6", got)
	}
}

// TestCodeIsKept looks at what lies on disk.
func TestCodeIsKept(t *testing.T) {
	state := t.TempDir()
	c := newClient(t, state, plane.Configuration{})
	c.do(functions, `{"FunctionName":"bucket","Runtime":"provided.al2023","Handler":"bootstrap",`+role+
		`,"Code":{"S3Bucket":"code","S3Key":"a.zip"}}`)
	files, err := filepath.Glob(filepath.Join(state, "control/code/*.zip"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	info, err := os.Stat(files[0])
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	c.do("DELETE "+at+"/bucket", "")
	newClient(t, state, plane.Configuration{})
	if _, err := os.Stat(files[0]); err == nil {
		t.Error("code that nothing names outlives a restart")
	}
}

// TestTheTemplatesFunctions are shown and invoked; versions are published and aliases moved, which
// the template's own words end.
func TestTheTemplatesFunctions(t *testing.T) {
	source, err := filepath.Abs("../../lambda/testdata/handler")
	if err != nil {
		t.Fatal(err)
	}
	arn := base + "function:orders"
	described := plane.Configuration{
		Account: "123456789012", Region: "us-east-1", Partition: "aws",
		Functions: []plane.Function{{
			Name: "orders", ARN: arn, Runtime: "provided.al2023", Handler: "bootstrap",
			Role: "arn:aws:iam::123456789012:role/r", Code: plane.Code{Source: source},
		}},
		Versions: []plane.Version{{FunctionARN: arn, Number: "1"}},
		Aliases:  []plane.Alias{{FunctionARN: arn, Name: "live", Version: "1"}},
	}
	state := t.TempDir()
	c := newClient(t, state, described)
	if got := c.send("POST "+at+"/orders:live/invocations", `{"a":1}`); got.text != `{"a":1}` {
		t.Errorf("got %d %s", got.Status, got.text)
	}
	described.Functions[0].MemoryMB = 256
	if err := c.host.Put(context.Background(), described, nil); err == nil {
		t.Error("the template's functions were deployed twice")
	}
	c.host.described = described
	if err := c.service.Refresh(); err != nil {
		t.Fatal(err)
	}
	if made := c.do("POST "+at+"/orders/versions", `{}`); made["Version"] != "2" {
		t.Errorf("published %v", made)
	}
	moved := c.do("PUT "+at+"/orders/aliases/live",
		`{"RoutingConfig":{"AdditionalVersionWeights":{"2":1.0}}}`)
	if got := c.send("POST "+at+"/orders:live/invocations", `{}`); got.Header.Get(
		"X-Amz-Executed-Version") != "2" {
		t.Errorf("after %v version %v serves", moved, got.Header)
	}
	again := newClient(t, state, described)
	if got := again.do("GET "+at+"/orders/aliases/live", "")["RoutingConfig"]; got == nil {
		t.Error("after a restart the alias is where the template says")
	}
	for line, body := range map[string]string{
		"PUT " + at + "/orders/configuration": `{"Timeout":4}`, "DELETE " + at + "/orders": "",
		"POST " + at + "/orders/policy": `{"StatementId":"a","Action":"lambda:InvokeFunction",` +
			`"Principal":"*"}`,
		"POST " + at + "/orders/aliases":                       `{"Name":"x","FunctionVersion":"1"}`,
		"PUT " + at + "/orders/aliases/live":                   `{"Description":"mine"}`,
		"PUT /2017-10-31/functions/orders/concurrency":         `{"ReservedConcurrentExecutions":1}`,
		"POST /2021-10-31/functions/orders/url":                `{"AuthType":"NONE"}`,
		"PUT /2019-09-25/functions/orders/event-invoke-config": `{"MaximumRetryAttempts":1}`,
	} {
		if got := c.send(line, body); got.Status != 400 ||
			!strings.Contains(got.text, "function orders is the template's") {
			t.Errorf("%s answers %d %s", line, got.Status, got.text)
		}
	}
}
