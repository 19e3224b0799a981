package vtl

// reference is $name with the steps that lead on from it.
type reference struct {
	at    int
	name  string
	slot  int
	steps []step
}

type stepKind uint8

const (
	byName stepKind = iota + 1
	byCall
	byIndex
)

// step is one property, call or index.
type step struct {
	at   int
	kind stepKind
	name string
	args []expr
}

func (r *reference) render(s *state) error {
	value, err := r.value(s)
	if err != nil || value == nil {
		return err
	}
	if b, ok := value.(*blockValue); ok {
		return b.render(s)
	}
	s.out = appendText(s.out, value, 0)
	return nil
}

func (r *reference) value(s *state) (any, error) {
	value, err := s.get(r.slot)
	for i := range r.steps {
		if value == nil || err != nil {
			return nil, err
		}
		value, err = r.steps[i].from(s, value)
	}
	return value, err
}

// from follows a step from a value that is not null.
func (st *step) from(s *state, value any) (any, error) {
	if st.kind == byName {
		return property(value, st.name), nil
	}
	base := len(s.args)
	for _, arg := range st.args {
		v, err := arg.value(s)
		if err != nil {
			return nil, err
		}
		s.args = append(s.args, v)
	}
	var err error
	var result any
	if args := s.args[base:]; st.kind == byIndex {
		result, err = index(s, value, args[0])
	} else {
		result, _, err = call(s, value, st.name, args)
	}
	s.args = s.args[:base]
	if err != nil {
		return nil, placed(st.at, err)
	}
	s.steps += cost(value) + cost(result)
	if text, ok := result.(string); ok && len(text) > maxOutput {
		return nil, faultf(st.at, "%s makes a text of more than %d bytes", st.name, maxOutput)
	}
	return result, nil
}

// cost is how many steps it counts to work with a value: a loop over long texts must end too.
func cost(value any) int {
	switch v := value.(type) {
	case string:
		return len(v) >> 8
	case *List:
		return len(v.Items) >> 6
	}
	return 0
}

// placed gives an error its place, unless it has one or only passes through.
func placed(at int, err error) error {
	switch err.(type) {
	case nil, *fault, *stop:
		return err
	}
	return &fault{at: at, message: err.Error()}
}

// assign sets a property or an index. What cannot be set stays as it is, as in Velocity.
func (r *reference) assign(s *state, value any) error {
	target, err := s.get(r.slot)
	last := len(r.steps) - 1
	for i := 0; i < last && err == nil && target != nil; i++ {
		target, err = r.steps[i].from(s, target)
	}
	if err != nil || target == nil {
		return err
	}
	st := &r.steps[last]
	var key any = st.name
	if st.kind == byIndex {
		if key, err = st.args[0].value(s); err != nil {
			return err
		}
	}
	switch t := target.(type) {
	case *Map:
		if t.Len() >= maxElements {
			return faultf(st.at, "a map has more than %d keys", maxElements)
		}
		_, err = t.set(key, value)
		return placed(st.at, err)
	case *List:
		return placed(st.at, setItem(t, key, value))
	case *foreachScope:
		t.put(st.name, value)
	case Object:
		_, _, err = t.Call("put", []any{key, value})
		return placed(st.at, err)
	}
	return nil
}

// property is value.name: a getter, a map's key, or a question.
func property(value any, name string) any {
	switch v := value.(type) {
	case *Map:
		found, _ := v.GetString(name)
		return found
	case *List:
		if name == "empty" && v.Kind != Array {
			return len(v.Items) == 0
		}
	case string:
		switch name {
		case "empty":
			return v == ""
		case "blank":
			return isBlank(v)
		case "bytes":
			return bytesOf(v)
		}
	case *Entry:
		switch name {
		case "key":
			return v.Key
		case "value":
			return v.Value
		}
	case *foreachScope:
		return v.property(name)
	case Object:
		return v.Property(name)
	}
	return nil
}

// index is value[key].
func index(s *state, value, key any) (any, error) {
	if n, ok := key.(int32); ok && n < 0 {
		size, known, _ := call(s, value, "size", nil)
		length, isInt := size.(int32)
		if !known || !isInt {
			return nil, errorf("a negative index needs a list")
		}
		key = length + n
	}
	if m, ok := value.(*Map); ok {
		found, _ := m.Get(key)
		return found, nil
	}
	found, _, err := call(s, value, "get", []any{key})
	return found, err
}
