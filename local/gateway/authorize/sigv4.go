package authorize

import (
	"cmp"
	"crypto/hmac"
	"fmt"
	"sort"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/exchange"
)

// Secrets knows the access keys that may sign calls.
type Secrets interface {
	// Secret returns what belongs to an access key id; ok is false for an unknown one.
	Secret(accessKeyID string) (c Credential, ok bool)
}

// Credential is a secret access key and whom it stands for.
type Credential struct {
	SecretAccessKey string
	SessionToken    string // of temporary credentials; the call must then carry it
	// PrincipalARN is arn:…:iam::…:user/name, or arn:…:sts::…:assumed-role/name/session.
	PrincipalARN string
	AccountID    string
	// IdentityOf is the ARN of the role behind a session; "" when it has no path.
	IdentityOf string
	OrgID      string            // of the account's organization; "" for none
	Expires    time.Time         // of temporary credentials; zero for never
	Tags       map[string]string // of the role or user
}

// Scope is what a signature must be made for.
type Scope struct {
	Region  string
	Service string // "execute-api"
	// Payload stands for the hash of the body in the signature, as S3 takes it from a header; "" for
	// the hash itself.
	Payload string
}

// SignatureError says why a signature does not hold, in AWS's words; it is answered with 403.
type SignatureError struct {
	Type    string // "InvalidSignatureException", for the header x-amzn-ErrorType
	Message string
}

// Error returns the type and the message.
func (e *SignatureError) Error() string { return e.Type + ": " + e.Message }

// The signature algorithm, its date format, and the limits of AWS Signature Version 4.
const (
	sigAlgorithm  = "AWS4-HMAC-SHA256"
	sigTerminator = "aws4_request"
	sigTimeFormat = "20060102T150405Z"
	sigSkew       = 5 * time.Minute
	sigMaxExpires = 7 * 24 * time.Hour
)

// signature is what a call claims, from its Authorization header or its query string.
type signature struct {
	accessKey, date, region, service, terminator string
	signedHeaders                                []string
	value                                        string // hex
	token                                        string
	at                                           time.Time
	stamp                                        string // at, as sent
	expires                                      time.Duration
	payload                                      string // Scope's
	query                                        bool
}

// VerifySigV4 checks that r is signed for scope by a key that secrets knows, and returns whose it
// is. Both forms are read: the Authorization header, and the query string of presigned URLs. Every
// refusal is a *SignatureError. The body is always hashed: a call that leaves its payload unsigned
// does not verify.
//
// Unlike AWS: SigV4A (AWS4-ECDSA-P256-SHA256) is refused.
func VerifySigV4(r *exchange.Request, scope Scope, secrets Secrets, now time.Time) (
	Credential, error,
) {
	claim, err := readSignature(r)
	if err != nil {
		return Credential{}, err
	}
	claim.payload = scope.Payload
	if err := claim.checkScope(scope); err != nil {
		return Credential{}, err
	}
	if err := claim.checkTime(now.UTC()); err != nil {
		return Credential{}, err
	}
	if err := claim.checkSignedHeaders(r); err != nil {
		return Credential{}, err
	}
	var credential Credential
	known := false
	if secrets != nil {
		credential, known = secrets.Secret(claim.accessKey)
	}
	if !known || credential.SecretAccessKey == "" ||
		!hmac.Equal([]byte(credential.SessionToken), []byte(claim.token)) {
		return Credential{}, &SignatureError{
			Type:    "UnrecognizedClientException",
			Message: "The security token included in the request is invalid.",
		}
	}
	if !credential.Expires.IsZero() && !now.Before(credential.Expires) {
		return Credential{}, &SignatureError{
			Type:    "ExpiredTokenException",
			Message: "The security token included in the request is expired",
		}
	}
	return credential, claim.compare(r, credential.SecretAccessKey)
}

// compare calculates the signature and holds it against the one sent. Clients differ in whether
// they sign the path as sent or without dot segments and doubled slashes; both are accepted.
func (s *signature) compare(r *exchange.Request, secret string) error {
	path := cmp.Or(r.SentPath, r.RawPath)
	canonical := s.canonicalRequest(r, path)
	text := s.stringToSign(canonical)
	if hmac.Equal([]byte(s.sign(secret, text)), []byte(s.value)) {
		return nil
	}
	if plain := normalizePath(path); plain != path {
		other := s.stringToSign(s.canonicalRequest(r, plain))
		if hmac.Equal([]byte(s.sign(secret, other)), []byte(s.value)) {
			return nil
		}
	}
	return invalidSignature("The request signature we calculated does not match the signature you "+
		"provided. Check your AWS Secret Access Key and signing method. Consult the service "+
		"documentation for details.\n\nThe Canonical String for this request should have been\n"+
		"'%s'\n\nThe String-to-Sign should have been\n'%s'\n", canonical, text)
}

func (s *signature) checkScope(scope Scope) error {
	if s.region != scope.Region {
		return invalidSignature("Credential should be scoped to a valid region.")
	}
	if s.service != scope.Service {
		return invalidSignature("Credential should be scoped to correct service: '%s'.",
			scope.Service)
	}
	if s.terminator != sigTerminator {
		return invalidSignature("Credential should be scoped with a valid terminator: '%s'.",
			sigTerminator)
	}
	if day, _, _ := strings.Cut(s.at.Format(sigTimeFormat), "T"); day != s.date {
		return invalidSignature("Date in Credential scope does not match YYYYMMDD from ISO-8601 "+
			"version of date from HTTP: '%s' != '%s', from '%s'.", s.date, day, s.stamp)
	}
	return nil
}

// checkTime allows the client's clock to be off by sigSkew; a presigned URL holds until it expires.
func (s *signature) checkTime(now time.Time) error {
	signed := s.at.Format(sigTimeFormat)
	if latest := now.Add(sigSkew); s.at.After(latest) {
		return invalidSignature("Signature not yet current: %s is still later than %s (%s + 5 min.)",
			signed, latest.Format(sigTimeFormat), now.Format(sigTimeFormat))
	}
	span, word := sigSkew, "5 min."
	if s.query {
		span, word = s.expires, strconv.Itoa(int(s.expires.Seconds()))+" sec."
	}
	if earliest := now.Add(-span); s.at.Before(earliest) {
		return invalidSignature("Signature expired: %s is now earlier than %s (%s - %s)",
			signed, earliest.Format(sigTimeFormat), now.Format(sigTimeFormat), word)
	}
	return nil
}

// checkSignedHeaders wants host and every x-amz- header among the signed ones, so that nobody on
// the way can add or change them.
func (s *signature) checkSignedHeaders(r *exchange.Request) error {
	signed := func(name string) bool {
		i := sort.SearchStrings(s.signedHeaders, name)
		return i < len(s.signedHeaders) && s.signedHeaders[i] == name
	}
	if !signed("host") {
		return invalidSignature(
			"'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for _, field := range r.Header {
		name := strings.ToLower(field.Name)
		if strings.HasPrefix(name, "x-amz-") && !signed(name) {
			return invalidSignature("'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	return nil
}

func invalidSignature(format string, args ...any) error {
	return &SignatureError{
		Type: "InvalidSignatureException", Message: fmt.Sprintf(format, args...),
	}
}

func incompleteSignature(message string) error {
	return &SignatureError{Type: "IncompleteSignatureException", Message: message}
}
