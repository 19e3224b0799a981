package payload_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
)

// The rows are those of spec rest-api.md §4.1 and control-plane.md §11.
func TestParseRESTResponse(t *testing.T) {
	header := func(pairs ...string) exchange.Header {
		var h exchange.Header
		for i := 0; i < len(pairs); i += 2 {
			h.Add(pairs[i], pairs[i+1])
		}
		return h
	}
	for _, r := range []struct {
		name, output string
		want         payload.RESTResponse
	}{
		{"only a status", `{"statusCode":200}`, payload.RESTResponse{Status: 200}},
		{"an empty object", `{}`, payload.RESTResponse{Status: 200}},
		{"only headers", `{"headers":{"a":"b"}}`, payload.RESTResponse{Status: 200, Header: header("a", "b")}},
		{"a status as text", `{"statusCode":"201"}`, payload.RESTResponse{Status: 201}},
		{"headers are null", `{"headers":null,"multiValueHeaders":null,"body":null}`, payload.RESTResponse{Status: 200}},
		{"a boolean header", `{"headers":{"a":true}}`, payload.RESTResponse{Status: 200, Header: header("a", "true")}},
		{"a number header", `{"headers":{"a":1.50}}`, payload.RESTResponse{Status: 200, Header: header("a", "1.50")}},
		{"multi-values", `{"multiValueHeaders":{"h":["a","b"]}}`, payload.RESTResponse{Status: 200, Header: header("h", "a", "h", "b")}},
		{
			"a name in both: multi-values first, in their casing",
			`{"headers":{"NAME":"value-solo","other":"x"},"multiValueHeaders":{"name":["value-multi"]}}`,
			payload.RESTResponse{Status: 200, Header: header("name", "value-multi", "name", "value-solo", "other", "x")},
		},
		{
			"a pair in both is kept once", `{"headers":{"a":"1"},"multiValueHeaders":{"a":["1"]}}`,
			payload.RESTResponse{Status: 200, Header: header("a", "1")},
		},
		{
			"a body of base64", `{"body":"aGk=","isBase64Encoded":true}`,
			payload.RESTResponse{Status: 200, Body: []byte("aGk="), Base64: true},
		},
		{"escapes in the body", `{"body":"a\n\u00e9"}`, payload.RESTResponse{Status: 200, Body: []byte("a\né")}},
	} {
		t.Run(r.name, func(t *testing.T) {
			got, err := payload.ParseRESTResponse([]byte(r.output))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(r.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseRESTResponseRefuses(t *testing.T) {
	for _, r := range []struct{ name, output string }{
		{"an unknown key", `{"statusCode":200,"wrongValue":"x"}`},
		{"cookies", `{"statusCode":200,"cookies":["a=b"]}`},
		{"a status that is no number", `{"statusCode":"test"}`},
		{"the zero status of Go's struct", `{"statusCode":0,"headers":null,"multiValueHeaders":null,"body":""}`},
		{"an interim status", `{"statusCode":103}`},
		{"a broken status", `{"statusCode":200.5}`},
		{"a text", `"hello"`},
		{"a number", `1`},
		{"a list", `[]`},
		{"null", `null`},
		{"no JSON", `hello`},
		{"nothing", ``},
		{"more than one value", `{} {}`},
		{"a header that is an object", `{"headers":{"a":{}}}`},
		{"a header that is a list", `{"headers":{"a":["b"]}}`},
		{"headers that are a list", `{"headers":[]}`},
		{"multi-values that are a text", `{"multiValueHeaders":{"h":"v"}}`},
		{"a body that is an object", `{"body":{"a":1}}`},
		{"a body that is a number", `{"body":1}`},
		{"isBase64Encoded that is a text", `{"isBase64Encoded":"true"}`},
	} {
		t.Run(r.name, func(t *testing.T) {
			if got, err := payload.ParseRESTResponse([]byte(r.output)); err == nil {
				t.Errorf("got %+v, want an error", got)
			}
		})
	}
}

func FuzzParseRESTResponse(f *testing.F) {
	f.Add([]byte(`{"statusCode":"201","headers":{"a":true},"multiValueHeaders":{"A":["b"]},"body":"x","isBase64Encoded":false}`))
	f.Add([]byte(`{"body":"\ud800"}`))
	f.Fuzz(func(t *testing.T, output []byte) {
		got, err := payload.ParseRESTResponse(output)
		if err == nil && (got.Status < 200 || got.Status > 599) {
			t.Errorf("status %d", got.Status)
		}
	})
}

func BenchmarkRESTEvent(b *testing.B) {
	call := restCall()
	b.ReportAllocs()
	for b.Loop() {
		_ = call.AppendEvent(make([]byte, 0, call.SizeHint()))
	}
}

func BenchmarkParseRESTResponse(b *testing.B) {
	output := []byte(`{"statusCode":200,"headers":{"Content-Type":"application/json"},"body":"{\"id\":\"o-1\"}"}`)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := payload.ParseRESTResponse(output); err != nil {
			b.Fatal(err)
		}
	}
}
