package integration

import (
	"strings"
	"time"

	"portico/local/gateway/exchange"
	"portico/local/gateway/payload"
)

// HTTPBackend is what the HTTP or HTTP_PROXY integration of one method or route calls, compiled at
// deployment.
type HTTPBackend struct {
	APIID       string
	Method      string // of the integration; "" and ANY mean the client's
	URI         *HTTPURI
	Timeout     time.Duration
	InsecureTLS bool
}

// HTTPInput is a call of a REST API on its way to an HTTP backend.
type HTTPInput struct {
	Method   string          // the client's
	Header   exchange.Header // as functions see it (payload.RESTHeader)
	RawQuery string
	Body     []byte // the client's or the template's, after content handling
	Trace    string // X-Amzn-Trace-Id, with a parent and a decision
	Mapped   Mapped
}

// Mapped is what the parameter mappings of an integration request yielded, those without a source
// left out; the overrides of its template are among them.
type Mapped struct {
	Header exchange.Header
	Query  []payload.Pair
	Path   []payload.Pair
}

// path returns the value of a placeholder.
func (m *Mapped) path(name string) (string, bool) {
	for i := range m.Path {
		if m.Path[i].Name == name {
			return m.Path[i].Value, true
		}
	}
	return "", false
}

// fatalMappings fail every call of an HTTP or HTTP_PROXY integration that maps them.
var fatalMappings = []string{
	"Content-Length", "Transfer-Encoding", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id",
}

// IllegalHTTPMapping returns the header that the request parameters of an HTTP or HTTP_PROXY
// integration may not map, or "": every call then fails with "{header} already present".
func IllegalHTTPMapping(parameters map[string]string) string {
	for _, fatal := range fatalMappings {
		for target := range parameters {
			name, isHeader := strings.CutPrefix(target, "integration.request.header.")
			if isHeader && strings.EqualFold(name, fatal) {
				return fatal
			}
		}
	}
	return ""
}

// ProxyRequest returns what the backend of an HTTP_PROXY integration of a REST API is sent: what
// the client sent, under what the mappings say. The query string is the URI's own, then the
// client's, then the mapped.
func (b *HTTPBackend) ProxyRequest(in *HTTPInput) (HTTPRequest, error) {
	address, err := b.URI.Fill(in.Mapped.path)
	if err != nil {
		return HTTPRequest{}, err
	}
	header := make(exchange.Header, 0, len(in.Header)+len(in.Mapped.Header)+3)
	for _, field := range in.Header {
		if !isKeptFromBackend(field) {
			header = append(header, field)
		}
	}
	header.Set("X-Amzn-Trace-Id", in.Trace)
	header.Add("X-Amzn-Apigateway-Api-Id", b.APIID)
	if !header.Has("Accept") {
		header.Add("Accept", "application/json")
	}
	setMapped(&header, in.Mapped.Header)
	return b.request(in, header, withQuery(address, in.RawQuery, in.Mapped.Query)), nil
}

// CustomRequest returns what the backend of an HTTP integration of a REST API is sent: what the
// mappings say, and a few lines of the gateway's own. The client's Accept is not among them.
func (b *HTTPBackend) CustomRequest(in *HTTPInput) (HTTPRequest, error) {
	address, err := b.URI.Fill(in.Mapped.path)
	if err != nil {
		return HTTPRequest{}, err
	}
	header := b.ownHeader(in)
	setMapped(&header, in.Mapped.Header)
	return b.request(in, header, withQuery(address, "", in.Mapped.Query)), nil
}

// ownHeader returns the lines that every HTTP integration sends unless they are mapped.
func (b *HTTPBackend) ownHeader(in *HTTPInput) exchange.Header {
	header := make(exchange.Header, 0, len(in.Mapped.Header)+5)
	header.Add("Accept", "application/json")
	if takesBody(b.method(in.Method)) {
		contentType := in.Header.Get("Content-Type")
		if contentType == "" {
			contentType = "application/json"
		}
		header.Add("Content-Type", contentType)
	}
	header.Add("User-Agent", "AmazonAPIGateway_"+b.APIID)
	header.Add("X-Amzn-Apigateway-Api-Id", b.APIID)
	header.Add("X-Amzn-Trace-Id", in.Trace)
	return header
}

func (b *HTTPBackend) request(in *HTTPInput, header exchange.Header, address string) HTTPRequest {
	out := HTTPRequest{
		Method: b.method(in.Method), URL: address, Header: header, Body: in.Body,
		Timeout: b.Timeout, InsecureTLS: b.InsecureTLS,
	}
	if !takesBody(out.Method) {
		out.Body = nil
	}
	return out
}

func (b *HTTPBackend) method(clients string) string {
	if b.Method == "" || b.Method == "ANY" {
		return clients
	}
	return b.Method
}

// takesBody reports whether an integration request with this method carries a body.
func takesBody(method string) bool {
	switch method {
	case "GET", "HEAD", "OPTIONS":
		return false
	}
	return true
}

// isKeptFromBackend reports whether a client's header line does not go on through HTTP_PROXY. The
// lines dropped on arrival are gone already.
func isKeptFromBackend(field exchange.Field) bool {
	switch len(field.Name) {
	case len("Via"):
		return strings.EqualFold(field.Name, "Via")
	case len("Host"):
		return strings.EqualFold(field.Name, "Host")
	case len("Content-Encoding"):
		return strings.EqualFold(field.Name, "Content-Encoding")
	case len("Authorization"): // a signature was for the gateway
		return strings.EqualFold(field.Name, "Authorization") &&
			strings.HasPrefix(field.Value, "AWS4-HMAC-SHA256")
	case len("X-Amzn-Apigateway-Api-Id"):
		return strings.EqualFold(field.Name, "X-Amzn-Apigateway-Api-Id")
	}
	return false
}

// setMapped lets mapped lines replace those of the same name. A few do not reach a backend however
// they are mapped.
func setMapped(header *exchange.Header, mapped exchange.Header) {
	for _, field := range mapped {
		switch strings.ToLower(field.Name) {
		case "connection", "expect", "proxy-authenticate", "te", "via",
			"content-length", "transfer-encoding":
			continue
		}
		header.Set(field.Name, field.Value)
	}
}

// RemapHTTPProxy returns the name under which a header of an HTTP_PROXY backend's answer goes to
// the client; ok is false for one that is dropped. Content-Encoding goes with the body, which is
// not decompressed.
func RemapHTTPProxy(name string) (sent string, ok bool) {
	switch len(name) {
	case len("Via"):
		if strings.EqualFold(name, "Via") {
			return "", false
		}
	case len("x-amzn-RequestId"):
		if strings.EqualFold(name, "x-amzn-RequestId") {
			return remapped + "x-amzn-RequestId", true
		}
	}
	return RemapProxy(name)
}

// ProxyReply returns the reply that an HTTP_PROXY backend's answer makes.
func ProxyReply(answer *HTTPResponse) exchange.Reply {
	header := make(exchange.Header, 0, len(answer.Header)+4)
	typed := false
	for _, field := range answer.Header {
		name, ok := RemapHTTPProxy(field.Name)
		if !ok {
			continue
		}
		typed = typed || strings.EqualFold(name, "Content-Type")
		header = append(header, exchange.Field{Name: name, Value: field.Value})
	}
	if !typed {
		header.Add("Content-Type", "application/json")
	}
	return exchange.Reply{Status: answer.Status, Header: header, Body: answer.Body}
}
