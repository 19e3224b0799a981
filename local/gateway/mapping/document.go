package mapping

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/jsonpath"
	"portico/local/gateway/vtl"
)

// document is a body as JSON, parsed when a path first asks.
type document struct {
	value  any
	valid  bool
	parsed bool
}

func (d *document) parse(body []byte) {
	if d.parsed {
		return
	}
	d.parsed = true
	value, err := parseJSON(body)
	d.value, d.valid = value, err == nil
}

var errTrailing = errors.New("there is more after the JSON value")

// parseJSON reads a JSON text into values of templates: numbers as Java would have them, members in
// order, of members with one name the last.
func parseJSON(text []byte) (any, error) {
	decoder := decoders.Get().(*jsontext.Decoder)
	defer decoders.Put(decoder)
	decoder.Reset(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true))
	value, err := parseValue(decoder)
	if err != nil {
		return nil, err
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return value, nil
}

var decoders = sync.Pool{New: func() any { return &jsontext.Decoder{} }}

func parseValue(decoder *jsontext.Decoder) (any, error) {
	token, err := decoder.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case 'n':
		return nil, nil
	case 't', 'f':
		return token.Bool(), nil
	case '"':
		return token.String(), nil
	case '0':
		return vtl.ParseNumber(token.String()), nil
	case '[':
		return parseList(decoder)
	}
	return parseObject(decoder)
}

func parseList(decoder *jsontext.Decoder) (any, error) {
	list := &vtl.List{Kind: vtl.JSONArray}
	for decoder.PeekKind() != ']' {
		item, err := parseValue(decoder)
		if err != nil {
			return nil, err
		}
		list.Items = append(list.Items, item)
	}
	_, err := decoder.ReadToken()
	return list, err
}

func parseObject(decoder *jsontext.Decoder) (any, error) {
	object := vtl.NewMap(4)
	for decoder.PeekKind() != '}' {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		name := token.String()
		value, err := parseValue(decoder)
		if err != nil {
			return nil, err
		}
		object.Put(name, value)
	}
	_, err := decoder.ReadToken()
	return object, err
}

// paths keeps the JSON paths that a template has used: most stand in it literally.
type paths struct {
	mu    sync.RWMutex // guards known
	known map[string]*jsonpath.Path
}

// maxPaths bounds what is kept: paths can be made of the call's data.
const maxPaths = 256

func (p *paths) compile(text string) (*jsonpath.Path, error) {
	p.mu.RLock()
	path := p.known[text]
	p.mu.RUnlock()
	if path != nil {
		return path, nil
	}
	path, err := jsonpath.Compile(text)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= maxPaths {
		p.known = map[string]*jsonpath.Path{}
	}
	p.known[text] = path
	return path, nil
}

// model lets JSON paths read a template's values.
type model struct{}

var _ jsonpath.Model = model{}

func (model) Kind(value any) jsonpath.Kind {
	switch value.(type) {
	case nil:
		return jsonpath.Null
	case bool:
		return jsonpath.Boolean
	case *vtl.List:
		return jsonpath.List
	case *vtl.Map:
		return jsonpath.Object
	case string, vtl.Char, vtl.Object, *vtl.Entry:
		return jsonpath.Text
	}
	return jsonpath.Number
}

func (model) Len(value any) int {
	if list, ok := value.(*vtl.List); ok {
		return len(list.Items)
	}
	if object, ok := value.(*vtl.Map); ok {
		return object.Len()
	}
	return 0
}

func (model) Item(list any, i int) any { return list.(*vtl.List).Items[i] }

func (model) Entry(object any, i int) (name string, value any) {
	key, value := object.(*vtl.Map).At(i)
	return vtl.String(key), value
}

func (model) Member(object any, name string) (value any, ok bool) {
	return object.(*vtl.Map).GetString(name)
}

func (model) Text(value any) string { return vtl.String(value) }

func (model) MakeList(items []any) any { return &vtl.List{Kind: vtl.JSONArray, Items: items} }

func (model) MakeObject(names []string, values []any) any {
	object := vtl.NewMap(len(names))
	for i := range names {
		object.Put(names[i], values[i])
	}
	return object
}

func (model) MakeInt(n int) any { return int32(n) }

func (model) MakeDouble(f float64) any { return f }

func (model) MakeText(text string) any { return text }
