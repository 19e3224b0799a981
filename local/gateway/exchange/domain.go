package exchange

import (
	"strings"

	"portico/local/gateway/clock"
)

// Domain says how a custom domain name led a call to its API.
type Domain struct {
	Name     string // the host that the client asked for, without port; also of a wildcard name
	Stage    string // what the mapping names; "" when the first segment of Path does
	Path     string // what resources and routes are matched with, still encoded; begins with "/"
	BasePath string // of the mapping or rule that took the call; "" for the empty one
	RuleID   string // of the routing rule that took the call; "" for a mapping
}

// ClientCertificate is what a client proved to be with mutual TLS, as AWS writes it.
type ClientCertificate struct {
	PEM          string
	SubjectDN    string // CN=orders,O=Example
	IssuerDN     string
	SerialNumber string // a1:b2:…
	NotBefore    string // May 28 12:30:02 2019 GMT
	NotAfter     string
}

// Arrive writes when the work on a call began, and by which way it came: by a custom domain name,
// with TLS and with a client certificate.
func (v *Variables) Arrive(r *Request, c clock.Clock) {
	if v.Began = r.Began; v.Began.IsZero() {
		v.Began = clock.Begin(c)
	}
	v.TLSVersion, v.CipherSuite = r.TLSVersion, r.CipherSuite
	v.ClientCertificate, v.Domain = r.ClientCertificate, r.Domain
	if r.Domain != nil {
		v.DomainName = r.Domain.Name
		v.DomainPrefix, _, _ = strings.Cut(r.Domain.Name, ".")
	}
}

// emptyBasePath is how AWS writes that a mapping has no base path.
const emptyBasePath = "(none)"

func (v *Variables) customDomain(name string) string {
	switch {
	case v.Domain == nil:
		return ""
	case name == "routingRuleIdMatched":
		return v.Domain.RuleID
	case name != "basePathMatched":
		return ""
	case v.Domain.BasePath == "" && v.Domain.RuleID == "":
		return emptyBasePath
	}
	return v.Domain.BasePath
}

func (c *ClientCertificate) lookup(name string) string {
	if c == nil {
		return ""
	}
	switch name {
	case "clientCertPem":
		return c.PEM
	case "subjectDN":
		return c.SubjectDN
	case "issuerDN":
		return c.IssuerDN
	case "serialNumber":
		return c.SerialNumber
	case "validity.notBefore":
		return c.NotBefore
	case "validity.notAfter":
		return c.NotAfter
	}
	return ""
}
