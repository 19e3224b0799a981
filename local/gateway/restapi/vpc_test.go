package restapi_test

import (
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/restapi"
)

const (
	balancerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/orders/50dc6c495c0c9188"
	listenerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/orders/50dc6c495c0c9188/f2f7dc8efc522ab2"
)

// privately says where private targets are.
type privately map[string]string

func (s privately) PrivateTarget(name string) (string, bool) {
	url, ok := s[name]
	return url, ok
}

// linked returns a method behind VPC link abc123, whose target is a network load balancer.
func linked(kind, uri string) api.Method {
	m := httpMethod(kind, uri)
	m.Integration.HTTPMethod = "GET"
	m.Integration.ConnectionType, m.Integration.ConnectionID = "VPC_LINK", "abc123"
	m.Integration.Links = []api.VPCLink{
		{ID: "abc123", Names: []string{balancerARN, "OrdersBalancer", "Link"}},
		{ID: "def456", Names: []string{"Other"}},
	}
	return m
}

func TestPrivateIntegrations(t *testing.T) {
	b := backend(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.Host+" "+r.URL.RequestURI())
	})
	const uri = "http://orders.internal:8080/v1/orders"
	const told = "orders.internal:8080 /v1/orders?a=b"
	v2 := func(i *api.Integration) { i.Targets, i.Links = []string{listenerARN, "Listener"}, nil }
	rows := []struct {
		does, kind string
		known      privately
		change     func(*api.Integration)
		body       string
	}{
		{"by the ARN of the balancer", "HTTP_PROXY", privately{balancerARN: b.URL}, nil, told},
		{"by the logical id of the balancer", "HTTP_PROXY", privately{"OrdersBalancer": b.URL}, nil, told},
		{"by the link's logical id", "HTTP_PROXY", privately{"Link": b.URL}, nil, told},
		{"by the link's id", "HTTP_PROXY", privately{"abc123": b.URL}, nil, told},
		{"by the DNS name", "HTTP_PROXY", privately{"orders.internal": b.URL}, nil, told},
		{"the most exact name wins", "HTTP_PROXY", privately{"abc123": "http://127.0.0.1:1", balancerARN: b.URL}, nil, told},
		{"a listener behind a link v2", "HTTP_PROXY", privately{listenerARN: b.URL}, v2, told},
		{"a stage variable as the link", "HTTP_PROXY", privately{"Link": b.URL}, func(i *api.Integration) { i.ConnectionID = "${stageVariables.link}" }, told},
		{"a mapped Host", "HTTP_PROXY", privately{"Link": b.URL}, func(i *api.Integration) {
			i.RequestParameters = map[string]string{"integration.request.header.Host": "'other.internal'"}
		}, "other.internal /v1/orders?a=b"},
		{"an integration of type HTTP", "HTTP", privately{"Link": b.URL}, nil, "orders.internal:8080 /v1/orders"},
		{"a stream", "HTTP_PROXY", privately{"Link": b.URL}, func(i *api.Integration) { i.ResponseMode = "STREAM" }, told},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			m := linked(row.kind, uri)
			if row.change != nil {
				row.change(&m.Integration)
			}
			served, w := private(t, row.known, m)
			reply := served.Serve(t.Context(), request("GET", "/dev/p?a=b"))
			body := reply.Body
			if reply.Stream != nil {
				body, _ = io.ReadAll(reply.Stream)
				_ = reply.Stream.Close()
			}
			if reply.Status != 200 || string(body) != row.body {
				t.Errorf("got %d %s, want %s (%s)", reply.Status, body, row.body, w.records[0].Reason())
			}
		})
	}
}

func private(t *testing.T, known privately, m api.Method) (*restapi.API, *world) {
	t.Helper()
	w := newWorld()
	w.def.Stages[0].Variables = map[string]string{"link": "abc123"}
	w.method("/p", "GET", m)
	served, err := restapi.New(w.def, restapi.Dependencies{
		Clock: w.clock, Invoker: w.lambda, Observer: w, Log: slog.New(slog.DiscardHandler),
		PrivateTargets: known,
	})
	if err != nil {
		t.Fatal(err)
	}
	return served, w
}

func TestPrivateIntegrationsThatCannotBeCalled(t *testing.T) {
	rows := []struct {
		does, reason string
		known        privately
		change       func(*api.Integration)
	}{
		{"no target", `privateTargets in portico.yaml, as in privateTargets: {"` + balancerARN + `": http://localhost:9000}`, nil, nil},
		{"a target that is no address", "privateTargets.Link in portico.yaml: want http://HOST:PORT", privately{"Link": "localhost:9000"}, nil},
		{"a target with a path", "want http://HOST:PORT", privately{"Link": "http://localhost:9000/v1"}, nil},
		{"no ConnectionId", "no ConnectionId", privately{}, func(i *api.Integration) { i.ConnectionID, i.Links = "", nil }},
		{"a MOCK", "HTTP and HTTP_PROXY, this one is MOCK", privately{}, func(i *api.Integration) { i.Type = "MOCK" }},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			m := linked("HTTP_PROXY", "http://orders.internal/")
			if row.change != nil {
				row.change(&m.Integration)
			}
			served, w := private(t, row.known, m)
			reply := served.Serve(t.Context(), request("GET", "/dev/p"))
			want := answer{500, "InternalServerErrorException", internalBody}
			if got := seen(reply); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if reason := w.records[0].Reason(); !strings.Contains(reason, row.reason) {
				t.Errorf("the reason is %q, want one that says %q", reason, row.reason)
			}
		})
	}
}
