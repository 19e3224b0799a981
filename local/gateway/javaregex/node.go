package javaregex

import "math"

// kind says what a node matches.
type kind uint8

const (
	empty         kind = iota // nothing, everywhere
	never                     // nothing, nowhere
	oneOf                     // a character of set
	concat                    // subs, one after the other
	alternate                 // the first of subs that leads to a match
	capture                   // subs[0], kept as group
	repeat                    // subs[0], from min to max times
	atomic                    // subs[0], without a second thought
	look                      // subs[0] ahead or behind
	backReference             // what group has matched
	begin                     // \A, and ^ of a text
	end                       // \z
	lineBegin                 // ^ of every line
	lineEnd                   // $ of the text, or of every line
	boundary                  // \b and \B
	lastMatch                 // \G
	newline                   // \R
	grapheme                  // \X
)

// mode is how a quantifier takes its repetitions.
type mode uint8

const (
	greedy mode = iota
	lazy
	possessive
)

// node is a part of an expression.
type node struct {
	kind     kind
	subs     []*node
	set      set
	group    int
	min, max int // of repetitions; max is unbounded for no limit
	mode     mode
	fold     bool // a back reference ignores case
	behind   bool // a look goes back
	negated  bool // a look, or a boundary
	multi    bool // lineEnd is that of every line
	unix     bool // only \n ends a line
	unicode  bool // a boundary is between Unicode's words
}

const unbounded = -1

// nullable says whether a node can match the empty text.
func (n *node) nullable() bool {
	switch n.kind {
	case oneOf, never, newline, grapheme:
		return false
	case concat:
		for _, sub := range n.subs {
			if !sub.nullable() {
				return false
			}
		}
		return true
	case alternate:
		for _, sub := range n.subs {
			if sub.nullable() {
				return true
			}
		}
		return false
	case capture, atomic:
		return n.subs[0].nullable()
	case repeat:
		return n.min == 0 || n.subs[0].nullable()
	}
	return true
}

// longest returns how long a match can be as Java reckons it for a look behind, to which + and * of
// a single character are no obstacle; ok is false when there is no such length.
func (n *node) longest() (length int, ok bool) {
	switch n.kind {
	case backReference, grapheme:
		return 0, false
	case look:
		return 0, true
	case oneOf:
		return 1, true
	case newline:
		return 2, true
	}
	for _, sub := range n.subs {
		size, ok := sub.longest()
		if !ok {
			return 0, false
		}
		if n.kind == alternate {
			length = max(length, size)
		} else {
			length += size
		}
	}
	if n.kind == repeat && n.max == unbounded {
		length *= math.MaxInt32
	} else if n.kind == repeat {
		length *= n.max
	}
	return length, length <= math.MaxInt32
}

// looksBack says whether a match depends on what stands before it.
func (n *node) looksBack() bool {
	switch n.kind {
	case begin, lineBegin, boundary, lastMatch:
		return true
	}
	for _, sub := range n.subs {
		if sub.looksBack() {
			return true
		}
	}
	return false
}
