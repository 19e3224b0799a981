package mutualtls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"
)

// The reasons that AWS writes to execution logs ("How do I troubleshoot HTTP 403 Forbidden errors
// from an API Gateway custom domain name that requires mutual TLS?").
const (
	errNoIssuer   = reason("Could not find issuer for certificate")
	errInsecure   = reason("Client cert using an insecure Signature Algorithm")
	errSelfSigned = reason("self signed certificate")
)

// reason is an error in AWS's own words.
type reason string

// Error returns the words.
func (r reason) Error() string { return string(r) }

// Verify says whether a client's certificate was issued by an authority of the truststore and holds
// now. Intermediate certificates that the client sends are not looked at: AWS looks for the issuer
// in the truststore alone. No source says whether AWS wants the root there too; it is not wanted
// here.
func (t *Truststore) Verify(client *x509.Certificate, now time.Time) error {
	if isSelfIssued(client) {
		return errSelfSigned
	}
	if err := strong(client, true); err != nil {
		return err
	}
	if err := holds(client, now); err != nil {
		return err
	}
	if !forClients(client) {
		return errors.New("the certificate is not for client authentication")
	}
	if err := t.climb(client, nil, now); err != nil {
		return err
	}
	// The library holds constraints of names and extensions against the rules that are not AWS's own.
	_, err := client.Verify(x509.VerifyOptions{
		Roots: t.all, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	return err
}

// climb finds a chain of at most four authorities above the certificate. Every one of them must
// hold, be allowed to issue what is below it, and have issued it.
func (t *Truststore) climb(
	below *x509.Certificate, chain []*x509.Certificate, now time.Time,
) error {
	issuers := t.bySubject[string(below.RawIssuer)]
	if len(issuers) == 0 {
		return errNoIssuer
	}
	if len(chain) == maxAuthorities {
		return fmt.Errorf("the chain has more than %d authorities", maxAuthorities)
	}
	var failed error = errNoIssuer
	for _, issuer := range issuers {
		if slices.Contains(chain, issuer) || !mayIssue(issuer, len(chain)) ||
			below.CheckSignatureFrom(issuer) != nil {
			continue
		}
		err := holds(issuer, now)
		if err == nil && !t.isTop(issuer) {
			err = t.climb(issuer, append(slices.Clone(chain), issuer), now)
		}
		if err == nil {
			return nil
		}
		failed = err
	}
	return failed
}

// isTop says that a chain ends with the authority: it vouches for itself, or nobody here does.
func (t *Truststore) isTop(authority *x509.Certificate) bool {
	return isSelfIssued(authority) || len(t.bySubject[string(authority.RawIssuer)]) == 0
}

// mayIssue says whether the authority lets that many others stand between it and a client.
func mayIssue(authority *x509.Certificate, between int) bool {
	limited := authority.MaxPathLen > 0 || authority.MaxPathLen == 0 && authority.MaxPathLenZero
	return !limited || between <= authority.MaxPathLen
}

func holds(c *x509.Certificate, now time.Time) error {
	switch {
	case now.After(c.NotAfter):
		return fmt.Errorf("%s expired on %s", distinguishedName(c.RawSubject), printedTime(c.NotAfter))
	case now.Before(c.NotBefore):
		return fmt.Errorf("%s is not valid before %s", distinguishedName(c.RawSubject),
			printedTime(c.NotBefore))
	}
	return nil
}

// forClients says whether the certificate may be used by a TLS client.
func forClients(c *x509.Certificate) bool {
	return len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) == 0 ||
		slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth) ||
		slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny)
}
