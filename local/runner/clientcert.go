package runner

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/integration"
)

// What API Gateway's client certificates are like ("Generate and configure an SSL certificate for
// backend authentication in API Gateway"): self-signed, valid for a year.
const (
	certificateSubject = "ApiGateway"
	certificateBits    = 2048
	certificateLasts   = 365 * 24 * time.Hour
)

// clientCertificates are the certificates that APIs present to HTTP backends, one for each id
// that a stage names. They stay as long as the state folder does, or until they expire.
//
// Unlike AWS: an id is not looked up. A template may name a certificate that was made outside of it,
// and gets one of this machine.
type clientCertificates struct {
	dir   string
	clock clock.Clock
	calls *integration.HTTP // what callers are made of

	mu      sync.Mutex // guards callers
	callers map[string]*integration.HTTP
}

func newClientCertificates(state string, c clock.Clock, calls *integration.HTTP) *clientCertificates {
	return &clientCertificates{
		dir: inDir(state, "certificates"), clock: c, calls: calls,
		callers: map[string]*integration.HTTP{},
	}
}

// caller returns what calls backends with the certificate of that id.
func (c *clientCertificates) caller(id string) (*integration.HTTP, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.callers[id]; known != nil {
		return known, nil
	}
	certificate, err := c.load(id)
	if err != nil {
		if certificate, err = c.make(id); err != nil {
			return nil, err
		}
	}
	c.callers[id] = c.calls.Presenting(certificate)
	return c.callers[id], nil
}

// close ends the idle connections of all callers.
func (c *clientCertificates) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, caller := range c.callers {
		caller.Close()
	}
}

// path is where the certificate is, for backends to trust. Ids come from templates, which may hold
// anything.
func (c *clientCertificates) path(id string) string {
	return filepath.Join(c.dir, filepath.Base(filepath.Clean("/"+id))+".pem")
}

func (c *clientCertificates) keyPath(id string) string {
	return c.path(id) + ".key"
}

var errExpired = errors.New("the certificate has expired")

func (c *clientCertificates) load(id string) (*tls.Certificate, error) {
	certificate, err := tls.LoadX509KeyPair(c.path(id), c.keyPath(id))
	if err != nil {
		return nil, err
	}
	if !c.clock.Now().Before(certificate.Leaf.NotAfter) {
		return nil, errExpired
	}
	return &certificate, nil
}

// make writes a new certificate down. Its key is for nobody else to read.
func (c *clientCertificates) make(id string) (*tls.Certificate, error) {
	key, err := rsa.GenerateKey(rand.Reader, certificateBits)
	if err != nil {
		return nil, fmt.Errorf("making a key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 63))
	if err != nil {
		return nil, fmt.Errorf("making a serial number: %w", err)
	}
	now := c.clock.Now()
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: certificateSubject},
		NotBefore: now.Add(-time.Minute), NotAfter: now.Add(certificateLasts),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("making the certificate: %w", err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("writing the key: %w", err)
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of certificates: %w", err)
	}
	err = writePEM(c.keyPath(id), 0o600, &pem.Block{Type: "PRIVATE KEY", Bytes: secret})
	if err == nil {
		err = writePEM(c.path(id), 0o644, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	}
	if err != nil {
		return nil, err
	}
	return c.load(id)
}

// writePEM writes a file anew, so that it has its mode whatever was there before.
func writePEM(path string, mode fs.FileMode, block *pem.Block) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("replacing %s: %w", path, err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(block), mode); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// writeCertificates prints where the client certificates are that backends are to trust.
func (r *Runner) writeCertificates(w io.Writer) {
	for _, definition := range r.App().REST {
		for _, stage := range definition.Stages {
			if id := stage.ClientCertificateID; id != "" {
				fmt.Fprintf(w, "client certificate of %s, stage %s: %s\n", definition.Name, stage.Name,
					r.certificates.path(id))
			}
		}
	}
}
