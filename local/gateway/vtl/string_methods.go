package vtl

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Positions in a string count UTF-16 units, as Java's do.

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func utf16Of(text string) []uint16 { return utf16.Encode([]rune(text)) }

func lengthOf(text string) int {
	units := 0
	for _, r := range text {
		units += max(utf16.RuneLen(r), 1)
	}
	return units
}

func isBlank(text string) bool { return strings.TrimSpace(text) == "" }

// cut returns the units from begin to end.
func cut(text string, begin, end int) string {
	if isASCII(text) {
		return text[begin:end]
	}
	return string(utf16.Decode(utf16Of(text)[begin:end]))
}

// bytesOf returns the bytes of a text as Java's signed numbers.
func bytesOf(text string) *List {
	items := make([]any, min(len(text), maxElements))
	for i := range items {
		items[i] = int32(int8(text[i]))
	}
	return &List{Kind: Array, Items: items}
}

// stringCall calls a method of a string.
func stringCall(s *state, text, method string, args []any) (any, bool, error) {
	switch len(args) {
	case 0:
		return stringCall0(text, method)
	case 1:
		if result, known, err := stringCall1(s, text, method, args[0]); known || err != nil {
			return result, known, err
		}
	case 2:
		if result, known, err := stringCall2(s, text, method, args); known || err != nil {
			return result, known, err
		}
	}
	return stringStatic(text, method, args)
}

func stringCall0(text, method string) (any, bool, error) {
	switch method {
	case "length":
		return int32(lengthOf(text)), true, nil
	case "isEmpty":
		return text == "", true, nil
	case "isBlank":
		return isBlank(text), true, nil
	case "trim":
		return strings.TrimFunc(text, func(r rune) bool { return r <= ' ' }), true, nil
	case "strip":
		return strings.TrimSpace(text), true, nil
	case "stripLeading":
		return strings.TrimLeftFunc(text, unicode.IsSpace), true, nil
	case "stripTrailing":
		return strings.TrimRightFunc(text, unicode.IsSpace), true, nil
	case "toLowerCase":
		return strings.ToLower(text), true, nil
	case "toUpperCase":
		return strings.ReplaceAll(strings.ToUpper(text), "ß", "SS"), true, nil
	case "toString", "intern":
		return text, true, nil
	case "getBytes":
		return bytesOf(text), true, nil
	case "toCharArray":
		units := utf16Of(text)
		items := make([]any, min(len(units), maxElements))
		for i := range items {
			items[i] = Char(units[i])
		}
		return &List{Kind: Array, Items: items}, true, nil
	}
	return nil, false, nil
}

func stringCall1(s *state, text, method string, arg any) (any, bool, error) {
	if at, ok := arg.(int32); ok {
		return stringAt(text, method, at)
	}
	if method == "contains" || method == "contentEquals" {
		if arg == nil {
			return nil, false, nil
		}
		if method == "contains" {
			return strings.Contains(text, String(arg)), true, nil
		}
		return text == String(arg), true, nil
	}
	other, ok := arg.(string)
	if c, isChar := arg.(Char); isChar && (method == "indexOf" || method == "lastIndexOf") {
		other, ok = String(c), true
	}
	if !ok {
		return nil, false, nil
	}
	switch method {
	case "startsWith":
		return strings.HasPrefix(text, other), true, nil
	case "endsWith":
		return strings.HasSuffix(text, other), true, nil
	case "equalsIgnoreCase":
		return strings.EqualFold(text, other), true, nil
	case "concat":
		if len(text)+len(other) > maxOutput {
			return nil, true, errTooLong
		}
		return text + other, true, nil
	case "indexOf":
		return unitIndex(text, strings.Index(text, other)), true, nil
	case "lastIndexOf":
		return unitIndex(text, strings.LastIndex(text, other)), true, nil
	case "compareTo":
		return compareText(text, other), true, nil
	case "compareToIgnoreCase":
		return compareText(strings.ToLower(text), strings.ToLower(other)), true, nil
	case "matches":
		return s.template.patterns.matches(text, other)
	case "split":
		return s.template.patterns.split(text, other, 0)
	}
	return nil, false, nil
}

// unitIndex turns an offset in bytes into one in UTF-16 units.
func unitIndex(text string, at int) int32 {
	if at < 0 {
		return -1
	}
	return int32(lengthOf(text[:at]))
}

// compareText is Java's compareTo: the difference of the first units that differ, or of lengths.
func compareText(a, b string) int32 {
	x, y := utf16Of(a), utf16Of(b)
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return int32(x[i]) - int32(y[i])
		}
	}
	return int32(len(x) - len(y))
}

// stringAt calls the methods that take a position or a character's code.
func stringAt(text, method string, at int32) (any, bool, error) {
	size := lengthOf(text)
	position := int(at)
	inside := position >= 0 && position < size
	switch method {
	case "charAt", "codePointAt":
		if !inside {
			return nil, true, errorf("index %d is out of bounds of a string of %d", at, size)
		}
		if method == "charAt" {
			return Char(utf16Of(text)[position]), true, nil
		}
		return int32([]rune(cut(text, position, size))[0]), true, nil
	case "substring":
		return substring(text, position, size)
	case "indexOf":
		return unitIndex(text, strings.IndexRune(text, at)), true, nil
	case "lastIndexOf":
		return unitIndex(text, strings.LastIndex(text, string(at))), true, nil
	case "repeat":
		if at < 0 || len(text)*position > maxOutput {
			return nil, true, errorf("repeat(%d) of a string of %d", at, size)
		}
		return strings.Repeat(text, position), true, nil
	}
	return nil, false, nil
}

func substring(text string, begin, end int) (any, bool, error) {
	if size := lengthOf(text); begin < 0 || end > size || begin > end {
		return nil, true, errorf("begin %d, end %d, length %d", begin, end, size)
	}
	return cut(text, begin, end), true, nil
}

func stringCall2(s *state, text, method string, args []any) (any, bool, error) {
	if begin, ok := args[0].(int32); ok {
		end, isInt := args[1].(int32)
		if isInt && (method == "substring" || method == "subSequence") {
			return substring(text, int(begin), int(end))
		}
		if !isInt || method != "indexOf" {
			return nil, false, nil
		}
	}
	first, isText := textOrChar(args[0])
	if !isText {
		return nil, false, nil
	}
	if from, ok := args[1].(int32); ok {
		return stringFrom(s, text, method, first, int(from))
	}
	second, isText := textOrChar(args[1])
	if !isText {
		return nil, false, nil
	}
	switch method {
	case "replace":
		if strings.Count(text, first)*len(second)+len(text) > maxOutput {
			return nil, true, errTooLong
		}
		return strings.ReplaceAll(text, first, second), true, nil
	case "replaceAll":
		return s.template.patterns.replaceAll(text, first, second)
	case "replaceFirst":
		return s.template.patterns.replaceFirst(text, first, second)
	}
	return nil, false, nil
}

func textOrChar(arg any) (string, bool) {
	switch v := arg.(type) {
	case string:
		return v, true
	case Char:
		return String(v), true
	case int32:
		return string(v), true
	}
	return "", false
}

// stringFrom calls the methods that take a text and a position or limit.
func stringFrom(s *state, text, method, other string, from int) (any, bool, error) {
	size := lengthOf(text)
	switch method {
	case "split":
		return s.template.patterns.split(text, other, from)
	case "startsWith":
		ok := from >= 0 && from <= size && strings.HasPrefix(cut(text, from, size), other)
		return ok, true, nil
	case "indexOf":
		from = min(max(from, 0), size)
		rest := cut(text, from, size)
		if at := unitIndex(rest, strings.Index(rest, other)); at >= 0 {
			return at + int32(from), true, nil
		}
		return int32(-1), true, nil
	case "lastIndexOf":
		if from < 0 {
			return int32(-1), true, nil
		}
		head := cut(text, 0, min(from+lengthOf(other), size))
		return unitIndex(head, strings.LastIndex(head, other)), true, nil
	}
	return nil, false, nil
}

// stringStatic calls String's static methods, which any string of a template reaches.
func stringStatic(text, method string, args []any) (any, bool, error) {
	switch {
	case method == "valueOf" && len(args) == 1:
		return String(args[0]), true, nil
	case method == "join" && len(args) >= 2:
		return joinTexts(args)
	case method == "format" && len(args) >= 1:
		if pattern, ok := args[0].(string); ok {
			return format(pattern, args[1:])
		}
	case method == "formatted":
		return format(text, args)
	}
	return nil, false, nil
}

func joinTexts(args []any) (any, bool, error) {
	separator, ok := args[0].(string)
	if !ok {
		return nil, false, nil
	}
	items := args[1:]
	if list, isList := args[1].(*List); isList && len(args) == 2 {
		items = list.Items
	}
	parts, size := make([]string, len(items)), 0
	for i, item := range items {
		parts[i] = String(item)
		if size += len(parts[i]) + len(separator); size > maxOutput {
			return nil, true, errTooLong
		}
	}
	return strings.Join(parts, separator), true, nil
}
