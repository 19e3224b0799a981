package test

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"portico/local/runner"
)

// packaged builds a release of testdata/control/function, and returns it as a zip file.
func packaged(t *testing.T, release string) string {
	t.Helper()
	return zipped(t, "./testdata/control/function", "-s -w -X main.release="+release)
}

// TestClientsCreateFunctions runs AWS's own clients, each of which creates functions, releases and
// calls them.
func TestClientsCreateFunctions(t *testing.T) {
	runClients(t, "lambda", onTemplate, "CODE_A="+packaged(t, "a"), "CODE_B="+packaged(t, "b"))
}

// functions makes a signed call of Lambda, and returns the answer.
func functions(t *testing.T, r *runner.Runner, line string, body []byte) (int, string) {
	t.Helper()
	return dispatch(t, r, outgoing{line: line, body: string(body), service: "lambda"})
}

func createFunction(t *testing.T, r *runner.Runner, name string) {
	t.Helper()
	code, err := os.ReadFile(packaged(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	body, err := json.Marshal(map[string]any{
		"FunctionName": name, "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 20,
		"Role": "arn:aws:iam::123456789012:role/r", "Code": map[string]any{"ZipFile": code},
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, text := functions(t, r, "POST /2015-03-31/functions", body); status != 201 {
		t.Fatalf("creating %s answers %d %s", name, status, text)
	}
}

// TestFunctionsReachTheDoor calls, from within a function, services that are served and that are not,
// and restarts the runner.
func TestFunctionsReachTheDoor(t *testing.T) {
	state := t.TempDir()
	t.Run("the first runner", func(t *testing.T) {
		r := startControl(t, state)
		createFunction(t, r, "caller")
		testCalls(t, r)
	})
	r := startControl(t, state)
	testCalls(t, r)
	reset(t, r)
	if status, text := functions(t, r, "GET /2015-03-31/functions/caller", nil); status != 404 {
		t.Errorf("after a reset: %d %s", status, text)
	}
	http.DefaultClient.CloseIdleConnections()
}

func testCalls(t *testing.T, r *runner.Runner) {
	t.Helper()
	for event, want := range map[string]string{
		`{"function":"caller"}`: `"answer":"{\"release\":\"a\"`,
		`{"function":"nobody"}`: `Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody`,
		`{"service":"kinesis"}`: `AWS_ENDPOINT_URL_KINESIS`,
	} {
		status, text := functions(t, r, "POST /2015-03-31/functions/caller/invocations", []byte(event))
		if status != 200 || !strings.Contains(text, want) {
			t.Errorf("%s answers %d %s, want %s", event, status, text, want)
		}
	}
}
