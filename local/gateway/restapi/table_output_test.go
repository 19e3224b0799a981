package restapi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The rows are those of spec rest-api.md §4.1 and control-plane.md §11, "Lambda proxy response
// rules".
func TestLambdaOutput(t *testing.T) {
	malformed := answer{502, "InternalServerErrorException", internalBody}
	for _, r := range []struct {
		name, output string
		want         answer
		header       string // lines that the client must get, in this order
	}{
		{"only a status", `{"statusCode":200}`, answer{200, "", ""}, "Content-Type: application/json"},
		{"nothing at all", `{}`, answer{200, "", ""}, "Content-Type: application/json"},
		{"only headers", `{"headers":{"X":"y"}}`, answer{200, "", ""}, "X: y"},
		{"headers that are null", `{"statusCode":200,"headers":null}`, answer{200, "", ""}, ""},
		{"a header that is true", `{"headers":{"X":true}}`, answer{200, "", ""}, "X: true"},
		{"a header that is false", `{"headers":{"X":false}}`, answer{200, "", ""}, "X: false"},
		{"a header that is a number", `{"headers":{"X":7}}`, answer{200, "", ""}, "X: 7"},
		{"a header that is an object", `{"headers":{"X":{}}}`, malformed, ""},
		{"a header that is a list", `{"headers":{"X":["y"]}}`, malformed, ""},
		{"any other key", `{"statusCode":200,"wrongValue":"x"}`, malformed, ""},
		{"cookies are of HTTP APIs", `{"statusCode":200,"cookies":["a=b"]}`, malformed, ""},
		{"a bare string", `"x"`, malformed, ""},
		{"a bare number", `1`, malformed, ""},
		{"a bare list", `[]`, malformed, ""},
		{"null", `null`, malformed, ""},
		{"no JSON", `x`, malformed, ""},
		{"a status that is a text of a number", `{"statusCode":"201"}`, answer{201, "", ""}, ""},
		{"a status that is a word", `{"statusCode":"test"}`, malformed, ""},
		{"a list of values is a line each", `{"multiValueHeaders":{"Set-Cookie":["a","b"]}}`, answer{200, "", ""}, "Set-Cookie: a|Set-Cookie: b"},
		{"one name in both: the list first, in its casing", `{"headers":{"X-a":"solo"},"multiValueHeaders":{"x-A":["multi"]}}`, answer{200, "", ""}, "x-A: multi|x-A: solo"},
		{"a list of values that is none", `{"multiValueHeaders":{"h":"v"}}`, malformed, ""},
		{"a body that is an object", `{"body":{"a":1}}`, malformed, ""},
		{"a body that is a number", `{"body":1}`, malformed, ""},
		{"a body that is a truth value", `{"body":true}`, malformed, ""},
		{"a body that is null", `{"body":null}`, answer{200, "", ""}, ""},
		{"base64 of an API without binary types is text", `{"body":"aGk=","isBase64Encoded":true}`, answer{200, "", "aGk="}, ""},
		{"any status and type pass", `{"statusCode":300,"headers":{"Content-Type":"application/xml"},"body":"<a/>"}`, answer{300, "", "<a/>"}, "Content-Type: application/xml"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.lambda.answer(functionARN, r.output)
			reply := w.get(t, "/dev/x")
			if got := seen(reply); got != r.want {
				t.Errorf("got %+v, want %+v", got, r.want)
			}
			if r.header == "" {
				return
			}
			var lines []string
			name, _, _ := strings.Cut(r.header, ": ")
			for _, field := range reply.Header {
				if strings.EqualFold(field.Name, name) {
					lines = append(lines, field.Name+": "+field.Value)
				}
			}
			if diff := cmp.Diff(r.header, strings.Join(lines, "|")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The rows are those of spec control-plane.md §11, "Binary responses", and of rest-api.md §12.
func TestBinaryResponsesOfFunctions(t *testing.T) {
	const encoded, decoded = "aGk=", "hi"
	for _, r := range []struct {
		name, types, accept, output, want string
	}{
		{"Accept matches exactly", "image/png", "image/png", "", decoded},
		{"only the first type of Accept counts: no", "image/png", "image/webp,image/png,*/*", "", encoded},
		{"only the first type of Accept counts: yes", "image/png", "image/png,image/*", "", decoded},
		{"parameters of Accept have no say", "image/png", "image/png;q=0.1", "", decoded},
		{"an entry with a wildcard on the right", "application/*", "application/json", "", decoded},
		{"an entry with a wildcard on the right, literally", "application/*", "application/*", "", decoded},
		{"a wildcard in Accept matches no entry", "image/png", "image/*", "", encoded},
		{"everything in Accept matches no entry", "image/png", "*/*", "", encoded},
		{"another type", "image/png", "image/jpg", "", encoded},
		{"an entry with a wildcard on the left matches nothing", "*/test", "application/test", "", encoded},
		{"an entry of everything", "*/*", "text/html", "", decoded},
		{"half a type", "application/*", "application", "", encoded},
		{"no Accept", "image/png", "", "", encoded},
		{"the function's Content-Type has no say", "image/png", "image/png", `{"headers":{"Content-Type":"text/plain"},"body":"aGk=","isBase64Encoded":true}`, decoded},
		{"without the flag the text stays", "image/png", "image/png", `{"headers":{"Content-Type":"image/png"},"body":"aGk="}`, encoded},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.def.BinaryMediaTypes = []string{r.types}
			if r.output == "" {
				r.output = `{"body":"aGk=","isBase64Encoded":true}`
			}
			w.lambda.answer(functionARN, r.output)
			var header []string
			if r.accept != "" {
				header = []string{"Accept: " + r.accept}
			}
			if got := string(w.get(t, "/dev/x", header...).Body); got != r.want {
				t.Errorf("got %q, want %q", got, r.want)
			}
		})
	}
}
