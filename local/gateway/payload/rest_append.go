package payload

import (
	"cmp"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/exchange"
)

// appendQuoted appends s as a JSON string; bytes that are not UTF-8 become U+FFFD.
func appendQuoted[Text ~string | ~[]byte](dst []byte, s Text) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			// The error only says that something was replaced.
			dst, _ = jsontext.AppendQuote(dst, s)
			return dst
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// appendOrNull appends s as a JSON string, or null when it is empty.
func appendOrNull(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return appendQuoted(dst, s)
}

// appendHeaders appends the members "headers" (the last value of a name) and "multiValueHeaders".
// Lines are in order of their names, so those of one name stand together.
func appendHeaders(dst []byte, sorted exchange.Header) []byte {
	dst = append(dst, `"headers":`...)
	if len(sorted) == 0 {
		return append(dst, `null,"multiValueHeaders":null`...)
	}
	dst = append(dst, '{')
	for i, next := 0, 0; i < len(sorted); i = next {
		next = endOfName(sorted, i)
		dst = appendKey(dst, i, sorted[i].Name)
		dst = appendQuoted(dst, sorted[next-1].Value)
	}
	dst = append(dst, `},"multiValueHeaders":{`...)
	for i, next := 0, 0; i < len(sorted); i = next {
		next = endOfName(sorted, i)
		dst = appendKey(dst, i, sorted[i].Name)
		dst = append(dst, '[')
		for j := i; j < next; j++ {
			if j > i {
				dst = append(dst, ',')
			}
			dst = appendQuoted(dst, sorted[j].Value)
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func endOfName(sorted exchange.Header, i int) int {
	end := i + 1
	for end < len(sorted) && strings.EqualFold(sorted[end].Name, sorted[i].Name) {
		end++
	}
	return end
}

func appendKey(dst []byte, index int, name string) []byte {
	if index > 0 {
		dst = append(dst, ',')
	}
	dst = appendQuoted(dst, name)
	return append(dst, ':')
}

// appendQuery appends the members "queryStringParameters" (the last value of a name) and
// "multiValueQueryStringParameters"; none is what stands for no query.
func appendQuery(dst []byte, query []Pair, none string) []byte {
	dst = append(dst, `"queryStringParameters":`...)
	if len(query) == 0 {
		dst = append(dst, none...)
		dst = append(dst, `,"multiValueQueryStringParameters":`...)
		return append(dst, none...)
	}
	dst = append(dst, '{')
	for i := range query {
		if seen(query[:i], query[i].Name) {
			continue
		}
		dst = appendKey(dst, i, query[i].Name)
		dst = appendQuoted(dst, last(query[i:], query[i].Name))
	}
	dst = append(dst, `},"multiValueQueryStringParameters":{`...)
	for i := range query {
		if seen(query[:i], query[i].Name) {
			continue
		}
		dst = appendKey(dst, i, query[i].Name)
		dst = appendAll(dst, query[i:], query[i].Name)
	}
	return append(dst, '}')
}

func appendAll(dst []byte, query []Pair, name string) []byte {
	dst = append(dst, '[')
	first := true
	for i := range query {
		if query[i].Name != name {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendQuoted(dst, query[i].Value)
	}
	return append(dst, ']')
}

func seen(before []Pair, name string) bool {
	for i := range before {
		if before[i].Name == name {
			return true
		}
	}
	return false
}

func last(query []Pair, name string) string {
	for i := len(query) - 1; i > 0; i-- {
		if query[i].Name == name {
			return query[i].Value
		}
	}
	return query[0].Value
}

// compareFold orders names without regard to case.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		x, y := lowerByte(a[i]), lowerByte(b[i])
		if x != y {
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

func lowerByte(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
