package payload

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"portico/local/gateway/exchange"
)

// AppendFunctionURL appends the event of a function URL: payload format 2.0 as Lambda writes it
// ("Invoking Lambda function URLs"). As captured events show, the raw path keeps its escapes, the
// cookies stand among the headers too, a length stands there only if the client sent one, and what
// function URLs do not use is absent.
//
// Unlike AWS: x-amzn-tls-version and x-amzn-tls-cipher-suite are there with TLS alone.
func AppendFunctionURL(dst []byte, c *HTTPCall) []byte {
	dst = append(dst, `{"version":"2.0"`...)
	dst = appendRequest20(dst, c, c.Request.RawPath, functionURLHeader(c))
	dst = append(dst, `,"requestContext":`...)
	dst = appendContext20(dst, c, decodePath(c.Request.RawPath))
	return append(appendBody20(dst, c.Request), '}')
}

func functionURLHeader(c *HTTPCall) []pair {
	r := c.Request
	pairs := headerPairs(c)
	if len(r.Body) == 0 && !r.Header.Has("Content-Length") {
		kept := pairs[:0]
		for _, p := range pairs {
			if p.name != "content-length" {
				kept = append(kept, p)
			}
		}
		pairs = kept
	}
	if r.TLS {
		pairs = insert(pairs, pair{"x-amzn-tls-cipher-suite", r.CipherSuite})
		pairs = insert(pairs, pair{"x-amzn-tls-version", r.TLSVersion})
	}
	return withCookies(pairs, r.Header)
}

// ReadFunctionURL makes the reply of the output of a function behind a function URL. It differs from
// ReadHTTP20 in what was observed: a body may be any JSON, which is sent as its text. Header lines
// are those of the function, all of them; a content type is not added.
func ReadFunctionURL(output []byte) (*exchange.Reply, error) {
	a, reply, err := readFormat20(output, anyBody)
	if a != nil {
		reply.Header = a.urlHeader()
	}
	return reply, err
}

// ReadFunctionURLHead makes the reply of what stands before the body of a streamed answer; without a
// status it is 200.
func ReadFunctionURLHead(head []byte) (*exchange.Reply, error) {
	head = bytes.TrimSpace(head)
	if len(head) == 0 || head[0] != '{' {
		return nil, &FormatError{Cause: errors.New("the head of the stream is no JSON object")}
	}
	a, err := readAnswer(head, anyBody)
	if err != nil {
		return nil, err
	}
	if a.body != nil {
		return nil, &FormatError{Field: "body", Cause: errors.New("it follows the head of a stream")}
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return &exchange.Reply{Status: a.status, Header: a.urlHeader()}, nil
}

func (a *answer) urlHeader() exchange.Header {
	header := make(exchange.Header, 0, len(a.headers)+len(a.cookies)+6)
	for _, f := range a.headers {
		if f.Name != "" {
			header = append(header, f)
		}
	}
	for _, cookie := range a.cookies {
		header.Add("Set-Cookie", cookie)
	}
	return header
}

// AppendLambdaRefusal appends the body of an error of Lambda's own, with the message under the name
// that AWS gives it: "Message" where the function URL refuses, "message" where Lambda does.
func AppendLambdaRefusal(dst []byte, member, message string) []byte {
	dst = append(dst, `{"`...)
	dst = append(dst, member...)
	dst = append(dst, `":`...)
	return append(appendHTTPText(dst, message), '}')
}

// AppendLambdaThrottle appends the body of a TooManyRequestsException.
func AppendLambdaThrottle(dst []byte, reason string) []byte {
	if reason == "" {
		reason = "ConcurrentInvocationLimitExceeded"
	}
	return fmt.Appendf(dst, `{"Reason":"%s","Type":"User","message":"Rate Exceeded."}`,
		strings.Trim(reason, `"\`))
}
