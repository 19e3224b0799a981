package mutualtls

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
)

func TestVerify(t *testing.T) {
	root := issue(t, nil, plan{name: "root", ca: true})
	inner := issue(t, root, plan{name: "inner", ca: true})
	stranger := issue(t, nil, plan{name: "root", ca: true}) // of the same name
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	named := issue(t, nil, plan{name: "named", ca: true, change: func(c *x509.Certificate) {
		c.PermittedDNSDomainsCritical, c.PermittedDNSDomains = true, []string{"a.example"}
	}})
	short := issue(t, root, plan{name: "short", ca: true, change: func(c *x509.Certificate) {
		c.MaxPathLenZero = true
	}})
	belowShort := issue(t, short, plan{name: "below", ca: true})
	hourAgo := noon.Add(-time.Hour)
	tests := []struct {
		name   string
		store  []*holder
		client *holder
		want   string // of the refusal; "" for a client that may come in
	}{
		{"a client of the root", []*holder{root}, issue(t, root, plan{name: "c"}), ""},
		{"a client of an intermediate authority", []*holder{root, inner}, issue(t, inner, plan{name: "c"}), ""},
		{"a client whose issuer is there without the root", []*holder{inner}, issue(t, inner, plan{name: "c"}), ""},
		{"a client whose issuer is not there", []*holder{root}, issue(t, inner, plan{name: "c"}), errNoIssuer.Error()},
		{"an authority of the same name, with another key", []*holder{root}, issue(t, stranger, plan{name: "c"}), errNoIssuer.Error()},
		{"two authorities of one name", []*holder{stranger, root}, issue(t, root, plan{name: "c"}), ""},
		{"a certificate that vouches for itself", []*holder{root}, issue(t, nil, plan{name: "c"}), "self signed certificate"},
		{"the authority itself", []*holder{root}, root, "self signed certificate"},
		{"a client that is no authority as an issuer", []*holder{root}, issue(t, issue(t, root, plan{name: "c"}), plan{name: "d"}), errNoIssuer.Error()},
		{"an expired certificate", []*holder{root}, issue(t, root, plan{name: "c", notAfter: hourAgo}), "expired"},
		{"a certificate of tomorrow", []*holder{root}, issue(t, root, plan{name: "c", notBefore: noon.Add(time.Hour)}), "not valid before"},
		{"a server's certificate", []*holder{root}, issue(t, root, plan{name: "c", change: func(c *x509.Certificate) {
			c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		}}), "not for client authentication"},
		{"a certificate without any usage", []*holder{root}, issue(t, root, plan{name: "c", change: func(c *x509.Certificate) {
			c.ExtKeyUsage = nil
		}}), ""},
		{"an Ed25519 key", []*holder{root}, issue(t, root, plan{name: "c", key: edwards}), "allowed are RSA and ECDSA"},
		{"a short ECDSA key", []*holder{root}, issue(t, root, plan{name: "c", key: small}), "224 bits"},
		{"a name that the authority may not vouch for", []*holder{named}, issue(t, named, plan{name: "c", change: func(c *x509.Certificate) {
			c.DNSNames = []string{"b.example"}
		}}), "not permitted"},
		{"an authority below one that allows none", []*holder{root, short, belowShort}, issue(t, belowShort, plan{name: "c"}), errNoIssuer.Error()},
		{
			"a critical extension that nobody knows",
			[]*holder{root},
			issue(t, root, plan{name: "c", change: func(c *x509.Certificate) {
				c.ExtraExtensions = []pkix.Extension{{
					Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0},
				}}
			}}), "unhandled critical extension",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			checkRefusal(t, store(t, test.store...).Verify(test.client.Certificate, noon), test.want)
		})
	}
}

func checkRefusal(t *testing.T, err error, want string) {
	t.Helper()
	switch {
	case err == nil && want == "":
	case err == nil || want == "" || !strings.Contains(err.Error(), want):
		t.Errorf("got %v, want %q", err, want)
	}
}

// Four authorities may stand above a client ("How to turn on mutual TLS …", a chain length of four;
// the client's own certificate is not counted).
func TestAChainHasAtMostFourAuthorities(t *testing.T) {
	var chain []*holder
	var top *holder
	for i := range 5 {
		top = issue(t, top, plan{name: "level " + strconv.Itoa(i), ca: true})
		chain = append(chain, top)
	}
	trusted := store(t, chain...)
	checkRefusal(t, trusted.Verify(issue(t, chain[3], plan{name: "c"}).Certificate, noon), "")
	checkRefusal(t, trusted.Verify(issue(t, chain[4], plan{name: "c"}).Certificate, noon),
		"more than 4 authorities")
}

func TestAnExpiredAuthorityVouchesForNobody(t *testing.T) {
	root := issue(t, nil, plan{name: "root", ca: true, notAfter: noon.Add(time.Hour)})
	client := issue(t, root, plan{name: "c"}).Certificate
	trusted := store(t, root)
	checkRefusal(t, trusted.Verify(client, noon), "")
	checkRefusal(t, trusted.Verify(client, noon.Add(2*time.Hour)), "CN=root expired on")
}

func TestParse(t *testing.T) {
	root := issue(t, nil, plan{name: "root", ca: true})
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	many := bytes.Repeat(bundle(root), maxCertificates)
	tests := []struct {
		name    string
		text    []byte
		warning string
		want    string
	}{
		{name: "an authority", text: bundle(root)},
		{name: "text between certificates", text: append([]byte("# ours\n"), bundle(root)...)},
		{name: "a thousand certificates", text: many[:min(len(many), maxTruststore)]},
		{
			name:    "an expired authority warns",
			text:    bundle(root, issue(t, nil, plan{name: "old", ca: true, notAfter: noon.Add(-time.Hour)})),
			warning: "certificate 2: CN=old expired on Jan  2 11:00:00 2026 GMT",
		},
		{
			name:    "a client's certificate is not used",
			text:    bundle(root, issue(t, root, plan{name: "c"})),
			warning: "certificate 2: CN=c is not used: it is of no certificate authority",
		},
		{
			name:    "a short RSA key is not used",
			text:    bundle(root, issue(t, nil, plan{name: "weak", ca: true, key: weak})),
			warning: "certificate 2: CN=weak is not used: its RSA key has 1024 bits",
		},
		{
			name:    "a broken certificate is not used",
			text:    append(bundle(root), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"...),
			warning: "certificate 2: it is not used",
		},
		{name: "nothing", want: "no usable certificate"},
		{name: "no PEM", text: []byte("hello"), want: "no usable certificate"},
		{name: "too many certificates", text: tiny(maxCertificates + 1), want: "more than 1000 certificates"},
		{name: "too many bytes", text: make([]byte, maxTruststore+1), want: "allowed are 1048576"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, warnings, err := Parse(test.text, noon)
			checkRefusal(t, err, test.want)
			if all := strings.Join(warnings, "\n"); test.want == "" && (test.warning == "") != (all == "") ||
				!strings.Contains(all, test.warning) {
				t.Errorf("got the warnings %q, want %q", all, test.warning)
			}
		})
	}
}

func tiny(n int) []byte {
	return bytes.Repeat([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), n)
}

// The forms are those of aws-lambda-go's recorded events (apigw-v2-request-iam.json, apigw-request.json).
func TestDescribe(t *testing.T) {
	attribute := func(last int, value string) []pkix.AttributeTypeAndValue {
		return []pkix.AttributeTypeAndValue{{
			Type: asn1.ObjectIdentifier{2, 5, 4, last}, Value: value,
		}}
	}
	subject, err := asn1.Marshal(pkix.RDNSequence{
		attribute(6, "US"), attribute(8, "Washington"), attribute(7, "Seattle"),
		attribute(10, "Amazon Web Services"), attribute(11, "Security"), attribute(3, "My, Client"),
	})
	if err != nil {
		t.Fatal(err)
	}
	root := issue(t, nil, plan{name: "My Private CA", ca: true})
	client := issue(t, root, plan{
		name: "c", notBefore: time.Date(2020, 8, 29, 0, 28, 21, 0, time.UTC),
		notAfter: time.Date(2120, 8, 5, 0, 28, 21, 0, time.UTC),
		change: func(c *x509.Certificate) {
			c.RawSubject = subject
			c.SerialNumber = new(big.Int).SetBytes(bytes.Repeat([]byte{0x01, 0xa1}, 8))
		},
	})
	want := &exchange.ClientCertificate{
		PEM:          string(bundle(client)),
		SubjectDN:    `C=US,ST=Washington,L=Seattle,O=Amazon Web Services,OU=Security,CN=My\, Client`,
		IssuerDN:     "CN=My Private CA",
		SerialNumber: "01:a1:01:a1:01:a1:01:a1:01:a1:01:a1:01:a1:01:a1",
		NotBefore:    "Aug 29 00:28:21 2020 GMT", NotAfter: "Aug  5 00:28:21 2120 GMT",
	}
	if diff := cmp.Diff(want, Describe(client.Certificate)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := serialNumber(big.NewInt(1)); got != "1" {
		t.Errorf("got the serial number %q, want 1", got)
	}
}

// FuzzParse holds that any file is a truststore or an error, and that one is never asked in vain.
func FuzzParse(f *testing.F) {
	root := issue(f, nil, plan{name: "root", ca: true})
	client := issue(f, root, plan{name: "c"})
	f.Add(bundle(root))
	f.Add(bundle(root, client))
	f.Add(tiny(2))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\n\n-----END PRIVATE KEY-----"))
	f.Fuzz(func(t *testing.T, text []byte) {
		s, _, err := Parse(text, noon)
		if (s == nil) == (err == nil) {
			t.Fatalf("got %v and %v", s, err)
		}
		if err == nil && s.Verify(client.Certificate, noon) == nil && !bytes.Contains(text, []byte("CERTIFICATE")) {
			t.Error("a client came in without any certificate in the truststore")
		}
		Describe(root.Certificate)
	})
}
