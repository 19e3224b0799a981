package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is the kind of a node.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	list
	object
)

// String returns the kind as a message names it.
func (k kind) String() string {
	return [...]string{"null", "boolean", "number", "string", "array", "object"}[k]
}

// maxDepth limits how deep values may be nested, and maxNodes how many there may be once aliases of
// YAML are written out.
const (
	maxDepth = 200
	maxNodes = 2_000_000
)

// node is one value of a document. All its readers take a nil node for an absent value.
type node struct {
	kind         kind
	text         string // of a boolean ("true", "false"), number or string
	children     []*node
	line, column int
	parent       *node
	key          string // of a child of an object; the index as text for a child of a list
}

// add makes child the value of a key, or an item.
func (n *node) add(key string, child *node) {
	child.parent, child.key = n, key
	n.children = append(n.children, child)
}

// get returns the value of a key; null counts as absent.
func (n *node) get(key string) *node {
	found := n.raw(key)
	if found == nil || found.kind == null {
		return nil
	}
	return found
}

// raw is get that tells null from absent.
func (n *node) raw(key string) *node {
	if n == nil || n.kind != object {
		return nil
	}
	for _, child := range n.children {
		if child.key == key {
			return child
		}
	}
	return nil
}

// entries returns the values of an object.
func (n *node) entries() []*node {
	if n == nil || n.kind != object {
		return nil
	}
	return n.children
}

// items returns the values of a list.
func (n *node) items() []*node {
	if n == nil || n.kind != list {
		return nil
	}
	return n.children
}

// string returns a scalar as text: AWS takes numbers and booleans where it wants a string.
func (n *node) string() string {
	if n == nil || n.kind == list || n.kind == object {
		return ""
	}
	return n.text
}

// pointer returns the JSON pointer of the node.
func (n *node) pointer() string {
	var parts []string
	for at := n; at != nil && at.parent != nil; at = at.parent {
		part := strings.ReplaceAll(at.key, "~", "~0")
		parts = append(parts, strings.ReplaceAll(part, "/", "~1"))
	}
	var pointer strings.Builder
	for _, part := range slices.Backward(parts) {
		pointer.WriteString("/" + part)
	}
	return pointer.String()
}

func (n *node) warning(message string) Warning {
	if n == nil {
		return Warning{Message: message}
	}
	return Warning{Pointer: n.pointer(), Line: n.line, Column: n.column, Message: message}
}

// shortened returns the value as JSON, cut where a terminal line would drown in it.
func (n *node) shortened() string {
	const most = 60
	text := string(n.json(nil))
	if len(text) <= most {
		return text
	}
	cut := most
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// json appends the value as JSON, its keys in the order of the document.
func (n *node) json(out []byte) []byte {
	switch n.kind {
	case null:
		return append(out, "null"...)
	case boolean, number:
		return append(out, n.text...)
	case text:
		return appendString(out, n.text)
	case list:
		out = append(out, '[')
		for at, item := range n.children {
			if at > 0 {
				out = append(out, ',')
			}
			out = item.json(out)
		}
		return append(out, ']')
	}
	out = append(out, '{')
	for at, entry := range n.children {
		if at > 0 {
			out = append(out, ',')
		}
		out = append(appendString(out, entry.key), ':')
		out = entry.json(out)
	}
	return append(out, '}')
}

func appendString(out []byte, s string) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(s); err != nil {
		return append(out, `""`...)
	}
	return append(out, bytes.TrimRight(buffer.Bytes(), "\n")...)
}

// substituted returns a copy of the tree in which the variables of all strings are replaced.
func substituted(n *node, replace *strings.Replacer) *node {
	fresh := *n
	fresh.children = nil
	if n.kind == text && strings.Contains(n.text, "${AWS::") {
		fresh.text = replace.Replace(n.text)
	}
	for _, child := range n.children {
		fresh.add(child.key, substituted(child, replace))
	}
	return &fresh
}

// fromTree makes nodes of evaluated values, keys in the order of the alphabet; nil when one of them
// is nothing that JSON has.
func fromTree(value any, depth int) *node {
	if depth > maxDepth {
		return nil
	}
	switch v := value.(type) {
	case nil:
		return &node{kind: null}
	case string:
		return &node{kind: text, text: v}
	case bool:
		return &node{kind: boolean, text: strconv.FormatBool(v)}
	case json.Number:
		return &node{kind: number, text: v.String()}
	case int, float64:
		return &node{kind: number, text: fmt.Sprint(v)}
	case []any:
		n := &node{kind: list}
		for at, item := range v {
			child := fromTree(item, depth+1)
			if child == nil {
				return nil
			}
			n.add(strconv.Itoa(at), child)
		}
		return n
	case map[string]any:
		n := &node{kind: object}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			child := fromTree(v[key], depth+1)
			if child == nil {
				return nil
			}
			n.add(key, child)
		}
		return n
	}
	return nil
}
