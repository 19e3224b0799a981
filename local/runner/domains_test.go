package runner

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/coder/websocket"
)

// partners is an authority and a client's certificate of it.
func partners(t *testing.T) (authority []byte, client tls.Certificate) {
	t.Helper()
	sign := func(template, parent *x509.Certificate, key, by *ecdsa.PrivateKey) []byte {
		raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, by)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	newKey := func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	since := time.Date(2025, 8, 5, 9, 36, 4, 0, time.UTC)
	top := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "partners"}, NotBefore: since,
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	topKey, key := newKey(), newKey()
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "acme"}, NotBefore: since,
		NotAfter: time.Now().Add(time.Hour),
	}
	authority = pem.EncodeToMemory(&pem.Block{
		Type: "CERTIFICATE", Bytes: sign(top, top, topKey, topKey),
	})
	return authority, tls.Certificate{
		Certificate: [][]byte{sign(leaf, top, key, topKey)}, PrivateKey: key,
	}
}

// startDomains serves testdata/domains, and returns a client that finds every domain.
func startDomains(t *testing.T, truststore []byte) (*Runner, func(...tls.Certificate) *http.Client) {
	t.Helper()
	template, err := filepath.Abs("testdata/domains/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		settingsFile: "template: " + template + "\ndocuments: {trust/partners.pem: trust.pem}\n",
		"trust.pem":  string(truststore),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := Start(t, Options{Dir: dir, State: filepath.Join(dir, "state")})
	return r, clientsOf(t, r)
}

// clientsOf returns a client that trusts the runner's authority, and finds every domain.
func clientsOf(t *testing.T, r *Runner) func(...tls.Certificate) *http.Client {
	t.Helper()
	trusted, err := os.ReadFile(filepath.Join(r.options.State, "authority", "authority.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(trusted)
	return func(certificates ...tls.Certificate) *http.Client {
		transport := &http.Transport{
			TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certificates},
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				_, port, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
			},
		}
		t.Cleanup(transport.CloseIdleConnections)
		return &http.Client{Transport: transport}
	}
}

// at returns where a domain is reached, by its own name.
func at(t *testing.T, r *Runner, name string) string {
	t.Helper()
	for _, domain := range r.Domains() {
		if domain.Name == name {
			return strings.Replace(domain.URL, ".localhost", "", 1)
		}
	}
	t.Fatalf("no domain %s", name)
	return ""
}

func told(t *testing.T, client *http.Client, url string) (int, string) {
	t.Helper()
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// What AWS tells of the path by a custom domain name is in localstack/localstack, pull request 12296.
func TestARESTAPIByItsDomains(t *testing.T) {
	authority, acme := partners(t)
	r, client := startDomains(t, authority)
	const tellsAll = `{"domainName":"%s","domainPrefix":"%s", "path":"%s","stage":"dev","rest":"%s", ` +
		`"base":"%s", "client":"%s", "since":"%s"}`
	tests := []struct {
		name, url string
		client    *http.Client
		status    int
		want      string
	}{
		{
			"the mapping names the stage", at(t, r, "api.example.com") + "/v1/a/b", client(), 200,
			fmt.Sprintf(tellsAll, "api.example.com", "api", "/v1/a/b", "a/b", "v1", "", ""),
		},
		{
			"the caller names the stage", at(t, r, "api.example.com") + "/any/dev/a", client(), 200,
			fmt.Sprintf(tellsAll, "api.example.com", "api", "/any/dev/a", "a", "any", "", ""),
		},
		{
			"the caller names no stage", at(t, r, "api.example.com") + "/any/prod/a", client(), 403,
			`{"message":"Forbidden"}`,
		},
		{
			"no mapping takes the path", at(t, r, "api.example.com") + "/v2", client(), 403,
			`{"message":"Forbidden"}`,
		},
		{
			"mutual TLS", at(t, r, "partners.example.com") + "/a", client(acme), 200,
			fmt.Sprintf(tellsAll, "partners.example.com", "partners", "/a", "a", "(none)", "CN=acme",
				"Aug  5 09:36:04 2025 GMT"),
		},
		{
			"the API's own name is disabled", r.Addresses()[1].URL + "/a", client(), 403,
			`{"message":"Forbidden"}`,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, text := told(t, test.client, test.url)
			if status != test.status || text != test.want {
				t.Errorf("got  %d %s\nwant %d %s", status, text, test.status, test.want)
			}
		})
	}
	if _, err := client().Get(at(t, r, "partners.example.com") + "/a"); err == nil {
		t.Error("mutual TLS took a client without certificate")
	}
}

func TestAWebSocketAPIByItsDomain(t *testing.T) {
	authority, _ := partners(t)
	r, client := startDomains(t, authority)
	base := at(t, r, "live.example.com") + "/feed/v1"
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(base, "https", "wss", 1),
		&websocket.DialOptions{HTTPClient: client()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	// No route takes it, so the answer names the connection.
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"action":"none"}`)); err != nil {
		t.Fatal(err)
	}
	_, answer, err := conn.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var refused struct{ ConnectionID string }
	if err := json.Unmarshal(answer, &refused); err != nil || refused.ConnectionID == "" {
		t.Fatalf("got %s, %v", answer, err)
	}
	request := push(t, r, base+"/@connections/"+refused.ConnectionID, "hello")
	response, err := client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(response.Body)
		t.Fatalf("got %s %s", response.Status, text)
	}
	if _, message, err := conn.Read(ctx); err != nil || string(message) != "hello" {
		t.Errorf("got %q, %v", message, err)
	}
	_, _, err = websocket.Dial(ctx, strings.Replace(base, "https", "wss", 1)+"/more",
		&websocket.DialOptions{HTTPClient: client()})
	if err == nil {
		t.Error("a path below the mapping was upgraded")
	}
}

// push is a command to a connection, signed by the role that may send it.
func push(t *testing.T, r *Runner, url, text string) *http.Request {
	t.Helper()
	keys, err := Credentials(t.Context(), r.options, "pusher")
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(text))
	err = v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{
		AccessKeyID: keys.AccessKeyID, SecretAccessKey: keys.SecretAccessKey,
		SessionToken: keys.SessionToken,
	}, request, hex.EncodeToString(sum[:]), "execute-api", "us-east-1", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return request
}

func TestATruststoreThatAWSWouldNotTakeStopsTheStart(t *testing.T) {
	dir := t.TempDir()
	template, err := filepath.Abs("testdata/domains/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	settings := "template: " + template + "\ndocuments: {trust/partners.pem: trust.pem}\n"
	if err := os.WriteFile(filepath.Join(dir, settingsFile), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(want string) {
		t.Helper()
		_, err := Read(t.Context(), Options{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	check("domain partners.example.com (Partners): reading its truststore s3://trust/partners.pem")
	if err := os.WriteFile(filepath.Join(dir, "trust.pem"), []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	check("the truststore has no usable certificate")
}
