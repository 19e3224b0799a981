package mutualtls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// holder is a certificate and its key.
type holder struct {
	*x509.Certificate
	key crypto.Signer
}

// plan is what a certificate of a test says, beyond what all say.
type plan struct {
	name      string
	ca        bool
	key       crypto.Signer // a P-256 one when nil
	notBefore time.Time     // a day before noon when zero
	notAfter  time.Time     // a day after noon when zero
	change    func(*x509.Certificate)
}

// issue makes a certificate signed by an authority, by itself when by is nil.
func issue(t testing.TB, by *holder, p plan) *holder {
	t.Helper()
	if p.key == nil {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		p.key = key
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: p.name},
		NotBefore: noon.Add(-24 * time.Hour), NotAfter: noon.Add(24 * time.Hour),
		BasicConstraintsValid: true, IsCA: p.ca,
	}
	if p.ca {
		template.KeyUsage = x509.KeyUsageCertSign
	} else {
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	if !p.notBefore.IsZero() {
		template.NotBefore = p.notBefore
	}
	if !p.notAfter.IsZero() {
		template.NotAfter = p.notAfter
	}
	if p.change != nil {
		p.change(template)
	}
	parent, signer := template, p.key
	if by != nil {
		parent, signer = by.Certificate, by.key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, p.key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &holder{certificate, p.key}
}

func bundle(holders ...*holder) []byte {
	var text []byte
	for _, h := range holders {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.Raw})...)
	}
	return text
}

func store(t testing.TB, holders ...*holder) *Truststore {
	t.Helper()
	s, _, err := Parse(bundle(holders...), noon)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
