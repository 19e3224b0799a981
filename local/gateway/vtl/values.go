package vtl

import "slices"

// Values are what templates work with: nil, string, bool, int32 (Java's Integer), int64 (Long),
// *big.Int (BigInteger), float64 (Double), *Decimal (BigDecimal), Char, *List, *Map, *Entry and an
// Object of the host.

// Object is a value that the host brings in.
type Object interface {
	// Property returns the value of $object.name; nil when there is none.
	Property(name string) any
	// Call calls $object.method(args); known is false when there is no such method with such
	// arguments, and the reference is null then. An error ends the rendering.
	Call(method string, args []any) (value any, known bool, err error)
	// String returns what the object prints.
	String() string
}

// Char is a Java char: what charAt returns.
type Char uint16

// Kind says which Java collection a List stands for: they print and answer differently.
type Kind uint8

// The kinds of lists.
const (
	ArrayList Kind = iota // of a template; prints as [a, b]
	JSONArray             // of a JSON text; prints as JSON
	Set                   // of keys or entries; has no get
	Array                 // of split and toArray
)

// List is a list, which every holder sees change.
type List struct {
	Kind  Kind
	Items []any
}

// Map is a map in the order in which its keys came, which every holder sees change.
type Map struct {
	keys   []any
	values []any
	index  map[any]int // only of large maps
	watch  func(key any) error
}

// Entry is one key of a Map with its value.
type Entry struct{ Key, Value any }

// indexedFrom is the size from which looking through all keys is slower than an index.
const indexedFrom = 16

// NewMap returns an empty map with room for size keys.
func NewMap(size int) *Map {
	return &Map{keys: make([]any, 0, size), values: make([]any, 0, size)}
}

// Len returns how many keys there are.
func (m *Map) Len() int { return len(m.keys) }

// Get returns the value of key.
func (m *Map) Get(key any) (value any, ok bool) {
	at := m.find(key)
	if at < 0 {
		return nil, false
	}
	return m.values[at], true
}

// GetString is Get for a key that is a string, which is cheaper.
func (m *Map) GetString(key string) (value any, ok bool) {
	if m.index != nil {
		return m.Get(key)
	}
	for i := range m.keys {
		if text, isText := m.keys[i].(string); isText && text == key {
			return m.values[i], true
		}
	}
	return nil, false
}

// Put sets the value of key and returns the one it had.
func (m *Map) Put(key, value any) (previous any) {
	if at := m.find(key); at >= 0 {
		previous, m.values[at] = m.values[at], value
		return previous
	}
	m.keys = append(m.keys, key)
	m.values = append(m.values, value)
	switch {
	case m.index != nil:
		m.index[key] = len(m.keys) - 1
	case len(m.keys) >= indexedFrom:
		m.reindex()
	}
	return nil
}

// Watch lets check see every key that a template is about to set; its error ends the rendering.
func (m *Map) Watch(check func(key any) error) { m.watch = check }

// set is Put on behalf of a template.
func (m *Map) set(key, value any) (previous any, err error) {
	if m.watch != nil {
		if err := m.watch(key); err != nil {
			return nil, err
		}
	}
	return m.Put(key, value), nil
}

// Remove takes key away and returns its value.
func (m *Map) Remove(key any) (previous any) {
	at := m.find(key)
	if at < 0 {
		return nil
	}
	previous = m.values[at]
	m.keys = slices.Delete(m.keys, at, at+1)
	m.values = slices.Delete(m.values, at, at+1)
	if m.index != nil {
		m.reindex()
	}
	return previous
}

// At returns the i-th key and its value.
func (m *Map) At(i int) (key, value any) { return m.keys[i], m.values[i] }

func (m *Map) clear() { m.keys, m.values, m.index = nil, nil, nil }

func (m *Map) reindex() {
	m.index = make(map[any]int, 2*len(m.keys))
	for i, key := range m.keys {
		m.index[key] = i
	}
}

func (m *Map) find(key any) int {
	if m.index != nil {
		if at, ok := m.index[key]; ok {
			return at
		}
		return -1
	}
	if text, isText := key.(string); isText {
		for i := range m.keys {
			if have, ok := m.keys[i].(string); ok && have == text {
				return i
			}
		}
		return -1
	}
	return slices.Index(m.keys, key)
}

// equal is Java's equals: of the same class and content.
func equal(a, b any) bool { return (&comparer{left: maxElements}).equal(a, b) }

// comparer gives up on values that contain each other without end.
type comparer struct{ left int }

func (c *comparer) equal(a, b any) bool {
	if c.left--; c.left < 0 {
		return false
	}
	switch x := a.(type) {
	case *List:
		y, ok := b.(*List)
		return ok && (x == y || sameFamily(x, y) && slices.EqualFunc(x.Items, y.Items, c.equal))
	case *Map:
		y, ok := b.(*Map)
		return ok && (x == y || c.equalMaps(x, y))
	case *Entry:
		y, ok := b.(*Entry)
		return ok && c.equal(x.Key, y.Key) && c.equal(x.Value, y.Value)
	}
	if isNumber(a) && isNumber(b) {
		return numberClass(a) == numberClass(b) && compareNumbers(a, b) == 0
	}
	return a == b
}

func sameFamily(x, y *List) bool {
	return x.Kind != Array && y.Kind != Array && (x.Kind == Set) == (y.Kind == Set)
}

func (c *comparer) equalMaps(x, y *Map) bool {
	if x.Len() != y.Len() {
		return false
	}
	for i := range x.keys {
		other, ok := y.Get(x.keys[i])
		if !ok || !c.equal(x.values[i], other) {
			return false
		}
	}
	return true
}
