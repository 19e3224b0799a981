package payload

import (
	"net/url"
	"slices"
	"strings"

	"portico/local/gateway/exchange"
)

// Pair is a name and its value.
type Pair struct{ Name, Value string }

// RESTQuery reads a query string as REST APIs do: decoded, "+" as a blank, ";" as a separator, in
// the order and number the client sent. An escape that cannot be decoded stays as it is.
func RESTQuery(raw string) []Pair {
	if raw == "" {
		return nil
	}
	pairs := make([]Pair, 0, 1+strings.Count(raw, "&")+strings.Count(raw, ";"))
	for part := range strings.FieldsFuncSeq(raw, isQuerySeparator) {
		name, value, _ := strings.Cut(part, "=")
		pairs = append(pairs, Pair{Name: decode(name), Value: decode(value)})
	}
	return pairs
}

func isQuerySeparator(r rune) bool { return r == '&' || r == ';' }

func decode(text string) string {
	if !strings.ContainsAny(text, "%+") {
		return text
	}
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return decoded
}

// RESTHeader returns a request's header lines as a REST API shows them to functions, templates and
// mappings: ordered by name, without those API Gateway drops on arrival, with those it adds. The
// trace header is what came in, or the one that was made for the call.
//
// Unlike AWS: an EDGE API has no CloudFront before it, so nothing named CloudFront-* is added.
func RESTHeader(r *exchange.Request, trace string) exchange.Header {
	header := make(exchange.Header, 0, len(r.Header)+4)
	forwarded := ""
	for _, field := range r.Header {
		switch {
		case isDropped(field):
		case strings.EqualFold(field.Name, "X-Forwarded-For"):
			forwarded += field.Value + ", "
		default:
			header = append(header, canonical(field))
		}
	}
	proto, port := "http", "80"
	if r.TLS {
		proto, port = "https", "443"
	}
	if at := strings.LastIndexByte(r.Host, ':'); at >= 0 && !strings.HasSuffix(r.Host, "]") {
		port = r.Host[at+1:]
	}
	header.Add("X-Amzn-Trace-Id", trace)
	header.Add("X-Forwarded-For", forwarded+r.SourceIP)
	header.Add("X-Forwarded-Port", port)
	header.Add("X-Forwarded-Proto", proto)
	slices.SortStableFunc(header, func(a, b exchange.Field) int {
		return compareFold(a.Name, b.Name)
	})
	return header
}

// isDropped reports whether a line never reaches what stands behind a REST API. A SigV4 signature
// is for the gateway alone.
func isDropped(field exchange.Field) bool {
	switch len(field.Name) {
	case len("TE"):
		return strings.EqualFold(field.Name, "TE")
	case len("Expect"): // and Server
		return strings.EqualFold(field.Name, "Expect") || strings.EqualFold(field.Name, "Server")
	case len("Trailer"): // and Upgrade
		return strings.EqualFold(field.Name, "Trailer") || strings.EqualFold(field.Name, "Upgrade")
	case len("Connection"):
		return strings.EqualFold(field.Name, "Connection")
	case len("Content-MD5"):
		return strings.EqualFold(field.Name, "Content-MD5")
	case len("Max-Forwards"):
		return strings.EqualFold(field.Name, "Max-Forwards")
	case len("Authorization"):
		return strings.EqualFold(field.Name, "Authorization") &&
			strings.HasPrefix(field.Value, "AWS4-")
	case len("Content-Length"):
		return strings.EqualFold(field.Name, "Content-Length")
	case len("X-Amzn-Trace-Id"): // and X-Forwarded-Port
		return strings.EqualFold(field.Name, "X-Amzn-Trace-Id")
	case len("WWW-Authenticate"):
		return strings.EqualFold(field.Name, "WWW-Authenticate") ||
			strings.EqualFold(field.Name, "X-Forwarded-Port")
	case len("Transfer-Encoding"):
		return strings.EqualFold(field.Name, "Transfer-Encoding") ||
			strings.EqualFold(field.Name, "X-Forwarded-Proto")
	case len("Proxy-Authenticate"):
		return strings.EqualFold(field.Name, "Proxy-Authenticate")
	}
	return false
}

// canonical spells the two names whose casing API Gateway does not keep ("Known issues").
func canonical(field exchange.Field) exchange.Field {
	switch {
	case strings.EqualFold(field.Name, "Authorization"):
		field.Name = "Authorization"
	case strings.EqualFold(field.Name, "User-Agent"):
		field.Name = "User-Agent"
	}
	return field
}
