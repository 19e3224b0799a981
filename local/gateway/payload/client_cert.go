package payload

import "portico/local/gateway/exchange"

// appendClientCert appends the member "clientCert" of an identity or authentication. Its names stand
// in alphabetical order, as captured events have them.
func appendClientCert(dst []byte, c *exchange.ClientCertificate) []byte {
	dst = append(dst, `"clientCert":{"clientCertPem":`...)
	dst = appendQuoted(dst, c.PEM)
	dst = append(dst, `,"issuerDN":`...)
	dst = appendQuoted(dst, c.IssuerDN)
	dst = append(dst, `,"serialNumber":`...)
	dst = appendQuoted(dst, c.SerialNumber)
	dst = append(dst, `,"subjectDN":`...)
	dst = appendQuoted(dst, c.SubjectDN)
	dst = append(dst, `,"validity":{"notAfter":`...)
	dst = appendQuoted(dst, c.NotAfter)
	dst = append(dst, `,"notBefore":`...)
	dst = appendQuoted(dst, c.NotBefore)
	return append(dst, "}}"...)
}
