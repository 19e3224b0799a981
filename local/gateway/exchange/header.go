package exchange

import "strings"

// Field is one header line: the name in the casing it was sent with, and its value.
type Field struct{ Name, Value string }

// Header is an ordered list of header lines. Names compare without regard to case; the casing and
// order that a client sent are kept, because REST APIs hand them to functions.
type Header []Field

// Get returns the first value of name, or "".
func (h Header) Get(name string) string {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// Has reports whether name is present, even with an empty value.
func (h Header) Has(name string) bool {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			return true
		}
	}
	return false
}

// Values returns every value of name, in order.
func (h Header) Values(name string) []string {
	var values []string
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			values = append(values, h[i].Value)
		}
	}
	return values
}

// Add appends a line.
func (h *Header) Add(name, value string) { *h = append(*h, Field{name, value}) }

// Set replaces every line of name by one, at the place of the first, or appends it.
func (h *Header) Set(name, value string) {
	for i := range *h {
		if strings.EqualFold((*h)[i].Name, name) {
			(*h)[i] = Field{name, value}
			rest := (*h)[i+1:]
			kept := (*h)[:i+1]
			for _, f := range rest {
				if !strings.EqualFold(f.Name, name) {
					kept = append(kept, f)
				}
			}
			*h = kept
			return
		}
	}
	h.Add(name, value)
}

// Del removes every line of name.
func (h *Header) Del(name string) {
	kept := (*h)[:0]
	for _, f := range *h {
		if !strings.EqualFold(f.Name, name) {
			kept = append(kept, f)
		}
	}
	*h = kept
}

// Clone returns a copy with room for extra more lines.
func (h Header) Clone(extra int) Header {
	return append(make(Header, 0, len(h)+extra), h...)
}
