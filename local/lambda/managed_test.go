package lambda

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const nodeHandler = `
exports.handler = async (event, context) => {
  console.log('saw', event.text);
  if (event.fail) throw new TypeError(event.fail);
  if (event.reject) throw event.reject;
  if (event.none) return undefined;
  return {
    text: event.text, arn: context.invokedFunctionArn, id: context.awsRequestId,
    client: context.clientContext, left: context.getRemainingTimeInMillis() > 0,
    tool: process.env.PATH, modules: process.env.NODE_PATH,
  };
};
exports.callback = (event, context, done) => done(null, 'called ' + event.text);
exports.value = () => 'returned';
exports.thenable = () => ({ then: (done) => done('promised') });
exports.silent = (event, context, done) => {};
exports.unsettled = async () => new Promise(() => {});
exports.stream = awslambda.streamifyResponse(async (event, out) => {
  out = awslambda.HttpResponseStream.from(out, { statusCode: 201 });
  out.write('one ');
  if (event.fail) throw new Error(event.fail);
  out.end('two');
});
`

const pythonHandler = `
import logging
logging.getLogger().setLevel("INFO")
def handler(event, context):
    print("saw", event.get("text"))
    logging.info("logged")
    if event.get("fail"):
        raise ValueError(event["fail"])
    if event.get("odd"):
        return {1, 2}
    if event.get("none"):
        return None
    return {"text": event.get("text"), "arn": context.invoked_function_arn,
            "id": context.aws_request_id, "client": context.client_context,
            "left": context.get_remaining_time_in_millis() > 0}
`

// inline is a configuration of one function of a managed runtime.
func inline(t *testing.T, runtime, handler, code string) Configuration {
	t.Helper()
	program := "node"
	if strings.HasPrefix(runtime, "python") {
		program = "python3"
	}
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is needed to run functions of %s: %v", program, runtime, err)
	}
	return handlerFunction(t, func(f *Function) {
		f.Runtime, f.Handler, f.TimeoutSeconds = runtime, handler, 20
		f.Code = Code{Inline: code}
	})
}

// TestManagedRuntimes answers, logs and fails as the runtimes of AWS do.
func TestManagedRuntimes(t *testing.T) {
	for runtime, is := range map[string]struct{ handler, code, log string }{
		"nodejs22.x": {"index.handler", nodeHandler, "\trequest\tINFO\tsaw hello"},
		"python3.13": {"index.handler", pythonHandler, "saw hello\n[INFO]\t"},
	} {
		t.Run(runtime, func(t *testing.T) {
			s := open(t, Options{Log: func(Line) {}}, inline(t, runtime, is.handler, is.code))
			call := func(event string) (Output, string) {
				t.Helper()
				tail := &Tail{}
				out, err := s.Invoke(t.Context(), Input{
					FunctionARN: "orders", Payload: []byte(event), Tail: tail, RequestID: "request",
					ClientContext: `{"custom":{"a":"b"}}`,
				})
				if err != nil {
					t.Fatal(err)
				}
				return out, string(tail.Text())
			}
			out, tail := call(`{"text":"hello"}`)
			got := decode[map[string]any](t, out)
			client, err := json.Marshal(got["client"])
			if err != nil || got["text"] != "hello" || got["arn"] != account+"orders" ||
				got["id"] != "request" || got["left"] != true || string(client) != `{"custom":{"a":"b"}}` {
				t.Errorf("got %v", got)
			}
			if !strings.Contains(tail, is.log) {
				t.Errorf("the log is %q, and lacks %q", tail, is.log)
			}
			if out, _ := call(`{"none":true}`); string(out.Payload) != "null" {
				t.Errorf("nothing is %s", out.Payload)
			}
			failed, _ := call(`{"fail":"no"}`)
			var document struct{ ErrorMessage, ErrorType string }
			if err := json.Unmarshal(failed.Payload, &document); err != nil ||
				document.ErrorMessage != "no" || failed.FunctionError != "Unhandled" ||
				document.ErrorType != "TypeError" && document.ErrorType != "ValueError" {
				t.Errorf("got %s %v", failed.Payload, err)
			}
			if again, _ := call(`{"text":"again"}`); decode[map[string]any](t, again)["text"] != "again" {
				t.Errorf("after a failure: %s", again.Payload)
			}
		})
	}
}

// TestManagedRuntimesSayWhatIsWrong begins with code that cannot be loaded.
func TestManagedRuntimesSayWhatIsWrong(t *testing.T) {
	for name, is := range map[string]struct{ runtime, handler, code, event, want string }{
		"a module that is not there": {
			"nodejs22.x", "app.handler", nodeHandler, "{}",
			`{"errorType":"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module 'app'"`,
		},
		"a function that is not there": {
			"nodejs22.x", "index.other", nodeHandler, "{}",
			`{"errorType":"Runtime.HandlerNotFound","errorMessage":"index.other is undefined or not exported"`,
		},
		"a text that is thrown": {
			"nodejs22.x", "index.handler", nodeHandler, `{"reject":"Unauthorized"}`,
			`{"errorType":"string","errorMessage":"Unauthorized","trace":[]}`,
		},
		"a module of Python that is not there": {
			"python3.13", "x.handler", pythonHandler, "{}",
			`{"errorMessage": "Unable to import module 'x': No module named 'x'", "errorType": ` +
				`"Runtime.ImportModuleError", "requestId": "", "stackTrace": []}`,
		},
		"what is no JSON": {
			"python3.13", "index.handler", pythonHandler, `{"odd":true}`,
			`{"errorMessage": "Unable to marshal response: Object of type set is not JSON serializable", ` +
				`"errorType": "Runtime.MarshalError"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, Options{}, inline(t, is.runtime, is.handler, is.code))
			if out := invoke(t, s, is.event); !strings.HasPrefix(string(out.Payload), is.want) {
				t.Errorf("got  %s\nwant %s…", out.Payload, is.want)
			}
		})
	}
}

// TestNodeStreamsAndCallsBack uses the two other kinds of handlers.
func TestNodeStreamsAndCallsBack(t *testing.T) {
	s := open(t, Options{}, inline(t, "nodejs22.x", "index.callback", nodeHandler))
	if out := invoke(t, s, `{"text":"me"}`); string(out.Payload) != `"called me"` {
		t.Errorf("a callback answers %s", out.Payload)
	}
	s = open(t, Options{}, inline(t, "nodejs22.x", "index.stream", nodeHandler))
	got, err := s.InvokeStream(t.Context(), Input{FunctionARN: "orders"})
	if err != nil {
		t.Fatal(err)
	}
	text, err := readAll(got.Body)
	if err != nil || text != `{"statusCode":201}`+strings.Repeat("\x00", 8)+"one two" {
		t.Errorf("got %q %v", text, err)
	}
	got, err = s.InvokeStream(t.Context(), Input{FunctionARN: "orders", Payload: []byte(`{"fail":"no"}`)})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := readAll(got.Body); err == nil || !strings.Contains(err.Error(), `"errorMessage":"no"`) {
		t.Errorf("a stream that fails: %q %v", text, err)
	}
}

// TestWhatANodeHandlerReturns follows the runtime interface clients of Node.js 22 and of 24.
func TestWhatANodeHandlerReturns(t *testing.T) {
	const deprecated = `{"errorType":"Runtime.CallbackHandlerDeprecated","errorMessage":"ERROR: AWS ` +
		`Lambda has removed support for callback-based function handlers starting with Node.js 24.`
	for _, row := range []struct{ does, runtime, handler, want string }{
		{"a value is ignored before 24", "nodejs22.x", "index.value", "null"},
		{"a value is awaited since", "nodejs24.x", "index.value", `"returned"`},
		{"anything with a then is a promise", "nodejs22.x", "index.thenable", `"promised"`},
		{"a callback that is never called answers null", "nodejs22.x", "index.silent", "null"},
		{"callbacks are refused since 24", "nodejs24.x", "index.callback", deprecated},
		{
			"a promise that is never settled fails", "nodejs22.x", "index.unsettled",
			`{"errorType":"Runtime.NodeJsExit"`,
		},
		{"streams are no callbacks", "nodejs24.x", "index.stream", `{"statusCode":201}`},
	} {
		t.Run(row.does, func(t *testing.T) {
			s := open(t, Options{}, inline(t, row.runtime, row.handler, nodeHandler))
			for range 2 {
				if out := invoke(t, s, "{}"); !strings.HasPrefix(string(out.Payload), row.want) {
					t.Errorf("got %s, want %s", out.Payload, row.want)
				}
			}
		})
	}
}

// TestNodePrintsBeforeItAnswers writes more than a pipe holds: no line may come after the REPORT.
func TestNodePrintsBeforeItAnswers(t *testing.T) {
	lines := newRecord()
	s := open(t, Options{Log: lines.add}, inline(t, "nodejs22.x", "index.handler", `
		exports.handler = async () => {
		  for (let i = 0; i < 5000; i++) console.log('printed ' + 'x'.repeat(100));
		};`))
	invoke(t, s, `{}`)
	all := lines.all()
	if n := lines.count("printed "); n != 5000 {
		t.Errorf("%d lines of 5000 came before the answer", n)
	}
	if last := all[len(all)-1]; !strings.HasPrefix(last.Text, "REPORT ") {
		t.Errorf("the last line is %q", last.Text)
	}
}

// TestLayersAreFound hands a function two layers, of which the last one is looked at first.
func TestLayersAreFound(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	c := inline(t, "nodejs22.x", "index.handler", `
		exports.handler = async () => require('greeting') + ' ' + process.env.PATH.split(':').slice(-2);`)
	for dir, text := range map[string]string{first: "first", second: "second"} {
		modules := filepath.Join(dir, "nodejs/node_modules/greeting")
		if err := os.MkdirAll(modules, 0o755); err != nil {
			t.Fatal(err)
		}
		err := os.WriteFile(filepath.Join(modules, "index.js"), []byte("module.exports='"+text+"'"), 0o600)
		if err != nil {
			t.Fatal(err)
		}
	}
	c.Functions[0].Layers = []string{first, second}
	want := `"second ` + second + "/bin," + first + `/bin"`
	if out := invoke(t, open(t, Options{}, c), `{}`); string(out.Payload) != want {
		t.Errorf("got %s, want %s", out.Payload, want)
	}
}

// TestAWrapperStartsTheRuntime hands the interpreter to a script, as AWS_LAMBDA_EXEC_WRAPPER asks.
func TestAWrapperStartsTheRuntime(t *testing.T) {
	layer := t.TempDir()
	script := []byte("#!/bin/sh\nexport WRAPPED=yes\nexec \"$@\"\n")
	if err := os.WriteFile(filepath.Join(layer, "wrapper"), script, 0o700); err != nil {
		t.Fatal(err)
	}
	c := inline(t, "nodejs22.x", "index.handler", "exports.handler = async () => process.env.WRAPPED;")
	c.Functions[0].Layers = []string{layer, t.TempDir()}
	for wrapper, want := range map[string]string{
		"/opt/wrapper": `"yes"`,
		"/opt/nowhere": `{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: `,
	} {
		c.Functions[0].Environment = map[string]string{"AWS_LAMBDA_EXEC_WRAPPER": wrapper}
		out := invoke(t, open(t, Options{}, c), `{}`)
		if !strings.HasPrefix(string(out.Payload), want) {
			t.Errorf("%s: got %s, want %s", wrapper, out.Payload, want)
		}
	}
}

// TestVersionsBringTheirDefinition goes on with what a publisher keeps itself.
func TestVersionsBringTheirDefinition(t *testing.T) {
	c := inline(t, "nodejs22.x", "index.handler", "exports.handler = async () => 'new';")
	old := c.Functions[0]
	old.Code.Inline = "exports.handler = async () => 'old';"
	c.Versions[0].Definition = &old
	s := open(t, Options{}, c)
	for name, want := range map[string]string{"orders": `"new"`, "orders:1": `"old"`, "orders:live": `"old"`} {
		out, err := s.Invoke(t.Context(), Input{FunctionARN: name})
		if err != nil || string(out.Payload) != want {
			t.Errorf("%s answers %s %v, want %s", name, out.Payload, err, want)
		}
	}
}

// TestTheTailIsShort keeps the end of a long log.
func TestTheTailIsShort(t *testing.T) {
	tail := &Tail{}
	for range 1000 {
		tail.add("0123456789")
	}
	if text := tail.Text(); len(text) != maxTail || !strings.HasSuffix(string(text), "9\n0123456789\n") ||
		base64.StdEncoding.EncodedLen(len(text)) > 5464 {
		t.Errorf("%d bytes are kept", len(text))
	}
}

func readAll(from io.ReadCloser) (string, error) {
	text, err := io.ReadAll(from)
	return string(text), errors.Join(err, from.Close())
}
