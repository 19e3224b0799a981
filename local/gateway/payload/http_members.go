package payload

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// The functions below walk JSON that is known to be valid, without allocating: they run on the
// answer of every call. An object's members or a list's items are handed on as they are written.

// eachMember calls f for the members of an object, in their order.
func eachMember(object jsontext.Value, f func(name string, value jsontext.Value) error) error {
	if object.Kind() != '{' {
		return fmt.Errorf("it is %s, allowed is an object", kindName(object))
	}
	rest := afterBracket(object)
	for rest[0] != '}' {
		end := valueEnd(rest)
		name := memberName(rest[:end])
		rest = skipSpace(skipSpace(rest[end:])[1:]) // past the colon
		end = valueEnd(rest)
		if err := f(name, jsontext.Value(rest[:end])); err != nil {
			return err
		}
		rest = nextElement(rest[end:])
	}
	return nil
}

// eachItem calls f for the items of a list, in their order.
func eachItem(list jsontext.Value, f func(jsontext.Value) error) error {
	rest := afterBracket(list)
	for rest[0] != ']' {
		end := valueEnd(rest)
		if err := f(jsontext.Value(rest[:end])); err != nil {
			return err
		}
		rest = nextElement(rest[end:])
	}
	return nil
}

func memberName(quoted []byte) string {
	switch string(quoted) {
	case `"statusCode"`:
		return "statusCode"
	case `"headers"`:
		return "headers"
	case `"body"`:
		return "body"
	case `"isBase64Encoded"`:
		return "isBase64Encoded"
	case `"cookies"`:
		return "cookies"
	}
	name, _ := jsontext.AppendUnquote(nil, quoted) // valid, or with U+FFFD
	return string(name)
}

func afterBracket(value []byte) []byte { return skipSpace(skipSpace(value)[1:]) }

// nextElement goes past a comma, or stays at the closing bracket.
func nextElement(rest []byte) []byte {
	rest = skipSpace(rest)
	if rest[0] == ',' {
		return skipSpace(rest[1:])
	}
	return rest
}

func skipSpace(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\n' || text[0] == '\t' || text[0] == '\r') {
		text = text[1:]
	}
	return text
}

// valueEnd returns the length of the value that text begins with.
func valueEnd(text []byte) int {
	switch text[0] {
	case '"':
		return stringEnd(text)
	case '{', '[':
		return nestedEnd(text)
	}
	if end := bytes.IndexAny(text, ",]} \n\t\r"); end >= 0 {
		return end
	}
	return len(text)
}

func stringEnd(text []byte) int {
	for at := 1; ; at++ {
		next := bytes.IndexByte(text[at:], '"')
		if next < 0 {
			return len(text)
		}
		at += next
		escapes := 0
		for text[at-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return at + 1
		}
	}
}

func nestedEnd(text []byte) int {
	depth := 0
	for at := 0; at < len(text); at++ {
		switch text[at] {
		case '"':
			at += stringEnd(text[at:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			depth--
			if depth == 0 {
				return at + 1
			}
		}
	}
	return len(text)
}
