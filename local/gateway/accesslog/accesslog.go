// Package accesslog prints the access-log line of a call from its context variables.
//
// It runs after the reply is known. A format is cut into pieces once, when a stage is compiled; a
// line is an append per piece. It writes nowhere and reads no clock: the API package hands the line
// on. It does not check which variables exist for which kind of API: one that has no value prints
// "-", as on AWS.
package accesslog

import (
	"fmt"
	"strings"

	"portico/local/gateway/exchange"
)

// Format is a compiled access-log format; it may be used by many calls at once.
type Format struct{ pieces []exchange.Piece }

// Compile reads a format such as `$context.identity.sourceIp [$context.requestTime]`. As on AWS it
// must be one line; line breaks at its end are dropped.
func Compile(format string) (*Format, error) {
	line := strings.TrimRight(format, "\r\n")
	if line == "" {
		return nil, fmt.Errorf("format %q is empty, it must name a context variable", format)
	}
	if at := strings.IndexAny(line, "\r\n"); at >= 0 {
		return nil, fmt.Errorf("the format has a line break after %q, it must be a single line",
			line[:at])
	}
	f := &Format{pieces: exchange.SplitReferences(line, "context")}
	for i := range f.pieces {
		f.pieces[i].Name = strings.TrimPrefix(f.pieces[i].Name, "context.")
	}
	return f, nil
}

// Append appends the line of a call, without a line break. Values are inserted as they are: AWS
// escapes nothing but $context.error.messageString.
func (f *Format) Append(dst []byte, v *exchange.Variables) []byte {
	for i := range f.pieces {
		piece := &f.pieces[i]
		if piece.Name == "" {
			dst = append(dst, piece.Text...)
			continue
		}
		if value, ok := v.Lookup(piece.Name); ok && value != "" {
			dst = append(dst, value...)
			continue
		}
		dst = append(dst, '-')
	}
	return dst
}
