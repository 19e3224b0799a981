package executeapi

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/mutualtls"
)

// holder is a certificate and its key.
type holder struct {
	*x509.Certificate
	key *ecdsa.PrivateKey
}

func (h *holder) tls() *tls.Certificate {
	return &tls.Certificate{Certificate: [][]byte{h.Raw}, PrivateKey: h.key, Leaf: h.Certificate}
}

// issue makes a certificate, of an authority when by is nil.
func issue(t *testing.T, by *holder, name string, life time.Duration) *holder {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(life),
		BasicConstraintsValid: true, IsCA: by == nil,
	}
	signer := &holder{template, key}
	if by != nil {
		signer = by
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, signer.Certificate, &key.PublicKey, signer.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &holder{certificate, key}
}

// teller answers with what it was told of the way the call came.
type teller struct{}

func (teller) Serve(_ context.Context, r *exchange.Request) *exchange.Reply {
	text := fmt.Sprintf("%s %s tls=%v %s %s", r.Method, r.RawPath, r.TLS, r.TLSVersion, r.CipherSuite)
	if d := r.Domain; d != nil {
		text += fmt.Sprintf(" domain=%s stage=%s path=%s base=%s", d.Name, d.Stage, d.Path, d.BasePath)
	}
	if c := r.ClientCertificate; c != nil {
		text += " client=" + c.SubjectDN
	}
	for _, field := range r.Header {
		if strings.EqualFold(field.Name, "x-odd-case") {
			text += " " + field.Name
		}
	}
	return &exchange.Reply{Status: 200, Body: []byte(text + " " + string(r.Body))}
}

// records remembers why calls were refused.
type records struct {
	mu  sync.Mutex
	all []*exchange.Record
}

func (r *records) Observe(record *exchange.Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var kept exchange.Record
	record.Keep(&kept)
	r.all = append(r.all, &kept)
}

func (r *records) last() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) == 0 {
		return ""
	}
	return r.all[len(r.all)-1].Reason()
}

// secure is a server with TLS: api.example.com, and mtls.example.com for clients of clients.
type secure struct {
	*Server
	authority, clients *holder
	records            *records
}

func startSecure(t *testing.T) *secure {
	t.Helper()
	s := &secure{
		authority: issue(t, nil, "authority", time.Hour), clients: issue(t, nil, "clients", time.Hour),
		records: &records{},
	}
	leaves := sync.Map{}
	options := Options{
		Clock: clock.System{}, Log: slog.New(slog.DiscardHandler), Observer: s.records,
	}
	var err error
	if s.Server, err = Listen(options, []Mount{{ID: "abc", API: teller{}}}); err != nil {
		t.Fatal(err)
	}
	err = s.ListenTLS(TLS{Certificate: func(name string) (*tls.Certificate, error) {
		leaf, _ := leaves.LoadOrStore(name, issue(t, s.authority, name, time.Hour).tls())
		return leaf.(*tls.Certificate), nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.clients.Raw})
	store, _, err := mutualtls.Parse(text, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	mappings := []api.Mapping{{Path: "v1", APIID: "abc", Stage: "prod"}, {Path: "gone", APIID: "nobody"}}
	mutual, err := NewDomain(api.Domain{
		Name: "mtls.example.com", SecurityPolicy: "TLS_1_2", RoutingMode: "API_MAPPING_ONLY",
		MutualTLS: &api.MutualTLS{TruststoreURI: "s3://b/k"}, Mappings: mappings,
	}, store)
	if err != nil {
		t.Fatal(err)
	}
	s.Replace([]Mount{{ID: "abc", API: teller{}}},
		domainOf(t, api.Domain{Name: "api.example.com", Mappings: mappings}), mutual,
		domainOf(t, api.Domain{
			Name: "new.example.com", SecurityPolicy: "SecurityPolicy_TLS13_1_3_2025_09", Mappings: mappings,
		}),
		domainOf(t, api.Domain{Name: "old.example.com", SecurityPolicy: "TLS_1_0", Mappings: mappings}))
	s.Start()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return s
}

// client makes calls to whatever host at the server's address.
func (s *secure) client(t *testing.T, config *tls.Config, http2 bool) *http.Client {
	t.Helper()
	config.RootCAs = x509.NewCertPool()
	config.RootCAs.AddCert(s.authority.Certificate)
	address := strings.Replace(strings.TrimPrefix(s.TLSURL(), "https://"), "localhost", "127.0.0.1", 1)
	plain := strings.Replace(strings.TrimPrefix(s.URL(), "http://"), "localhost", "127.0.0.1", 1)
	transport := &http.Transport{
		TLSClientConfig: config, ForceAttemptHTTP2: http2,
		DialContext: func(ctx context.Context, network, asked string) (net.Conn, error) {
			to := address
			if strings.HasSuffix(asked, ":80") {
				to = plain
			}
			return new(net.Dialer).DialContext(ctx, network, to)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func ask(t *testing.T, client *http.Client, method, url string) (int, string, error) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader("body"))
	if err != nil {
		t.Fatal(err)
	}
	request.Header["x-ODD-case"] = []string{"1"}
	response, err := client.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, strings.TrimSpace(response.Proto + " " + string(text)), err
}

var secureCalls = []struct {
	name, url string
	min, max  uint16
	http2     bool
	want      string // status and answer, or the error
}{
	{
		name: "by a domain, with HTTP/1.1 and the names as they were written",
		url:  "https://api.example.com/v1/a%2Fb",
		want: "200 HTTP/1.1 POST /v1/a%2Fb tls=true TLSv1.3 TLS_AES_128_GCM_SHA256 " +
			"domain=api.example.com stage=prod path=/a%2Fb base=v1 x-ODD-case body",
	},
	{
		name: "by a domain, with HTTP/2 and names in lower case",
		url:  "https://api.example.com/v1/a%2Fb", http2: true,
		want: "200 HTTP/2.0 POST /v1/a%2Fb tls=true TLSv1.3 TLS_AES_128_GCM_SHA256 " +
			"domain=api.example.com stage=prod path=/a%2Fb base=v1 x-odd-case body",
	},
	{
		name: "by the name that leads to this machine", url: "https://api.example.com.localhost/v1",
		want: "200 HTTP/1.1 POST /v1 tls=true TLSv1.3 TLS_AES_128_GCM_SHA256 " +
			"domain=api.example.com stage=prod path=/ base=v1 x-ODD-case body",
	},
	{
		name: "by the API's own name", url: "https://abc.execute-api.localhost/prod/x",
		want: "200 HTTP/1.1 POST /prod/x tls=true TLSv1.3 TLS_AES_128_GCM_SHA256 x-ODD-case body",
	},
	{
		name: "without TLS", url: "http://api.example.com/v1/x",
		want: "200 HTTP/1.1 POST /v1/x tls=false   domain=api.example.com stage=prod path=/x " +
			"base=v1 x-ODD-case body",
	},
	{
		name: "in the suite of TLS 1.2, named as AWS does", url: "https://api.example.com/v1",
		max: tls.VersionTLS12,
		want: "200 HTTP/1.1 POST /v1 tls=true TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256 " +
			"domain=api.example.com stage=prod path=/ base=v1 x-ODD-case body",
	},
	{
		name: "nothing takes the path", url: "https://api.example.com/v2",
		want: `403 HTTP/1.1 {"message":"Forbidden"}`,
	},
	{
		name: "the mapped API is not there", url: "https://api.example.com/gone",
		want: `403 HTTP/1.1 {"message":"Forbidden"}`,
	},
	{name: "the path of health checks", url: "https://api.example.com/ping", want: "200 HTTP/1.1 healthy"},
	{name: "a name that is not served", url: "https://bank.test/", want: "unrecognized name"},
	{
		name: "TLS 1.1 where 1.2 is wanted", url: "https://api.example.com/v1",
		min: tls.VersionTLS10, max: tls.VersionTLS11, want: "protocol version",
	},
	{
		name: "TLS 1.0 where it is allowed", url: "https://old.example.com/v1",
		min: tls.VersionTLS10, max: tls.VersionTLS10,
		want: "200 HTTP/1.1 POST /v1 tls=true TLSv1.0 ECDHE-ECDSA-AES128-SHA " +
			"domain=old.example.com stage=prod path=/ base=v1 x-ODD-case body",
	},
	{
		name: "TLS 1.2 where 1.3 is wanted", url: "https://new.example.com/v1",
		max: tls.VersionTLS12, want: "protocol version",
	},
}

func TestCallsWithTLS(t *testing.T) {
	s := startSecure(t)
	for _, test := range secureCalls {
		t.Run(test.name, func(t *testing.T) {
			config := &tls.Config{MinVersion: test.min, MaxVersion: test.max}
			status, text, err := ask(t, s.client(t, config, test.http2), "POST", test.url)
			check(t, status, text, err, test.want)
		})
	}
}

func check(t *testing.T, status int, text string, err error, want string) {
	t.Helper()
	got := fmt.Sprintf("%d %s", status, text)
	if err != nil {
		got = err.Error()
	}
	if err == nil && got != want || err != nil && !strings.Contains(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestMutualTLS(t *testing.T) {
	s := startSecure(t)
	strangers := issue(t, nil, "clients", time.Hour)
	const url, forbidden = "https://mtls.example.com/v1/x", `403 HTTP/1.1 {"message":"Forbidden"}`
	served := "200 HTTP/1.1 POST /v1/x tls=true TLSv1.3 TLS_AES_128_GCM_SHA256 " +
		"domain=mtls.example.com stage=prod path=/x base=v1 client=CN=orders x-ODD-case body"
	tests := []struct {
		name, url string
		show      *holder // nil shows none
		http2     bool
		want      string
		reason    string
	}{
		{name: "a client of the truststore", url: url, show: issue(t, s.clients, "orders", time.Hour), want: served},
		{
			name: "a client of the truststore, with HTTP/2", url: url, http2: true,
			show: issue(t, s.clients, "orders", time.Hour),
			want: strings.NewReplacer("HTTP/1.1", "HTTP/2.0", "x-ODD-case", "x-odd-case").Replace(served),
		},
		{name: "no certificate ends the handshake", url: url, want: "certificate required"},
		{
			name: "an authority of the same name", url: url, show: issue(t, strangers, "orders", time.Hour),
			want: forbidden, reason: "Access denied. Reason: Could not find issuer for certificate",
		},
		{
			name: "a certificate that vouches for itself", url: url, show: issue(t, nil, "orders", time.Hour),
			want: forbidden, reason: "Access denied. Reason: self signed certificate",
		},
		{
			name: "an expired certificate", url: url, show: issue(t, s.clients, "orders", -time.Minute),
			want: forbidden, reason: "Access denied. Reason: CN=orders expired on",
		},
		{
			name: "no TLS at all", url: "http://mtls.example.com/v1/x",
			want: forbidden, reason: "the call came without TLS",
		},
		{
			name: "health checks need a certificate, too", url: "http://mtls.example.com/ping",
			want: forbidden, reason: "the call came without TLS",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			config := tls.Config{}
			if test.show != nil { // whatever authorities the server names
				config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
					return test.show.tls(), nil
				}
			}
			status, text, err := ask(t, s.client(t, &config, test.http2), "POST", test.url)
			check(t, status, text, err, test.want)
			if got := s.records.last(); test.reason != "" && !strings.Contains(got, test.reason) {
				t.Errorf("got the reason %q, want %q", got, test.reason)
			}
		})
	}
}

// A client may open a connection by a name that wants no certificate, and then ask for one that does.
func TestAnotherServerNameDoesNotEvadeMutualTLS(t *testing.T) {
	s := startSecure(t)
	for _, http2 := range []bool{false, true} {
		client := s.client(t, &tls.Config{ServerName: "api.example.com"}, http2)
		status, _, err := ask(t, client, "POST", "https://api.example.com/v1/x")
		if status != http.StatusOK || err != nil {
			t.Fatalf("got %d, %v", status, err)
		}
		status, text, err := ask(t, client, "POST", "https://mtls.example.com/v1/x")
		if status != http.StatusForbidden {
			t.Errorf("got %d %s, %v, want 403", status, text, err)
		}
		want := "the client showed no certificate"
		if got := s.records.last(); !strings.Contains(got, want) {
			t.Errorf("got the reason %q, want %q", got, want)
		}
	}
}

// What was judged for one truststore says nothing about another.
func TestAReloadJudgesOpenConnectionsAnew(t *testing.T) {
	s := startSecure(t)
	show := issue(t, s.clients, "orders", time.Hour)
	client := s.client(t, &tls.Config{Certificates: []tls.Certificate{*show.tls()}}, false)
	if status, text, err := ask(t, client, "POST", "https://mtls.example.com/v1/x"); status != http.StatusOK {
		t.Fatalf("got %d %s, %v", status, text, err)
	}
	others := issue(t, nil, "others", time.Hour)
	store, _, err := mutualtls.Parse(
		pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: others.Raw}), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	changed, err := NewDomain(api.Domain{
		Name: "mtls.example.com", SecurityPolicy: "TLS_1_2", RoutingMode: "API_MAPPING_ONLY",
		MutualTLS: &api.MutualTLS{}, Mappings: []api.Mapping{{APIID: "abc", Stage: "prod"}},
	}, store)
	if err != nil {
		t.Fatal(err)
	}
	s.Replace([]Mount{{ID: "abc", API: teller{}}}, changed)
	if status, text, err := ask(t, client, "POST", "https://mtls.example.com/v1/x"); status != http.StatusForbidden {
		t.Errorf("got %d %s, %v, want 403", status, text, err)
	}
}

func TestADomainWithMutualTLSNeedsItsTruststore(t *testing.T) {
	_, err := NewDomain(api.Domain{
		Name: "a.example", SecurityPolicy: "TLS_1_2", MutualTLS: &api.MutualTLS{TruststoreURI: "s3://b/k"},
	}, nil)
	if err == nil || !strings.Contains(err.Error(), "s3://b/k") {
		t.Errorf("got %v, want an error that names the truststore", err)
	}
	if _, err := NewDomain(api.Domain{Name: "a.example", SecurityPolicy: "TLS_9"}, nil); err == nil {
		t.Error("a security policy that nobody knows was taken")
	}
}

// Clients may speak HTTP/2 without TLS when they know beforehand that they can.
func TestHTTP2WithoutTLS(t *testing.T) {
	s := startSecure(t)
	client := s.client(t, &tls.Config{}, false)
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	client.Transport.(*http.Transport).Protocols = protocols
	status, text, err := ask(t, client, "POST", "http://api.example.com/v1//a%2Fb")
	check(t, status, text, err, "200 HTTP/2.0 POST /v1//a%2Fb tls=false   domain=api.example.com "+
		"stage=prod path=//a%2Fb base=v1 x-odd-case body")
}
