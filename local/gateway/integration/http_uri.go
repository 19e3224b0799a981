package integration

import (
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/payload"
)

// HTTPURI is the address of an integration, cut at its {placeholders} at deployment.
type HTTPURI struct {
	text   string
	pieces []uriPiece
}

type uriPiece struct {
	literal string
	name    string // of the placeholder after literal; "" for the last piece
	inQuery bool
}

// ParseHTTPURI reads an integration's URI for one stage: ${stageVariables.x} is filled in, one that
// is not set becomes empty, as on AWS. A greedy {proxy+} is the placeholder proxy.
func ParseHTTPURI(uri string, stageVariables map[string]string) (*HTTPURI, error) {
	text := fillStageVariables(uri, stageVariables)
	u := &HTTPURI{text: text}
	rest, inQuery := text, false
	for {
		literal, after, found := strings.Cut(rest, "{")
		inQuery = inQuery || strings.Contains(literal, "?")
		if !found {
			u.pieces = append(u.pieces, uriPiece{literal: literal})
			return u, nil
		}
		name, more, closed := strings.Cut(after, "}")
		name = strings.TrimSuffix(name, "+")
		if !closed || name == "" {
			return nil, fmt.Errorf("URI %q: a brace is open or empty, allowed is {name}", text)
		}
		u.pieces = append(u.pieces, uriPiece{literal: literal, name: name, inQuery: inQuery})
		rest = more
	}
}

// Fill puts values into the placeholders: those of integration.request.path.NAME for a REST API,
// the route's path parameters for an HTTP API. A placeholder without a value fails the call.
func (u *HTTPURI) Fill(values func(name string) (string, bool)) (string, error) {
	if len(u.pieces) == 1 {
		return u.text, nil
	}
	var filled strings.Builder
	filled.Grow(len(u.text) + 32)
	for i := range u.pieces {
		piece := &u.pieces[i]
		filled.WriteString(piece.literal)
		if piece.name == "" {
			break
		}
		value, ok := "", false
		if values != nil {
			value, ok = values(piece.name)
		}
		if !ok {
			return "", misconfigured(ErrAddress, "Invalid endpoint address: {%s} in %s has no value",
				piece.name, u.text)
		}
		writeEscaped(&filled, value, piece.inQuery)
	}
	return filled.String(), nil
}

// Origin returns the URI's scheme and host (https://orders.example:8443); ok is false when a
// placeholder has a say in it, or it has none.
func (u *HTTPURI) Origin() (origin string, ok bool) {
	first := u.pieces[0].literal
	start := strings.Index(first, "://")
	if start < 0 {
		return "", false
	}
	start += len("://")
	end := strings.IndexAny(first[start:], "/?#")
	switch {
	case end >= 0:
		return first[:start+end], true
	case len(u.pieces) == 1:
		return first, true
	}
	return "", false
}

// sample returns an address as the URI gives it, with a letter in each placeholder.
func (u *HTTPURI) sample() string {
	var b strings.Builder
	for i := range u.pieces {
		b.WriteString(u.pieces[i].literal)
		if u.pieces[i].name != "" {
			b.WriteByte('x')
		}
	}
	return b.String()
}

// At returns the URI with another origin in the place of its own, which must be fixed.
func (u *HTTPURI) At(origin string) *HTTPURI {
	own, fixed := u.Origin()
	if !fixed {
		return u
	}
	moved := &HTTPURI{text: origin + u.text[len(own):], pieces: slices.Clone(u.pieces)}
	moved.pieces[0].literal = origin + moved.pieces[0].literal[len(own):]
	return moved
}

// writeEscaped escapes what would end the part of a URL it stands in. Escapes that the value
// already has are kept, so a path arrives as the client wrote it.
func writeEscaped(b *strings.Builder, value string, inQuery bool) {
	for i := 0; i < len(value); i++ {
		c := value[i]
		if isPlain(c, inQuery) || c == '%' && isEscape(value[i:]) {
			b.WriteByte(c)
			continue
		}
		writePercent(b, c)
	}
}

func isPlain(c byte, inQuery bool) bool {
	switch {
	case isUnreserved(c):
		return true
	case strings.IndexByte("/:@!$'()*,;=[]", c) >= 0:
		return true
	}
	return !inQuery && (c == '&' || c == '+')
}

func isUnreserved(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}

func isEscape(text string) bool {
	return len(text) >= 3 && isHex(text[1]) && isHex(text[2])
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func writePercent(b *strings.Builder, c byte) {
	const digits = "0123456789ABCDEF"
	b.WriteByte('%')
	b.WriteByte(digits[c>>4])
	b.WriteByte(digits[c&15])
}

// writeQueryText escapes a name or value of a query string; a blank is %20.
func writeQueryText(b *strings.Builder, text string) {
	for i := range len(text) {
		if isUnreserved(text[i]) {
			b.WriteByte(text[i])
			continue
		}
		writePercent(b, text[i])
	}
}

// withoutFragment escapes what a client may not send in a target, lest all that comes after it, the
// parameters of mappings too, is taken for a fragment and stays behind.
func withoutFragment(target string) string { return strings.ReplaceAll(target, "#", "%23") }

// withQuery appends to a URL, which may have a query string of its own, a raw query string and
// then decoded parameters.
func withQuery(address, raw string, parameters []payload.Pair) string {
	if raw == "" && len(parameters) == 0 {
		return address
	}
	var b strings.Builder
	b.Grow(len(address) + len(raw) + 32*len(parameters) + 1)
	b.WriteString(address)
	separator := byte('?')
	if strings.IndexByte(address, '?') >= 0 {
		separator = '&'
	}
	if raw != "" {
		b.WriteByte(separator)
		b.WriteString(withoutFragment(raw))
		separator = '&'
	}
	for i := range parameters {
		b.WriteByte(separator)
		writeQueryText(&b, parameters[i].Name)
		b.WriteByte('=')
		writeQueryText(&b, parameters[i].Value)
		separator = '&'
	}
	return b.String()
}
