package document

import (
	"bytes"
	"errors"
	"io"
	"sort"

	"github.com/go-json-experiment/json/jsontext"
)

// jsonReader turns JSON tokens into nodes.
type jsonReader struct {
	data    []byte
	lines   []int // the offset at which each line begins
	decoder *jsontext.Decoder
	faults  []Fault
}

var errTooDeep = errors.New("values are nested too deep")

func parseJSON(data []byte) (*Node, []Fault) {
	r := &jsonReader{data: data, lines: lineStarts(data)}
	r.decoder = jsontext.NewDecoder(bytes.NewReader(data), jsontext.AllowDuplicateNames(true))
	root, err := r.value(0)
	if err == nil {
		_, err = r.decoder.ReadToken()
		if errors.Is(err, io.EOF) {
			err = nil
		} else if err == nil {
			err = errors.New("another value follows the first")
		}
	}
	if err != nil {
		r.faults = append(r.faults, r.syntax(err))
	}
	if r.faults != nil {
		return nil, r.faults
	}
	return root, nil
}

func (r *jsonReader) value(depth int) (*Node, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	r.decoder.PeekKind() // fills the buffer; a failure shows in ReadToken
	n := &Node{At: r.next()}
	token, err := r.decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		n.Kind = Null
	case 't', 'f':
		n.Kind, n.Text = Bool, token.String()
	case '0':
		n.Kind, n.Text = Number, token.String()
	case '"':
		n.Kind, n.Text = String, token.String()
	case '[':
		n.Kind = List
		err = r.items(n, depth)
	case '{':
		n.Kind = Map
		err = r.entries(n, depth)
	}
	return n, err
}

func (r *jsonReader) items(n *Node, depth int) error {
	for r.decoder.PeekKind() != ']' {
		item, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.Items = append(n.Items, item)
	}
	_, err := r.decoder.ReadToken()
	return err
}

func (r *jsonReader) entries(n *Node, depth int) error {
	seen := make(map[string]Position)
	for r.decoder.PeekKind() != '}' {
		at := r.next()
		token, err := r.decoder.ReadToken()
		if err != nil {
			return err
		}
		key := token.String()
		if first, twice := seen[key]; twice {
			r.faults = append(r.faults, duplicate(key, at, first))
		}
		seen[key] = at
		value, err := r.value(depth + 1)
		if err != nil {
			return err
		}
		n.Entries = append(n.Entries, Entry{Key: key, At: at, Value: value})
	}
	_, err := r.decoder.ReadToken()
	return err
}

// next returns the place of the next token.
func (r *jsonReader) next() Position {
	offset := int(r.decoder.InputOffset())
	for offset < len(r.data) && bytes.IndexByte([]byte(" \t\r\n,:"), r.data[offset]) >= 0 {
		offset++
	}
	return r.position(offset)
}

func (r *jsonReader) position(offset int) Position {
	line := sort.SearchInts(r.lines, offset+1) - 1
	return Position{Line: line + 1, Column: offset - r.lines[line] + 1}
}

func (r *jsonReader) syntax(err error) Fault {
	offset := r.decoder.InputOffset()
	message := err.Error()
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		offset, message = syntactic.ByteOffset, syntactic.Err.Error()
	} else if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		offset, message = int64(len(r.data)), "the file ends too early"
	}
	at := r.position(min(int(offset), len(r.data)))
	return Fault{At: at, Message: "not well-formed JSON: " + message}
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
