package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"portico/local/gateway/exchange"
)

func TestACallByACustomDomainName(t *testing.T) {
	s := start(t, func(s *setup) { s.def.DisableExecuteAPIEndpoint = true })
	by := func(stage, base, path string) *exchange.Request {
		r := s.request("GET /" + base + path)
		r.Host = "api.example.com:3443"
		r.Domain = &exchange.Domain{
			Name: "api.example.com", Stage: stage, Path: path, BasePath: base,
		}
		return r
	}
	tests := []struct {
		name  string
		call  *exchange.Request
		want  string // the beginning of the answer
		event string // rawPath, stage and domain name that the function is told; "" for none
	}{
		{
			"the mapping names the default stage", by("$default", "v1", "/any/a%2Fb"), "200\n",
			"/v1/any/a/b $default api.example.com api GET",
		},
		{
			"a stage of its own is not in the path", by("dev", "v1", "/any/x"), "200\n",
			"/v1/any/x dev api.example.com api GET",
		},
		{
			"the first segment names no stage", by("$default", "v1", "/dev/any/x"), "404\n", "",
		},
		{"the mapping names a stage that is gone", by("old", "v1", "/any/x"), "403\n", ""},
		{"the API's own name is disabled", s.request("GET /any/x"), "403\n", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.invoked = nil
			if got := s.serve(t, test.call); !strings.HasPrefix(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
			told := ""
			for _, in := range s.invoked {
				var event events.APIGatewayV2HTTPRequest
				if err := json.Unmarshal(in.Payload, &event); err != nil {
					t.Fatal(err)
				}
				c := event.RequestContext
				told = strings.Join([]string{
					event.RawPath, c.Stage, c.DomainName, c.DomainPrefix, c.HTTP.Method,
				}, " ")
			}
			if told != test.event {
				t.Errorf("the function was told %q, want %q", told, test.event)
			}
		})
	}
}
