package payload

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/exchange"
	"portico/local/gateway/route"
)

// pair is one header line or query parameter on its way into an event.
type pair struct{ name, value string }

// headerPairs returns the header lines an event shows, sorted by lower-case name: the client's
// without cookies and without what ends at the gateway, and those that the gateway adds.
//
// Unlike AWS: x-forwarded-port and x-forwarded-proto tell the truth about the local listener, where
// AWS always has 443 and https; links that a function builds from them work.
func headerPairs(c *HTTPCall) []pair {
	r := c.Request
	pairs := make([]pair, 0, len(r.Header)+6)
	forwarded := ""
	host, length := false, false
	for i := range r.Header {
		field := &r.Header[i]
		name := lowerName(field.Name)
		switch name {
		case "cookie", "connection", "keep-alive", "proxy-connection", "te", "trailer",
			"transfer-encoding", "upgrade", "x-amzn-trace-id", "x-forwarded-port",
			"x-forwarded-proto":
			continue
		case "x-forwarded-for":
			forwarded += field.Value + ", "
			continue
		case "host":
			host = true
		case "content-length":
			length = true
		}
		pairs = insert(pairs, pair{name, field.Value})
	}
	if !host {
		pairs = insert(pairs, pair{"host", r.Host})
	}
	if !length {
		pairs = insert(pairs, pair{"content-length", strconv.Itoa(len(r.Body))})
	}
	port, proto := listenedOn(r)
	pairs = insert(pairs, pair{"x-amzn-trace-id", c.Variables.TraceID})
	pairs = insert(pairs, pair{"x-forwarded-for", forwarded + r.SourceIP})
	pairs = insert(pairs, pair{"x-forwarded-port", port})
	return insert(pairs, pair{"x-forwarded-proto", proto})
}

// lowerName spares the allocation for the names most clients send.
func lowerName(name string) string {
	switch name {
	case "Host":
		return "host"
	case "User-Agent":
		return "user-agent"
	case "Accept":
		return "accept"
	case "Accept-Encoding":
		return "accept-encoding"
	case "Accept-Language":
		return "accept-language"
	case "Authorization":
		return "authorization"
	case "Connection":
		return "connection"
	case "Content-Length":
		return "content-length"
	case "Content-Type":
		return "content-type"
	case "Cookie":
		return "cookie"
	case "Origin":
		return "origin"
	case "Referer":
		return "referer"
	}
	return strings.ToLower(name)
}

func listenedOn(r *exchange.Request) (port, proto string) {
	port, proto = "80", "http"
	if r.TLS {
		port, proto = "443", "https"
	}
	if at := strings.LastIndexByte(r.Host, ':'); at > strings.LastIndexByte(r.Host, ']') {
		port = r.Host[at+1:]
	}
	return port, proto
}

// insert keeps pairs sorted by name, and values of one name in the order they came.
func insert(pairs []pair, p pair) []pair {
	pairs = append(pairs, p)
	at := len(pairs) - 1
	for at > 0 && pairs[at-1].name > p.name {
		pairs[at] = pairs[at-1]
		at--
	}
	pairs[at] = p
	return pairs
}

// withCookies adds the cookie header, which only payload format 1.0 keeps.
func withCookies(pairs []pair, h exchange.Header) []pair {
	for i := range h {
		if strings.EqualFold(h[i].Name, "cookie") {
			pairs = insert(pairs, pair{"cookie", h[i].Value})
		}
	}
	return pairs
}

// queryPairs returns the decoded query parameters, sorted by name.
func queryPairs(query string) []pair {
	if query == "" {
		return nil
	}
	pairs := make([]pair, 0, 1+strings.Count(query, "&"))
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		pairs = insert(pairs, pair{decodeQuery(name), decodeQuery(value)})
	}
	return pairs
}

// decodeQuery decodes what can be; a broken escape stays as it was sent.
func decodeQuery(text string) string {
	if !strings.ContainsAny(text, "%+") {
		return text
	}
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		return text
	}
	return decoded
}

func decodePath(text string) string {
	if !strings.Contains(text, "%") {
		return text
	}
	decoded, err := url.PathUnescape(text)
	if err != nil {
		return text
	}
	return decoded
}

// appendJoined writes pairs as an object in which values of one name are joined with commas.
func appendJoined(dst []byte, pairs []pair) []byte {
	return appendGroups(dst, pairs, func(dst []byte, same []pair) []byte {
		if len(same) == 1 {
			return appendHTTPText(dst, same[0].value)
		}
		values := make([]string, len(same))
		for i := range same {
			values[i] = same[i].value
		}
		return appendHTTPText(dst, strings.Join(values, ","))
	})
}

// appendLast writes pairs as an object that holds the last value of each name.
func appendLast(dst []byte, pairs []pair) []byte {
	return appendGroups(dst, pairs, func(dst []byte, same []pair) []byte {
		return appendHTTPText(dst, same[len(same)-1].value)
	})
}

// appendLists writes pairs as an object of lists.
func appendLists(dst []byte, pairs []pair) []byte {
	return appendGroups(dst, pairs, func(dst []byte, same []pair) []byte {
		for i := range same {
			dst = append(dst, opening(i, '['))
			dst = appendHTTPText(dst, same[i].value)
		}
		return append(dst, ']')
	})
}

func appendGroups(dst []byte, pairs []pair, value func([]byte, []pair) []byte) []byte {
	first := len(dst)
	for len(pairs) > 0 {
		same := 1
		for same < len(pairs) && pairs[same].name == pairs[0].name {
			same++
		}
		dst = append(dst, opening(len(dst)-first, '{'))
		dst = appendHTTPText(dst, pairs[0].name)
		dst = append(dst, ':')
		dst = value(dst, pairs[:same])
		pairs = pairs[same:]
	}
	if len(dst) == first {
		dst = append(dst, '{')
	}
	return append(dst, '}')
}

// opening is what stands before the i-th member of a list or an object.
func opening(i int, bracket byte) byte {
	if i == 0 {
		return bracket
	}
	return ','
}

func appendParams(dst []byte, params []route.Param) []byte {
	pairs := make([]pair, 0, len(params))
	for _, p := range params {
		pairs = insert(pairs, pair{p.Name, decodePath(p.Value)})
	}
	return appendLast(dst, pairs)
}

// appendCookies writes the cookies, each "name=value", or nothing at all.
func appendCookies(dst []byte, h exchange.Header) []byte {
	count := 0
	for i := range h {
		if !strings.EqualFold(h[i].Name, "cookie") {
			continue
		}
		for cookie := range strings.SplitSeq(h[i].Value, ";") {
			cookie = strings.TrimSpace(cookie)
			if cookie == "" {
				continue
			}
			if count == 0 {
				dst = append(dst, `,"cookies":`...)
			}
			dst = append(dst, opening(count, '['))
			dst = appendHTTPText(dst, cookie)
			count++
		}
	}
	if count > 0 {
		dst = append(dst, ']')
	}
	return dst
}

// appendHTTPText writes a JSON string; bytes that are no UTF-8 become U+FFFD.
func appendHTTPText[T ~string | ~[]byte](dst []byte, text T) []byte {
	quoted, _ := jsontext.AppendQuote(dst, text) // it quotes all the same, with U+FFFD
	return quoted
}

// AppendObject appends values as a JSON object with sorted keys, as events show stage variables and
// claims.
func AppendObject(dst []byte, values map[string]string) []byte {
	pairs := make([]pair, 0, len(values))
	for name, value := range values {
		pairs = insert(pairs, pair{name, value})
	}
	return appendLast(dst, pairs)
}

// isTextType tells the content types whose bodies an HTTP API hands over as text.
func isTextType(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	switch media {
	case "application/json", "application/javascript", "application/xml":
		return true
	}
	return strings.HasPrefix(media, "text/") ||
		strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml")
}
