package certificates

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, folder string, at time.Time, names ...string) *Authority {
	t.Helper()
	a, err := Open(folder, names, func() time.Time { return at })
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// verify holds a certificate against the authority's file, as a client does.
func verify(t *testing.T, a *Authority, leaf *tls.Certificate, name string) error {
	t.Helper()
	text, err := os.ReadFile(a.Path())
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatal("the authority's file holds no certificate")
	}
	_, err = leaf.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, CurrentTime: a.now()})
	return err
}

func TestAClientThatTrustsTheAuthorityTrustsItsCertificates(t *testing.T) {
	a := open(t, t.TempDir(), start, "api.example.com", "*.shop.example.com")
	for _, name := range []string{
		"api.example.com", "API.example.com", "blue.shop.example.com", "localhost", "127.0.0.1", "::1",
		"abc.execute-api.localhost", "api.example.com.localhost",
	} {
		asked := name
		if !strings.Contains(name, ".example") && !strings.Contains(name, "localhost") {
			asked = "localhost" // clients send no address as a name
		}
		leaf, err := a.Certificate(asked)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := verify(t, a, leaf, name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheAuthorityVouchesForNothingElse(t *testing.T) {
	a := open(t, t.TempDir(), start, "api.example.com")
	for _, name := range []string{"example.com", "other.example.com", "xapi.example.com", "bank.test"} {
		if _, err := a.Certificate(name); err == nil {
			t.Errorf("got a certificate of %s, want an error", name)
		}
		leaf, err := a.issue(name) // as whoever has the key could
		if err != nil {
			t.Fatal(err)
		}
		if verify(t, a, leaf, name) == nil {
			t.Errorf("clients would trust a certificate of %s", name)
		}
	}
}

func TestTheKeyIsItsOwnersAlone(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "authority")
	open(t, folder, start)
	for name, want := range map[string]os.FileMode{keyFile: 0o600, certificateFile: 0o644} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s: got the mode %v, want %v", name, info.Mode().Perm(), want)
		}
	}
	if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("got %v (%v), want a folder of the mode 0700", info.Mode(), err)
	}
}

func TestWhenAnAuthorityIsMade(t *testing.T) {
	folder := t.TempDir()
	if a := open(t, folder, start, "api.example.com"); !a.Created() {
		t.Error("the first start made no authority")
	}
	if a := open(t, folder, start.Add(time.Hour), "api.example.com"); a.Created() {
		t.Error("the second start made another authority")
	}
	if a := open(t, folder, start, "v2.api.example.com"); a.Created() {
		t.Error("a name below a known one made another authority")
	}
	added := open(t, folder, start, "shop.example.com")
	if !added.Created() {
		t.Error("a new domain made no authority that may vouch for it")
	}
	if _, err := added.Certificate("api.example.com"); err != nil {
		t.Errorf("the new authority does not vouch for what the old one did: %v", err)
	}
	soon := start.Add(authorityLife - renewBefore + time.Hour)
	if a := open(t, folder, soon, "api.example.com"); !a.Created() {
		t.Error("an authority that is about to expire was kept")
	}
}

func TestACertificateIsMadeOnceUntilItExpires(t *testing.T) {
	now := start
	a, err := Open(t.TempDir(), nil, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	first, err := a.Certificate("localhost")
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := a.Certificate("LOCALHOST"); again != first {
		t.Error("the second client got another certificate")
	}
	now = now.Add(leafLife)
	renewed, err := a.Certificate("localhost")
	if err != nil || renewed == first {
		t.Errorf("got the expired certificate again (%v)", err)
	}
}

func TestABrokenAuthorityIsNotReplacedInSilence(t *testing.T) {
	folder := t.TempDir()
	a := open(t, folder, start)
	if err := os.WriteFile(a.Path(), []byte("broken"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(folder, nil, func() time.Time { return start })
	if err == nil || !strings.Contains(err.Error(), "delete the folder") {
		t.Errorf("got %v, want an error that says what to do", err)
	}
}
