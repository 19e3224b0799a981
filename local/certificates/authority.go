// Package certificates is a certificate authority of one folder: it issues the certificates that
// the runner shows clients that speak TLS.
//
// It stands before every call with TLS, and is asked once for each name. Its key stays in the state
// folder, readable by its owner alone. The authority's own certificate says for which names it can
// vouch, so that whoever gets hold of the key cannot pass for any other site. Nothing here installs
// anything: whether a machine trusts the authority is for its owner to decide.
package certificates

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	authorityLife = 2 * 365 * 24 * time.Hour
	leafLife      = 90 * 24 * time.Hour
	renewBefore   = 30 * 24 * time.Hour
	backdate      = time.Hour // for clients whose clock is behind

	certificateFile = "authority.pem"
	keyFile         = "authority.key"
)

// Authority issues certificates.
type Authority struct {
	folder      string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	now         func() time.Time
	created     bool

	mu     sync.Mutex // guards what follows
	leaves map[string]*tls.Certificate
}

// Open reads the authority in a folder. It makes a new one when there is none, when the one there
// is about to expire, and when it cannot vouch for one of the names; that one can vouch for what
// the old one could, too.
func Open(folder string, names []string, now func() time.Time) (*Authority, error) {
	a := &Authority{folder: folder, now: now, leaves: map[string]*tls.Certificate{}}
	err := a.read()
	switch {
	case err == nil && a.lasts() && a.covers(names):
		return a, nil
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("reading the certificate authority in %s (delete the folder to get a "+
			"new one): %w", folder, err)
	}
	if err := a.create(names); err != nil {
		return nil, fmt.Errorf("making a certificate authority in %s: %w", folder, err)
	}
	return a, nil
}

// Path returns the file with the certificate that clients must trust, in PEM.
func (a *Authority) Path() string { return filepath.Join(a.folder, certificateFile) }

// Created says whether Open made the authority, so that nobody can trust it yet.
func (a *Authority) Created() bool { return a.created }

func (a *Authority) read() error {
	pair, err := tls.LoadX509KeyPair(a.Path(), filepath.Join(a.folder, keyFile))
	if err != nil {
		return err
	}
	key, ok := pair.PrivateKey.(*ecdsa.PrivateKey)
	if !ok {
		return fmt.Errorf("%s holds no ECDSA key", keyFile)
	}
	a.certificate, a.key = pair.Leaf, key
	return nil
}

// lasts says whether the authority does not expire soon.
func (a *Authority) lasts() bool {
	return a.now().Before(a.certificate.NotAfter.Add(-renewBefore))
}

// covers says whether the authority may vouch for all names.
func (a *Authority) covers(names []string) bool {
	return !slices.ContainsFunc(names, func(name string) bool {
		return !slices.ContainsFunc(a.certificate.PermittedDNSDomains, func(permitted string) bool {
			return isBelow(strings.TrimPrefix(strings.ToLower(name), "*."), permitted)
		})
	})
}

func isBelow(name, domain string) bool {
	return name == domain || strings.HasSuffix(name, "."+domain)
}

func (a *Authority) create(names []string) error {
	permitted := []string{"localhost"}
	if a.certificate != nil {
		permitted = append(permitted, a.certificate.PermittedDNSDomains...)
	}
	for _, name := range names {
		permitted = append(permitted, strings.TrimPrefix(strings.ToLower(name), "*."))
	}
	slices.Sort(permitted)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	now := a.now()
	template := &x509.Certificate{
		SerialNumber: serial(),
		Subject: pkix.Name{
			Organization: []string{"Portico local authority"},
			CommonName:   "Portico local authority " + now.UTC().Format("2006-01-02 15:04:05"),
		},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(authorityLife),
		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:                    x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: slices.Compact(permitted),
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	if a.certificate, err = x509.ParseCertificate(raw); err != nil {
		return err
	}
	a.key, a.created = key, true
	return a.write()
}

// write keeps the authority: the key first, so that a certificate is never there without it.
func (a *Authority) write() error {
	if err := os.MkdirAll(a.folder, 0o700); err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return err
	}
	err = replaceFile(filepath.Join(a.folder, keyFile), "PRIVATE KEY", key, 0o600)
	if err != nil {
		return err
	}
	return replaceFile(a.Path(), "CERTIFICATE", a.certificate.Raw, 0o644)
}

// replaceFile writes a file whole: what is read is the old one or the new.
func replaceFile(path, kind string, content []byte, mode fs.FileMode) error {
	fresh, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // its owner's alone
	if err != nil {
		return err
	}
	err = pem.Encode(fresh, &pem.Block{Type: kind, Bytes: content})
	err = errors.Join(err, fresh.Chmod(mode), fresh.Close())
	if err == nil {
		err = os.Rename(fresh.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(fresh.Name()))
	}
	return nil
}

// Certificate returns the certificate of a name, and makes it when it is first asked for.
func (a *Authority) Certificate(name string) (*tls.Certificate, error) {
	name = strings.ToLower(name)
	if !a.covers([]string{name}) {
		return nil, fmt.Errorf("the local certificate authority does not vouch for %s", name)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if leaf, ok := a.leaves[name]; ok && a.now().Before(leaf.Leaf.NotAfter.Add(-backdate)) {
		return leaf, nil
	}
	leaf, err := a.issue(name)
	if err != nil {
		return nil, fmt.Errorf("issuing the certificate of %s: %w", name, err)
	}
	if len(a.leaves) >= maxLeaves { // clients choose the names below localhost
		clear(a.leaves)
	}
	a.leaves[name] = leaf
	return leaf, nil
}

// maxLeaves bounds what is remembered.
const maxLeaves = 1000

func (a *Authority) issue(name string) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	now := a.now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: commonName(name)},
		NotBefore: now.Add(-backdate), NotAfter: now.Add(leafLife),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{name}, BasicConstraintsValid: true,
	}
	if template.NotAfter.After(a.certificate.NotAfter) {
		template.NotAfter = a.certificate.NotAfter
	}
	if name == "localhost" {
		template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key, Leaf: leaf}, nil
}

// commonName is empty for a name that is longer than the field may be; clients read DNSNames.
func commonName(name string) string {
	const most = 64
	if len(name) > most {
		return ""
	}
	return name
}

func serial() *big.Int {
	var random [16]byte
	_, _ = rand.Read(random[:]) // never fails
	random[0] = random[0]&0x7f | 0x40
	return new(big.Int).SetBytes(random[:])
}
