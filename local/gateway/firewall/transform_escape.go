package firewall

import "strings"

// simpleEscapes are what a backslash and one letter mean in ANSI C and JavaScript.
const (
	escapeLetters = `abfnrtv\?'"`
	escapeBytes   = "\a\b\f\n\r\t\v\\?'\""
)

// unescape replaces what read recognises after each backslash; length is 0 for no escape.
func unescape(s string, read func(rest string) (text []byte, length int)) string {
	start := strings.IndexByte(s, '\\')
	if start < 0 {
		return s
	}
	out := append(make([]byte, 0, len(s)), s[:start]...)
	for i := start; i < len(s); {
		if s[i] == '\\' {
			if text, length := read(s[i+1:]); length > 0 {
				out = append(out, text...)
				i += 1 + length
				continue
			}
		}
		out = append(out, s[i])
		i++
	}
	return string(out)
}

func simpleEscape(rest string) ([]byte, int) {
	if rest == "" {
		return nil, 0
	}
	if at := strings.IndexByte(escapeLetters, rest[0]); at >= 0 {
		return []byte{escapeBytes[at]}, 1
	}
	return nil, 0
}

// octal reads up to three octal digits that fit a byte.
func octal(rest string) ([]byte, int) {
	value, n := 0, 0
	for n < len(rest) && n < 3 && rest[n] >= '0' && rest[n] <= '7' && value<<3 < 0x100 {
		value = value<<3 | int(rest[n]-'0')
		n++
	}
	if n == 0 {
		return nil, 0
	}
	return []byte{byte(value)}, n
}

// escapeSequenceDecode decodes ANSI C escapes; what is none stays.
func escapeSequenceDecode(s string) string {
	return unescape(s, func(rest string) ([]byte, int) {
		if strings.HasPrefix(rest, "x") || strings.HasPrefix(rest, "X") {
			if value, ok := digitsAt(rest, 1, 2); ok {
				return []byte{byte(value)}, 3
			}
			return nil, 0
		}
		if text, length := simpleEscape(rest); length > 0 {
			return text, length
		}
		if strings.HasPrefix(rest, "0") { // \0OOO has three digits after the zero
			if text, length := octal(rest[1:]); length > 0 {
				return text, length + 1
			}
		}
		return octal(rest)
	})
}

// jsDecode decodes the escapes of JavaScript; a backslash before any other character goes.
func jsDecode(s string) string {
	return unescape(s, func(rest string) ([]byte, int) {
		if rest == "" {
			return nil, 0
		}
		if rest[0] == 'u' {
			if unit, ok := digitsAt(rest, 1, 4); ok {
				return []byte{narrow(unit)}, 5
			}
		}
		if rest[0] == 'x' {
			if value, ok := digitsAt(rest, 1, 2); ok {
				return []byte{byte(value)}, 3
			}
		}
		if text, length := octal(rest); length > 0 {
			return text, length
		}
		if text, length := simpleEscape(rest); length > 0 {
			return text, length
		}
		return []byte{rest[0]}, 1
	})
}

// cssDecode decodes the escapes of CSS 2: up to six hexadecimal digits, of which the last two
// count, and one white space after them. A backslash before any other character goes.
func cssDecode(s string) string {
	return unescape(s, func(rest string) ([]byte, int) {
		digits := 0
		for digits < len(rest) && digits < 6 && hexDigit(rest[digits]) >= 0 {
			digits++
		}
		switch {
		case digits > 0:
			value, _ := hexValue(rest[:digits])
			length := digits
			if length < len(rest) && isSpace(rest[length]) {
				length++
			}
			return []byte{narrow(value)}, length
		case rest == "":
			return nil, 0
		case rest[0] == '\n': // an escaped line break continues the line
			return nil, 1
		}
		return []byte{rest[0]}, 1
	})
}
