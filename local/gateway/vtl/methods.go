package vtl

// call calls a method as Java would. known is false when the value's class has no such method for
// such arguments; the reference is null then. A method without a result returns "".
func call(
	s *state, value any, method string, args []any,
) (result any, known bool, err error) {
	switch v := value.(type) {
	case string:
		result, known, err = stringCall(s, v, method, args)
	case *Map:
		result, known, err = mapCall(v, method, args)
	case *List:
		result, known, err = listCall(v, method, args)
	case *foreachScope:
		result, known, err = v.call(method, args)
	case *iterator:
		return v.call(method)
	case *Entry:
		result, known, err = entryCall(v, method, args)
	case Object:
		return v.Call(method, args)
	default:
		result, known, err = numberCall(value, method, args)
	}
	if known || err != nil {
		return result, known, err
	}
	return objectCall(value, method, args)
}

// objectCall calls what every Java object has. getClass is not among it: API Gateway hides it.
func objectCall(value any, method string, args []any) (any, bool, error) {
	switch {
	case method == "toString" && len(args) == 0:
		return String(value), true, nil
	case method == "equals" && len(args) == 1:
		return equal(value, args[0]), true, nil
	case method == "hashCode" && len(args) == 0:
		return hashOf(value), true, nil
	}
	return nil, false, nil
}

func entryCall(e *Entry, method string, args []any) (any, bool, error) {
	if len(args) > 0 {
		return nil, false, nil
	}
	switch method {
	case "getKey":
		return e.Key, true, nil
	case "getValue":
		return e.Value, true, nil
	}
	return nil, false, nil
}

// iterator is what iterator() returns.
type iterator struct {
	list *List
	at   int
}

func (i *iterator) call(method string) (any, bool, error) {
	switch method {
	case "hasNext":
		return i.at < len(i.list.Items), true, nil
	case "next":
		if i.at >= len(i.list.Items) {
			return nil, true, errorf("next() has no more elements")
		}
		i.at++
		return i.list.Items[i.at-1], true, nil
	}
	return nil, false, nil
}

// mapCall calls a method of a map.
func mapCall(m *Map, method string, args []any) (any, bool, error) {
	switch len(args) {
	case 0:
		return mapCall0(m, method)
	case 1:
		return mapCall1(m, method, args[0])
	case 2:
		return mapCall2(m, method, args[0], args[1])
	}
	return nil, false, nil
}

func mapCall0(m *Map, method string) (any, bool, error) {
	switch method {
	case "size":
		return int32(m.Len()), true, nil
	case "isEmpty":
		return m.Len() == 0, true, nil
	case "keySet":
		return &List{Kind: Set, Items: append([]any(nil), m.keys...)}, true, nil
	case "values":
		return &List{Kind: Set, Items: append([]any(nil), m.values...)}, true, nil
	case "entrySet":
		entries := make([]any, m.Len())
		for i := range entries {
			entries[i] = &Entry{Key: m.keys[i], Value: m.values[i]}
		}
		return &List{Kind: Set, Items: entries}, true, nil
	case "clear":
		m.clear()
		return "", true, nil
	}
	return nil, false, nil
}

func mapCall1(m *Map, method string, arg any) (any, bool, error) {
	switch method {
	case "get":
		value, _ := m.Get(arg)
		return value, true, nil
	case "containsKey":
		_, ok := m.Get(arg)
		return ok, true, nil
	case "containsValue":
		for _, value := range m.values {
			if equal(value, arg) {
				return true, true, nil
			}
		}
		return false, true, nil
	case "remove":
		return m.Remove(arg), true, nil
	case "putAll":
		return putAll(m, arg)
	}
	return nil, false, nil
}

func putAll(m *Map, arg any) (any, bool, error) {
	other, ok := arg.(*Map)
	if !ok {
		return nil, false, nil
	}
	if m.Len()+other.Len() > maxElements {
		return nil, true, errorf("a map has more than %d keys", maxElements)
	}
	if other != m {
		for i := range other.keys {
			if _, err := m.set(other.keys[i], other.values[i]); err != nil {
				return nil, true, err
			}
		}
	}
	return "", true, nil
}

func mapCall2(m *Map, method string, key, value any) (any, bool, error) {
	current, has := m.Get(key)
	switch method {
	case "put":
		if m.Len() >= maxElements {
			return nil, true, errorf("a map has more than %d keys", maxElements)
		}
		previous, err := m.set(key, value)
		return previous, true, err
	case "putIfAbsent":
		var err error
		if current == nil && m.Len() < maxElements {
			_, err = m.set(key, value)
		}
		return current, true, err
	case "getOrDefault":
		if !has {
			return value, true, nil
		}
		return current, true, nil
	case "replace":
		var err error
		if has {
			_, err = m.set(key, value)
		}
		return current, true, err
	}
	return nil, false, nil
}

// hashOf is Java's hashCode, of what templates take it of.
func hashOf(value any) any { return (&hasher{left: maxElements}).hash(value) }

// hasher gives up on values that contain each other without end.
type hasher struct{ left int }

func (h *hasher) hash(value any) int32 {
	if h.left--; h.left < 0 {
		return 0
	}
	switch v := value.(type) {
	case nil:
		return 0
	case int32:
		return v
	case int64:
		return int32(v ^ int64(uint64(v)>>32))
	case bool:
		if v {
			return 1231
		}
		return 1237
	case Char:
		return int32(v)
	case *List:
		hash := int32(1)
		for _, item := range v.Items {
			hash = 31*hash + h.hash(item)
		}
		return hash
	case *Map:
		hash := int32(0)
		for i := range v.keys {
			hash += h.hash(v.keys[i]) ^ h.hash(v.values[i])
		}
		return hash
	}
	hash := int32(0)
	for _, unit := range utf16Of(String(value)) {
		hash = 31*hash + int32(unit)
	}
	return hash
}

// Call calls a method of a map as a template does, for hosts whose objects behave like maps.
func (m *Map) Call(method string, args []any) (result any, known bool, err error) {
	return mapCall(m, method, args)
}
