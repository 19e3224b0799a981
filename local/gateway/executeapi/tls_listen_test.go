package executeapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
)

// later is a server that was started without TLS, and whose first domain may come.
func later(t *testing.T) (*secure, TLS) {
	t.Helper()
	s := &secure{authority: issue(t, nil, "authority", time.Hour)}
	s.Server = start(t, Mount{ID: "abc", API: teller{}})
	leaf := issue(t, s.authority, "api.example.com", time.Hour).tls()
	return s, TLS{Certificate: func(string) (*tls.Certificate, error) { return leaf, nil }}
}

func TestTLSBeginsWhileTheServerServes(t *testing.T) {
	s, o := later(t)
	domain := domainOf(t, api.Domain{
		Name: "api.example.com", Mappings: []api.Mapping{{APIID: "abc", Stage: "prod"}},
	})
	var at sync.WaitGroup
	for range 8 { // whoever comes first binds it; a deployment may be swapped in meanwhile
		at.Go(func() {
			if err := s.ListenTLS(o); err != nil {
				t.Error(err)
			}
			s.Replace([]Mount{{ID: "abc", API: teller{}}}, domain)
			if s.TLSURL() == "" {
				t.Error("the address for TLS has no URL")
			}
		})
	}
	at.Wait()
	status, text, err := ask(t, s.client(t, &tls.Config{}, false), "GET", "https://api.example.com/x")
	check(t, status, text, err, "200 HTTP/1.1 GET /x tls=true TLSv1.3 TLS_AES_128_GCM_SHA256 "+
		"domain=api.example.com stage=prod path=/x base= x-ODD-case body")
}

func TestAPortForTLSThatIsTakenIsNamed(t *testing.T) {
	s, o := later(t)
	o.Port = s.main.listener.Addr().(*net.TCPAddr).Port
	want := "TLS: listening on 127.0.0.1:" + strconv.Itoa(o.Port)
	if err := s.ListenTLS(o); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
	if got := s.TLSURL(); got != "" {
		t.Errorf("got the address %q, want none", got)
	}
	o.Port = 0
	if err := s.ListenTLS(o); err != nil || s.TLSURL() == "" {
		t.Errorf("a free port after one that was taken: %v", err)
	}
}

func TestNothingIsBoundOnceTheServerIsClosed(t *testing.T) {
	for _, started := range []bool{true, false} {
		s, err := Listen(Options{Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)},
			[]Mount{{ID: "abc", API: teller{}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.ListenTLS(TLS{}); err != nil {
			t.Fatal(err)
		}
		edges := s.edges()
		if started {
			s.Start()
		}
		if err := s.Close(context.Background()); err != nil {
			t.Errorf("started %v: %v", started, err)
		}
		for _, e := range edges {
			if _, err := e.listener.Accept(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("started %v: %s still listens: %v", started, e.url(), err)
			}
		}
		s.secure = nil
		if err := s.ListenTLS(TLS{}); !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("started %v: got %v, want %v", started, err, http.ErrServerClosed)
		}
	}
}

func TestAPortThatThereIsNotIsRefused(t *testing.T) {
	for _, port := range []int{-1, 65536} {
		_, err := Listen(Options{Port: port, Log: slog.New(slog.DiscardHandler)}, nil)
		if want := "there is no port " + strconv.Itoa(port); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	taken := start(t).main.listener.Addr().(*net.TCPAddr).Port
	_, err := Listen(Options{Log: slog.New(slog.DiscardHandler)}, []Mount{{ID: "a1", Name: "orders", Port: taken}})
	if err == nil || !strings.HasPrefix(err.Error(), "API orders: listening on 127.0.0.1:") {
		t.Errorf("got %v, want the API's name", err)
	}
}

func TestAClientThatSpeaksTLSToAPlainPortIsToldOf(t *testing.T) {
	var said bytes.Buffer
	s, err := Listen(Options{
		Clock: clock.System{}, Log: slog.New(slog.NewTextHandler(&said, nil)),
	}, []Mount{{ID: "abc", API: teller{}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	plain, _ := s.APIURL("abc")
	for _, address := range []string{plain, "https" + strings.TrimPrefix(plain, "http")} {
		response, err := http.Get(address + "/prod")
		if err == nil {
			_ = response.Body.Close()
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(plain, "localhost:")
	if want := "a client speaks TLS where none is spoken: it must say http://"; strings.Count(said.String(), want) != 1 ||
		!strings.Contains(said.String(), "address=127.0.0.1:"+port) {
		t.Errorf("said %s", said.String())
	}
}
