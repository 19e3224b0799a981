package runner

import (
	"crypto/x509"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/integration"
)

func certificatesIn(t *testing.T, state string, c clock.Clock) *clientCertificates {
	t.Helper()
	calls := integration.NewHTTP(c)
	t.Cleanup(calls.Close)
	certificates := newClientCertificates(state, c, calls)
	t.Cleanup(certificates.close)
	return certificates
}

func readCertificate(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	block, rest := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" || len(rest) > 0 {
		t.Fatalf("%s holds no certificate alone:\n%s", path, text)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestAClientCertificateIsSelfSignedAndLastsAYear(t *testing.T) {
	state, now := t.TempDir(), clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	certificates := certificatesIn(t, state, now)
	if _, err := certificates.caller("a1b2c3"); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(state, "certificates", "a1b2c3.pem")
	got := readCertificate(t, path)
	roots := x509.NewCertPool()
	roots.AddCert(got)
	_, err := got.Verify(x509.VerifyOptions{
		Roots: roots, CurrentTime: now.Now(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil || got.Subject.String() != "CN=ApiGateway" || got.Issuer.String() != "CN=ApiGateway" {
		t.Errorf("got %s of %s, %v", got.Subject, got.Issuer, err)
	}
	if want := now.Now().Add(365 * 24 * time.Hour); !got.NotAfter.Equal(want) {
		t.Errorf("it ends %v, want %v", got.NotAfter, want)
	}
	info, err := os.Stat(path + ".key")
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != fs.FileMode(0o600) {
		t.Errorf("the key's file is %v, %v", info, err)
	}
}

func TestAClientCertificateStaysWithTheStateFolder(t *testing.T) {
	state, now := t.TempDir(), clock.NewManual(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	serial := func(id string) string {
		certificates := certificatesIn(t, state, now)
		if _, err := certificates.caller(id); err != nil {
			t.Fatal(err)
		}
		return readCertificate(t, certificates.path(id)).SerialNumber.String()
	}
	first := serial("one")
	if again := serial("one"); again != first {
		t.Errorf("got %s after a restart, want %s", again, first)
	}
	if other := serial("two"); other == first {
		t.Error("two ids have one certificate")
	}
	now.Advance(366 * 24 * time.Hour)
	if renewed := serial("one"); renewed == first {
		t.Error("an expired certificate is presented")
	}
}

func TestIdsOfCertificatesStayInTheirFolder(t *testing.T) {
	state := t.TempDir()
	certificates := certificatesIn(t, state, clock.System{})
	for _, id := range []string{"../../etc/passwd", "/", "a/b"} {
		if dir := filepath.Dir(certificates.path(id)); dir != filepath.Join(state, "certificates") {
			t.Errorf("%q is kept in %s", id, dir)
		}
	}
}
