package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/lambda"
)

func TestExpand(t *testing.T) {
	token := func(r TokenRequest) (string, error) {
		return r.Use + ":" + strings.Join(r.Scopes, "+") + ":" + r.Lifetime.String(), nil
	}
	before := []json.RawMessage{json.RawMessage(`{"body":"{\"id\":\"o-1\",\"version\":2}"}`)}
	tests := []struct{ name, event, want, wantError string }{
		{
			"a token is minted", `{"a":"Bearer {{token scope=x/r,x/w lifetime=-1h}}"}`,
			`{"a":"Bearer access:x/r+x/w:-1h0m0s"}`, "",
		},
		{"an earlier answer is entered", `{"p":"/o/{{before.0.body.id}}"}`, `{"p":"/o/o-1"}`, ""},
		{"a number is printed", `{"p":"{{before.0.body.version}}"}`, `{"p":"2"}`, ""},
		{"an answer that does not exist is an error", `"{{before.1.body}}"`, "", "there is no earlier answer"},
		{"a field that does not exist is an error", `"{{before.0.body.x}}"`, "", `has no "x"`},
		{"a bad lifetime is an error", `"{{token lifetime=long}}"`, "", "long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Expand(json.RawMessage(test.event), token, before)
			if test.wantError != "" {
				if err == nil || !strings.Contains(err.Error(), test.wantError) {
					t.Errorf("got error %v, want %q", err, test.wantError)
				}
				return
			}
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v; want %s", got, err, test.want)
			}
		})
	}
}

// write makes a folder of fixtures.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRunReplaysAFolder(t *testing.T) {
	dir := write(t, map[string]string{
		"orders/create.json":          `{"n":1}`,
		"orders/create.expected.json": `{"answer":{"n":1}}`,
		"orders/get.json":             `{"n":"{{before.0.n}}"}`,
		"orders/get.expected.json":    `{"before":["create.json"],"answer":{"n":"2"}}`,
		"orders/fail.json":            `"fail"`,
		"orders/fail.expected.json":   `{"error":{"errorMessage":"no","...":true}}`,
	})
	echo := func(_ context.Context, function string, payload []byte) (lambda.Output, error) {
		if string(payload) == `"fail"` {
			return lambda.Output{Payload: []byte(`{"errorMessage":"no"}`), FunctionError: "Unhandled"}, nil
		}
		return lambda.Output{Payload: payload}, nil
	}
	fixtures, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	results := Run(t.Context(), fixtures, Options{Invoke: echo, Workers: 4})
	var got []string
	for _, r := range results {
		got = append(got, r.Fixture.Function+"/"+r.Fixture.Name+": "+strings.Join(r.Differences, "; "))
	}
	want := []string{"orders/create: ", "orders/fail: ", `orders/get: $.n: got "1", want "2"`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var report bytes.Buffer
	if err := WriteJUnit(&report, results); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(report.String(), `tests="3" failures="1" errors="0"`) {
		t.Errorf("got report %s", &report)
	}
	Run(t.Context(), fixtures, Options{Invoke: echo, Update: true})
	fixtures, err = Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Run(t.Context(), fixtures, Options{Invoke: echo}) {
		if r.Failed() {
			t.Errorf("%s differs after an update: %v %v", r.Fixture.Name, r.Differences, r.Err)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"a fixture without an expected answer", map[string]string{"f/a.json": `{}`}, "has no expected answer"},
		{"an event that is not JSON", map[string]string{"f/a.json": `{`, "f/a.expected.json": `{"answer":1}`}, "is not JSON"},
		{"neither answer nor error", map[string]string{"f/a.json": `1`, "f/a.expected.json": `{}`}, `"answer" or "error"`},
		{"an unknown member", map[string]string{"f/a.json": `1`, "f/a.expected.json": `{"anwser":1}`}, "anwser"},
		{"an empty folder", map[string]string{"f/readme.txt": ``}, "no fixtures"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(write(t, test.files))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
