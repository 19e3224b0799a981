// Package document reads JSON and YAML into one tree that remembers where everything stood.
//
// It is the very first step of reading a template: package intrinsic evaluates the tree, and errors
// point into the file with its lines and columns. Short YAML tags (!Ref, !Sub) become the functions
// they stand for. The package knows no section, no resource and no function's meaning.
package document

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
)

// Kind is the kind of a node.
type Kind uint8

// The kinds of nodes, as JSON has them.
const (
	Null Kind = iota
	Bool
	Number
	String
	List
	Map
)

// String returns the kind as an error names it.
func (k Kind) String() string {
	return [...]string{"null", "a boolean", "a number", "a string", "a list", "an object"}[k]
}

// Node is one value of a document.
type Node struct {
	Kind    Kind
	Text    string  // of a Bool ("true", "false"), Number or String, as written
	Items   []*Node // of a List
	Entries []Entry // of a Map, in the order of the document
	At      Position
}

// Entry is one key of a Map with its value.
type Entry struct {
	Key   string
	At    Position // of the key
	Value *Node
}

// Position is a place in a file, both counted from 1; the zero value is no place.
type Position struct{ Line, Column int }

// String returns "line:column".
func (p Position) String() string {
	return strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// Fault is something that a document may not have.
type Fault struct {
	At      Position
	Message string
}

// Error returns the message with its place.
func (f Fault) Error() string { return fmt.Sprintf("%s: %s", f.At, f.Message) }

// maxDepth limits how deep values may be nested; templates stay below 30.
const maxDepth = 500

// Parse reads a document, JSON when it begins as JSON does and YAML otherwise. The tree is
// nil when there are faults.
func Parse(data []byte) (*Node, []Fault) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	start := bytes.TrimLeft(data, " \t\r\n")
	if len(start) == 0 {
		return nil, []Fault{{At: Position{Line: 1, Column: 1}, Message: "the file is empty"}}
	}
	if isJSON(start) {
		return parseJSON(data)
	}
	return parseYAML(data)
}

// isJSON tells JSON from a YAML flow mapping, whose keys need no quotes.
func isJSON(start []byte) bool {
	inside := bytes.TrimLeft(start[1:], " \t\r\n")
	return start[0] == '{' && (len(inside) == 0 || inside[0] == '"' || inside[0] == '}')
}

// Get returns the value of a key, nil when n is no Map or has no such key.
func (n *Node) Get(key string) *Node {
	if n == nil {
		return nil
	}
	for i := range n.Entries {
		if n.Entries[i].Key == key {
			return n.Entries[i].Value
		}
	}
	return nil
}

// Plain returns n as Go data, evaluating nothing: map[string]any, []any, string, json.Number, bool
// or nil.
func (n *Node) Plain() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Bool:
		return n.Text == "true"
	case Number:
		return json.Number(n.Text)
	case String:
		return n.Text
	case List:
		list := make([]any, 0, len(n.Items))
		for _, item := range n.Items {
			list = append(list, item.Plain())
		}
		return list
	case Map:
		object := make(map[string]any, len(n.Entries))
		for _, e := range n.Entries {
			object[e.Key] = e.Value.Plain()
		}
		return object
	}
	return nil
}

// duplicate is the fault of a key that stands twice in one object.
func duplicate(key string, at, first Position) Fault {
	return Fault{
		At:      at,
		Message: fmt.Sprintf("the key %q stands twice in one object, first at %s", key, first),
	}
}

// compare orders faults by place.
func compare(a, b Fault) int {
	return cmp.Or(cmp.Compare(a.At.Line, b.At.Line), cmp.Compare(a.At.Column, b.At.Column))
}
