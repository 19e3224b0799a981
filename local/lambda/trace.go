package lambda

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"time"
)

// traced completes the X-Amzn-Trace-Id that a call of the function came with. A decision that the
// caller made is kept; without one the call is sampled when tracing is active.
//
// Unlike AWS: there is no sampling rule that lets only some of these calls be sampled, and no
// segments are recorded.
func (fn *function) traced(header string, now time.Time) string {
	if header == "" {
		return newTrace(now, fn.Tracing)
	}
	if !fn.Tracing {
		return header
	}
	var has [3]bool
	for field := range strings.SplitSeq(header, ";") {
		name, _, _ := strings.Cut(strings.TrimSpace(field), "=")
		for i, known := range []string{"Root", "Parent", "Sampled"} {
			has[i] = has[i] || strings.EqualFold(name, known)
		}
	}
	made := newTrace(now, true)
	root, rest, _ := strings.Cut(made, ";")
	parent, sampled, _ := strings.Cut(rest, ";")
	for i, field := range []string{root, parent, sampled} {
		if !has[i] {
			header += ";" + field
		}
	}
	return header
}

// newTrace makes an X-Amzn-Trace-Id.
func newTrace(now time.Time, sampled bool) string {
	text := append(make([]byte, 0, 80), "Root=1-"...)
	text = appendHex(text, uint64(now.Unix())<<32, 4)
	text = appendHex(append(text, '-'), rand.Uint64(), 8)
	text = appendHex(text, rand.Uint64(), 4)
	text = appendHex(append(text, ";Parent="...), rand.Uint64(), 8)
	if sampled {
		return string(append(text, ";Sampled=1"...))
	}
	return string(append(text, ";Sampled=0"...))
}

// sampledTrace reads the fields of a trace header.
func sampledTrace(header string) (root, parent string, sampled bool) {
	for field := range strings.SplitSeq(header, ";") {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "Root":
			root = value
		case "Parent":
			parent = value
		case "Sampled":
			sampled = value == "1"
		}
	}
	return root, parent, sampled
}

// appendHex appends the first n bytes of value in hexadecimal.
func appendHex(text []byte, value uint64, n int) []byte {
	var raw [8]byte
	for i := range raw {
		raw[i] = byte(value >> (56 - 8*i))
	}
	return hex.AppendEncode(text, raw[:n])
}
