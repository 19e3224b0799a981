package authorize

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestHTTPAnswers(t *testing.T) {
	const policy = `"principalId":"ada","policyDocument":{"Statement":[]}`
	simple := HTTPAnswer{Simple: true, Nested: true}
	flat, nested := HTTPAnswer{}, HTTPAnswer{Nested: true}
	rows := []struct {
		name, answer     string
		read             HTTPAnswer
		event20, event10 string
		want             string // of the error, "" for none
	}{
		{
			"a simple response", `{"isAuthorized":true,"context":{"b":1e400,"a":"<&>"}}`, simple,
			`{"lambda":{"a":"<&>","b":1e400}}`, `{"a":"<&>","b":1e400}`, "",
		},
		{"no context", `{"isAuthorized":false}`, simple, `{"lambda":null}`, `{}`, ""},
		{
			"an empty context", `{"isAuthorized":true,"context":{}}`, simple, `{"lambda":{}}`, `{}`, "",
		},
		{
			"the principal is the function's own", `{` + policy + `,"context":{"principalId":"eve"}}`, flat,
			`{"lambda":{"principalId":"eve"}}`, `{"principalId":"ada"}`, "",
		},
		{
			"lists and objects", `{` + policy + `,"context":{"l":[1,[2]],"o":{"p":null}}}`, nested,
			`{"lambda":{"l":[1,[2]],"o":{"p":null}}}`,
			`{"l":[1,[2]],"o":{"p":null},"principalId":"ada"}`, "",
		},
		{"lists where none may be", `{` + policy + `,"context":{"l":[]}}`, flat, "", "", `"l" is an`},
		{"a reserved name", `{` + policy + `,"context":{"claims":1}}`, flat, "", "", "reserved"},
		{"a context that is a text", `{` + policy + `,"context":"x"}`, nested, "", "", "no object"},
		{
			"isAuthorized in another case", `{"IsAuthorized":true}`, simple, "", "",
			"isAuthorized is missing",
		},
		{"isAuthorized twice", `{"isAuthorized":false,"isAuthorized":true}`, simple, "", "", "duplicate"},
		{"a principal that is a number", `{"principalId":1}`, nested, "", "", "principalId"},
		{
			"a resource of over 512 bytes",
			`{"principalId":"a","policyDocument":{"Statement":[{"Effect":"Allow","Action":"*",` +
				`"Resource":"` + strings.Repeat("r", 513) + `"}]}}`, nested, "", "", "allowed are 512",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			result, err := r.read.parse([]byte(r.answer))
			if r.want != "" {
				if err == nil || !strings.Contains(err.Error(), r.want) {
					t.Errorf("got %v, want it to say %q", err, r.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if string(result.Event20) != r.event20 || string(result.Event10) != r.event10 {
				t.Errorf("got %s and %s, want %s and %s", result.Event20, result.Event10, r.event20,
					r.event10)
			}
		})
	}
}

func TestAWebSocketResultHas8KBAtMost(t *testing.T) {
	answer := `{"principalId":"a","policyDocument":{"Statement":[]}}`
	if _, err := parseWebSocketResult([]byte(answer)); err != nil {
		t.Error(err)
	}
	long := answer + strings.Repeat(" ", 8<<10)
	if _, err := parseWebSocketResult([]byte(long)); err == nil ||
		!strings.Contains(err.Error(), "allowed are 8192") {
		t.Errorf("got %v", err)
	}
}

// Nothing but a plain true lets anybody in, and whatever is accepted can be put into an event.
func FuzzHTTPAnswer(f *testing.F) {
	f.Add(`{"isAuthorized":true,"context":{"a":[1]}}`)
	f.Add(`{"isAuthorized":"true"}`)
	f.Add(`{"principalId":"a","policyDocument":{"Statement":[]},"context":{"a":{"b":"\ud800"}}}`)
	f.Fuzz(func(t *testing.T, answer string) {
		for _, read := range []HTTPAnswer{{Simple: true, Nested: true}, {}, {Nested: true}} {
			result, err := read.parse([]byte(answer))
			if err != nil {
				continue
			}
			if result.authorized && !strings.Contains(answer, "true") {
				t.Errorf("%q authorizes", answer)
			}
			if !json.Valid(result.Event10) || !json.Valid(result.Event20) {
				t.Errorf("%q makes events %q, %q", answer, result.Event10, result.Event20)
			}
		}
	})
}
