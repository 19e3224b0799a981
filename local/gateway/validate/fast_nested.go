package validate

import "slices"

// object holds an object against a check.
func (w *walker) object(c *check, at int) (end int, ok bool) {
	if c == nil {
		return w.pass(at)
	}
	o := objectWalk{check: c, ok: c.allows(isObject), seen: len(w.seen), spans: len(w.spans)}
	for range (len(c.schemas) + 63) / 64 {
		w.seen = append(w.seen, 0)
	}
	end = w.members(at, func(name string, place span, value int) int {
		return w.member(&o, name, place, value)
	})
	if w.unsure {
		return w.giveUp()
	}
	for _, required := range c.required {
		if w.seen[o.seen+required/64]&(1<<(required%64)) == 0 {
			o.ok = false
		}
	}
	if c.enum != nil {
		if c.enum.deep {
			return w.giveUp()
		}
		o.ok = false
	}
	if (c.count.areSet() || o.othersFail) && !w.differ(o.spans) {
		return w.giveUp()
	}
	if !c.count.hold(o.members) {
		o.ok = false
	}
	w.seen, w.spans = w.seen[:o.seen], w.spans[:o.spans]
	return end, o.ok
}

// objectWalk is the state of one object.
type objectWalk struct {
	check       *check
	ok          bool
	members     int
	othersFail  bool // a member that is not in check.members does not fit
	seen, spans int  // where the object's begin
}

// members goes through an object; each is given a name, where it stands, and where its value
// begins, and returns where the value ends.
func (w *walker) members(at int, each func(name string, place span, value int) int) (end int) {
	at = w.skip(at + 1)
	if w.byteAt(at) == '}' {
		return at + 1
	}
	for {
		if w.byteAt(at) != '"' {
			break
		}
		after, plain := w.scan(at)
		if after < 0 {
			break
		}
		name, decoded := w.text[at+1:after-1], plain
		if !plain {
			if name, decoded = decode(w.text[at:after]); !decoded {
				break
			}
		}
		place := span{at, after}
		if at = w.skip(after); w.byteAt(at) != ':' {
			break
		}
		at = w.skip(each(name, place, w.skip(at+1)))
		switch w.byteAt(at) {
		case ',':
			at = w.skip(at + 1)
		case '}':
			return at + 1
		default:
			w.unsure = true
		}
		if w.unsure {
			break
		}
	}
	w.unsure = true
	return len(w.text)
}

// member holds one member against an object's check.
func (w *walker) member(o *objectWalk, name string, place span, value int) (end int) {
	c, evaluated := o.check, false
	o.members++
	at, known := c.members[name]
	if known {
		word, bit := &w.seen[o.seen+at/64], uint64(1)<<(at%64)
		if *word&bit != 0 {
			w.unsure = true // the last one counts
		}
		*word |= bit
	}
	fit := true
	hold := func(schema *check) {
		if evaluated {
			w.budget -= end - value
		}
		evaluated = true
		var ok bool
		if end, ok = w.value(schema, value); !ok {
			fit = false
		}
	}
	if known && c.declared[at] {
		hold(c.schemas[at])
	}
	for i := range c.patterns {
		if c.patterns[i].name.MatchString(name) {
			hold(c.patterns[i].schema)
		}
	}
	if !evaluated {
		hold(c.additional)
		fit = fit && !c.closed
	}
	o.ok = o.ok && fit
	if !known && (c.count.areSet() || c.additional != nil || len(c.patterns) > 0) {
		w.spans = append(w.spans, place)
		o.othersFail = o.othersFail || !fit
	}
	return end
}

// pass goes over an object that nothing is asked of.
func (w *walker) pass(at int) (end int, ok bool) {
	end = w.members(at, func(_ string, _ span, value int) int {
		after, _ := w.value(nil, value)
		return after
	})
	return end, !w.unsure
}

// differ says whether the spans from a place on are plain strings that all differ.
func (w *walker) differ(from int) bool {
	spans := w.spans[from:]
	if len(spans) > maxTwins {
		return false
	}
	for i, a := range spans {
		text := w.text[a.from:a.to]
		if _, plain := w.scan(a.from); !plain || slices.ContainsFunc(spans[:i], func(b span) bool {
			return w.text[b.from:b.to] == text
		}) {
			return false
		}
	}
	return true
}

// array holds an array against a check.
func (w *walker) array(c *check, at int) (end int, ok bool) {
	ok = c.allows(isArray)
	from, items, twins := len(w.spans), 0, c != nil && c.once
	at = w.skip(at + 1)
	for closed := w.byteAt(at) == ']'; !closed; items++ {
		after, fit := w.value(c.item(items), at)
		ok = ok && fit
		if twins {
			w.spans = append(w.spans, span{at, after})
		}
		at = w.skip(after)
		switch w.byteAt(at) {
		case ',':
			at = w.skip(at + 1)
		case ']':
			closed = true
		default:
			w.unsure = true
		}
		if w.unsure {
			return w.giveUp()
		}
	}
	end = at + 1
	if c == nil {
		return end, true
	}
	if twins && items > 1 {
		ok = w.unique(from) && ok
	}
	if c.enum != nil {
		w.unsure = w.unsure || c.enum.deep
		ok = false
	}
	w.spans = w.spans[:from]
	return end, ok && c.size.hold(items) && (c.most < 0 || items <= c.most)
}

// item returns the check of the item at a place.
func (c *check) item(place int) *check {
	switch {
	case c == nil:
		return nil
	case c.tuple == nil:
		return c.items
	case place < len(c.tuple):
		return c.tuple[place]
	}
	return c.rest
}

// unique says whether the items from a place on all differ. Only those whose texts differ when
// their values do are compared here.
func (w *walker) unique(from int) bool {
	items := w.spans[from:]
	if len(items) > maxTwins {
		w.unsure = true
		return false
	}
	for i, a := range items {
		if !w.isCanonical(a) {
			w.unsure = true
			return false
		}
		text := w.text[a.from:a.to]
		if slices.ContainsFunc(items[:i], func(b span) bool { return w.text[b.from:b.to] == text }) {
			return false
		}
	}
	return true
}

// isCanonical says whether a value has no other text.
func (w *walker) isCanonical(s span) bool {
	switch first := w.text[s.from]; first {
	case '{', '[':
		return false
	case '"':
		_, plain := w.scan(s.from)
		return plain
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return digitsAt(w.text, s.from) == s.to-s.from
	}
	return true
}
