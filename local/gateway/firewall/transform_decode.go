package firewall

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
)

// hexValue returns the number that the hexadecimal digits of s stand for.
func hexValue(s string) (value int, ok bool) {
	for i := 0; i < len(s); i++ {
		digit := hexDigit(s[i])
		if digit < 0 {
			return 0, false
		}
		value = value<<4 | digit
	}
	return value, s != ""
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// digitsAt returns the number of n hexadecimal digits at i.
func digitsAt(s string, i, n int) (int, bool) {
	if i+n > len(s) {
		return 0, false
	}
	return hexValue(s[i : i+n])
}

// narrow returns the byte of a code unit: full-width ASCII becomes ASCII, of others the low byte
// alone counts.
func narrow(unit int) byte {
	if unit >= 0xFF01 && unit <= 0xFF5E {
		return byte(unit&0xFF) + 0x20
	}
	return byte(unit)
}

func urlDecode(s string) string { return percentDecode(s, false) }

func urlDecodeUni(s string) string { return percentDecode(s, true) }

// percentDecode decodes %HH, with wide also %uHHHH, and "+"; what is no encoding stays.
func percentDecode(s string, wide bool) string {
	next := strings.IndexAny(s, "%+")
	if next < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for next >= 0 {
		out = append(out, s[:next]...)
		text, length := percentCode(s[next:], wide)
		out = append(out, text)
		s = s[next+length:]
		next = strings.IndexAny(s, "%+")
	}
	return string(append(out, s...))
}

// percentCode reads an encoding at the start of s; a "%" that begins none stands for itself.
func percentCode(s string, wide bool) (text byte, length int) {
	if s[0] == '+' {
		return ' ', 1
	}
	if value, ok := digitsAt(s, 1, 2); ok {
		return byte(value), 3
	}
	if wide && len(s) > 1 && (s[1] == 'u' || s[1] == 'U') {
		if unit, ok := digitsAt(s, 2, 4); ok {
			return narrow(unit), 6
		}
	}
	return '%', 1
}

// namedEntities are those AWS names, and "&amp;", without which an encoding in an encoding hides.
var namedEntities = map[string]string{
	"quot": `"`, "nbsp": "\xA0", "lt": "<", "gt": ">", "amp": "&",
}

// htmlEntityDecode decodes &name;, &#xHH; and &#NN;. Browsers take numbers without the semicolon,
// and so does this.
func htmlEntityDecode(s string) string {
	var out []byte // nil until something is decoded
	copied := 0    // of s
	for at := strings.IndexByte(s, '&'); at >= 0; {
		text, length := entity(s[at:])
		if length > 0 {
			out = append(append(out, s[copied:at]...), text...)
			copied = at + length
		}
		from := at + max(length, 1)
		next := strings.IndexByte(s[from:], '&')
		if next < 0 {
			break
		}
		at = from + next
	}
	if out == nil && copied == 0 {
		return s
	}
	return string(append(out, s[copied:]...))
}

// longestEntity is the longest text an entity may have: "&#1114111;" with some leading zeros.
const longestEntity = 16

// entity reads an entity at the start of s; length is 0 when there is none.
func entity(s string) (text string, length int) {
	if len(s) > longestEntity {
		s = s[:longestEntity]
	}
	if strings.HasPrefix(s, "&#") {
		return numericEntity(s)
	}
	end := strings.IndexByte(s, ';')
	if end < 0 {
		return "", 0
	}
	text, ok := namedEntities[lowercase(s[1:end])]
	if !ok {
		return "", 0
	}
	return text, end + 1
}

func numericEntity(s string) (string, int) {
	at, base := len("&#"), 10
	if len(s) > at && (s[at] == 'x' || s[at] == 'X') {
		at, base = at+1, 16
	}
	end := at
	for end < len(s) && hexDigit(s[end]) >= 0 && hexDigit(s[end]) < base {
		end++
	}
	value, err := strconv.ParseUint(s[at:end], base, 32)
	if err != nil || value > 0x10FFFF {
		return "", 0
	}
	if end < len(s) && s[end] == ';' {
		end++
	}
	if value < 0x100 {
		return string([]byte{byte(value)}), end
	}
	return string(rune(value)), end
}

// base64Decode decodes a text that is all base64; any other stays.
func base64Decode(s string) string {
	trimmed := strings.TrimRight(s, "=")
	for i := 0; i < len(trimmed); i++ {
		if !isBase64(trimmed[i]) {
			return s
		}
	}
	return decodeBase64(trimmed, s)
}

// base64DecodeExt ignores all characters that are not of the alphabet.
func base64DecodeExt(s string) string {
	kept := make([]byte, 0, len(s))
	for i := 0; i < len(s) && s[i] != '='; i++ {
		if isBase64(s[i]) {
			kept = append(kept, s[i])
		}
	}
	return decodeBase64(string(kept), s)
}

func decodeBase64(clean, otherwise string) string {
	if len(clean)%4 == 1 { // six bits alone are no byte
		clean = clean[:len(clean)-1]
	}
	out, err := base64.RawStdEncoding.DecodeString(clean)
	if err != nil {
		return otherwise
	}
	return string(out)
}

func isBase64(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

func hexDecode(s string) string {
	out, err := hex.DecodeString(s)
	if err != nil {
		return s
	}
	return string(out)
}

// sqlHexDecode decodes 0x414243 wherever it stands.
func sqlHexDecode(s string) string {
	if !strings.Contains(s, "0x") && !strings.Contains(s, "0X") {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		digits := 0
		if s[i] == '0' && i+1 < len(s) && (s[i+1] == 'x' || s[i+1] == 'X') {
			for i+2+digits < len(s) && hexDigit(s[i+2+digits]) >= 0 {
				digits++
			}
			digits -= digits % 2
		}
		if digits == 0 {
			out = append(out, s[i])
			i++
			continue
		}
		decoded, _ := hex.DecodeString(s[i+2 : i+2+digits])
		out = append(out, decoded...)
		i += 2 + digits
	}
	return string(out)
}
