package vtl

import "errors"

// foreachNode is a loop. The variables it sets have the values they had before once it is over.
type foreachNode struct {
	at             int
	item           int // slots
	count, hasNext int
	scope          int
	list           expr
	body           *block
}

func (n *foreachNode) render(s *state) error {
	value, err := n.list.value(s)
	if err != nil || value == nil {
		return err
	}
	items, ok := iterated(value)
	if !ok {
		return nil
	}
	var before [3]any
	for i, at := range [...]int{n.item, n.count, n.hasNext} {
		if before[i], err = s.get(at); err != nil {
			return err
		}
	}
	outer, err := s.get(n.scope)
	if err != nil {
		return err
	}
	scope := &foreachScope{index: -1, outer: outer}
	s.put(n.scope, scope)
	err = n.loop(s, items, scope)
	for i, at := range [...]int{n.item, n.count, n.hasNext} {
		s.put(at, before[i])
	}
	if now, _ := s.get(n.scope); now == any(scope) {
		s.put(n.scope, outer)
	}
	return err
}

func (n *foreachNode) loop(s *state, items []any, scope *foreachScope) error {
	for i := 0; i < len(items) && i < MaxIterations; i++ {
		if s.steps++; s.steps > maxSteps {
			return faultf(n.at, "the template takes too many steps")
		}
		scope.index, scope.hasNext = i, i+1 < len(items)
		s.put(n.count, int32(i+1))
		s.put(n.hasNext, scope.hasNext)
		s.put(n.item, items[i])
		err := n.body.render(s)
		if err == nil {
			continue
		}
		var ended *stop
		if stopsHere(err) || errors.As(err, &ended) && !ended.all && ended.scope == scope {
			return nil
		}
		return err
	}
	return nil
}

// iterated returns what a loop goes through: of a map its values.
func iterated(value any) ([]any, bool) {
	switch v := value.(type) {
	case *List:
		return v.Items, true
	case *Map:
		return append([]any(nil), v.values...), true
	case *iterator:
		rest := v.list.Items[min(v.at, len(v.list.Items)):]
		v.at = len(v.list.Items)
		return rest, true
	}
	return nil, false
}

// foreachScope is $foreach.
type foreachScope struct {
	index   int
	hasNext bool
	outer   any // what $foreach was outside
	own     *Map
}

func (f *foreachScope) put(name string, value any) {
	if f.own == nil {
		f.own = NewMap(1)
	}
	f.own.Put(name, value)
}

func (f *foreachScope) property(name string) any {
	switch name {
	case "index":
		return int32(f.index)
	case "count":
		return int32(f.index + 1)
	case "hasNext":
		return f.hasNext
	case "first":
		return f.index < 1
	case "last":
		return !f.hasNext
	case "parent":
		if parent, ok := f.outer.(*foreachScope); ok {
			return parent
		}
		return nil
	case "topmost":
		return f.topmost()
	}
	if f.own != nil {
		if value, ok := f.own.GetString(name); ok {
			return value
		}
	}
	if parent, ok := f.outer.(*foreachScope); ok {
		return parent.own.valueOf(name)
	}
	return nil
}

// valueOf is GetString of a map that may be missing.
func (m *Map) valueOf(name string) any {
	if m == nil {
		return nil
	}
	value, _ := m.GetString(name)
	return value
}

func (f *foreachScope) topmost() *foreachScope {
	for {
		parent, ok := f.outer.(*foreachScope)
		if !ok {
			return f
		}
		f = parent
	}
}

// getters are the properties of $foreach that can be called as methods.
var getters = map[string]string{
	"getIndex": "index", "getCount": "count", "hasNext": "hasNext", "getHasNext": "hasNext",
	"isFirst": "first", "getFirst": "first", "isLast": "last", "getLast": "last",
	"getParent": "parent", "getTopmost": "topmost",
}

func (f *foreachScope) call(method string, args []any) (any, bool, error) {
	if name, ok := getters[method]; ok && len(args) == 0 {
		return f.property(name), true, nil
	}
	return nil, false, nil
}

// String prints what was set in the scope, like the map it is.
func (f *foreachScope) String() string {
	if f.own == nil {
		return "{}"
	}
	return String(f.own)
}
