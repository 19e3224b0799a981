package test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"portico/local/runner"
)

// startControl serves a small template, for the management APIs beside it.
func startControl(t *testing.T, state string) *runner.Runner {
	t.Helper()
	template, err := filepath.Abs("testdata/control/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return runner.Start(t, runner.Options{Dir: t.TempDir(), Template: template, State: state})
}

// awsEnvironment points AWS's clients at the runner, with credentials that mean nothing.
func awsEnvironment(r *runner.Runner) []string {
	return append(os.Environ(), "AWS_ENDPOINT_URL="+r.URL(), "AWS_ACCESS_KEY_ID=test",
		"AWS_SECRET_ACCESS_KEY=test", "AWS_DEFAULT_REGION=us-east-1", "AWS_PAGER=",
		"AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null",
		"AWS_EC2_METADATA_DISABLED=true")
}

// TestClientsBuildAnAPI runs AWS's own clients, each of which builds an API from nothing, calls it,
// changes it and deletes it.
func TestClientsBuildAnAPI(t *testing.T) { runClients(t, "build", onTemplate) }

// manage makes a signed call of apigateway, and returns the answer.
func manage(t *testing.T, r *runner.Runner, line, body string) string {
	t.Helper()
	status, text := dispatch(t, r, outgoing{line: line, body: body, service: "apigateway"})
	if status >= 300 {
		t.Fatalf("%s answers %d %s", line, status, text)
	}
	return text
}

// member reads a string out of a flat JSON answer.
func member(text, name string) string {
	_, after, _ := strings.Cut(text, `"`+name+`":"`)
	value, _, _ := strings.Cut(after, `"`)
	return value
}

const mockDocument = `{"openapi":"3.0.1","info":{"title":"load","version":"1"},"paths":{"/x":{"get":` +
	`{"responses":{"200":{"description":"ok"}},"x-amazon-apigateway-integration":{"type":"mock",` +
	`"requestTemplates":{"application/json":"{\"statusCode\": 200}"},` +
	`"responses":{"default":{"statusCode":"200","responseTemplates":{"application/json":"ok"}}}}}}}}`

// TestDeploymentsSwapUnderLoad deploys and changes the stage again and again while clients call: no
// call fails.
func TestDeploymentsSwapUnderLoad(t *testing.T) {
	r := startControl(t, "")
	api := member(manage(t, r, "POST /restapis?mode=import", mockDocument), "id")
	manage(t, r, "POST /restapis/"+api+"/deployments", `{"stageName":"dev"}`)
	address := r.URL() + "/restapis/" + api + "/dev/_user_request_/x"
	var calling sync.WaitGroup
	var done atomic.Bool
	var calls atomic.Int64
	for range 4 {
		calling.Go(func() {
			for !done.Load() {
				status, text := visit(t, address)
				if calls.Add(1); status != http.StatusOK || text != "ok" {
					t.Errorf("a call is answered %d %s", status, text)
					return
				}
			}
		})
	}
	for n := range 30 {
		manage(t, r, "POST /restapis/"+api+"/deployments", `{"stageName":"dev"}`)
		manage(t, r, "PATCH /restapis/"+api+"/stages/dev", fmt.Sprintf(`{"patchOperations":[{"op":"replace",`+
			`"path":"/variables/n","value":"%d"}]}`, n))
	}
	done.Store(true)
	calling.Wait()
	if calls.Load() == 0 {
		t.Error("nothing was called")
	}
	http.DefaultClient.CloseIdleConnections()
}

func visit(t *testing.T, address string) (int, string) {
	response, err := http.Get(address)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, string(text)
}

// TestWhatWasCreatedOutlivesTheRunner restarts on the same state folder, and then resets it.
func TestWhatWasCreatedOutlivesTheRunner(t *testing.T) {
	state := t.TempDir()
	var api string
	t.Run("the first runner", func(t *testing.T) {
		r := startControl(t, state)
		api = member(manage(t, r, "POST /restapis?mode=import", mockDocument), "id")
		manage(t, r, "POST /restapis/"+api+"/deployments", `{"stageName":"dev"}`)
	})
	r := startControl(t, state)
	address := r.URL() + "/restapis/" + url.PathEscape(api) + "/dev/_user_request_/x"
	if status, text := visit(t, address); status != http.StatusOK || text != "ok" {
		t.Errorf("after a restart a call is answered %d %s", status, text)
	}
	reset(t, r)
	if status, text := visit(t, address); status != http.StatusForbidden {
		t.Errorf("after a reset a call is answered %d %s, want 403", status, text)
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestOperationsAreListed prints what portico check --apis prints.
func TestOperationsAreListed(t *testing.T) {
	var text strings.Builder
	if err := runner.WriteOperations(&text, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`apigateway +CreateRestApi +implemented`, `wafv2 +GetMobileSdkRelease +not implemented`,
		`sts: 5 of [0-9]+ operations`,
	} {
		if !regexp.MustCompile(want).MatchString(text.String()) {
			t.Errorf("the list has no line %s:\n%s", want, text.String())
		}
	}
}
