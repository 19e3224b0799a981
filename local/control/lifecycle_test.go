package control_test

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/control"
	"portico/local/gateway/api"
)

// served returns what the host serves of the API that c made.
func (c *client) served() api.REST {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	return c.host.serving[c.names["api"]]
}

func (c *client) frozen(deployment string) (api.REST, bool) {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	return c.host.frozen[c.names["api"]](deployment)
}

func TestADeploymentHoldsWhatWasThere(t *testing.T) {
	c := newClient(t, "")
	c.pets()
	c.do("DELETE /restapis/<api>/resources/<pets>/methods/GET", "")
	c.do("PUT /restapis/<api>/resources/<root>/methods/GET", `{"authorizationType":"NONE"}`)
	frozen, ok := c.frozen(c.names["deployment"])
	if !ok {
		t.Fatal("the deployment is not known")
	}
	var paths []string
	for _, resource := range frozen.Resources {
		for verb := range resource.Methods {
			paths = append(paths, verb+" "+resource.Path)
		}
	}
	if want := []string{"GET /pets"}; !cmp.Equal(paths, want) {
		t.Errorf("the deployment holds %q, want %q", paths, want)
	}
	status, text := c.text("POST /restapis/<api>/deployments", `{}`)
	if want := `{"message":"No integration defined for method"}`; status != 400 || text != want {
		t.Errorf("deploying a method without integration answers %d %s, want 400 %s", status, text, want)
	}
}

func TestACanaryIsReleasedAndPromoted(t *testing.T) {
	c := newClient(t, "")
	c.pets()
	c.do("PATCH /restapis/<api>/stages/dev",
		`{"patchOperations":[{"op":"replace","path":"/variables/kept","value":"1"}]}`)
	c.names["canary"] = c.do("POST /restapis/<api>/deployments", `{"stageName":"dev","canarySettings":`+
		`{"percentTraffic":10,"stageVariableOverrides":{"new":"2"}}}`)["id"].(string)
	want := &api.Canary{
		DeploymentID: c.names["canary"], PercentTraffic: 10, Variables: map[string]string{"new": "2"},
	}
	stage := c.served().Stages[0]
	if diff := cmp.Diff(want, stage.Canary); diff != "" || stage.DeploymentID != c.names["deployment"] {
		t.Errorf("released: deployment %s, canary (-want +got)\n%s", stage.DeploymentID, diff)
	}
	c.do("PATCH /restapis/<api>/stages/dev", `{"patchOperations":[`+
		`{"op":"replace","path":"/canarySettings/percentTraffic","value":"0.0"},`+
		`{"op":"copy","from":"/canarySettings/stageVariableOverrides","path":"/variables"},`+
		`{"op":"copy","from":"/canarySettings/deploymentId","path":"/deploymentId"}]}`)
	stage = c.served().Stages[0]
	variables := map[string]string{"kept": "1", "new": "2"}
	if stage.DeploymentID != c.names["canary"] || !cmp.Equal(stage.Variables, variables) ||
		stage.Canary == nil || stage.Canary.PercentTraffic != 0 {
		t.Errorf("promoted: %+v with canary %+v", stage, stage.Canary)
	}
}

func TestAKeyReachesWhatIsServed(t *testing.T) {
	c := newClient(t, "")
	c.pets()
	c.names["key"] = c.do("POST /apikeys",
		`{"name":"k","enabled":true,"value":"12345678901234567890"}`)["id"].(string)
	c.names["plan"] = c.do("POST /usageplans", `{"name":"p","throttle":{"rateLimit":5,"burstLimit":6},`+
		`"quota":{"limit":7,"period":"DAY"}}`)["id"].(string)
	c.do("POST /usageplans/<plan>/keys", `{"keyId":"<key>","keyType":"API_KEY"}`)
	c.do("PATCH /usageplans/<plan>",
		`{"patchOperations":[{"op":"add","path":"/apiStages","value":"<api>:dev"}]}`)
	want := []api.UsagePlan{{
		ID: c.names["plan"], Name: "p", Throttle: &api.Throttle{Rate: 5, Burst: 6},
		Quota:  &api.Quota{Limit: 7, Period: "DAY"},
		Stages: []api.UsagePlanStage{{APIID: c.names["api"], Stage: "dev"}},
		Keys: []api.APIKey{{
			ID: c.names["key"], Name: "k", Value: "12345678901234567890", Enabled: true,
		}},
	}}
	if diff := cmp.Diff(want, c.served().UsagePlans); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	c.do("PATCH /apikeys/<key>",
		`{"patchOperations":[{"op":"replace","path":"/enabled","value":"false"}]}`)
	if c.served().UsagePlans[0].Keys[0].Enabled {
		t.Error("a disabled key is served as enabled")
	}
	c.do("DELETE /apikeys/<key>", "")
	if keys := c.served().UsagePlans[0].Keys; len(keys) > 0 {
		t.Errorf("a deleted key is served: %+v", keys)
	}
}

// Terraform writes the slashes of a method's path as they are, the aws CLI's manual as ~1.
func TestThrottlesOfAPlansMethodsArePatched(t *testing.T) {
	c := newClient(t, "")
	c.pets()
	c.names["plan"] = c.do("POST /usageplans",
		`{"name":"p","apiStages":[{"apiId":"<api>","stage":"dev"}]}`)["id"].(string)
	two := map[string]api.Throttle{"/pets/GET": {Rate: 2, Burst: 2}}
	for _, r := range []struct {
		name, op, path string
		want           map[string]api.Throttle
	}{
		{"slashes as they are", "replace", "/pets/GET", two},
		{"taken away", "remove", "/pets/GET", nil},
		{"slashes as ~1", "add", "~1pets/GET", two},
		{"taken away", "remove", "~1pets/GET", nil},
		{"no slash at the start", "replace", "pets/GET", two},
	} {
		at := "/apiStages/<api>:dev/throttle/" + r.path
		patches := `{"op":"` + r.op + `","path":"` + at + `"}`
		if r.op != "remove" {
			patches = `{"op":"` + r.op + `","path":"` + at + `/rateLimit","value":"2"},` +
				`{"op":"` + r.op + `","path":"` + at + `/burstLimit","value":"2"}`
		}
		c.do("PATCH /usageplans/<plan>", `{"patchOperations":[`+patches+`]}`)
		limits := c.served().UsagePlans[0].Stages[0].Throttle
		if diff := cmp.Diff(r.want, limits); diff != "" {
			t.Errorf("%s (-want +got)\n%s", r.name, diff)
		}
	}
	status, text := c.text("PATCH /usageplans/<plan>", `{"patchOperations":[{"op":"replace",`+
		`"path":"/apiStages/<api>:dev/throttle/GET/rateLimit","value":"2"}]}`)
	if status != 400 || !strings.Contains(text, "Invalid patch path") {
		t.Errorf("a path without a method is answered %d %s", status, text)
	}
}

// TestWhatWasCreatedIsKept opens the same state again, and then resets it.
func TestWhatWasCreatedIsKept(t *testing.T) {
	state := t.TempDir()
	c := newClient(t, state)
	c.pets()
	c.do("POST /apikeys", `{"name":"k"}`)
	c.do("POST /usageplans", `{"name":"p","throttle":{"rateLimit":5.5,"burstLimit":6}}`)
	asked := []string{
		"GET /restapis", "GET /restapis/<api>", "GET /restapis/<api>/resources?embed=methods",
		"GET /restapis/<api>/stages", "GET /restapis/<api>/deployments", "GET /restapis/<api>/models",
		"GET /apikeys?includeValues=true", "GET /usageplans",
	}
	var before []string
	for _, line := range asked {
		_, text := c.text(line, "")
		before = append(before, text)
	}
	again := newClient(t, state)
	again.names = c.names
	for i, line := range asked {
		if _, text := again.text(line, ""); text != before[i] {
			t.Errorf("%s\nbefore %s\nafter  %s", line, before[i], text)
		}
	}
	if diff := cmp.Diff(c.served(), again.served()); diff != "" {
		t.Errorf("what is served (-before +after)\n%s", diff)
	}
	if _, ok := again.frozen(c.names["deployment"]); !ok {
		t.Error("the deployment is forgotten")
	}
	if err := again.door.Reset(); err != nil {
		t.Fatal(err)
	}
	if _, text := again.text("GET /restapis", ""); text != `{"item":[]}` || len(again.host.serving) > 0 {
		t.Errorf("after a reset there are %s, and %d APIs are served", text, len(again.host.serving))
	}
	if _, text := newClient(t, state).text("GET /apikeys", ""); text != `{"item":[]}` {
		t.Errorf("after a reset and a restart there are keys: %s", text)
	}
}

func TestTheAPIsOfATemplateAreShownAndNotChanged(t *testing.T) {
	c := newClient(t, "", api.REST{
		ID: "described", Name: "d", EndpointType: "REGIONAL", APIKeySource: "HEADER",
		Account: api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
		Resources: []api.Resource{{ID: "r", Path: "/a/b", Methods: map[string]api.Method{
			"GET": {AuthorizationType: "NONE", Integration: api.Integration{Type: "MOCK"}},
		}}},
		Stages: []api.Stage{{
			Name: "dev", DeploymentID: "dep",
			MethodSettings: map[string]api.MethodSettings{"/a/b/GET": {}},
		}},
	})
	for line, want := range map[string]string{
		"GET /restapis/described/stages/dev":  `"methodSettings":{"~1a~1b/GET":{`,
		"GET /restapis/described/resources/r": `"pathPart":"b","path":"/a/b","resourceMethods":{"GET":{}}}`,
		"GET /restapis":                       `{"item":[{"id":"described","name":"d",`,
		"GET /restapis/described/stages":      `"stageName":"dev"`,
		"DELETE /restapis/described":          "is described by the template that is served here",
		"POST /restapis/described/models":     "Value null at 'createModelInput.name'",
	} {
		if _, text := c.text(line, ""); !strings.Contains(text, want) {
			t.Errorf("%s answers %s, want %s in it", line, text, want)
		}
	}
}

func TestTheUsagePlansOfATemplateAreShownAndNotChanged(t *testing.T) {
	plan := api.UsagePlan{
		ID: "plan01", Name: "p", Throttle: &api.Throttle{Rate: 2.5, Burst: 5},
		Quota: &api.Quota{Limit: 10, Period: "DAY"},
		Stages: []api.UsagePlanStage{{
			APIID: "described", Stage: "dev",
			Throttle: map[string]api.Throttle{"/a/GET": {Rate: 1, Burst: 2}},
		}},
		Keys: []api.APIKey{
			{ID: "key0000001", Name: "k", Value: "abcdefghijklmnopqrst", Enabled: true},
			{ID: "key0000002", Name: "l", Value: "bcdefghijklmnopqrstu"},
		},
	}
	c := newClient(t, "", api.REST{
		ID: "described", Name: "d", UsagePlans: []api.UsagePlan{plan},
		Account: api.Account{ID: "123456789012", Region: "us-east-1", Partition: "aws"},
	})
	c.names["own"] = c.do("POST /usageplans", `{"name":"own"}`)["id"].(string)
	c.names["key"] = c.do("POST /apikeys", `{"name":"k"}`)["id"].(string)
	const shown = `{"id":"plan01","name":"p","apiStages":[{"apiId":"described","stage":"dev","throttle":` +
		`{"/a/GET":{"burstLimit":2,"rateLimit":1.0}}}],"throttle":{"burstLimit":5,"rateLimit":2.5},` +
		`"quota":{"limit":10,"offset":0,"period":"DAY"}`
	const days = "/usage?startDate=2026-11-01&endDate=2026-11-01"
	const fixed = "is described by the template that is served here; change it there"
	for _, r := range []struct{ line, body, want string }{
		{"GET /usageplans", "", `{"id":"<own>","name":"own","apiStages":[]},` + shown},
		{"GET /usageplans?keyId=key0000001", "", `{"item":[` + shown},
		{"GET /usageplans/plan01", "", shown},
		{"GET /usageplans/plan01/keys?name=l", "", `{"item":[{"id":"key0000002","type":"API_KEY",` +
			`"value":"bcdefghijklmnopqrstu","name":"l"}]}`},
		{"GET /usageplans/plan01/keys/key0000001", "", `"name":"k"`},
		{"GET /apikeys/key0000001?includeValue=true", "", `"value":"abcdefghijklmnopqrst"`},
		{"GET /apikeys?limit=2", "", `"position":`},
		{"GET /usageplans/plan01" + days + "&keyId=key0000001", "", `"values":{"key0000001":[[0,10]]}`},
		{
			"PATCH /usageplans/plan01/keys/key0000001/usage",
			`{"patchOperations":[{"op":"replace","path":"/remaining","value":"3"}]}`,
			`"values":{"key0000001":[[0,3]]}`,
		},
		{"DELETE /usageplans/plan01", "", fixed},
		{
			"PATCH /usageplans/plan01", `{"patchOperations":[{"op":"replace","path":"/name","value":"q"}]}`,
			fixed,
		},
		{"POST /usageplans/plan01/keys", `{"keyId":"<key>","keyType":"API_KEY"}`, fixed},
		{"POST /usageplans/<own>/keys", `{"keyId":"key0000001","keyType":"API_KEY"}`, fixed},
		{"DELETE /usageplans/plan01/keys/key0000001", "", fixed},
		{"DELETE /apikeys/key0000001", "", fixed},
		{"PATCH /apikeys/key0000001", `{"patchOperations":[{"op":"replace","path":"/enabled","value":"false"}]}`, fixed},
		{"POST /apikeys", `{"value":"abcdefghijklmnopqrst"}`, "API Key already exists"},
	} {
		if _, text := c.text(r.line, r.body); !strings.Contains(text, r.want) {
			t.Errorf("%s answers %s, want %s in it", r.line, text, r.want)
		}
	}
}

// TestConcurrentWritersLoseNothing lets clients add resources to one API at once, while others read.
func TestConcurrentWritersLoseNothing(t *testing.T) {
	c := newClient(t, t.TempDir())
	c.pets()
	const writers, each = 8, 12
	var working sync.WaitGroup
	for w := range writers {
		working.Go(func() {
			for i := range each {
				body := fmt.Sprintf(`{"pathPart":"w%d-%d"}`, w, i)
				if response := c.send("POST /restapis/<api>/resources/<root>", body); response.StatusCode != 201 {
					t.Errorf("creating %s answers %d", body, response.StatusCode)
				}
				_, _ = io.Copy(io.Discard, c.send("GET /restapis/<api>/resources", "").Body)
			}
		})
	}
	working.Wait()
	seen, position := 0, ""
	for {
		page := c.do("GET /restapis/<api>/resources?limit=10"+position, "")
		seen += len(page["item"].([]any))
		next, more := page["position"].(string)
		if !more {
			break
		}
		position = "&position=" + next
	}
	if want := writers*each + 2; seen != want {
		t.Errorf("there are %d resources, want %d", seen, want)
	}
}

// TestAnImportedDocument imports, and puts another over it.
func TestAnImportedDocument(t *testing.T) {
	c := newClient(t, "")
	const document = `{"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{"/a/{id}":{"get":` +
		`{"responses":{"200":{"description":"ok"}},"x-amazon-apigateway-integration":{"type":"mock",` +
		`"responses":{"default":{"statusCode":"200"}}}}}}}`
	made := c.do("POST /restapis?mode=import", document)
	c.names["api"] = made["id"].(string)
	if made["name"] != "t" || made["version"] != "1" || made["rootResourceId"] == nil {
		t.Errorf("imported %v", made)
	}
	if _, text := c.text("GET /restapis/<api>/models", ""); text != `{"item":[]}` {
		t.Errorf("an imported API has the models %s, want none", text)
	}
	var resources struct{ Item []struct{ ID, Path string } }
	_, text := c.text("GET /restapis/<api>/resources", "")
	if err := json.Unmarshal([]byte(text), &resources); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, r := range resources.Item {
		ids[r.Path] = r.ID
	}
	if len(ids) != 3 {
		t.Errorf("the resources are %v, want /, /a and /a/{id}", ids)
	}
	c.do("PUT /restapis/<api>?mode=overwrite", strings.ReplaceAll(document, `"title":"t"`, `"title":"u"`))
	after := c.do("GET /restapis/<api>", "")
	if after["name"] != "u" || after["rootResourceId"] != made["rootResourceId"] {
		t.Errorf("put over it: %v, before %v", after, made)
	}
	if _, text := c.text("GET /restapis/<api>/resources/"+ids["/a/{id}"], ""); !strings.Contains(text, "GET") {
		t.Errorf("the resource that stayed has another id: %s", text)
	}
}

// TestKeysAreImported imports a key with a plan, and one that is too short.
func TestKeysAreImported(t *testing.T) {
	c := newClient(t, "")
	c.names["plan"] = c.do("POST /usageplans", `{"name":"p"}`)["id"].(string)
	made := c.do("POST /apikeys?mode=import&format=csv", "Name,key,description,Enabled,usageplanIds\n"+
		"a,12345678901234567890,,TRUE,<plan>\nb,short,,TRUE,\n")
	if ids, warnings := made["ids"].([]any), made["warnings"].([]any); len(ids) != 1 || len(warnings) != 1 {
		t.Errorf("imported %v", made)
	}
	if _, text := c.text("GET /usageplans/<plan>/keys", ""); !strings.Contains(text, `"name":"a"`) {
		t.Errorf("the plan has the keys %s", text)
	}
	status, _ := c.text("POST /apikeys?mode=import&format=csv&failonwarnings=true", "key\nshort\n")
	if status != 400 {
		t.Errorf("a file with a warning that was to fail answers %d", status)
	}
}

func TestAVPCLinkLeadsToItsTargets(t *testing.T) {
	c := newClient(t, "")
	c.pets()
	const arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/n/1"
	made := c.do("POST /vpclinks", `{"name":"l","targetArns":["`+arn+`"]}`)
	c.names["link"] = made["id"].(string)
	if after := c.do("GET /vpclinks/<link>", ""); made["status"] != "PENDING" ||
		after["status"] != "AVAILABLE" {
		t.Errorf("created %v, then %v", made, after)
	}
	c.do("PUT /restapis/<api>/resources/<pets>/methods/GET/integration", `{"type":"HTTP_PROXY",`+
		`"httpMethod":"GET","uri":"http://x","connectionType":"VPC_LINK","connectionId":"<link>"}`)
	id := c.do("POST /restapis/<api>/deployments", `{}`)["id"].(string)
	status, text := c.text("DELETE /vpclinks/<link>", "")
	if status != 400 || !strings.Contains(text, "is referenced in [GET:<pets>:<api>]") {
		t.Errorf("deleting a link in use answers %d %s", status, text)
	}
	frozen, _ := c.frozen(id)
	for _, resource := range frozen.Resources {
		if method, ok := resource.Methods["GET"]; ok {
			want := []api.VPCLink{{ID: c.names["link"], Names: []string{arn}}}
			if diff := cmp.Diff(want, method.Integration.Links); diff != "" {
				t.Errorf("the links (-want +got)\n%s", diff)
			}
		}
	}
}

func TestCoverageNamesEveryOperation(t *testing.T) {
	lines, err := control.Coverage()
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]bool{}
	for _, line := range lines {
		status[line.Service+" "+line.Operation] = line.Implemented
	}
	for operation, want := range map[string]bool{
		"apigateway CreateRestApi": true, "apigateway GetSdk": false, "sts GetCallerIdentity": true,
		"wafv2 CreateWebACL": true, "wafv2 GetMobileSdkRelease": false,
	} {
		if got, known := status[operation]; !known || got != want {
			t.Errorf("%s: implemented %v, known %v; want %v", operation, got, known, want)
		}
	}
}
