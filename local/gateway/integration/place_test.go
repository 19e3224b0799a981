package integration_test

import (
	"errors"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/payload"
)

// settings says where backends and private targets are.
type settings map[string]string

func (s settings) Backend(origin string) (string, error) {
	if to, ok := s[origin]; ok {
		return to, nil
	}
	return "", errors.New(origin + " is not listed")
}

func (s settings) PrivateTarget(name string) (string, bool) {
	url, ok := s[name]
	return url, ok
}

// built is what an HTTP integration with that URI sends; {name} is filled in with value.
func built(
	t *testing.T, uri, value string, place func(*integration.HTTPBackend) integration.Place,
) (integration.HTTPRequest, error) {
	t.Helper()
	parsed, err := integration.ParseHTTPURI(uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := integration.HTTPBackend{APIID: "abc", Method: "GET", URI: parsed}
	p := place(&b)
	in := integration.HTTPInput{RawQuery: "a=b"}
	in.Mapped.Path = append(in.Mapped.Path, payload.Pair{Name: "name", Value: value})
	request, err := b.ProxyRequest(&in)
	if err != nil {
		t.Fatal(err)
	}
	return request, p.Locate(&request)
}

func TestPlaces(t *testing.T) {
	known := settings{"https://orders.example:8443": "http://localhost:9000"}
	for _, r := range []struct {
		name, uri, value string
		backends         integration.Backends
		url, failure     string
	}{
		{"as the URI says", "https://orders.example/x", "", nil, "https://orders.example/x?a=b", ""},
		{"another origin, found at deployment", "https://orders.example:8443/x", "", known, "http://localhost:9000/x?a=b", ""},
		{"another origin, of a host that is a placeholder", "https://{name}.example:8443/x", "orders", known, "http://localhost:9000/x?a=b", ""},
		{"a path that is a placeholder", "https://orders.example:8443/{name}", "x", known, "http://localhost:9000/x?a=b", ""},
		{"an origin that may not be called", "https://orders.example/x", "", known, "", "why: https://orders.example is not listed"},
		{"a placeholder that may not be called", "https://{name}/x", "evil.example", known, "", "why: https://evil.example is not listed"},
		{"a placeholder cannot leave its host", "https://{name}/x", "evil.example/?b=orders.example:8443", known, "", "why: https://evil.example is not listed"},
		{"no address is left to the call", "orders", "", known, "orders?a=b", ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			request, err := built(t, r.uri, r.value, func(b *integration.HTTPBackend) integration.Place {
				return integration.PlaceOf(r.backends, b, "why: ")
			})
			if r.failure != "" {
				var failed *integration.Error
				if !errors.As(err, &failed) || failed.Text != r.failure || failed.Kind != integration.Misconfigured {
					t.Errorf("got %v, want %s", err, r.failure)
				}
				return
			}
			if err != nil || request.URL != r.url {
				t.Errorf("got %s, %v, want %s", request.URL, err, r.url)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	names := integration.LinkNames([]string{"Listener"}, []api.VPCLink{
		{ID: "l1", Names: []string{"Balancer"}}, {ID: "l2", Names: []string{"Other"}},
	}, "l1")
	if got := strings.Join(names, " "); got != "Listener Balancer l1" {
		t.Errorf("the names are %s", got)
	}
	link, err := integration.FindLink(settings{"Balancer": "http://localhost:9000/"}, names, nil)
	if err != nil || link.String() != "Balancer is http://localhost:9000/" {
		t.Fatalf("got %v, %v", link, err)
	}
	for _, r := range []struct{ name, uri, value, url, host, failure string }{
		{"a host that stands in the URI", "https://orders.internal:8443/v1?x=1", "", "http://localhost:9000/v1?x=1&a=b", "orders.internal:8443", ""},
		{"a path that is a placeholder", "http://orders.internal/{name}", "a%2Fb", "http://localhost:9000/a%2Fb?a=b", "orders.internal", ""},
		{"a host that is a placeholder", "http://{name}.internal/v1", "orders", "http://localhost:9000/v1?a=b", "orders.internal", ""},
		{"no path at all", "http://orders.internal", "", "http://localhost:9000?a=b", "orders.internal", ""},
		{"an address that is none", "http:///v1", "", "", "", `Invalid endpoint address: "http:///v1?a=b"`},
		{"an escape that is none", "http://orders.internal/%zz", "", "", "", `Invalid endpoint address: "http://orders.internal/%zz?a=b"`},
	} {
		t.Run(r.name, func(t *testing.T) {
			request, err := built(t, r.uri, r.value, link.Place)
			if r.failure != "" {
				if err == nil || err.Error() != "Execution failed due to configuration error: "+r.failure {
					t.Errorf("got %v, want %s", err, r.failure)
				}
				return
			}
			if err != nil || request.URL != r.url || request.Header.Get("Host") != r.host {
				t.Errorf("got %s for %s, %v", request.URL, request.Header.Get("Host"), err)
			}
		})
	}
	t.Run("a mapped Host stays", func(t *testing.T) {
		uri, _ := integration.ParseHTTPURI("http://orders.internal/", nil)
		b := integration.HTTPBackend{URI: uri}
		place := link.Place(&b)
		request := integration.HTTPRequest{URL: "http://localhost:9000/", Header: exchange.Header{{Name: "Host", Value: "mine"}}}
		if err := place.Locate(&request); err != nil || len(request.Header) != 1 || place.Link() != link {
			t.Errorf("got %v, %v", request.Header, err)
		}
	})
}

func TestLinksWithoutATarget(t *testing.T) {
	const example = `: set privateTargets in portico.yaml, as in privateTargets: {"A": http://localhost:9000}; it may be named by any of A, B`
	for _, r := range []struct {
		name      string
		targets   integration.PrivateTargets
		names     []string
		addresses []string
		want      string
	}{
		{"no settings", nil, []string{"A", "B"}, nil, "nothing says where the target of the VPC link listens on this machine" + example},
		{"settings that know none", settings{}, []string{"A", "B"}, nil, "nothing says where the target of the VPC link listens on this machine" + example},
		{"no names", settings{}, nil, nil, "the integration has ConnectionType VPC_LINK and no ConnectionId"},
		{"no address", settings{"B": "localhost:9000"}, []string{"A", "B"}, nil, "privateTargets.B in portico.yaml: want http://HOST:PORT or https://HOST:PORT, not localhost:9000"},
		{"an address with a path", settings{"A": "http://h/v1"}, []string{"A"}, nil, "privateTargets.A in portico.yaml: want http://HOST:PORT or https://HOST:PORT, not http://h/v1"},
		{"an address without a host", settings{"A": "http://:80"}, []string{"A"}, nil, "privateTargets.A in portico.yaml: want http://HOST:PORT or https://HOST:PORT, not http://:80"},
		{"an address with a query string", settings{"A": "http://h?a"}, []string{"A"}, nil, "privateTargets.A in portico.yaml: want http://HOST:PORT or https://HOST:PORT, not http://h?a"},
		{"what the template says comes last", settings{}, []string{"A"}, []string{"nowhere"}, "privateTargets. in portico.yaml: want http://HOST:PORT or https://HOST:PORT, not nowhere"},
	} {
		t.Run(r.name, func(t *testing.T) {
			if link, err := integration.FindLink(r.targets, r.names, r.addresses); err == nil || err.Error() != r.want {
				t.Errorf("got %v, %v, want %s", link, err, r.want)
			}
		})
	}
	link, err := integration.FindLink(nil, []string{"A"}, []string{"https://localhost:9443"})
	if err != nil || link.Origin() != "https://localhost:9443" {
		t.Errorf("the template's own: got %v, %v", link, err)
	}
}
