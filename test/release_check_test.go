package test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"portico/local/runner"
)

// codeDeploy is the little of CodeDeploy that a hook calls: deployments whose id is the version of
// the function webhooks that they want to give calls to, and what their hooks said.
type codeDeploy struct {
	*httptest.Server

	mu   sync.Mutex // guards told
	told map[string]string
}

func startCodeDeploy(t *testing.T) *codeDeploy {
	t.Helper()
	c := &codeDeploy{told: map[string]string{}}
	c.Server = httptest.NewServer(c)
	t.Cleanup(c.Close)
	return c
}

// ServeHTTP answers in AWS's JSON protocol.
func (c *codeDeploy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in struct{ DeploymentID, LifecycleEventHookExecutionID, Status string }
	text, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(text, &in)
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "CodeDeploy_20141006.")
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	switch {
	case err != nil || in.DeploymentID == "":
		w.WriteHeader(http.StatusBadRequest)
	case operation == "GetDeployment":
		spec := fmt.Sprintf(`{"version":0.0,"Resources":[{"Live":{"Type":"AWS::Lambda::Function",`+
			`"Properties":{"Name":"portico-dev-webhooks","Alias":"live","CurrentVersion":"1",`+
			`"TargetVersion":%q}}}],"Hooks":[{"BeforeAllowTraffic":"portico-dev-release-check"}]}`,
			in.DeploymentID)
		_ = json.NewEncoder(w).Encode(map[string]any{"deploymentInfo": map[string]any{
			"deploymentId": in.DeploymentID, "creator": "CloudFormation",
			"revision": map[string]any{
				"revisionType":   "AppSpecContent",
				"appSpecContent": map[string]string{"content": spec},
			},
		}})
	case operation == "PutLifecycleEventHookExecutionStatus":
		c.mu.Lock()
		defer c.mu.Unlock()
		c.told[in.DeploymentID+" "+in.LifecycleEventHookExecutionID] += in.Status
		_, _ = io.WriteString(w, `{}`)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

// create makes a function, with a zip file of its code and its variables.
func create(t *testing.T, r *runner.Runner, name, code string, variables map[string]string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 60,
		"Role": "arn:aws:iam::123456789012:role/r", "Code": map[string]any{"ZipFile": contents(t, code)},
		"Environment": map[string]any{"Variables": variables},
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, text := functions(t, r, "POST /2015-03-31/functions", body); status != 201 {
		t.Fatalf("creating %s answers %d %s", name, status, text)
	}
}

// publish gives a function new code, and returns the version that it publishes of it.
func publish(t *testing.T, r *runner.Runner, name, code string) string {
	t.Helper()
	body, err := json.Marshal(map[string]any{"ZipFile": contents(t, code), "Publish": true})
	if err != nil {
		t.Fatal(err)
	}
	status, text := functions(t, r, "PUT /2015-03-31/functions/"+name+"/code", body)
	version := member(text, "Version")
	if status != 200 || version == "" {
		t.Fatalf("publishing %s answers %d %s", name, status, text)
	}
	return version
}

func contents(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// TestTheHookChecksVersions runs the hook as CodeDeploy does: its own process finds out what is
// deployed, and asks the version of the function that it names.
func TestTheHookChecksVersions(t *testing.T) {
	deploy := startCodeDeploy(t)
	r := runner.Start(t, runner.Options{
		Dir: t.TempDir(), Empty: true, Environ: []string{"AWS_ENDPOINT_URL_CODEDEPLOY=" + deploy.URL},
	})
	good := zipped(t, "../functions/webhooks", "")
	create(t, r, "portico-dev-webhooks", good, map[string]string{"ORDERS_TABLE": "orders"})
	create(t, r, "portico-dev-release-check", zipped(t, "../functions/release-check", ""),
		map[string]string{"FUNCTION_PREFIX": "portico-dev-"})
	first := publish(t, r, "portico-dev-webhooks", good)
	second := publish(t, r, "portico-dev-webhooks", packaged(t, "b")) // answers what it likes
	for _, row := range []struct {
		name, version, status string
		want                  []string
	}{
		{"a good version", first, "Succeeded", []string{`"replayed":2}`}},
		{"a bad version", second, "Failed", []string{
			`"replayed":2`, `empty-batch: $.batchItemFailures: missing, want []`,
			`unreadable-record: $.release: not expected, got \"b\"`,
		}},
		{"the good one again", first, "Succeeded", nil},
		{"one that is not there", "99", "Failed", []string{`"failure":"replaying webhooks/empty-batch`}},
	} {
		t.Run(row.name, func(t *testing.T) {
			execution := "execution of " + row.name
			event, err := json.Marshal(map[string]string{
				"DeploymentId": row.version, "LifecycleEventHookExecutionId": execution,
			})
			if err != nil {
				t.Fatal(err)
			}
			status, text := functions(t, r,
				"POST /2015-03-31/functions/portico-dev-release-check/invocations", event)
			for _, want := range append(row.want, `"status":"`+row.status+`"`) {
				if status != 200 || !strings.Contains(text, want) {
					t.Errorf("the hook answers %d %s, want %s", status, text, want)
				}
			}
			deploy.mu.Lock()
			defer deploy.mu.Unlock()
			if got := deploy.told[row.version+" "+execution]; got != row.status {
				t.Errorf("CodeDeploy was told %q, want %s once: %v", got, row.status, deploy.told)
			}
		})
	}
	http.DefaultClient.CloseIdleConnections()
}
