package openapi

import (
	"bytes"
	"errors"
	"io"
	"sort"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	errTooDeep = errors.New("values are nested too deep")
	errTwice   = errors.New("a key stands twice in one object")
	errMore    = errors.New("another value follows the first")
)

// parse reads a document, JSON when it begins as JSON does and YAML otherwise. The tree is nil when
// there are faults.
func parse(data []byte) (*node, []Warning) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	start := bytes.TrimLeft(data, " \t\r\n")
	if len(start) == 0 {
		return nil, []Warning{{Line: 1, Column: 1, Message: "The document is empty."}}
	}
	if isJSON(start) {
		return parseJSON(data)
	}
	return parseYAML(data)
}

// isJSON tells JSON from a YAML flow mapping, whose keys need no quotes.
func isJSON(start []byte) bool {
	inside := bytes.TrimLeft(start[1:], " \t\r\n")
	return start[0] == '{' && (len(inside) == 0 || inside[0] == '"' || inside[0] == '}')
}

// jsonReader turns JSON tokens into nodes.
type jsonReader struct {
	data    []byte
	starts  []int // the offset at which each line begins
	decoder *jsontext.Decoder
}

func parseJSON(data []byte) (*node, []Warning) {
	r := &jsonReader{data: data, starts: lineStarts(data)}
	r.decoder = jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))
	root, err := r.value(0)
	if err == nil {
		_, err = r.decoder.ReadToken()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err == nil {
			err = errMore
		}
	}
	return nil, []Warning{r.fault(err)}
}

func (r *jsonReader) value(depth int) (*node, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	r.decoder.PeekKind() // fills the buffer; a failure shows in ReadToken
	n := &node{}
	n.line, n.column = r.next()
	token, err := r.decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 't', 'f':
		n.kind, n.text = boolean, token.String()
	case '0':
		n.kind, n.text = number, token.String()
	case '"':
		n.kind, n.text = text, token.String()
	case '[':
		n.kind = list
		err = r.items(n, depth)
	case '{':
		n.kind = object
		err = r.entries(n, depth)
	}
	return n, err
}

func (r *jsonReader) items(n *node, depth int) error {
	for r.decoder.PeekKind() != ']' {
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.add(strconv.Itoa(len(n.children)), item)
	}
	_, err := r.decoder.ReadToken()
	return err
}

func (r *jsonReader) entries(n *node, depth int) error {
	seen := map[string]bool{}
	for r.decoder.PeekKind() != '}' {
		token, err := r.decoder.ReadToken()
		if err != nil {
			return err
		}
		key := token.String()
		if seen[key] {
			return errTwice
		}
		seen[key] = true
		value, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.add(key, value)
	}
	_, err := r.decoder.ReadToken()
	return err
}

// next returns the place of the next token.
func (r *jsonReader) next() (line, column int) {
	offset := int(r.decoder.InputOffset())
	for offset < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[offset]) >= 0 {
		offset++
	}
	return r.place(offset)
}

func (r *jsonReader) place(offset int) (line, column int) {
	line = sort.SearchInts(r.starts, offset+1)
	return line, offset - r.starts[line-1] + 1
}

func (r *jsonReader) fault(err error) Warning {
	offset, message := r.decoder.InputOffset(), err.Error()
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		offset, message = syntactic.ByteOffset, syntactic.Err.Error()
	} else if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		offset, message = int64(len(r.data)), "the document ends too early"
	}
	w := Warning{Message: "It is not well-formed JSON: " + message + "."}
	w.Line, w.Column = r.place(min(int(offset), len(r.data)))
	return w
}

func lineStarts(data []byte) []int {
	starts := []int{0}
	for i, b := range data {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}
