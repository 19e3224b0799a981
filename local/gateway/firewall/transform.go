package firewall

import (
	"crypto/md5"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// transformations are the functions by AWS's names ("Using text transformations in AWS WAF"). Each
// returns the very text it was given when there is nothing to change in it.
func transformations() map[string]func(string) string {
	return map[string]func(string) string{
		"NONE":                 func(s string) string { return s },
		"LOWERCASE":            lowercase,
		"URL_DECODE":           urlDecode,
		"URL_DECODE_UNI":       urlDecodeUni,
		"HTML_ENTITY_DECODE":   htmlEntityDecode,
		"COMPRESS_WHITE_SPACE": compressWhiteSpace,
		"CMD_LINE":             commandLine,
		"BASE64_DECODE":        base64Decode,
		"BASE64_DECODE_EXT":    base64DecodeExt,
		"HEX_DECODE":           hexDecode,
		"SQL_HEX_DECODE":       sqlHexDecode,
		"MD5":                  md5Sum,
		"REPLACE_COMMENTS":     replaceComments,
		"ESCAPE_SEQ_DECODE":    escapeSequenceDecode,
		"CSS_DECODE":           cssDecode,
		"JS_DECODE":            jsDecode,
		"NORMALIZE_PATH":       normalizePath,
		"NORMALIZE_PATH_WIN":   normalizePathWindows,
		"REMOVE_NULLS":         func(s string) string { return strings.ReplaceAll(s, "\x00", "") },
		"REPLACE_NULLS":        func(s string) string { return strings.ReplaceAll(s, "\x00", " ") },
		"UTF8_TO_UNICODE":      utf8ToUnicode,
	}
}

// transformation returns a function by its name.
func transformation(name string) (func(string) string, error) {
	known := transformations()
	found, ok := known[name]
	if !ok {
		return nil, fmt.Errorf("text transformation %q, known are %s", name,
			strings.Join(slices.Sorted(maps.Keys(known)), ", "))
	}
	return found, nil
}

// lowercase changes A to Z alone: AWS's transformation knows no other alphabet.
func lowercase(s string) string {
	for i := 0; i < len(s); i++ {
		if s[i] >= 'A' && s[i] <= 'Z' {
			return lowered(s, i)
		}
	}
	return s
}

func lowered(s string, from int) string {
	out := []byte(s)
	for i := from; i < len(out); i++ {
		if out[i] >= 'A' && out[i] <= 'Z' {
			out[i] += 'a' - 'A'
		}
	}
	return string(out)
}

// isSpace knows what COMPRESS_WHITE_SPACE replaces; the no-break space is byte 160.
func isSpace(c byte) bool {
	return c == ' ' || c >= '\t' && c <= '\r' || c == 0xA0
}

func compressWhiteSpace(s string) string {
	start := unevenSpace(s)
	if start < 0 {
		return s
	}
	out := append(make([]byte, 0, len(s)), s[:start]...)
	for i := start; i < len(s); i++ {
		c := s[i]
		if c == 0xC2 && i+1 < len(s) && s[i+1] == 0xA0 { // the no-break space in UTF-8
			i++
			c = 0xA0
		}
		if !isSpace(c) {
			out = append(out, c)
		} else if n := len(out); n == 0 || out[n-1] != ' ' {
			out = append(out, ' ')
		}
	}
	return string(out)
}

// unevenSpace returns where the first white space is that is not one single space; -1 for nowhere.
func unevenSpace(s string) int {
	for i := 0; i < len(s); i++ {
		if c := s[i]; isSpace(c) && (c != ' ' || i > 0 && s[i-1] == ' ') {
			if c == 0xA0 && i > 0 && s[i-1] == 0xC2 {
				return i - 1
			}
			return i
		}
	}
	return -1
}

// commandLine undoes what shells ignore.
func commandLine(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case strings.IndexByte(`\"'^`, c) >= 0:
			continue
		case c == ',' || c == ';' || isSpace(c):
			c = ' '
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		n := len(out)
		spaceBefore := n > 0 && out[n-1] == ' '
		if spaceBefore && c == ' ' {
			continue
		}
		if spaceBefore && (c == '/' || c == '(') {
			out = out[:n-1]
		}
		out = append(out, c)
	}
	return string(out)
}

func md5Sum(s string) string {
	sum := md5.Sum([]byte(s))
	return string(sum[:])
}

// replaceComments replaces each C comment by one space, and an open one up to the end.
func replaceComments(s string) string {
	start := strings.Index(s, "/*")
	if start < 0 {
		return s
	}
	var out strings.Builder
	for start >= 0 {
		out.WriteString(s[:start])
		out.WriteByte(' ')
		end := strings.Index(s[start+2:], "*/")
		if end < 0 {
			return out.String()
		}
		s = s[start+2+end+2:]
		start = strings.Index(s, "/*")
	}
	out.WriteString(s)
	return out.String()
}

// normalizePath drops empty segments and "." segments, and resolves ".." but at the start.
func normalizePath(s string) string {
	if !strings.Contains(s, "//") && !strings.Contains(s, "./") && !strings.HasSuffix(s, "/.") &&
		!strings.HasSuffix(s, "/..") {
		return s
	}
	var kept []string
	absolute := strings.HasPrefix(s, "/")
	segments := strings.Split(s, "/")
	for _, segment := range segments {
		last := len(kept) - 1
		switch {
		case segment == "" || segment == ".":
		case segment == ".." && last >= 0 && kept[last] != "..":
			kept = kept[:last]
		default:
			kept = append(kept, segment)
		}
	}
	out := strings.Join(kept, "/")
	if absolute {
		out = "/" + out
	}
	final := segments[len(segments)-1]
	folder := final == "" || final == "." || final == ".."
	if folder && len(kept) > 0 && kept[len(kept)-1] != ".." {
		out += "/"
	}
	return out
}

func normalizePathWindows(s string) string {
	return normalizePath(strings.ReplaceAll(s, `\`, "/"))
}

// utf8ToUnicode writes characters beyond ASCII as %uHHHH.
func utf8ToUnicode(s string) string {
	start := strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 })
	if start < 0 {
		return s
	}
	var out strings.Builder
	out.WriteString(s[:start])
	for i, r := range s[start:] {
		switch {
		case r < 0x80:
			out.WriteByte(byte(r))
		case r == '\uFFFD' && !strings.HasPrefix(s[start+i:], "\uFFFD"):
			out.WriteByte(s[start+i]) // no UTF-8: stays
		default:
			fmt.Fprintf(&out, "%%u%04x", r)
		}
	}
	return out.String()
}
