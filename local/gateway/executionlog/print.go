package executionlog

import (
	"bytes"
	"slices"
	"strings"

	"portico/local/gateway/exchange"
)

// Body is a body as a log shows it.
func Body(body []byte) string {
	return string(bytes.ToValidUTF8(body, []byte("\uFFFD")))
}

// Map prints lines as Java prints a HashMap, in its order: of one name the last value.
func Map(fields exchange.Header) string {
	distinct := make(exchange.Header, 0, len(fields))
	for _, field := range fields {
		same := func(other exchange.Field) bool { return other.Name == field.Name }
		if at := slices.IndexFunc(distinct, same); at >= 0 {
			distinct[at] = field
			continue
		}
		distinct = append(distinct, field)
	}
	buckets := uint32(16)
	for len(distinct)*4 > int(buckets)*3 {
		buckets *= 2
	}
	slices.SortStableFunc(distinct, func(a, b exchange.Field) int {
		return int(javaHash(a.Name)&(buckets-1)) - int(javaHash(b.Name)&(buckets-1))
	})
	return Listed(distinct)
}

// javaHash is java.util.HashMap's hash of a String.
func javaHash(text string) uint32 {
	hash := uint32(0)
	for _, r := range text {
		hash = 31*hash + uint32(r)
	}
	return hash ^ hash>>16
}

// mapLimit is how many characters of a map a log shows.
const mapLimit = 998

// Listed prints lines as Java prints a map, in their own order.
func Listed(fields exchange.Header) string {
	var text strings.Builder
	text.WriteByte('{')
	for i, field := range fields {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(field.Name + "=" + masked(field))
	}
	text.WriteByte('}')
	if text.Len() > mapLimit {
		return text.String()[:mapLimit] + " [TRUNCATED]"
	}
	return text.String()
}

// masked hides all of a secret but its end.
func masked(field exchange.Field) string {
	switch strings.ToLower(field.Name) {
	case "authorization", "x-api-key", "x-amz-security-token":
		return Stars(field.Value)
	}
	return field.Value
}

// Stars hides all of a text but its last six characters.
func Stars(text string) string {
	const shown = 6
	hidden := len(text)
	if hidden > shown {
		hidden -= shown
	}
	return strings.Repeat("*", hidden) + text[hidden:]
}
