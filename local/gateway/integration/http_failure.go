package integration

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"time"
)

// The causes of a failed call of an HTTP backend. A REST API answers 504 to ErrTimeout and
// ErrNetwork and 500 to the others; an HTTP API answers by its own rules.
var (
	// ErrTimeout means that the answer was not complete in time.
	ErrTimeout = errors.New("endpoint request timed out")
	// ErrAddress means that the URL is none that can be called, or its host is unknown.
	ErrAddress = errors.New("invalid endpoint address")
	// ErrRequest means that what was to be sent is no request: a header value with a line break.
	ErrRequest = errors.New("invalid request to the endpoint")
	// ErrConnect means that no connection was made.
	ErrConnect = errors.New("no connection to the endpoint")
	// ErrCertificate means that the backend's certificate was not accepted.
	ErrCertificate = errors.New("certificate of the endpoint not accepted")
	// ErrNetwork means that the connection broke, or that no HTTP came out of it.
	ErrNetwork = errors.New("network error communicating with endpoint")
	// ErrTooLarge means that the answer has more than 10 MB.
	ErrTooLarge = errors.New("integration response too large")
)

// HTTPError is a failed call of an HTTP backend: an *Error, and its cause.
type HTTPError struct {
	Failure *Error
	Cause   error // one of the Err… of this package
}

// Error returns the text for the execution log.
func (e *HTTPError) Error() string { return e.Failure.Text }

// Unwrap returns the failure and its cause.
func (e *HTTPError) Unwrap() []error { return []error{e.Failure, e.Cause} }

const (
	configuration = "Execution failed due to configuration error: "
	networkError  = "Execution failed due to a network error communicating with endpoint: "
)

func misconfigured(cause error, format string, arguments ...any) error {
	return &HTTPError{
		Failure: &Error{Kind: Misconfigured, Text: configuration + fmt.Sprintf(format, arguments...)},
		Cause:   cause,
	}
}

func timedOut(address *address, timeout time.Duration) error {
	return &HTTPError{Cause: ErrTimeout, Failure: &Error{Kind: TimedOut, Text: fmt.Sprintf(
		"Execution failed due to a timeout error: %s://%s did not answer within %v",
		address.scheme(), address.authority, timeout)}}
}

func tooLarge(length int64) error {
	return misconfigured(ErrTooLarge, "Integration response of reported length %d is larger than "+
		"allowed maximum of %d bytes.", length, maxHTTPResponse)
}

// callFailure says in AWS's words why a call broke.
func callFailure(address *address, err error) error {
	var known *HTTPError
	if errors.As(err, &known) {
		return known
	}
	var unknownHost *net.DNSError
	if errors.As(err, &unknownHost) {
		return misconfigured(ErrAddress, "Invalid endpoint address: host %s: %v", address.authority,
			unknownHost)
	}
	if reason := certificateFault(err); reason != "" {
		return misconfigured(ErrCertificate, "%s: %s: %v", reason, address.authority, err)
	}
	var dialing *net.OpError
	if errors.As(err, &dialing) && dialing.Op == "dial" {
		return misconfigured(ErrConnect,
			"There was an internal error while executing your request: %s: %v", address.authority, err)
	}
	return &HTTPError{Cause: ErrNetwork, Failure: &Error{
		Kind: Unreachable, Text: networkError + address.authority + ": " + err.Error(),
	}}
}

// certificateFault returns what AWS logs for a certificate; "" when it is not at fault.
func certificateFault(err error) string {
	var (
		issuer  x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		other   *tls.CertificateVerificationError
	)
	switch {
	case errors.As(err, &name):
		return "Host name does not match the certificate subject provided by the peer"
	case errors.As(err, &issuer):
		return "PKIX path building failed: unable to find valid certification path to requested " +
			"target"
	case errors.As(err, &invalid):
		return "PKIX path validation failed: validity check failed"
	case errors.As(err, &other):
		return "General SSLEngine problem"
	}
	return ""
}
