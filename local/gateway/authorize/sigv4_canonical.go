package authorize

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"sort"
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
)

// canonicalRequest returns the text that both sides hash. The path is encoded once more than on the
// wire, as every service but S3 wants it.
func (s *signature) canonicalRequest(r *exchange.Request, rawPath string) string {
	const mostly = 1 << 10 // with the token of a session
	var b strings.Builder
	b.Grow(mostly)
	b.WriteString(r.Method)
	b.WriteByte('\n')
	b.WriteString(escapeRFC3986(rawPath, true))
	b.WriteByte('\n')
	b.WriteString(s.canonicalQuery(r.RawQuery))
	b.WriteByte('\n')
	for _, name := range s.signedHeaders {
		b.WriteString(name)
		b.WriteByte(':')
		s.writeValues(&b, r, name)
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	for i, name := range s.signedHeaders {
		if i > 0 {
			b.WriteByte(';')
		}
		b.WriteString(name)
	}
	b.WriteByte('\n')
	var text [hashedText]byte
	if s.payload != "" {
		return b.String() + s.payload
	}
	hash := sha256.Sum256(r.Body)
	hex.Encode(text[:], hash[:])
	b.Write(text[:])
	return b.String()
}

// hashedText is how many hexadecimal digits a hash has.
const hashedText = 2 * sha256.Size

// writeValues writes the values of a signed header, with single blanks.
func (s *signature) writeValues(b *strings.Builder, r *exchange.Request, name string) {
	if name == "host" {
		writeFields(b, r.Host)
		return
	}
	first := true
	for i := range r.Header {
		if !strings.EqualFold(r.Header[i].Name, name) {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		writeFields(b, r.Header[i].Value)
	}
	if first && name == "content-length" { // a server may take it for its own
		b.WriteString(strconv.Itoa(len(r.Body)))
	}
}

func writeFields(b *strings.Builder, value string) {
	first := true
	for field := range strings.FieldsSeq(value) {
		if !first {
			b.WriteByte(' ')
		}
		first = false
		b.WriteString(field)
	}
}

// canonicalQuery sorts the parameters by encoded name, then value, without the signature itself.
func (s *signature) canonicalQuery(raw string) string {
	if raw == "" {
		return ""
	}
	type parameter struct{ name, value string }
	var parameters []parameter
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name = unescapeQuery(name)
		if pair == "" || s.query && name == "X-Amz-Signature" {
			continue
		}
		parameters = append(parameters, parameter{
			name: escapeRFC3986(name, false), value: escapeRFC3986(unescapeQuery(value), false),
		})
	}
	sort.Slice(parameters, func(i, j int) bool {
		if parameters[i].name != parameters[j].name {
			return parameters[i].name < parameters[j].name
		}
		return parameters[i].value < parameters[j].value
	})
	var b strings.Builder
	for i, p := range parameters {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.name + "=" + p.value)
	}
	return b.String()
}

func (s *signature) stringToSign(canonical string) string {
	hash := sha256.Sum256([]byte(canonical))
	return sigAlgorithm + "\n" + s.at.Format(sigTimeFormat) + "\n" + s.date + "/" + s.region + "/" +
		s.service + "/" + s.terminator + "\n" + hex.EncodeToString(hash[:])
}

// sign derives the day's key and returns the signature of text in hex.
func (s *signature) sign(secret, text string) string {
	key := []byte("AWS4" + secret)
	for _, part := range [...]string{s.date, s.region, s.service, s.terminator, text} {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(part))
		key = mac.Sum(nil)
	}
	return hex.EncodeToString(key)
}

// escapeRFC3986 percent-encodes every byte but the unreserved ones, and "/" in a path.
func escapeRFC3986(text string, path bool) string {
	const digits = "0123456789ABCDEF"
	plain := 0
	for plain < len(text) && isUnreserved(text[plain], path) {
		plain++
	}
	if plain == len(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 16)
	b.WriteString(text[:plain])
	for i := plain; i < len(text); i++ {
		c := text[i]
		if isUnreserved(c, path) {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	return b.String()
}

func isUnreserved(c byte, path bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	case c == '-', c == '_', c == '.', c == '~':
		return true
	}
	return path && c == '/'
}

// normalizePath removes dot segments and doubled slashes, as RFC 3986 section 6 and some signers
// do.
func normalizePath(path string) string {
	var kept []string
	for segment := range strings.SplitSeq(path, "/") {
		switch segment {
		case "", ".":
		case "..":
			if len(kept) > 0 {
				kept = kept[:len(kept)-1]
			}
		default:
			kept = append(kept, segment)
		}
	}
	plain := "/" + strings.Join(kept, "/")
	if len(kept) > 0 && strings.HasSuffix(path, "/") {
		plain += "/"
	}
	return plain
}
