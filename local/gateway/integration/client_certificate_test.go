package integration

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"testing"

	"portico/local/gateway/clock"
)

// askingBackend returns a backend that wants a client certificate, and answers with its subject.
func askingBackend(t *testing.T, authorities *x509.CertPool) *httptest.Server {
	t.Helper()
	b := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(r.TLS.PeerCertificates[0].Raw)
	}))
	b.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert, ClientCAs: authorities}
	b.StartTLS()
	t.Cleanup(b.Close)
	return b
}

func TestACertificateIsPresentedToWhoeverAsks(t *testing.T) {
	other := x509.NewCertPool()
	for _, r := range []struct {
		does        string
		authorities *x509.CertPool
	}{{"any certificate", nil}, {"one of another authority", other}} {
		t.Run(r.does, func(t *testing.T) {
			b := askingBackend(t, r.authorities)
			caller := NewHTTP(clock.System{})
			defer caller.Close()
			request := HTTPRequest{Method: "GET", URL: b.URL, InsecureTLS: true}
			if response, err := caller.Call(t.Context(), request); err == nil {
				t.Fatalf("a call without a certificate got %d", response.Status)
			}
			presenting := caller.Presenting(&b.TLS.Certificates[0])
			defer presenting.Close()
			for range 2 {
				response, err := presenting.Call(t.Context(), request)
				if err != nil || string(response.Body) != string(b.TLS.Certificates[0].Certificate[0]) {
					t.Fatalf("got %d, %v", response.Status, err)
				}
			}
			if response, err := caller.Call(t.Context(), request); err == nil {
				t.Errorf("a call without got %d on a connection of one with", response.Status)
			}
		})
	}
}
