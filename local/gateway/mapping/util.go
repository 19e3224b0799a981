package mapping

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"portico/local/gateway/vtl"
)

// util is $util.
type util struct{}

var _ vtl.Object = (*util)(nil)

// Property is null: $util has methods only.
func (*util) Property(string) any { return nil }

// String prints nothing.
func (*util) String() string { return "" }

// Call knows API Gateway's functions, which take one value. Of null they make null.
func (*util) Call(method string, args []any) (any, bool, error) {
	if len(args) != 1 {
		return nil, false, nil
	}
	text, ok := textOf(args[0])
	if !ok {
		return nil, false, nil
	}
	switch method {
	case "escapeJavaScript":
		return escapeJavaScript(text), true, nil
	case "parseJson":
		value, err := parseJSON([]byte(text))
		if err != nil {
			return nil, true, nil
		}
		return value, true, nil
	case "urlEncode":
		return urlEncode(text), true, nil
	case "urlDecode":
		decoded, err := url.QueryUnescape(text)
		if err != nil {
			return nil, true, fmt.Errorf("$util.urlDecode: %w", err)
		}
		return decoded, true, nil
	case "base64Encode":
		return base64.StdEncoding.EncodeToString([]byte(text)), true, nil
	case "base64Decode":
		decoded, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, true, fmt.Errorf("$util.base64Decode: %w", err)
		}
		return strings.ToValidUTF8(string(decoded), "\uFFFD"), true, nil
	}
	return nil, false, nil
}

// textOf returns a value as text; maps, like $context's, have none for $util.
func textOf(value any) (string, bool) {
	switch v := value.(type) {
	case nil, *vtl.Map:
		return "", false
	case string:
		return v, true
	}
	return vtl.String(value), true
}

const upperHex = "0123456789ABCDEF"

// escapeJavaScript escapes as commons-lang does: also ', / and all that is not ASCII.
func escapeJavaScript(text string) string {
	at := 0
	for at < len(text) && !needsEscape(text[at]) {
		at++
	}
	if at == len(text) {
		return text
	}
	out := make([]byte, at, len(text)+len(text)/4+8)
	copy(out, text)
	for i := at; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			out = appendEscaped(out, c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
			out = appendUnit(out, high)
			r = low
		}
		out = appendUnit(out, r)
	}
	return string(out)
}

func needsEscape(c byte) bool {
	return c < 0x20 || c >= utf8.RuneSelf || c == '"' || c == '\'' || c == '\\' || c == '/'
}

func appendEscaped(out []byte, c byte) []byte {
	switch c {
	case '"', '\'', '\\', '/':
		return append(out, '\\', c)
	case '\n':
		return append(out, `\n`...)
	case '\r':
		return append(out, `\r`...)
	case '\t':
		return append(out, `\t`...)
	case '\b':
		return append(out, `\b`...)
	case '\f':
		return append(out, `\f`...)
	}
	if c < 0x20 {
		return appendUnit(out, rune(c))
	}
	return append(out, c)
}

func appendUnit(out []byte, unit rune) []byte {
	return append(out, '\\', 'u', upperHex[unit>>12&15], upperHex[unit>>8&15],
		upperHex[unit>>4&15], upperHex[unit&15])
}

// urlEncode encodes as Java's URLEncoder does: only letters, digits and .-*_ stay.
func urlEncode(text string) string {
	out := make([]byte, 0, len(text)+len(text)/2)
	for i := range len(text) {
		switch c := text[i]; {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9',
			c == '.', c == '-', c == '*', c == '_':
			out = append(out, c)
		case c == ' ':
			out = append(out, '+')
		default:
			out = append(out, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return string(out)
}
