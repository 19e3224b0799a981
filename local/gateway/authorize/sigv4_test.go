package authorize_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"portico/local/gateway/authorize"
	"portico/local/gateway/exchange"
)

const (
	sigSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	sigURL    = "http://a1b2c3d4e5.execute-api.localhost:3000/dev/%40connections/L0SM9cOFvHcCIhw%3D"
)

var (
	sigNow   = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	sigScope = authorize.Scope{Region: "us-east-1", Service: "execute-api"}
)

type keyring map[string]authorize.Credential

func (k keyring) Secret(id string) (authorize.Credential, bool) {
	c, ok := k[id]
	return c, ok
}

var sigKeys = keyring{
	"AKIDEXAMPLE": {SecretAccessKey: sigSecret, PrincipalARN: "arn:aws:iam::123456789012:user/x"},
	"ASIATEMP":    {SecretAccessKey: sigSecret, SessionToken: "session+token/=="},
}

// sigCall is a call to sign: what the SDK's own signer is given.
type sigCall struct {
	method, url, body, key, region, service, token string
	at                                             time.Time
	presign                                        bool
	header                                         map[string]string
}

func signedCall(t *testing.T, c sigCall) *exchange.Request {
	t.Helper()
	r, err := http.NewRequest(c.method, c.url, bytes.NewReader([]byte(c.body)))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	hash := sha256.Sum256([]byte(c.body))
	credentials := aws.Credentials{
		AccessKeyID: c.key, SecretAccessKey: sigSecret, SessionToken: c.token,
	}
	signer, sum := v4.NewSigner(), hex.EncodeToString(hash[:])
	if c.presign {
		uri, header, err := signer.PresignHTTP(context.Background(), credentials, r, sum,
			c.service, c.region, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if r, err = http.NewRequest(c.method, uri, strings.NewReader(c.body)); err != nil {
			t.Fatal(err)
		}
		header.Del("Host")
		r.Header = header
	} else if err := signer.SignHTTP(context.Background(), credentials, r, sum,
		c.service, c.region, c.at); err != nil {
		t.Fatal(err)
	}
	in := &exchange.Request{
		Method: r.Method, RawPath: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery, Host: r.URL.Host,
		Body: []byte(c.body), Header: exchange.Header{{Name: "Host", Value: r.URL.Host}},
	}
	for name, values := range r.Header {
		for _, value := range values {
			in.Header.Add(name, value)
		}
	}
	return in
}

func post() sigCall {
	return sigCall{
		method: "POST", url: sigURL, body: `{"hello":"there"}`, key: "AKIDEXAMPLE",
		region: "us-east-1", service: "execute-api", at: sigNow,
	}
}

func TestVerifySigV4AcceptsTheSDKsSigner(t *testing.T) {
	tests := []struct {
		name   string
		change func(*sigCall)
	}{
		{"a post with a body", func(*sigCall) {}},
		{"a get with an odd query", func(c *sigCall) {
			c.method, c.body, c.url = "GET", "", sigURL+"?b=2&a=1%2B1&a=%20x&empty=&%C3%A4=~"
		}},
		{"a literal at sign in the path", func(c *sigCall) {
			c.url = "http://localhost:3000/dev/@connections/abc="
		}},
		{"temporary credentials", func(c *sigCall) { c.key, c.token = "ASIATEMP", "session+token/==" }},
		{"a client clock four minutes slow", func(c *sigCall) { c.at = sigNow.Add(-4 * time.Minute) }},
		{"a client clock four minutes fast", func(c *sigCall) { c.at = sigNow.Add(4 * time.Minute) }},
		{"a presigned URL", func(c *sigCall) { c.method, c.body, c.presign = "GET", "", true }},
		{"a presigned URL with its lifetime", func(c *sigCall) {
			c.method, c.body, c.presign = "GET", "", true
			c.url, c.at = sigURL+"?X-Amz-Expires=900", sigNow.Add(-14*time.Minute)
		}},
		{"a header with inner spaces", func(c *sigCall) {
			c.header = map[string]string{"X-Amz-Note": "  a   b  "}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := post()
			test.change(&c)
			got, err := authorize.VerifySigV4(signedCall(t, c), sigScope, sigKeys, sigNow)
			if err != nil {
				t.Fatal(err)
			}
			if got.SecretAccessKey != sigSecret {
				t.Errorf("credential = %+v", got)
			}
		})
	}
}

func TestVerifySigV4Refuses(t *testing.T) {
	const mismatch = "The request signature we calculated does not match the signature you provided."
	tests := []struct {
		name       string
		change     func(*sigCall)
		after      func(*exchange.Request)
		kind, text string
	}{
		{
			"no signature", nil, func(r *exchange.Request) { r.Header.Del("Authorization") },
			"MissingAuthenticationTokenException", "Missing Authentication Token",
		},
		{
			"a bearer token", nil,
			func(r *exchange.Request) { r.Header.Set("Authorization", "Bearer abc") },
			"IncompleteSignatureException", "'abc' not a valid key=value pair (missing equal-sign) " +
				"in Authorization header: 'Bearer abc'.",
		},
		{
			"an Authorization without its fields", nil, func(r *exchange.Request) {
				r.Header.Set("Authorization", "AWS4-HMAC-SHA256 a=b")
				r.Header.Del("X-Amz-Date")
			},
			"IncompleteSignatureException", "Authorization header requires 'Credential' parameter. " +
				"Authorization header requires 'Signature' parameter. Authorization header requires " +
				"'SignedHeaders' parameter. Authorization header requires existence of either a " +
				"'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 a=b",
		},
		{
			"an unknown key", func(c *sigCall) { c.key = "AKIDOTHER" }, nil,
			"UnrecognizedClientException", "The security token included in the request is invalid.",
		},
		{
			"temporary credentials without their token", func(c *sigCall) { c.key = "ASIATEMP" }, nil,
			"UnrecognizedClientException", "The security token included in the request is invalid.",
		},
		{
			"another region", func(c *sigCall) { c.region = "eu-west-1" }, nil,
			"InvalidSignatureException", "Credential should be scoped to a valid region.",
		},
		{
			"another service", func(c *sigCall) { c.service = "sqs" }, nil,
			"InvalidSignatureException",
			"Credential should be scoped to correct service: 'execute-api'.",
		},
		{
			"a signature six minutes old", func(c *sigCall) { c.at = sigNow.Add(-6 * time.Minute) }, nil,
			"InvalidSignatureException", "Signature expired: 20261122T095400Z is now earlier than " +
				"20261122T095500Z (20261122T100000Z - 5 min.)",
		},
		{
			"a signature from the future", func(c *sigCall) { c.at = sigNow.Add(6 * time.Minute) }, nil,
			"InvalidSignatureException", "Signature not yet current: 20261122T100600Z is still later " +
				"than 20261122T100500Z (20261122T100000Z + 5 min.)",
		},
		{
			"an expired presigned URL", func(c *sigCall) {
				c.method, c.body, c.presign = "GET", "", true
				c.url, c.at = sigURL+"?X-Amz-Expires=60", sigNow.Add(-61*time.Second)
			}, nil, "InvalidSignatureException", "Signature expired: ",
		},
		{
			"a changed body", nil, func(r *exchange.Request) { r.Body = []byte(`{}`) },
			"InvalidSignatureException", mismatch,
		},
		{
			"a changed path", nil, func(r *exchange.Request) { r.RawPath += "x" },
			"InvalidSignatureException", mismatch,
		},
		{
			"a changed query", nil, func(r *exchange.Request) { r.RawQuery = "a=b" },
			"InvalidSignatureException", mismatch,
		},
		{
			"a changed host", nil, func(r *exchange.Request) { r.Host = "elsewhere" },
			"InvalidSignatureException", mismatch,
		},
		{
			"an added x-amz header", nil, func(r *exchange.Request) { r.Header.Add("X-Amz-Extra", "1") },
			"InvalidSignatureException",
			"'x-amz-extra' must be a 'SignedHeader' in the AWS Authorization.",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := post()
			if test.change != nil {
				test.change(&c)
			}
			r := signedCall(t, c)
			if test.after != nil {
				test.after(r)
			}
			_, err := authorize.VerifySigV4(r, sigScope, sigKeys, sigNow)
			var refused *authorize.SignatureError
			if !errors.As(err, &refused) {
				t.Fatalf("error = %v, want a SignatureError", err)
			}
			if refused.Type != test.kind || !strings.HasPrefix(refused.Message, test.text) {
				t.Errorf("refused with %s %q, want %s %q", refused.Type, refused.Message,
					test.kind, test.text)
			}
		})
	}
}

func FuzzVerifySigV4(f *testing.F) {
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=x", "a=b&c", "/%zz")
	f.Add("", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=%", "/")
	f.Fuzz(func(t *testing.T, header, query, path string) {
		r := &exchange.Request{
			Method: "GET", RawPath: path, RawQuery: query, Host: "h",
			Header: exchange.Header{{Name: "Authorization", Value: header}},
		}
		if _, err := authorize.VerifySigV4(r, sigScope, sigKeys, sigNow); err == nil {
			t.Errorf("accepted %q %q %q", header, query, path)
		}
	})
}
