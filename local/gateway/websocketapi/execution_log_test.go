package websocketapi_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/websocketapi"
)

// logging sets the level of the stage dev.
func logging(def api.WebSocket, level string, data bool) api.WebSocket {
	def.Stages[0].MethodSettings = map[string]api.MethodSettings{"*": {LoggingLevel: level, DataTrace: data}}
	return def
}

// logged is newBackedGateway with an execution log.
func logged(t *testing.T, def api.WebSocket, i *invoker) (*gateway, chan string) {
	t.Helper()
	logs := make(chan string, 100)
	return newBackedGateway(t, def, i, func(d *websocketapi.Dependencies) {
		d.ExecutionLog = func(group, lines string) { logs <- group + "\n" + lines }
	}), logs
}

// unnamed takes out of a log what every call has anew; its lines begin with the request's id.
func unnamed(log string) string {
	id := regexp.MustCompile(`\((\S+)\)`).FindStringSubmatch(log)
	if id == nil {
		return log
	}
	log = strings.ReplaceAll(strings.ReplaceAll(log, "("+id[1]+") ", ""), id[1], "R")
	log = regexp.MustCompile(`Root=1-[0-9a-f]{8}-[0-9a-f]{24}`).ReplaceAllString(log, "T")
	log = regexp.MustCompile(`(\[Connection Id: |received message from client \[)[^]]+`).ReplaceAllString(log, "${1}C")
	return regexp.MustCompile(`UserAgent: [^,]*`).ReplaceAllString(log, "UserAgent: U")
}

const (
	logGroup     = "/aws/apigateway/a1b2c3d4e5/dev"
	logAddress   = "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/" + functions + "realtime:live/invocations"
	callsLambda  = "Sending request to " + logAddress + "\nReceived response. Status: 200, Integration latency: 0 ms\n"
	checksNoKey  = "Verifying Usage Plan for request: R. API Key:  API Stage: a1b2c3d4e5/dev\nAPI Key  authorized because route '$connect' does not require API Key. Request will not contribute to throttle or quota limits\nUsage Plan check succeeded for API Key  and API Stage a1b2c3d4e5/dev\n"
	connecting1  = "Starting execution for request: R\nWebSocket Request Route: [$connect]\nClient [UserAgent: U, SourceIp: 127.0.0.1] is connecting to WebSocket API [a1b2c3d4e5].\n"
	connected    = "Client [Connection Id: C] connected to API [a1b2c3d4e5] successfully."
	arrivedAt    = "Starting execution for request: R\nWebSocket Request Route: [echo]\nWebSocket API [a1b2c3d4e5] received message from client [C]."
	opensLog     = logGroup + "\nExtended Request Id: R\n"
	disconnected = "Starting execution for request: R\nWebSocket Request Route: [$disconnect]\n" + callsLambda + "Client [Connection Id: C] disconnected from API [a1b2c3d4e5] with integration response status code [200]. Close reason: [1000: bye]"
)

// The lines on backends, guards and plans are those of spec observability.md §2; that of a message is
// from a recorded log, as is the log group.
func TestExecutionLogOfAConnection(t *testing.T) {
	g, logs := logged(t, logging(definition(), "INFO", false), &invoker{answer: fine})
	conn := g.dial("/dev")
	g.send(conn, `{"action":"echo"}`)
	g.receive(conn)
	_ = conn.Close(1000, "bye")
	for _, want := range []string{
		opensLog + checksNoKey + connecting1 + callsLambda + connected,
		opensLog + arrivedAt + "\n" + callsLambda + "Message from client [Connection Id: C] sent to API [a1b2c3d4e5] with response status code [200].",
		opensLog + disconnected,
	} {
		if diff := cmp.Diff(want, unnamed(<-logs)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestExecutionLogWithoutRoutes(t *testing.T) {
	def := logging(definition(), "INFO", false)
	def.Routes = def.Routes[3:] // echo and silent alone
	g, logs := logged(t, def, &invoker{answer: fine})
	conn := g.dial("/dev")
	g.send(conn, `{"action":"none"}`)
	g.receive(conn)
	_ = conn.Close(1000, "bye")
	for _, want := range []string{
		opensLog + connecting1 + connected,
		opensLog + "Execution failed: Forbidden",
		opensLog + "Starting execution for request: R\nWebSocket Request Route: [$disconnect]\nClient [Connection Id: C] disconnected from API [a1b2c3d4e5]. Close reason: [1000: bye]",
	} {
		if diff := cmp.Diff(want, unnamed(<-logs)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestExecutionLogWithData(t *testing.T) {
	g, logs := logged(t, logging(definition(), "INFO", true), &invoker{answer: fine})
	conn := g.dial("/dev")
	<-logs
	g.send(conn, `{"action":"echo"}`)
	log := unnamed(<-logs)
	for _, want := range []string{
		"received message from client [C]. Message: [" + `{"stageVariables":{"table":"t"},"requestContext":{`,
		"Endpoint request URI: " + logAddress + "\nEndpoint request headers: {",
		"x-amzn-lambda-integration-tag=R", "User-Agent=AmazonAPIGateway_a1b2c3d4e5",
		"Endpoint request body after transformations: " + `{"stageVariables":{"table":"t"},"requestContext":{`, "\nSending request to ",
		"Endpoint response headers: {Date=Sun, 22 Nov 2026 10:00:00 GMT, Content-Type=application/json, ",
		"Endpoint response body before transformations: " + `{"statusCode":200,"body":"{\"action\":\"echo\"}"}` + "\n",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("there is no %q in\n%s", want, log)
		}
	}
}

func TestExecutionLogOfAnHTTPBackend(t *testing.T) {
	url, _ := serving(t, answering(200, "hello"))
	g, logs := logged(t, logging(calling(at(url+"/p", templated(custom(says("$default", "x")), "made"))), "INFO", true), &invoker{answer: fine})
	conn := g.dial("/dev")
	<-logs
	g.send(conn, message)
	log := unnamed(<-logs)
	for _, want := range []string{
		"Message: [" + message + "]\n", "Endpoint request URI: " + url + "/p\n", "X-Amzn-Apigateway-Api-Id=a1b2c3d4e5",
		"Endpoint request body after transformations: made\nSending request to " + url + "/p\n",
		"Received response. Status: 200, Integration latency: 0 ms\n", "X-Kind=k1", "Endpoint response body before transformations: hello\n",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("there is no %q in\n%s", want, log)
		}
	}
}

// failedLogs are how a log at level ERROR ends.
var failedLogs = []struct {
	name, answer string // of the function
	invoke       error
	want         string
}{
	{"a function that fails", `!{"errorMessage":"boom"}`, nil, "Lambda execution failed with status 200 due to customer function error: boom. Lambda request id: "},
	{"an answer of another shape", `[]`, nil, "Execution failed due to configuration error: Malformed Lambda proxy response"},
	{"a function that may not be called", "", &exchange.InvokeError{Code: "AccessDeniedException", Status: 403}, "Execution failed due to configuration error: Invalid permissions on Lambda function"},
	{"a function that is not there", "", &exchange.InvokeError{Code: "ResourceNotFoundException", Status: 404}, "Execution failed due to configuration error: invoking realtime: ResourceNotFoundException"},
}

func TestExecutionLogOfFailures(t *testing.T) {
	for _, row := range failedLogs {
		t.Run(row.name, func(t *testing.T) {
			i := &invoker{answer: func(ctx context.Context, e event, in exchange.Invocation) (string, error) {
				if e.RequestContext.EventType != "MESSAGE" {
					return fine(ctx, e, in)
				}
				return row.answer, row.invoke
			}}
			g, logs := logged(t, logging(definition(), "ERROR", false), i)
			conn := g.dial("/dev")
			g.send(conn, `{"action":"echo"}`)
			log := unnamed(<-logs) // $connect, which went well, is not in it
			if !strings.HasPrefix(log, opensLog+arrivedAt+"\nSending request to "+logAddress) || !strings.Contains(log, "\n"+row.want) {
				t.Errorf("got %s", log)
			}
		})
	}
}

func TestExecutionLogOfGuards(t *testing.T) {
	const begins = opensLog + "Starting authorizer: z for request: R\n"
	for _, test := range []struct {
		name, path, verdict, want string
		key                       bool
	}{
		{"an authorizer that allows", "/dev?token=x", allow, begins + "Using valid authorizer policy for principal: ***\nSuccessfully completed authorizer execution\n" + checksNoKey + connecting1, false},
		{"an authorizer that denies", "/dev?token=x", strings.Replace(allow, "Allow", "Deny", 1), begins + "The client is not authorized to perform this operation.", false},
		{"no identity source", "/dev", allow, opensLog + "Unauthorized request: R", false},
		{"an authorizer that fails", "/dev?token=x", "!{}", begins + "Execution failed due to configuration error: authorizer gate failed: {}", false},
		{"no API key", "/dev?token=x", allow, "Verifying Usage Plan for request: R. API Key:  API Stage: a1b2c3d4e5/dev\nExecution failed: Forbidden", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			def := logging(authorized(), "INFO", false)
			if test.key {
				def = keyed(def, fromHeader)
			}
			g, logs := logged(t, def, answers(map[string]string{"AUTHORIZE": test.verdict, "CONNECT": `{"statusCode":200}`}))
			_, _, _ = g.try(test.path, nil)
			if log := unnamed(<-logs); !strings.Contains(log, test.want) {
				t.Errorf("got %s\nwant %s", log, test.want)
			}
		})
	}
}

func TestExecutionLogOfARoute(t *testing.T) {
	def := logging(definition(), "OFF", false)
	def.Stages[0].MethodSettings["silent"] = api.MethodSettings{LoggingLevel: "INFO"}
	g, logs := logged(t, def, &invoker{answer: fine})
	conn := g.dial("/dev")
	g.send(conn, `{"action":"echo"}`)
	g.receive(conn)
	g.send(conn, `{"action":"silent"}`)
	if log := <-logs; !strings.Contains(log, "Route: [silent]") {
		t.Errorf("got %s", log)
	}
	g.command("GET", "/dev/@connections/none=", "")
	_ = conn.Close(1000, "")
	g.record("DISCONNECT")
	if len(logs) > 0 {
		t.Errorf("got %s", <-logs)
	}
}

func TestClientCertificates(t *testing.T) {
	url, calls := serving(t, answering(200, "hello"))
	def := calling(at(url, proxy(nil)))
	def.Stages[0].ClientCertificateID = "c1"
	t.Run("a caller that presents it", func(t *testing.T) {
		asked := ""
		g := newBackedGateway(t, def, &invoker{answer: fine}, func(d *websocketapi.Dependencies) {
			own := d.HTTP
			d.Presenting = func(id string) (*integration.HTTP, error) { asked = id; return own, nil }
			d.HTTP = integration.NewHTTP(d.Clock)
		})
		if got, reason := g.told(t, message); got != "hello" || asked != "c1" {
			t.Errorf("received %q (%s), %q was asked for", got, reason, asked)
		}
		<-calls
	})
	t.Run("nobody presents it", func(t *testing.T) {
		g := newBackedGateway(t, def, &invoker{answer: fine}, nil)
		got, reason := g.told(t, message)
		if got != failure("Internal server error") || !strings.Contains(reason, "client certificate c1 of stage dev is not known here") {
			t.Errorf("received %s, reason %q", got, reason)
		}
		if len(calls) > 0 {
			t.Error("the backend was called without")
		}
	})
	t.Run("one that cannot be read", func(t *testing.T) {
		_, err := websocketapi.New(def, websocketapi.Dependencies{
			Clock:      clock.System{},
			Presenting: func(string) (*integration.HTTP, error) { return nil, errors.New("no disk") },
		})
		if err == nil || !strings.Contains(err.Error(), "stage dev: client certificate c1: no disk") {
			t.Errorf("got %v", err)
		}
	})
}
