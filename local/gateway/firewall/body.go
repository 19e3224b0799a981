package firewall

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/api"
)

// inspectedBody returns what AWS inspects of the body.
func (in *inspection) inspectedBody() (body string, oversize bool) {
	whole := in.request.Body
	if !in.hasBody {
		in.hasBody = true
		in.body = string(whole[:min(len(whole), in.acl.bodyLimit)])
	}
	return in.body, len(whole) > in.acl.bodyLimit
}

func readBody(in *inspection, s *seen, oversize forced) {
	body, over := in.inspectedBody()
	s.add(body)
	if over {
		s.forced = oversize
	}
}

// jsonReader reads the elements of a JSON body.
func jsonReader(field api.FieldToMatch) (func(*inspection, *seen), error) {
	elements := jsonElements{
		keys: field.Scope != "VALUE", values: field.Scope != "KEY",
	}
	switch field.Pattern {
	case "All":
	case "Included":
		elements.paths = field.Names
		for _, path := range field.Names {
			elements.deepest = max(elements.deepest, strings.Count(path, "/"))
			if !strings.HasPrefix(path, "/") {
				return nil, fmt.Errorf("JsonBody: included path %q: want a JSON pointer, like /dogs/0", path)
			}
		}
	default:
		return nil, fmt.Errorf("JsonBody: match pattern %q, allowed are All, Included", field.Pattern)
	}
	oversize := force(field.Oversize)
	return func(in *inspection, s *seen) {
		body, over := in.inspectedBody()
		if over && oversize != free {
			s.forced = oversize
			return
		}
		if body == "" {
			return
		}
		if elements.read(body, s) == nil {
			return
		}
		if field.Fallback == "EVALUATE_AS_STRING" {
			s.values = append(s.values[:0], body)
			return
		}
		s.forced = force(field.Fallback) // without one, what was parsed is inspected
	}, nil
}

// jsonElements says which elements of a JSON body are inspected.
type jsonElements struct {
	keys, values bool
	paths        []string // JSON pointers; with what lies below them; nil for everything
	deepest      int      // steps of the longest path
}

var errRoot = errors.New("the root is neither an object nor an array, or not alone")

// jsonWalk reads the elements of one body.
type jsonWalk struct {
	jsonElements
	decoder *jsontext.Decoder
	inside  int // depth of the included object or array that the walk is in; 0 for none
}

// read shows the elements up to the first error.
//
// Unlike AWS: a missing comma or colon is an error; AWS reads over some of these.
func (e jsonElements) read(body string, s *seen) error {
	w := jsonWalk{jsonElements: e, decoder: jsontext.NewDecoder(bytes.NewBufferString(body))}
	if kind := w.decoder.PeekKind(); kind != '{' && kind != '[' {
		return errRoot
	}
	for {
		parent, count := w.decoder.StackIndex(w.decoder.StackDepth())
		token, err := w.decoder.ReadToken()
		if err != nil {
			return err
		}
		wanted := e.values
		switch token.Kind() {
		case '{', '[', '}', ']':
			if w.enter(token.Kind()) {
				continue
			}
			if _, err := w.decoder.ReadToken(); !errors.Is(err, io.EOF) {
				return errRoot
			}
			return nil
		case '"':
			if parent == '{' && count%2 == 0 {
				wanted = e.keys
			}
		}
		if wanted && w.included() {
			s.add(token.String())
		}
	}
}

// enter follows the walk into an object or array, and out of it; more is false after the root.
func (w *jsonWalk) enter(kind jsontext.Kind) (more bool) {
	depth := w.decoder.StackDepth()
	switch {
	case kind == '}' || kind == ']':
		if depth < w.inside {
			w.inside = 0
		}
	case w.inside == 0 && w.included():
		w.inside = depth
	}
	return depth > 0
}

// included says whether the element just read is one of those looked for. A pointer is asked for
// only where a path can end, so deep nesting costs nothing.
func (w *jsonWalk) included() bool {
	if w.paths == nil || w.inside > 0 {
		return true
	}
	if w.decoder.StackDepth() > w.deepest+1 {
		return false
	}
	return slices.Contains(w.paths, string(w.decoder.StackPointer()))
}
