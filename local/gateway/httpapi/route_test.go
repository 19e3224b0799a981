package httpapi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

func TestStagesAndRoutes(t *testing.T) {
	s := start(t, nil)
	rows := []struct{ name, line, want, stage, route, source string }{
		{
			"$default serves the whole path",
			"GET /health",
			served,
			"$default",
			"GET /health",
			"$default/GET/health",
		},
		{
			"a stage is named by the first segment",
			"GET /dev/health",
			served,
			"dev",
			"GET /health",
			"dev/GET/health",
		},
		{
			"ANY is * to Lambda",
			"PUT /any/a/b",
			served,
			"$default",
			"ANY /any/{proxy+}",
			"$default/*/any/{proxy+}",
		},
		{
			"the template's path is told to Lambda",
			"GET /one/7",
			served,
			"$default",
			"GET /one/{id}",
			"$default/GET/one/{id}",
		},
		{"an unknown path", "GET /nothing", message(404, "Not Found"), "$default", "", ""},
		{"another method", "POST /health", message(404, "Not Found"), "$default", "", ""},
		{"a trailing slash", "GET /health/", message(404, "Not Found"), "$default", "", ""},
		{"the root of a stage", "GET /dev", message(404, "Not Found"), "dev", "", ""},
		{
			"$default is no path segment",
			"GET /$default/health",
			message(404, "Not Found"),
			"$default",
			"",
			"",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s.invoked = nil
			if diff := cmp.Diff(r.want, s.serve(t, s.request(r.line))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			record := s.observer.records[len(s.observer.records)-1]
			if record.Stage != r.stage || record.Route != r.route {
				t.Errorf("got stage %q and route %q", record.Stage, record.Route)
			}
			if r.source != "" && s.invoked[0].SourceARN != source+r.source {
				t.Errorf("got source %q, want %q", s.invoked[0].SourceARN, source+r.source)
			}
		})
	}
}

func TestTheDefaultRouteServesTheRest(t *testing.T) {
	s := start(t, func(s *setup) {
		s.def.Routes = append(
			s.def.Routes,
			api.Route{Key: "$default", AuthorizationType: "NONE", IntegrationID: "two"},
		)
	})
	if got := s.serve(t, s.request("POST /what/ever/")); got != served {
		t.Errorf("got %s", got)
	}
	if s.invoked[0].SourceARN != source+"$default/$default" {
		t.Errorf("got source %q", s.invoked[0].SourceARN)
	}
	if !strings.Contains(
		string(s.invoked[0].Payload),
		`{"version":"2.0","routeKey":"$default","rawPath":"/what/ever/"`,
	) {
		t.Errorf("got event %s", s.invoked[0].Payload)
	}
}

func TestRefusalsBeforeARouteIsKnown(t *testing.T) {
	rows := []struct {
		name    string
		change  func(*setup)
		request func(*setup) *exchange.Request
		want    string
		reason  string
	}{
		{
			"no stage fits and there is no $default", func(s *setup) { s.def.Stages = s.def.Stages[1:] },
			func(s *setup) *exchange.Request { return s.request("GET /health") },
			message(
				404,
				"Not Found",
			), `no stage is named "health", and the API has no $default stage`,
		},
		{
			"the default endpoint is disabled", func(s *setup) { s.def.DisableExecuteAPIEndpoint = true },
			func(s *setup) *exchange.Request { return s.request("GET /health") },
			message(
				403,
				"Forbidden",
			), "the API's default endpoint is disabled (DisableExecuteApiEndpoint)",
		},
		{
			"headers of more than 10,240 bytes", nil,
			func(s *setup) *exchange.Request {
				return s.request("GET /health", "x: "+strings.Repeat("a", 10_240))
			},
			message(431, "Request Header Fields Too Large"),
			"the request line and headers have 10289 bytes, allowed are 10240",
		},
		{
			"a body of more than 10 MB", nil,
			func(s *setup) *exchange.Request {
				r := s.request("GET /health")
				r.Body = make([]byte, 10<<20+1)
				return r
			},
			message(
				413,
				"Request Entity Too Large",
			), "the body has 10485761 bytes or more, allowed are 10485760",
		},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, r.change)
			if diff := cmp.Diff(r.want, s.serve(t, r.request(s))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(r.reason, s.reason()); diff != "" {
				t.Errorf("reason (-want +got):\n%s", diff)
			}
			if len(s.invoked) != 0 {
				t.Error("the function was called")
			}
		})
	}
}
