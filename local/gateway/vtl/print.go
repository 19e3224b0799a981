package vtl

import (
	"math"
	"math/big"
	"strconv"
	"unicode/utf8"
)

// maxPrintDepth bounds how deep printing follows values: a list can contain itself.
const maxPrintDepth = 64

// String returns what Java's toString makes of a value; null is "null", as inside a map.
func String(value any) string {
	if text, ok := value.(string); ok {
		return text
	}
	return string(appendText(nil, value, 0))
}

// appendText prints a value the way Java does.
func appendText(out []byte, value any, depth int) []byte {
	if depth > maxPrintDepth || len(out) > 2*maxOutput {
		return append(out, "..."...)
	}
	switch v := value.(type) {
	case nil:
		return append(out, "null"...)
	case string:
		return append(out, v...)
	case bool:
		return strconv.AppendBool(out, v)
	case int32:
		return strconv.AppendInt(out, int64(v), 10)
	case int64:
		return strconv.AppendInt(out, v, 10)
	case float64:
		return appendDouble(out, v)
	case Char:
		return utf8.AppendRune(out, rune(v))
	case *big.Int:
		return v.Append(out, 10)
	case *Decimal:
		return append(out, v.String()...)
	case *List:
		return appendList(out, v, depth)
	case *Map:
		return appendMap(out, v, depth)
	case *Entry:
		out = append(appendText(out, v.Key, depth+1), '=')
		return appendText(out, v.Value, depth+1)
	case *foreachScope:
		return append(out, v.String()...)
	case Object:
		return append(out, v.String()...)
	}
	return out
}

func appendList(out []byte, list *List, depth int) []byte {
	switch list.Kind {
	case JSONArray:
		return appendJSON(out, list, jsonStyle{slashes: true}, depth)
	case Array:
		return append(out, "[Ljava.lang.Object;"...) // Java adds an address, which says nothing
	}
	out = append(out, '[')
	for i, item := range list.Items {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = appendText(out, item, depth+1)
	}
	return append(out, ']')
}

func appendMap(out []byte, m *Map, depth int) []byte {
	out = append(out, '{')
	for i := range m.keys {
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(appendText(out, m.keys[i], depth+1), '=')
		out = appendText(out, m.values[i], depth+1)
	}
	return append(out, '}')
}

// appendDouble prints a double as Double.toString does: 1.0, 1.0E10, 1.0E-5.
func appendDouble(out []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(out, "NaN"...)
	case math.IsInf(f, 1):
		return append(out, "Infinity"...)
	case math.IsInf(f, -1):
		return append(out, "-Infinity"...)
	case f == 0:
		if math.Signbit(f) {
			return append(out, "-0.0"...)
		}
		return append(out, "0.0"...)
	}
	if size := math.Abs(f); size >= 1e-3 && size < 1e7 {
		start := len(out)
		out = strconv.AppendFloat(out, f, 'f', -1, 64)
		if !containsByte(out[start:], '.') {
			out = append(out, ".0"...)
		}
		return out
	}
	var buffer [32]byte
	text := strconv.AppendFloat(buffer[:0], f, 'e', -1, 64)
	cut := indexByte(text, 'e')
	out = append(out, text[:cut]...)
	if !containsByte(text[:cut], '.') {
		out = append(out, ".0"...)
	}
	exponent, _ := strconv.Atoi(string(text[cut+1:]))
	return strconv.AppendInt(append(out, 'E'), int64(exponent), 10)
}

func containsByte(text []byte, c byte) bool { return indexByte(text, c) >= 0 }

func indexByte(text []byte, c byte) int {
	for i := range text {
		if text[i] == c {
			return i
		}
	}
	return -1
}

// AppendJSON prints a value as the JSON text that $input.json gives: as json-smart writes it.
func AppendJSON(out []byte, value any) []byte { return appendJSON(out, value, jsonStyle{}, 0) }

// jsonStyle is what json-smart calls a style: a list's toString escapes slashes.
type jsonStyle struct{ slashes bool }

func appendJSON(out []byte, value any, style jsonStyle, depth int) []byte {
	if depth > maxPrintDepth*8 || len(out) > 2*maxOutput {
		return append(out, "null"...)
	}
	switch v := value.(type) {
	case nil, bool, int32, int64, *big.Int, *Decimal:
		return appendText(out, value, 0)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return append(out, "null"...)
		}
		return appendDouble(out, v)
	case *List:
		out = append(out, '[')
		for i, item := range v.Items {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJSON(out, item, style, depth+1)
		}
		return append(out, ']')
	case *Map:
		out = append(out, '{')
		for i := range v.keys {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendQuoted(out, String(v.keys[i]), style)
			out = append(out, ':')
			out = appendJSON(out, v.values[i], style, depth+1)
		}
		return append(out, '}')
	}
	return appendQuoted(out, String(value), style)
}

const upperHex = "0123456789ABCDEF"

// appendQuoted writes a JSON string, escaping what json-smart escapes.
func appendQuoted(out []byte, text string, style jsonStyle) []byte {
	out = append(out, '"')
	from := 0
	for i, r := range text {
		if !escapedInJSON(r) && (r != '/' || !style.slashes) {
			continue
		}
		out = append(out, text[from:i]...)
		out = appendEscape(out, r)
		from = i + utf8.RuneLen(r)
	}
	out = append(out, text[from:]...)
	return append(out, '"')
}

func escapedInJSON(r rune) bool {
	return r == '"' || r == '\\' || r < 0x20 || r >= 0x7f && r <= 0x9f || r >= 0x2000 && r <= 0x20ff
}

func appendEscape(out []byte, r rune) []byte {
	switch r {
	case '"', '\\', '/':
		return append(out, '\\', byte(r))
	case '\b':
		return append(out, `\b`...)
	case '\f':
		return append(out, `\f`...)
	case '\n':
		return append(out, `\n`...)
	case '\r':
		return append(out, `\r`...)
	case '\t':
		return append(out, `\t`...)
	}
	return append(out, '\\', 'u', upperHex[r>>12&15], upperHex[r>>8&15], upperHex[r>>4&15],
		upperHex[r&15])
}
