package restapi_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

// logging sets the level of the stage dev.
func (w *world) logging(level string, data bool) {
	w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{"*/*": {LoggingLevel: level, DataTrace: data}}
}

var anyExtendedID = regexp.MustCompile(`Extended Request Id: \S+`)

// oneHeader are the lines of a request as a log shows them, with the one that a test sent.
var oneHeader = regexp.MustCompile(`\{.*(X-A=1).*\}`)

// executionLogs returns the logs with their ids replaced, and each line without the request's.
func (w *world) executionLogs() string {
	text := anyExtendedID.ReplaceAllString(logged(strings.Join(w.logs, "")), "Extended Request Id: <id>")
	return strings.ReplaceAll(oneHeader.ReplaceAllString(text, "{…$1…}"), "(<id>) ", "")
}

// The lines are those of spec observability.md §2.
func TestExecutionLog(t *testing.T) {
	const group = "API-Gateway-Execution-Logs_abc1234567/dev"
	usage := func(method string) []string {
		return []string{
			"Verifying Usage Plan for request: <id>. API Key:  API Stage: abc1234567/dev",
			"API Key  authorized because method '" + method + "' does not require API Key. Request will not contribute to throttle or quota limits",
			"Usage Plan check succeeded for API Key  and API Stage abc1234567/dev",
		}
	}
	opening := []string{group, "Extended Request Id: <id>"}
	execution := []string{"Starting execution for request: <id>", "HTTP Method: GET, Resource Path: /m"}
	text := func(parts ...[]string) string {
		var lines []string
		for _, part := range parts {
			lines = append(lines, part...)
		}
		return strings.Join(lines, "\n") + "\n"
	}
	ended := func(status string) []string {
		return []string{"Successfully completed execution", "Method completed with status: " + status}
	}
	plain := text(opening, usage("GET /m"), execution, ended("200"))
	failed := []string{
		"Execution failed due to configuration error: Malformed Lambda proxy response",
		"Method completed with status: 502", "AWS Integration Endpoint RequestId : lambda-1",
	}
	address := "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/" + functionARN + "/invocations"
	sent := []string{"Sending request to " + address, "Received response. Status: 200, Integration latency: 0 ms"}
	atX := []string{execution[0], "HTTP Method: GET, Resource Path: /x"}
	authorizing := []string{"Starting authorizer: auth01 for request: <id>"}
	for _, r := range []struct {
		name, level string
		data        bool
		target      string
		header      []string
		answer      string // of the function
		want        string
	}{
		{name: "OFF logs nothing", level: "OFF", target: "/dev/m"},
		{name: "INFO logs a call", level: "INFO", target: "/dev/m", want: plain},
		{name: "ERROR does not log a call that succeeded", level: "ERROR", data: true, target: "/dev/m"},
		{name: "a data trace has headers and bodies", level: "INFO", data: true, target: "/dev/m?a=b", header: []string{"X-A: 1"}, want: text(opening, usage("GET /m"), execution, []string{
			"Method request path: {}", "Method request query string: {a=b}",
			"Method request headers: {…X-A=1…}",
			"Method request body before transformations: ", "Method response body after transformations: mocked",
			"Method response headers: {Content-Type=application/json}",
		}, ended("200"))},
		{name: "INFO logs a function's call", level: "INFO", target: "/dev/x", answer: `{"statusCode":201}`, want: text(opening, usage("GET /{proxy+}"), atX, sent, ended("201"), failed[2:])},
		{name: "ERROR logs what failed", level: "ERROR", target: "/dev/x", answer: `[]`, want: text(opening, usage("GET /{proxy+}"), atX, sent, failed)},
		{name: "ERROR logs who may not come in", level: "ERROR", target: "/dev/guarded", want: text(opening, authorizing, []string{"Unauthorized request: <id>", "Method completed with status: 401"})},
		{name: "an authorizer that lets a call in", level: "INFO", target: "/dev/guarded", header: []string{"Authorization: t"}, answer: `{"statusCode":201}`, want: text(opening, authorizing, []string{
			"Using valid authorizer policy for principal: **", "Successfully completed authorizer execution",
		}, usage("GET /guarded"), []string{execution[0], "HTTP Method: GET, Resource Path: /guarded"}, sent, ended("201"), failed[2:])},
		{name: "a call that reaches no method", level: "INFO", target: "/dev"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.method("/m", "GET", mocked("200", "mocked"))
			w.guard("TOKEN", nil)
			w.logging(r.level, r.data)
			if r.answer != "" {
				w.lambda.answer(functionARN, r.answer)
			}
			w.get(t, r.target, r.header...)
			got := w.executionLogs()
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExecutionLogOfAMethod(t *testing.T) {
	w := newWorld()
	w.method("/m", "GET", mocked("200", "mocked"))
	w.logging("OFF", false)
	w.def.Stages[0].MethodSettings["/m/GET"] = api.MethodSettings{LoggingLevel: "INFO"}
	w.get(t, "/dev/x")
	w.get(t, "/dev/m")
	if len(w.logs) != 1 || !strings.Contains(w.logs[0], "Resource Path: /m\n") {
		t.Errorf("got %q", w.logs)
	}
	for line := range strings.Lines(strings.TrimPrefix(w.logs[0], "API-Gateway-Execution-Logs_abc1234567/dev\n")) {
		if !strings.HasPrefix(line, "("+w.records[1].RequestID+") ") {
			t.Errorf("a line is %q", line)
		}
	}
}

func TestExecutionLogShowsTheReplyBeforeCompression(t *testing.T) {
	w := newWorld()
	w.def.MinimumCompressionSize = new(int)
	w.method("/m", "GET", mocked("200", strings.Repeat("long ", 300)))
	w.logging("INFO", true)
	w.get(t, "/dev/m", "Accept-Encoding: gzip")
	cut := strings.Repeat("long ", 300)[:1024-len("Method response body after transformations: ")]
	for _, want := range []string{"transformations: " + cut + " [TRUNCATED]\n", "Method response headers: {Content-Type=application/json}\n"} {
		if !strings.Contains(w.logs[0], want) {
			t.Errorf("there is no %q in %s", want, w.logs[0])
		}
	}
}

func TestExecutionLogOfACanary(t *testing.T) {
	w := newWorld()
	w.canary(50)
	w.logging("INFO", false)
	w.get(t, "/dev/r")
	w.roll = 0.9
	w.get(t, "/dev/r")
	if len(w.logs) != 2 || !strings.HasPrefix(w.logs[0], "API-Gateway-Execution-Logs_abc1234567/dev/Canary\n") ||
		!strings.HasPrefix(w.logs[1], "API-Gateway-Execution-Logs_abc1234567/dev\n") {
		t.Errorf("got %q", w.logs)
	}
}

func TestExecutionLogOfAKeptReply(t *testing.T) {
	w := cached(nil)
	settings := w.def.Stages[0].MethodSettings["*/*"]
	settings.LoggingLevel = "INFO"
	w.def.Stages[0].MethodSettings["*/*"] = settings
	w.get(t, "/dev/c/1")
	w.get(t, "/dev/c/1")
	if strings.Contains(w.logs[1], "Sending request") || !strings.Contains(w.logs[1], "Successfully completed execution") {
		t.Errorf("got %s", w.logs[1])
	}
}
