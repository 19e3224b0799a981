package mutualtls

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"

	"portico/local/gateway/exchange"
)

// Describe says of a client's certificate what AWS tells functions and logs of it.
func Describe(c *x509.Certificate) *exchange.ClientCertificate {
	return &exchange.ClientCertificate{
		PEM:          string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})),
		SubjectDN:    distinguishedName(c.RawSubject),
		IssuerDN:     distinguishedName(c.RawIssuer),
		SerialNumber: serialNumber(c.SerialNumber),
		NotBefore:    printedTime(c.NotBefore),
		NotAfter:     printedTime(c.NotAfter),
	}
}

// printedTime writes a time as AWS's events have it, a day below ten with a blank before it.
func printedTime(at time.Time) string { return at.UTC().Format("Jan _2 15:04:05 2006 GMT") }

// serialNumber writes bytes as pairs of hexadecimal digits, and a number that fits into a word as
// a decimal: both are in AWS's samples, and this is where OpenSSL draws the line.
func serialNumber(n *big.Int) string {
	if n.IsInt64() {
		return n.String()
	}
	digits := hex.EncodeToString(n.Bytes())
	var b strings.Builder
	for i := 0; i < len(digits); i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	return b.String()
}

var attributeNames = map[string]string{
	"2.5.4.3": "CN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L", "2.5.4.8": "ST",
	"2.5.4.9": "STREET", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.17": "postalCode",
	"0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
	"1.2.840.113549.1.9.1": "emailAddress",
}

// distinguishedName writes a name as it stands in AWS's events, in the order of the certificate:
// C=US,ST=Washington,O=Amazon Web Services,CN=My Client. Characters that mean something in it are
// escaped by RFC 2253.
func distinguishedName(raw []byte) string {
	var parts pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &parts); err != nil || len(rest) > 0 {
		return ""
	}
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			b.WriteByte(',')
		}
		for j, attribute := range part {
			if j > 0 {
				b.WriteByte('+')
			}
			name := attribute.Type.String()
			if known, ok := attributeNames[name]; ok {
				name = known
			}
			b.WriteString(name + "=" + escaped(fmt.Sprint(attribute.Value)))
		}
	}
	return b.String()
}

func escaped(value string) string {
	var b strings.Builder
	for i, c := range value {
		atEnd := i == 0 && (c == ' ' || c == '#') || i == len(value)-1 && c == ' '
		if atEnd || strings.ContainsRune(`,+"\<>;`, c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}
