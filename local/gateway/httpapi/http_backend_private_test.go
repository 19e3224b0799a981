package httpapi_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
)

const (
	listenerARN = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/orders/50dc6c495c0c9188/f2f7dc8efc522ab2"
	serviceARN  = "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-id"
)

// linked gives the API a private integration behind a VPC link.
func linked(key, uri string, change func(*api.V2Integration)) func(*setup) {
	return proxied(key, uri, func(i *api.V2Integration) {
		i.ConnectionType, i.ConnectionID = "VPC_LINK", "abc123"
		i.Targets = []string{"Listener"}
		i.Links = []api.VPCLink{{ID: "abc123", Names: []string{"Link"}}, {ID: "def", Names: []string{"Other"}}}
		if change != nil {
			change(i)
		}
	})
}

// private is what a GET brings to a private target: the client's Host, the port that the client
// called, and a Forwarded without "by", as backends behind links have logged it.
func private(target string) []string {
	return []string{
		"GET " + target + " HTTP/1.1", "Host: localhost:3001", "X-Forwarded-Port: 3001",
		`forwarded: for=127.0.0.1;host="localhost:3001";proto=http`, via,
	}
}

func TestPrivateIntegrations(t *testing.T) {
	backend := onTheWire(t, answersHi)
	here := backend.origin()
	for _, r := range []struct {
		name, key, uri, line string
		known                targets
		change               func(*api.V2Integration)
		want                 []string
	}{
		{"a listener by its ARN; the stage is in the path", "GET /pets", listenerARN, "GET /dev/pets?a=1", targets{listenerARN: here}, nil, private("/dev/pets?a=1")},
		{"on the $default stage the path is as it was called", "ANY /pets/{proxy+}", listenerARN, "GET /pets/a%2Fb/", targets{listenerARN: here}, nil, private("/pets/a%2Fb/")},
		{"the stage taken out by parameter mapping", "GET /pets", listenerARN, "GET /dev/pets", targets{listenerARN: here}, func(i *api.V2Integration) {
			i.RequestParameters = map[string]string{"overwrite:path": "$request.path"}
		}, private("/pets")},
		{"by the logical id of the listener", "GET /pets", listenerARN, "GET /pets", targets{"Listener": here}, nil, private("/pets")},
		{"by the logical id of the link", "GET /pets", listenerARN, "GET /pets", targets{"Link": here}, nil, private("/pets")},
		{"by the id of the link", "GET /pets", listenerARN, "GET /pets", targets{"abc123": here}, nil, private("/pets")},
		{"the most exact name wins", "GET /pets", listenerARN, "GET /pets", targets{"abc123": "http://127.0.0.1:1", listenerARN: here}, nil, private("/pets")},
		{"a Cloud Map service with what selects instances", "GET /pets", serviceARN + "?stage=prod", "GET /pets", targets{serviceARN + "?stage=prod": here}, nil, private("/pets")},
		{"a Cloud Map service without it", "GET /pets", serviceARN + "?stage=prod", "GET /pets", targets{serviceARN: here}, nil, private("/pets")},
		{"a stage variable as the link", "GET /pets", listenerARN, "GET /dev/pets", targets{"test": here}, func(i *api.V2Integration) {
			i.ConnectionID = "${stageVariables.tier}"
		}, private("/dev/pets")},
		{"where the template itself says", "GET /pets", listenerARN, "GET /pets", nil, func(i *api.V2Integration) {
			i.Addresses = []string{here}
		}, private("/pets")},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) {
				linked(r.key, r.uri, r.change)(s)
				s.private = r.known
				s.backends = elsewhere{refused: "http"} // which have no say here
			})
			if got := s.serve(t, s.request(r.line)); !strings.HasPrefix(got, "200\n") {
				t.Fatalf("got %s (%s)", got, s.reason())
			}
			if diff := cmp.Diff(r.want, backend.seen()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestPrivateIntegrationsThatCannotBeCalled(t *testing.T) {
	for _, r := range []struct {
		name   string
		known  targets
		reason string
	}{
		{"no target", nil, `set privateTargets in portico.yaml, as in privateTargets: {"` + listenerARN + `": http://localhost:9000}; it may be named by any of ` + listenerARN + `, Listener, Link, abc123`},
		{"a target that is no address", targets{"Link": "localhost:9000"}, "privateTargets.Link in portico.yaml: want http://HOST:PORT"},
		{"a target with a path", targets{"Link": "http://localhost:9000/v1"}, "want http://HOST:PORT"},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := start(t, func(s *setup) {
				linked("GET /pets", listenerARN, nil)(s)
				s.private = r.known
			})
			if got, want := s.serve(t, s.request("GET /pets")), message(500, "Internal Server Error"); got != want {
				t.Errorf("got %s", got)
			}
			if !strings.Contains(s.reason(), r.reason) {
				t.Errorf("got reason %q, want %q", s.reason(), r.reason)
			}
		})
	}
}

// The handshake asks for the name that tlsConfig gives, and a certificate nobody vouches for is not
// accepted.
func TestTheServerNameOfPrivateTargets(t *testing.T) {
	for _, r := range []struct{ name, verify, want string }{
		{"the name to verify", "orders.internal", "orders.internal"},
		{"the target's own", "", "localhost"},
	} {
		t.Run(r.name, func(t *testing.T) {
			asked := make(chan string, 1)
			server := httptest.NewUnstartedServer(http.NotFoundHandler())
			server.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				asked <- hello.ServerName
				return nil, nil
			}}
			server.Config.ErrorLog = nowhere()
			server.StartTLS()
			defer server.Close()
			s := start(t, func(s *setup) {
				linked("GET /pets", listenerARN, func(i *api.V2Integration) { i.TLSServerName = r.verify })(s)
				s.private = targets{"Link": strings.Replace(server.URL, "127.0.0.1", "localhost", 1)}
			})
			if got, want := s.serve(t, s.request("GET /pets")), message(503, "Service Unavailable"); got != want {
				t.Errorf("got %s", got)
			}
			if got := <-asked; got != r.want {
				t.Errorf("the handshake asks for %q, want %q", got, r.want)
			}
			if !strings.Contains(s.reason(), "PKIX path building failed") && !strings.Contains(s.reason(), "Host name does not match") {
				t.Errorf("got reason %q", s.reason())
			}
		})
	}
}
