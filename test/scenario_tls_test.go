package test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// certify makes an authority and a certificate of a client, each a file: certify AUTHORITY CLIENT.
// The client's holds its key, too; its name is the file's.
func certify(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 2 {
		ts.Fatalf("usage: certify AUTHORITY CLIENT")
	}
	authorityKey, clientKey := newKey(ts), newKey(ts)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: args[0]}, IsCA: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		BasicConstraintsValid: true,
	}
	client := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: args[1]},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	raw, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	ts.Check(err)
	keep(ts, args[0], block("CERTIFICATE", raw))
	raw, err = x509.CreateCertificate(rand.Reader, client, authority, &clientKey.PublicKey, authorityKey)
	ts.Check(err)
	key, err := x509.MarshalPKCS8PrivateKey(clientKey)
	ts.Check(err)
	keep(ts, args[1], block("CERTIFICATE", raw)+block("PRIVATE KEY", key))
}

func newKey(ts *testscript.TestScript) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	return key
}

func block(kind string, raw []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: raw}))
}

func keep(ts *testscript.TestScript, name, text string) {
	ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
}

// secure makes an HTTPS request that trusts the certificate in $CA alone: secure URL [CLIENT]. It
// prints and judges as call does; a handshake that fails is a failure. It speaks HTTP/2 unless a
// failure is expected: Go's client does not always say why a server ended the handshake there.
func secure(ts *testscript.TestScript, negated bool, args []string) {
	if len(args) != 1 && len(args) != 2 {
		ts.Fatalf("usage: secure URL [CLIENT]")
	}
	config := &tls.Config{RootCAs: x509.NewCertPool()}
	if !config.RootCAs.AppendCertsFromPEM([]byte(ts.ReadFile(ts.Getenv("CA")))) {
		ts.Fatalf("%s holds no certificate", ts.Getenv("CA"))
	}
	if len(args) == 2 {
		shown, err := tls.X509KeyPair([]byte(ts.ReadFile(args[1])), []byte(ts.ReadFile(args[1])))
		ts.Check(err)
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			return &shown, nil
		}
	}
	client := newClient()
	client.Transport = &http.Transport{
		TLSClientConfig: config, ForceAttemptHTTP2: !negated, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			_, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
		},
	}
	request, err := http.NewRequest(http.MethodGet, args[0], nil)
	ts.Check(err)
	response, err := client.Do(request)
	if err != nil && negated {
		_, _ = ts.Stdout().Write([]byte(strings.TrimSpace(err.Error()) + "\n"))
		return
	}
	ts.Check(err)
	printAnswer(ts, negated, response)
}
