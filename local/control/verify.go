package control

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/authorize"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// verify refuses a request whose signature does not hold, when the door is told whose do. Signatures
// keep the machine's time.
//
// Unlike AWS: of S3 the body is not held against the hash that was signed, because it is not read
// here.
func (d *Door) verify(service *spoken, signed scope, r *http.Request, body []byte) error {
	if d.options.Verify == nil || service.Name == "sts" && isFederated(body) {
		return nil
	}
	path, query, _ := strings.Cut(r.RequestURI, "?")
	if _, after, absolute := strings.Cut(path, "://"); absolute { // of a proxy's request line
		_, path, _ = strings.Cut(after, "/")
		path = "/" + path
	}
	asked := &exchange.Request{
		Method: r.Method, RawPath: path, RawQuery: query, Host: r.Host, Body: body,
	}
	for name, values := range r.Header {
		for _, value := range values {
			asked.Header.Add(name, value)
		}
	}
	scope := authorize.Scope{Region: signed.region, Service: signed.service}
	if plain, err := url.PathUnescape(path); service.Name == "s3" && err == nil {
		asked.RawPath = plain // S3 alone signs its paths without encoding them once more
		scope.Payload = cmp.Or(r.Header.Get("X-Amz-Content-Sha256"), "UNSIGNED-PAYLOAD")
	}
	_, err := authorize.VerifySigV4(asked, scope, d.options.Verify,
		clock.Unmoved(d.options.Clock).Now())
	var refused *authorize.SignatureError
	if errors.As(err, &refused) {
		return signatureRefusal(service.Protocol, refused)
	}
	return err
}

// signatureRefusal says in the words of a service's protocol why a signature does not hold: those of
// the protocol Query have names of their own ("Common errors").
func signatureRefusal(protocol string, refused *authorize.SignatureError) error {
	code, status := refused.Type, http.StatusForbidden
	switch protocol {
	case model.RESTJSON:
	case model.JSON, model.CBOR:
		status = http.StatusBadRequest
	default:
		own := map[string]string{
			"UnrecognizedClientException":         "InvalidClientTokenId",
			"InvalidSignatureException":           "SignatureDoesNotMatch",
			"IncompleteSignatureException":        "IncompleteSignature",
			"MissingAuthenticationTokenException": "MissingAuthenticationToken",
			"ExpiredTokenException":               "ExpiredToken",
		}[code]
		if protocol == "rest-xml" && own == "InvalidClientTokenId" {
			own = "InvalidAccessKeyId" // S3's word
		}
		if own != "" {
			code = own
		}
		if code == "IncompleteSignature" {
			status = http.StatusBadRequest
		}
	}
	return &model.Error{Code: code, Status: status, Message: refused.Message}
}
