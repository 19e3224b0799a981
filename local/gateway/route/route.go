// Package route finds what serves a method and a path.
//
// It is the tree behind the steps "match resource" of REST APIs and "match route" of HTTP APIs:
// filled at deployment, only read afterwards, so that a match costs the same with ten routes as
// with ten thousand. It works on the raw, percent-encoded path without the stage. It decodes
// nothing, and knows neither the $default route of HTTP APIs nor the route keys of WebSocket APIs.
package route

import (
	"fmt"
	"slices"
	"strings"
)

// Rules say by which kind of API's precedence a tree matches.
type Rules int

// The rules.
const (
	// REST compares level by level: a static segment beats {param}, which beats {proxy+}; a branch
	// that does not have the method is left for the next best. One trailing slash is ignored and
	// leading ones are collapsed.
	REST Rules = iota
	// HTTP prefers any full match to a greedy one, wherever they part, and takes every slash as
	// significant.
	HTTP
)

// Any is the method that stands for those a path does not name.
const Any = "ANY"

// Param is a path parameter, its value still encoded.
type Param struct{ Name, Value string }

// Match is what serves a path.
type Match[T any] struct {
	Value  T
	Params []Param // in the order of the pattern; nil when it has none
}

// Tree holds patterns by segment.
type Tree[T any] struct {
	rules Rules
	root  node[T]
}

// node is one segment below its parent.
type node[T any] struct {
	static map[string]*node[T]
	param  *node[T]
	greedy *node[T]
	leaves []leaf[T] // by method, Any last
}

// leaf is a method of a path. Parameter names live here, as routes of an HTTP API may name the
// same segment differently.
type leaf[T any] struct {
	method, pattern string
	names           []string
	value           T
}

// New returns an empty tree.
func New[T any](rules Rules) *Tree[T] { return &Tree[T]{rules: rules} }

// Add makes value serve method ("GET" or "ANY") on pattern ("/orders/{id}", "/a/{proxy+}").
func (t *Tree[T]) Add(method, pattern string, value T) error {
	if method == "" {
		return fmt.Errorf("route %q: the method is empty, allowed are a verb and %s", pattern, Any)
	}
	at, names, err := t.grow(pattern)
	if err != nil {
		return fmt.Errorf("route %q: %w", method+" "+pattern, err)
	}
	for i := range at.leaves {
		if at.leaves[i].method == method {
			return fmt.Errorf("route %q: %q already serves these requests",
				method+" "+pattern, method+" "+at.leaves[i].pattern)
		}
	}
	added := leaf[T]{method: method, pattern: pattern, names: names, value: value}
	place := len(at.leaves)
	if place > 0 && at.leaves[place-1].method == Any {
		place--
	}
	at.leaves = slices.Insert(at.leaves, place, added)
	return nil
}

// grow returns the node of pattern, making what is missing on the way.
func (t *Tree[T]) grow(pattern string) (*node[T], []string, error) {
	segments, err := t.split(pattern)
	if err != nil {
		return nil, nil, err
	}
	at := &t.root
	var names []string
	for i, segment := range segments {
		name, kind, err := parseSegment(segment)
		if err != nil {
			return nil, nil, err
		}
		if kind == greedySegment && i < len(segments)-1 {
			return nil, nil, fmt.Errorf("%q must be the last segment", segment)
		}
		if kind != staticSegment {
			if slices.Contains(names, name) {
				return nil, nil, fmt.Errorf("parameter %q appears twice", name)
			}
			names = append(names, name)
		}
		at = at.child(kind, segment)
	}
	return at, names, nil
}

func (t *Tree[T]) split(pattern string) ([]string, error) {
	path, rooted := strings.CutPrefix(pattern, "/")
	if !rooted {
		return nil, fmt.Errorf("a path begins with %q", "/")
	}
	if t.rules == REST {
		path = strings.TrimSuffix(path, "/")
		if path == "" {
			return nil, nil
		}
	}
	return strings.Split(path, "/"), nil
}

func (n *node[T]) child(kind segmentKind, segment string) *node[T] {
	place := &n.param
	switch kind {
	case staticSegment:
		if n.static == nil {
			n.static = map[string]*node[T]{}
		}
		if n.static[segment] == nil {
			n.static[segment] = &node[T]{}
		}
		return n.static[segment]
	case greedySegment:
		place = &n.greedy
	}
	if *place == nil {
		*place = &node[T]{}
	}
	return *place
}

type segmentKind int

const (
	staticSegment segmentKind = iota
	paramSegment
	greedySegment
)

// parseSegment tells "orders", "{id}" and "{proxy+}" apart. A parameter is a whole segment
// ("Known issues": res{id} is invalid).
func parseSegment(segment string) (name string, kind segmentKind, err error) {
	if !strings.ContainsAny(segment, "{}") {
		return "", staticSegment, nil
	}
	inner, open := strings.CutPrefix(segment, "{")
	inner, closed := strings.CutSuffix(inner, "}")
	name, greedy := strings.CutSuffix(inner, "+")
	if !open || !closed || name == "" || strings.ContainsAny(name, "{}+") {
		return "", 0, fmt.Errorf("segment %q: allowed are text without braces, {name} and {name+}",
			segment)
	}
	if greedy {
		return name, greedySegment, nil
	}
	return name, paramSegment, nil
}
