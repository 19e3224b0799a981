package integration

import (
	"crypto/tls"
	"fmt"
)

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

// CallerFor chooses who calls the HTTP backends of a stage: own, or where the stage names a client
// certificate, one that presents it ("Generate and configure an SSL certificate for backend
// authentication"). It is nil when nobody presents that certificate: a backend that asks for it
// must not be called without. Calls of AWS services are signed instead, and present none.
func CallerFor(
	own *HTTP, presenting func(certificateID string) (*HTTP, error), certificateID string,
) (*HTTP, error) {
	switch {
	case certificateID == "":
		return own, nil
	case presenting == nil:
		return nil, nil
	}
	caller, err := presenting(certificateID)
	if err != nil {
		return nil, fmt.Errorf("client certificate %s: %w", certificateID, err)
	}
	return caller, nil
}

// UnknownCertificate says why a stage whose caller is nil has no HTTP backends.
func UnknownCertificate(certificateID, stage string) error {
	return fmt.Errorf("client certificate %s of stage %s is not known here, and the backend must not "+
		"be called without", certificateID, stage)
}

// answer returns what a handshake asks; nil presents nothing.
func (p presented) answer() func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	if p.certificate == nil {
		return nil
	}
	return func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return p.certificate, nil }
}
