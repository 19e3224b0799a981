package vtl

import "slices"

// arrayMethods are the methods of a list that Velocity gives to arrays.
var arrayMethods = []string{"size", "isEmpty", "get", "set", "contains"}

// listCall calls a method of a list, set or array.
func listCall(l *List, method string, args []any) (any, bool, error) {
	if l.Kind == Array && !slices.Contains(arrayMethods, method) {
		return nil, false, nil
	}
	switch len(args) {
	case 0:
		return listCall0(l, method)
	case 1:
		return listCall1(l, method, args[0])
	case 2:
		return listCall2(l, method, args[0], args[1])
	}
	return nil, false, nil
}

func listCall0(l *List, method string) (any, bool, error) {
	switch method {
	case "size":
		return int32(len(l.Items)), true, nil
	case "isEmpty":
		return len(l.Items) == 0, true, nil
	case "iterator", "listIterator":
		return &iterator{list: l}, true, nil
	case "clear":
		l.Items = nil
		return "", true, nil
	case "toArray":
		return &List{Kind: Array, Items: slices.Clone(l.Items)}, true, nil
	case "toJSONString":
		if l.Kind == JSONArray {
			return String(l), true, nil
		}
	}
	return nil, false, nil
}

func listCall1(l *List, method string, arg any) (any, bool, error) {
	switch method {
	case "get":
		at, ok := arg.(int32)
		if !ok || l.Kind == Set {
			return nil, false, nil
		}
		if err := l.check(at, len(l.Items)); err != nil {
			return nil, true, err
		}
		return l.Items[at], true, nil
	case "add":
		return l.add(arg)
	case "addAll":
		return l.addAll(arg)
	case "remove":
		return l.remove(arg)
	case "contains":
		return l.indexOf(arg) >= 0, true, nil
	case "containsAll", "removeAll", "retainAll":
		return l.bulk(method, arg)
	}
	if l.Kind == Set {
		return nil, false, nil
	}
	switch method {
	case "indexOf":
		return int32(l.indexOf(arg)), true, nil
	case "lastIndexOf":
		for i := len(l.Items) - 1; i >= 0; i-- {
			if equal(l.Items[i], arg) {
				return int32(i), true, nil
			}
		}
		return int32(-1), true, nil
	}
	return nil, false, nil
}

func listCall2(l *List, method string, first, second any) (any, bool, error) {
	at, isInt := first.(int32)
	if !isInt || l.Kind == Set {
		return nil, false, nil
	}
	switch method {
	case "set":
		if err := l.check(at, len(l.Items)); err != nil {
			return nil, true, err
		}
		previous := l.Items[at]
		l.Items[at] = second
		return previous, true, nil
	case "add":
		if err := l.check(at, len(l.Items)+1); err != nil {
			return nil, true, err
		}
		if err := l.room(1); err != nil {
			return nil, true, err
		}
		l.Items = slices.Insert(l.Items, int(at), second)
		return "", true, nil
	case "subList":
		end, isInt := second.(int32)
		if !isInt {
			return nil, false, nil
		}
		if at < 0 || int(end) > len(l.Items) || at > end {
			return nil, true, errorf("subList(%d, %d) of a list of %d", at, end, len(l.Items))
		}
		return &List{Items: slices.Clone(l.Items[at:end])}, true, nil
	}
	return nil, false, nil
}

func (l *List) check(at int32, size int) error {
	if at < 0 || int(at) >= size {
		return errorf("index %d is out of bounds of a list of %d", at, len(l.Items))
	}
	return nil
}

// room refuses to let a list grow without bounds.
func (l *List) room(more int) error {
	if len(l.Items)+more > maxElements {
		return errorf("a list has more than %d elements", maxElements)
	}
	return nil
}

func (l *List) add(item any) (any, bool, error) {
	if l.Kind == Set {
		return nil, true, errorf("a map's keys, values and entries cannot be added to")
	}
	if err := l.room(1); err != nil {
		return nil, true, err
	}
	l.Items = append(l.Items, item)
	return true, true, nil
}

func (l *List) addAll(arg any) (any, bool, error) {
	other, ok := arg.(*List)
	if !ok || other.Kind == Array {
		return nil, false, nil
	}
	if err := l.room(len(other.Items)); err != nil {
		return nil, true, err
	}
	l.Items = append(l.Items, other.Items...)
	return len(other.Items) > 0, true, nil
}

// remove takes away what stands at an index, or the first element that equals the argument.
func (l *List) remove(arg any) (any, bool, error) {
	at, isInt := arg.(int32)
	if !isInt || l.Kind == Set {
		found := l.indexOf(arg)
		if found >= 0 {
			l.Items = slices.Delete(l.Items, found, found+1)
		}
		return found >= 0, true, nil
	}
	if err := l.check(at, len(l.Items)); err != nil {
		return nil, true, err
	}
	previous := l.Items[at]
	l.Items = slices.Delete(l.Items, int(at), int(at)+1)
	return previous, true, nil
}

func (l *List) indexOf(item any) int {
	return slices.IndexFunc(l.Items, func(have any) bool { return equal(have, item) })
}

func (l *List) bulk(method string, arg any) (any, bool, error) {
	other, ok := arg.(*List)
	if !ok || other.Kind == Array {
		return nil, false, nil
	}
	if len(l.Items)*len(other.Items) > maxSteps {
		return nil, true, errorf("%s of lists of %d and %d", method, len(l.Items), len(other.Items))
	}
	if method == "containsAll" {
		missing := func(item any) bool { return l.indexOf(item) < 0 }
		return !slices.ContainsFunc(other.Items, missing), true, nil
	}
	before := len(l.Items)
	l.Items = slices.DeleteFunc(slices.Clone(l.Items), func(item any) bool {
		return (other.indexOf(item) >= 0) == (method == "removeAll")
	})
	return len(l.Items) != before, true, nil
}

// setItem is #set($list[key] = value).
func setItem(l *List, key, value any) error {
	at, ok := key.(int32)
	if !ok || l.Kind == Set {
		return nil
	}
	if at < 0 {
		at += int32(len(l.Items))
	}
	if err := l.check(at, len(l.Items)); err != nil {
		return err
	}
	l.Items[at] = value
	return nil
}
