package validate

import (
	"encoding/json"
	"slices"
	"sync"
	"unicode/utf8"
)

const (
	maxWalkDepth = 200 // of values and schemas in each other
	maxTwins     = 64  // items or names that are compared each with each
)

// walker goes over the text of a body once, and once more for each schema that a value must fit
// besides. What it cannot decide for sure it leaves to the library: that a name stands twice in an
// object, that the text is no JSON, numbers and nesting beyond its bounds.
type walker struct {
	text   string
	depth  int
	budget int // of bytes and values, so that schemas of schemas of schemas end
	unsure bool
	seen   []uint64 // bits of the members that the open objects have
	spans  []span   // items or names that must differ, of the open arrays and objects
}

// span is a part of the text.
type span struct{ from, to int }

var walkers = sync.Pool{New: func() any { return &walker{} }}

// fits says whether a body fits; sure is false when only the library can tell.
func fits(c *check, body string) (ok, sure bool) {
	w := walkers.Get().(*walker)
	defer walkers.Put(w)
	*w = walker{text: body, budget: 64*len(body) + 4096, seen: w.seen[:0], spans: w.spans[:0]}
	end, ok := w.value(c, w.skip(0))
	if w.skip(end) != len(body) {
		w.unsure = true
	}
	w.text = ""
	return ok && !w.unsure, !w.unsure
}

// giveUp leaves the decision to the library.
func (w *walker) giveUp() (end int, ok bool) {
	w.unsure = true
	return len(w.text), false
}

// skip passes blanks.
func (w *walker) skip(at int) int {
	for at < len(w.text) {
		switch w.text[at] {
		case ' ', '\n', '\t', '\r':
			at++
		default:
			return at
		}
	}
	return at
}

// byteAt returns the byte at a place, 0 behind the end.
func (w *walker) byteAt(at int) byte {
	if at < len(w.text) {
		return w.text[at]
	}
	return 0
}

// value holds the value that begins at a place against a check.
func (w *walker) value(c *check, at int) (end int, ok bool) {
	for hops := 0; c != nil && c.ref != nil; c = c.ref {
		if hops++; hops > maxWalkDepth {
			return w.giveUp()
		}
	}
	w.depth++
	w.budget--
	if w.depth > maxWalkDepth || w.budget < 0 || w.unsure {
		return w.giveUp()
	}
	switch first := w.byteAt(at); first {
	case '{':
		end, ok = w.object(c, at)
	case '[':
		end, ok = w.array(c, at)
	case '"':
		end, ok = w.string(c, at)
	case 't':
		end, ok = w.literal(c, at, "true")
	case 'f':
		end, ok = w.literal(c, at, "false")
	case 'n':
		end, ok = w.literal(c, at, "null")
	default:
		end, ok = w.number(c, at)
	}
	if c != nil && !w.unsure && !w.combined(c, at, end) {
		ok = false
	}
	w.depth--
	return end, ok
}

// combined holds a value against the schemas that a schema combines.
func (w *walker) combined(c *check, at, end int) bool {
	ok := true
	for _, each := range c.all {
		if !w.again(each, at, end) {
			ok = false
		}
	}
	if len(c.anyOf) > 0 && !slices.ContainsFunc(c.anyOf, func(each *check) bool {
		return w.again(each, at, end)
	}) {
		ok = false
	}
	if len(c.oneOf) > 0 {
		fitting := 0
		for _, each := range c.oneOf {
			if w.again(each, at, end) {
				fitting++
			}
		}
		ok = ok && fitting == 1
	}
	if c.not != nil && w.again(c.not, at, end) {
		ok = false
	}
	return ok
}

func (w *walker) again(c *check, at, end int) bool {
	w.budget -= end - at
	_, ok := w.value(c, at)
	return ok
}

// allows says whether a check allows values of a kind.
func (c *check) allows(kind kinds) bool { return c == nil || c.types == 0 || c.types&kind != 0 }

func (w *walker) literal(c *check, at int, word string) (end int, ok bool) {
	end = at + len(word)
	if end > len(w.text) || w.text[at:end] != word {
		return w.giveUp()
	}
	kind := isBoolean
	if word == "null" {
		kind = isNull
	}
	if !c.allows(kind) {
		return end, false
	}
	if c == nil || c.enum == nil {
		return end, true
	}
	if kind == isNull {
		return end, c.enum.simple&isNull != 0
	}
	return end, slices.Contains(c.enum.truth, word == "true")
}

func (w *walker) number(c *check, at int) (end int, ok bool) {
	d, size, exact := readFixed(w.text[at:])
	if size == 0 {
		return w.giveUp()
	}
	end = at + size
	if !exact && hasEndlessNumber(w.text[at:end]) {
		return w.giveUp()
	}
	if c == nil {
		return end, true
	}
	if !c.allows(isNumber | isInteger) {
		return end, false
	}
	wantsInteger := c.types&isInteger != 0 && c.types&isNumber == 0
	if !wantsInteger && c.enum == nil && c.limits == nil && c.multiple == nil {
		return end, true
	}
	if !exact {
		return w.giveUp()
	}
	if wantsInteger && d.places > 0 || c.enum != nil && !slices.Contains(c.enum.numbers, d) {
		return end, false
	}
	return end, w.measure(c, d)
}

// measure holds a number against what bounds it.
func (w *walker) measure(c *check, d fixed) bool {
	for _, limit := range c.limits {
		within, sure := limit.holds(d)
		if w.unsure = !sure; w.unsure || !within {
			return false
		}
	}
	if c.multiple == nil {
		return true
	}
	x, y, sure := aligned(d, *c.multiple)
	w.unsure = !sure
	return sure && x%y == 0
}

func (w *walker) string(c *check, at int) (end int, ok bool) {
	end, plain := w.scan(at)
	if end < 0 {
		return w.giveUp()
	}
	if !c.allows(isString) {
		return end, false
	}
	if c == nil || c.enum == nil && c.pattern == nil && c.format == nil && !c.length.areSet() {
		return end, true
	}
	text, decoded := w.text[at+1:end-1], plain
	if !plain {
		if text, decoded = decode(w.text[at:end]); !decoded {
			return w.giveUp()
		}
	}
	if c.length.areSet() && !c.length.hold(utf8.RuneCountInString(text)) {
		return end, false
	}
	if c.enum != nil && !slices.Contains(c.enum.strings, text) {
		return end, false
	}
	if c.pattern != nil && !c.pattern.MatchString(text) {
		return end, false
	}
	return end, c.format == nil || c.format.Validate(text) == nil
}

// scan passes a string. It is plain when its text is what stands between the quotes; end is -1
// when it is no string.
func (w *walker) scan(at int) (end int, plain bool) {
	plain = true
	ascii := true
	for i := at + 1; i < len(w.text); i++ {
		switch c := w.text[i]; {
		case c == '"':
			return i + 1, plain && (ascii || utf8.ValidString(w.text[at+1:i]))
		case c == '\\':
			plain = false
			size := escapeSize(w.text[i+1:])
			if size == 0 {
				return -1, false
			}
			i += size
		case c < ' ':
			return -1, false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return -1, false
}

// escapeSize returns the size of what follows a backslash, 0 for what may not.
func escapeSize(text string) int {
	if text == "" {
		return 0
	}
	switch text[0] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 1
	case 'u':
		if len(text) < 5 {
			return 0
		}
		for _, c := range []byte(text[1:5]) {
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return 0
			}
		}
		return 5
	}
	return 0
}

// decode reads a string as the library does.
func decode(quoted string) (string, bool) {
	var text string
	err := json.Unmarshal([]byte(quoted), &text)
	return text, err == nil
}
