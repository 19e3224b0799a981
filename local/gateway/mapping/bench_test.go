package mapping_test

import (
	"encoding/json"
	"os"
	"testing"

	"portico/local/gateway/exchange"
	"portico/local/gateway/mapping"
)

func passthrough(t testing.TB) (template string, in mapping.Input) {
	t.Helper()
	text, err := os.ReadFile("testdata/passthrough.vtl")
	if err != nil {
		t.Fatal(err)
	}
	in = call()
	in.Params.Header = exchange.Header{
		{Name: "Accept", Value: "application/json"},
		{Name: "Content-Type", Value: "application/json"},
		{Name: "Host", Value: "x.execute-api.us-east-1.amazonaws.com"},
		{Name: "User-Agent", Value: "curl/8.5.0"},
		{Name: "X-Amzn-Trace-Id", Value: "Root=1-5e"},
		{Name: "X-Forwarded-For", Value: "10.0.0.1"},
		{Name: "X-Forwarded-Port", Value: "443"},
		{Name: "X-Forwarded-Proto", Value: "https"},
	}
	return string(text), in
}

func TestThePassthroughTemplateMakesJSON(t *testing.T) {
	text, in := passthrough(t)
	got := render(t, text, in).Text
	var document struct {
		Body   map[string]string            `json:"body-json"`
		Params map[string]map[string]string `json:"params"`
		Stage  map[string]string            `json:"stage-variables"`
		Call   map[string]string            `json:"context"`
	}
	if err := json.Unmarshal([]byte(got), &document); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if document.Body["some"] != "value" || document.Params["path"]["id"] != "p-1" ||
		document.Params["header"]["Host"] == "" || document.Stage["env"] != "dev" ||
		document.Call["source-ip"] != "10.0.0.1" || document.Call["user-arn"] != "" {
		t.Errorf("got %s", got)
	}
}

func BenchmarkCompilePassthrough(b *testing.B) {
	text, _ := passthrough(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mapping.Compile(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRenderPassthrough(b *testing.B) {
	text, in := passthrough(b)
	template, err := mapping.Compile(text)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := template.Render(in); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRenderConstant(b *testing.B) {
	template, err := mapping.Compile(`{"statusCode": 200}`)
	if err != nil {
		b.Fatal(err)
	}
	in := call()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := template.Render(in); err != nil {
			b.Fatal(err)
		}
	}
}
