package integration

import "crypto/tls"

// presented is the client certificate of a caller; nil for none.
type presented struct{ certificate *tls.Certificate }

// Presenting returns a caller that presents a certificate to backends that ask for one, whatever
// authorities they name: API Gateway's are self-signed. It has connections of its own, so that none
// is used for calls that must not present it.
func (h *HTTP) Presenting(certificate *tls.Certificate) *HTTP {
	own := NewHTTP(h.clock)
	own.presents = presented{certificate: certificate}
	return own
}

// answer returns what a handshake asks; nil presents nothing.
func (p presented) answer() func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if p.certificate == nil {
		return nil
	}
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return p.certificate, nil }
}
