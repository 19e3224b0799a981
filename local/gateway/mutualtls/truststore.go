// Package mutualtls decides whose certificates the clients of a custom domain name may show.
//
// It stands before every API: executeapi asks it about the certificate of a connection, by the
// truststore of the domain that a call is for, and puts what the certificate says into the call. It
// speaks no TLS and reads no file. Nothing asks whether a certificate was revoked: AWS does not
// either ("How to turn on mutual TLS authentication for your REST APIs in API Gateway").
package mutualtls

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// AWS's limits.
const (
	maxTruststore   = 1 << 20
	maxCertificates = 1000
	maxAuthorities  = 4 // in a chain; the client's certificate is not counted
	minRSA          = 2048
	minECDSA        = 256
)

// Truststore holds the authorities that may have issued the certificates of clients.
type Truststore struct {
	bySubject map[string][]*x509.Certificate // by the raw subject
	all       *x509.CertPool
}

// Parse reads a truststore: certificates in PEM, one after another. What it cannot use it warns
// of, as AWS does; a truststore with nothing to use is an error.
func Parse(text []byte, now time.Time) (*Truststore, []string, error) {
	if len(text) > maxTruststore {
		return nil, nil, fmt.Errorf("the truststore has %d bytes, allowed are %d", len(text),
			maxTruststore)
	}
	store := &Truststore{
		bySubject: map[string][]*x509.Certificate{}, all: x509.NewCertPool(),
	}
	var warnings []string
	count := 0
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if count++; count > maxCertificates {
			return nil, nil, fmt.Errorf("the truststore has more than %d certificates", maxCertificates)
		}
		warning, err := store.add(block, now)
		if err != nil {
			warning = err.Error()
		}
		if warning != "" {
			warnings = append(warnings, fmt.Sprintf("certificate %d: %s", count, warning))
		}
	}
	if len(store.bySubject) == 0 {
		return nil, warnings, errors.New("the truststore has no usable certificate, want PEM blocks " +
			"-----BEGIN CERTIFICATE----- of authorities")
	}
	return store, warnings, nil
}

// add takes one certificate. An error means that it is not used; a warning that it is, for now or
// later.
func (t *Truststore) add(block *pem.Block, now time.Time) (warning string, err error) {
	if block.Type != "CERTIFICATE" {
		return "", fmt.Errorf("it is a PEM block %q and not used, want CERTIFICATE", block.Type)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return "", fmt.Errorf("it is not used: %w", err)
	}
	name := distinguishedName(certificate.RawSubject)
	if certificate.BasicConstraintsValid && !certificate.IsCA {
		return "", fmt.Errorf("%s is not used: it is of no certificate authority", name)
	}
	if err := strong(certificate, !isSelfIssued(certificate)); err != nil {
		return "", fmt.Errorf("%s is not used: %w", name, err)
	}
	subject := string(certificate.RawSubject)
	t.bySubject[subject] = append(t.bySubject[subject], certificate)
	t.all.AddCert(certificate)
	switch {
	case now.After(certificate.NotAfter):
		return name + " expired on " + printedTime(certificate.NotAfter), nil
	case now.Before(certificate.NotBefore):
		return name + " is not valid before " + printedTime(certificate.NotBefore), nil
	}
	return "", nil
}

// strong holds a certificate against what AWS takes: RSA from 2048 bits, ECDSA from 256, signed
// over SHA-256 or more. A root's own signature protects nothing, so nobody asks how it was made.
func strong(c *x509.Certificate, signed bool) error {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < minRSA {
			return fmt.Errorf("its RSA key has %d bits, allowed are %d and more", bits, minRSA)
		}
	case *ecdsa.PublicKey:
		if bits := key.Curve.Params().BitSize; bits < minECDSA {
			return fmt.Errorf("its ECDSA key has %d bits, allowed are %d and more", bits, minECDSA)
		}
	default:
		return fmt.Errorf("its key is %s, allowed are RSA and ECDSA", c.PublicKeyAlgorithm)
	}
	if !signed {
		return nil
	}
	switch c.SignatureAlgorithm {
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA,
		x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512:
		return nil
	}
	return fmt.Errorf("%w: %s", errInsecure, c.SignatureAlgorithm)
}

func isSelfIssued(c *x509.Certificate) bool {
	return string(c.RawSubject) == string(c.RawIssuer)
}
