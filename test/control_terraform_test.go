package test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"portico/local/runner"
)

// providers is where Terraform finds the AWS provider without a network, below a mirror.
const providers = "registry.terraform.io/hashicorp/aws"

// terraform runs Terraform in a copy of testdata/terraform, against a runner.
type terraform struct {
	t           *testing.T
	dir         string
	environment []string
}

// newTerraform skips the test where Terraform or the provider is not installed.
func newTerraform(t *testing.T, r *runner.Runner) *terraform {
	t.Helper()
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skip("terraform is not on the PATH")
	}
	mirror := providerMirror(t)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/terraform")); err != nil {
		t.Fatal(err)
	}
	settings := filepath.Join(dir, "cli.tfrc")
	text := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return &terraform{t: t, dir: dir, environment: append(awsEnvironment(r),
		"TF_CLI_CONFIG_FILE="+settings, "TF_IN_AUTOMATION=1", "CHECKPOINT_DISABLE=1",
		"TF_VAR_zip="+zipped(t, "./testdata/terraform/function", ""))}
}

// providerMirror finds a filesystem mirror in the places Terraform looks in, and among what is
// installed beside the system.
func providerMirror(t *testing.T) string {
	t.Helper()
	places := []string{"/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins"}
	if home, err := os.UserHomeDir(); err == nil {
		places = append(places, filepath.Join(home, ".terraform.d", "plugins"))
	}
	optional, err := filepath.Glob("/opt/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range append(places, optional...) {
		if _, err := os.Stat(filepath.Join(place, providers)); err == nil {
			return place
		}
	}
	t.Skip("no filesystem mirror holds Terraform's provider hashicorp/aws")
	return ""
}

// run runs Terraform, and wants an exit status.
func (tf *terraform) run(want int, arguments ...string) string {
	tf.t.Helper()
	command := exec.Command("terraform", append(arguments, "-no-color")...)
	command.Dir, command.Env = tf.dir, tf.environment
	out, err := command.CombinedOutput()
	if got := command.ProcessState.ExitCode(); got != want {
		tf.t.Fatalf("terraform %s exits with %d (%v), want %d\n%s", strings.Join(arguments, " "), got,
			err, want, out)
	}
	return string(out)
}

// outputs returns the outputs of the configuration.
func (tf *terraform) outputs() map[string]string {
	tf.t.Helper()
	var printed map[string]struct{ Value string }
	if err := json.Unmarshal([]byte(tf.run(0, "output", "-json")), &printed); err != nil {
		tf.t.Fatal(err)
	}
	values := map[string]string{}
	for name, output := range printed {
		values[name] = output.Value
	}
	return values
}

// TestTerraformAppliesChangesAndDestroys runs a configuration with all kinds of API through its
// life: what it creates answers, a plan after it shows no difference, a change is in effect, and
// nothing is left.
func TestTerraformAppliesChangesAndDestroys(t *testing.T) {
	t.Parallel()
	r := startControl(t, "")
	tf := newTerraform(t, r)
	tf.run(0, "init")
	tf.run(0, "apply", "-auto-approve")
	tf.run(0, "plan", "-detailed-exitcode")
	created := tf.outputs()
	answersOfTerraform(t, r, created, "hello")

	tf.run(0, "apply", "-auto-approve", "-var=greeting=good-bye")
	tf.run(0, "plan", "-detailed-exitcode", "-var=greeting=good-bye")
	answersOfTerraform(t, r, created, "good-bye")

	tf.run(0, "destroy", "-auto-approve", "-var=greeting=good-bye")
	for _, id := range []string{created["rest_id"], created["http_id"]} {
		if got, _ := callTerraform(t, r, terraformCall{host: id, path: "/greet/you"}); got == http.StatusOK {
			t.Errorf("API %s answers after it was destroyed", id)
		}
	}
}

// terraformCall is a call of an API that Terraform made.
type terraformCall struct {
	name, host, method, path, body string
	header                         map[string]string
	status                         int
	want                           string // in the body
}

func answersOfTerraform(t *testing.T, r *runner.Runner, made map[string]string, greeting string) {
	t.Helper()
	rest, key := made["rest_id"], made["rest_key"]
	item := `{"name": "cup"}`
	for _, call := range []terraformCall{
		{
			name: "a function behind a route", host: made["http_id"], path: "/greet/you",
			status: http.StatusOK, want: greeting + " you",
		},
		{
			name: "an HTTP route whose authorizer says no", host: made["http_id"], path: "/guarded",
			header: map[string]string{"Authorization": "no"}, status: http.StatusForbidden,
		},
		{
			name: "an HTTP route whose authorizer says yes", host: made["http_id"], path: "/guarded",
			header: map[string]string{"Authorization": "let me in"}, status: http.StatusOK, want: greeting,
		},
		{
			name: "a method without the key it wants", host: rest, method: "POST", path: "/dev/items",
			body: item, status: http.StatusForbidden,
		},
		{
			name: "a method with its key", host: rest, method: "POST", path: "/dev/items", body: item,
			header: map[string]string{"X-Api-Key": key}, status: http.StatusOK, want: greeting,
		},
		{
			name: "a body that is not the model's", host: rest, method: "POST", path: "/dev/items",
			body: `{}`, header: map[string]string{"X-Api-Key": key}, status: http.StatusBadRequest,
		},
		{
			name: "a method whose authorizer says yes is the canary's", host: rest, path: "/dev/guarded",
			header: map[string]string{"Authorization": "let me in"},
			status: http.StatusOK, want: `{"variable":"green"}`,
		},
		{
			name: "a query that the web ACL blocks", host: rest, path: "/dev/guarded?q=SECRET",
			status: http.StatusForbidden, want: "Forbidden",
		},
	} {
		if got, text := callTerraform(t, r, call); got != call.status || !strings.Contains(text, call.want) {
			t.Errorf("%s: got %d %s, want %d %s", call.name, got, text, call.status, call.want)
		}
	}
	greetBySocket(t, r, made["websocket_id"], greeting)
}

func callTerraform(t *testing.T, r *runner.Runner, call terraformCall) (int, string) {
	t.Helper()
	m := outgoing{
		line: call.method + " " + call.path, body: call.body, header: map[string]string{},
		host: call.host + ".execute-api.localhost",
	}
	if call.method == "" {
		m.line = "GET " + call.path
	}
	maps.Copy(m.header, call.header)
	if call.body != "" {
		m.header["Content-Type"] = "application/json"
	}
	return dispatch(t, r, m)
}

// greetBySocket opens a connection of the WebSocket API, and wants an answer to a message.
func greetBySocket(t *testing.T, r *runner.Runner, id, greeting string) {
	t.Helper()
	address := strings.Replace(r.URL(), "http://", "ws://", 1) + "/dev"
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	connection, _, err := websocket.Dial(ctx, address, &websocket.DialOptions{
		Host: id + ".execute-api.localhost",
	})
	if err != nil {
		t.Fatalf("opening a connection: %v", err)
	}
	defer connection.CloseNow()
	if err := connection.Write(ctx, websocket.MessageText, []byte("anybody?")); err != nil {
		t.Fatal(err)
	}
	_, text, err := connection.Read(ctx)
	if err != nil || !strings.Contains(string(text), greeting+" anybody?") {
		t.Errorf("a message is answered %s, %v", text, err)
	}
}
