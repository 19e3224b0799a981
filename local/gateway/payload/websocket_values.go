package payload

import (
	"iter"
	"net/url"
	"sort"
	"strings"
)

// webSocketValues are names with all their values, in the order they came.
type webSocketValues struct {
	names  []string
	values [][]string
}

func newWebSocketValues(size int) *webSocketValues {
	return &webSocketValues{names: make([]string, 0, size), values: make([][]string, 0, size)}
}

func (v *webSocketValues) add(name, value string, same func(a, b string) bool) {
	for i := range v.names {
		if same(v.names[i], name) {
			v.values[i] = append(v.values[i], value)
			return
		}
	}
	v.names = append(v.names, name)
	v.values = append(v.values, []string{value})
}

// webSocketQuery yields the decoded parameters of a raw query string. What is not well encoded
// stays as it is; bytes that are no UTF-8 become the replacement character, as JSON has no other
// way.
func webSocketQuery(raw string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for pair := range strings.SplitSeq(raw, "&") {
			if pair == "" {
				continue
			}
			name, value, _ := strings.Cut(pair, "=")
			if !yield(webSocketDecode(name), webSocketDecode(value)) {
				return
			}
		}
	}
}

func webSocketDecode(text string) string {
	decoded, err := url.QueryUnescape(text)
	if err != nil {
		decoded = text
	}
	return strings.ToValidUTF8(decoded, "\uFFFD")
}

func webSocketKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
