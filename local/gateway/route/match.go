package route

import "strings"

// search is one walk down a tree.
type search[T any] struct {
	rules  Rules
	method string
	greedy bool     // whether {proxy+} may be taken
	values []string // captured; a route without parameters takes no memory
}

// Match returns what serves method on path, which is raw, without the stage, and begins with "/".
func (t *Tree[T]) Match(method, path string) (Match[T], bool) {
	s := search[T]{rules: t.rules, method: method}
	found := t.find(&s, path)
	if found == nil {
		return Match[T]{}, false
	}
	m := Match[T]{Value: found.value}
	if len(found.names) > 0 {
		m.Params = make([]Param, len(found.names))
		for i, name := range found.names {
			m.Params[i] = Param{Name: name, Value: s.values[i]}
		}
	}
	return m, true
}

func (t *Tree[T]) find(s *search[T], path string) *leaf[T] {
	rest := strings.TrimPrefix(path, "/")
	if t.rules == REST {
		s.greedy = true
		return t.root.find(s, strings.TrimLeft(rest, "/"), false)
	}
	if found := t.root.find(s, rest, false); found != nil {
		return found
	}
	s.greedy = true
	return t.root.find(s, rest, false)
}

// find looks for what is left of the path below n; ended says that no slash followed n's segment.
func (n *node[T]) find(s *search[T], rest string, ended bool) *leaf[T] {
	if ended || s.rules == REST && rest == "" {
		return n.leaf(s)
	}
	segment, below, more := strings.Cut(rest, "/")
	if child := n.static[segment]; child != nil {
		if found := child.find(s, below, !more); found != nil {
			return found
		}
	}
	if n.param != nil && segment != "" {
		s.values = append(s.values, segment)
		if found := n.param.find(s, below, !more); found != nil {
			return found
		}
		s.values = s.values[:len(s.values)-1]
	}
	return n.takeRest(s, rest)
}

// takeRest tries {proxy+}, which needs at least one segment and keeps the slashes inside; a REST
// API drops the one at the end.
func (n *node[T]) takeRest(s *search[T], rest string) *leaf[T] {
	if !s.greedy || n.greedy == nil || strings.Trim(rest, "/") == "" {
		return nil
	}
	found := n.greedy.leaf(s)
	if found != nil {
		if s.rules == REST {
			rest = strings.TrimSuffix(rest, "/")
		}
		s.values = append(s.values, rest)
	}
	return found
}

func (n *node[T]) leaf(s *search[T]) *leaf[T] {
	for i := range n.leaves {
		l := &n.leaves[i]
		if l.method == s.method || l.method == Any && covered(s.rules, s.method) {
			return l
		}
	}
	return nil
}

// covered tells which methods ANY stands for: seven in a REST API, all in an HTTP API.
func covered(rules Rules, method string) bool {
	if rules == HTTP {
		return true
	}
	switch method {
	case "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT":
		return true
	}
	return false
}
