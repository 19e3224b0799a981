package restapi_test

import (
	"net/textproto"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// The rows are the columns AWS of spec rest-api.md §8: what an AWS service gets of a header that
// the client sends, and of one that is mapped. "" is nothing of either.
func TestRowsOfHeadersToServices(t *testing.T) {
	const own = "the gateway's own"
	for _, r := range []struct{ name, header, sent, mapped string }{
		{"Accept is the gateway's unless mapped", "Accept", "application/json", "mapped"},
		{"Accept-Encoding is sent if mapped", "Accept-Encoding", "", "mapped"},
		{"Content-Encoding is sent if mapped", "Content-Encoding", "", "mapped"},
		{"Content-MD5 is dropped", "Content-MD5", "", ""},
		{"Content-Type is the client's unless mapped", "Content-Type", "the-clients", "mapped"},
		{"Date is sent if mapped", "Date", "", "mapped"},
		{"Host is the service's", "Host", own, own},
		{"Max-Forwards is dropped", "Max-Forwards", "", ""},
		{"Referer is dropped even if mapped", "Referer", "", ""},
		{"Server is dropped", "Server", "", ""},
		{"Trailer is dropped", "Trailer", "", ""},
		{"Upgrade is dropped", "Upgrade", "", ""},
		{"User-Agent is the gateway's", "User-Agent", "AmazonAPIGateway_abc1234567", "mapped"},
		{"Via is sent if mapped", "Via", "", "mapped"},
		{"WWW-Authenticate is dropped", "WWW-Authenticate", "", ""},
		{"anything else is sent if mapped", "X-Mine", "", "mapped"},
	} {
		for _, mapped := range []bool{false, true} {
			t.Run(r.name+map[bool]string{false: ": the client's", true: ": mapped"}[mapped], func(t *testing.T) {
				b := raw(t, "Content-Length: 0")
				w := newWorld()
				w.endpoints = endpoints{"sqs": b.url}
				m := service("sqs:path/1/q")
				want := r.sent
				if mapped {
					m.Integration.RequestParameters = map[string]string{"integration.request.header." + r.header: "'mapped'"}
					want = r.mapped
				}
				w.method("/m", "POST", m)
				asked := request("POST", "/dev/m")
				asked.Header.Set(r.header, theClients(r.header))
				if reply := w.serve(t, asked); reply.Status != 200 {
					t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
				}
				if want == own {
					want = strings.TrimPrefix(b.url, "http://")
				}
				if got := b.header.Get(r.header); got != want {
					t.Errorf("the service got %q, want %q", got, want)
				}
			})
		}
	}
}

// The rows are those of spec rest-api.md §8, "Default integration request headers", and of the
// headers that the gateway sets.
func TestRowsOfHeadersThatTheGatewaySets(t *testing.T) {
	const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	sent := func(t *testing.T, kind string) (textproto.MIMEHeader, string) {
		t.Helper()
		b := raw(t, "Content-Length: 0")
		w := newWorld()
		m := httpMethod(kind, b.url)
		if kind == "AWS" {
			w.endpoints = endpoints{"sqs": b.url}
			m = service("sqs:path/1/q")
		}
		w.method("/m", "POST", m)
		asked := request("POST", "/dev/m", "X-Amzn-Trace-Id: "+trace, "X-Amzn-Apigateway-Api-Id: forged")
		asked.Body = []byte("body")
		if reply := w.serve(t, asked); reply.Status != 200 {
			t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
		}
		return b.header, strings.TrimPrefix(b.url, "http://")
	}
	for _, kind := range []string{"HTTP", "HTTP_PROXY", "AWS"} {
		t.Run(kind+" sends the trace, the API's id, the host and the length", func(t *testing.T) {
			got, host := sent(t, kind)
			for name, want := range map[string]string{
				"X-Amzn-Trace-Id": trace, "X-Amzn-Apigateway-Api-Id": "abc1234567", "Host": host, "Content-Length": "4",
			} {
				if values := got[textproto.CanonicalMIMEHeaderKey(name)]; len(values) != 1 || values[0] != want {
					t.Errorf("the backend got %s %q, want %q", name, values, want)
				}
			}
		})
	}
	for _, kind := range []string{"HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY"} {
		for _, header := range []string{"X-Amzn-Trace-Id", "x-amzn-trace-id", "X-Amzn-Apigateway-Api-Id"} {
			t.Run(kind+": a mapping of "+header+" fails every call", func(t *testing.T) {
				w := newWorld()
				m := httpMethod(kind, "http://127.0.0.1:1024")
				if strings.HasPrefix(kind, "AWS") {
					m = lambdaMethod()
					m.Integration.Type = kind
				}
				m.Integration.RequestParameters = map[string]string{"integration.request.header." + header: "'x'"}
				w.method("/m", "GET", m)
				if got := seen(w.get(t, "/dev/m")); got != internalError {
					t.Errorf("got %+v", got)
				}
				if reason := w.records[0].Reason(); !strings.Contains(reason, "already present") {
					t.Errorf("the reason is %q", reason)
				}
			})
		}
	}
}

// The rows are the matrix's last column of spec control-plane.md §10, on type AWS, and what of it
// rest-api.md §8 says of overrides.
func TestRowsOfHeadersOfServiceResponses(t *testing.T) {
	answering := func(t *testing.T, change func(*api.IntegrationResponse)) *exchange.Reply {
		t.Helper()
		w := newWorld()
		m := lambdaMethod()
		m.Integration.Responses = []api.IntegrationResponse{{StatusCode: "200"}}
		change(&m.Integration.Responses[0])
		w.method("/m", "GET", m)
		return w.get(t, "/dev/m")
	}
	for _, row := range matrix {
		check := func(reply *exchange.Reply) func(*testing.T) {
			return func(t *testing.T) {
				own, renamed := reply.Header.Get(row.name), reply.Header.Get("x-amzn-Remapped-"+row.name)
				want := map[string][2]string{"as is": {"named", ""}, "remapped": {"", "named"}, "dropped": {}}[row.response]
				if reply.Status != 200 || [2]string{own, renamed} != want {
					t.Errorf("got %d %v, want it %s", reply.Status, reply.Header, row.response)
				}
			}
		}
		t.Run(row.name+", mapped, is "+row.response, check(answering(t, func(r *api.IntegrationResponse) {
			r.Parameters = map[string]string{"method.response.header." + row.name: "'named'"}
		})))
		t.Run(row.name+", overridden, is "+row.response, check(answering(t, func(r *api.IntegrationResponse) {
			r.Templates = map[string]string{"application/json": "#set($context.responseOverride.header['" + row.name + "'] = 'named')"}
		})))
	}
}

// The rows are those of spec rest-api.md §8, of an answer that passes, that
// TestHeadersOfProxiedAnswers has not.
func TestRowsOfProxiedHeaders(t *testing.T) {
	for _, name := range []string{"Host", "Trailer", "Content-Encoding", "Set-Cookie", "X-Amz-Mine"} {
		t.Run("HTTP_PROXY: "+name+" passes", func(t *testing.T) {
			w := newWorld()
			w.method("/m", "GET", httpMethod("HTTP_PROXY", raw(t, "Content-Length: 0", name+": a").url))
			if got := w.get(t, "/dev/m").Header; got.Get(name) != "a" || got.Has("x-amzn-Remapped-"+name) {
				t.Errorf("got %v", got)
			}
		})
		t.Run("AWS_PROXY: "+name+" passes", func(t *testing.T) {
			w := newWorld()
			w.lambda.answer(functionARN, `{"headers":{"`+name+`":"a"}}`)
			if got := w.get(t, "/dev/x").Header; got.Get(name) != "a" || got.Has("x-amzn-Remapped-"+name) {
				t.Errorf("got %v", got)
			}
		})
	}
	t.Run("HTTP_PROXY: lines of one name stay apart", func(t *testing.T) {
		w := newWorld()
		w.method("/m", "GET", httpMethod("HTTP_PROXY", raw(t, "Content-Length: 0", "Set-Cookie: a", "Set-Cookie: b").url))
		if got := w.get(t, "/dev/m").Header.Values("Set-Cookie"); len(got) != 2 || got[0] != "a" || got[1] != "b" {
			t.Errorf("got %v", got)
		}
	})
	t.Run("AWS_PROXY: the function's trace is not believed", func(t *testing.T) {
		w := newWorld()
		w.lambda.answer(functionARN, `{"headers":{"X-Amzn-Trace-Id":"forged"}}`)
		if got := w.get(t, "/dev/x").Header.Values("X-Amzn-Trace-Id"); len(got) != 1 || got[0] == "forged" {
			t.Errorf("got %v", got)
		}
	})
}
