package javaregex

import (
	"errors"
	"fmt"
	"strings"
)

const (
	maxResult = 16 << 20 // bytes of a replacement's result
	maxParts  = 1 << 16  // of a split
)

// ReplaceAll replaces every match. In the replacement, $1 and ${name} are groups, and a backslash
// takes the meaning of the character behind it.
func (re *Regexp) ReplaceAll(text, replacement string) (string, error) {
	return re.replace(text, replacement, noLimit)
}

// ReplaceFirst replaces the first match.
func (re *Regexp) ReplaceFirst(text, replacement string) (string, error) {
	return re.replace(text, replacement, 1)
}

func (re *Regexp) replace(text, replacement string, count int) (string, error) {
	var out []byte
	var parts []part
	var failed error
	from := 0
	err := re.each(text, func(places []int) bool {
		if parts == nil { // Java reads it when there is something to replace
			if parts, failed = re.readReplacement(replacement); failed != nil {
				return false
			}
		}
		out = append(out, text[from:places[0]]...)
		for _, p := range parts {
			out = append(out, p.text(text, places)...)
		}
		if from = places[1]; len(out) > maxResult {
			failed = ErrTooLong
		}
		count--
		return count > 0 && failed == nil
	})
	switch {
	case failed != nil:
		return "", failed
	case err != nil:
		return "", err
	case out == nil && from == 0:
		return text, nil
	}
	return string(append(out, text[from:]...)), nil
}

// part is a piece of a replacement: a text, or a group.
type part struct {
	literal string
	group   int // -1 for none
}

func (p part) text(text string, places []int) string {
	if p.group < 0 {
		return p.literal
	}
	if places[2*p.group] < 0 {
		return ""
	}
	return text[places[2*p.group]:places[2*p.group+1]]
}

// readReplacement reads a replacement; the errors are Java's.
func (re *Regexp) readReplacement(text string) ([]part, error) {
	parts := []part{{group: -1}} // never nil
	var literal strings.Builder
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i++; i == len(text) {
				return nil, fmt.Errorf("replacement %q: character to be escaped is missing", text)
			}
			literal.WriteByte(text[i])
		case '$':
			group, size, err := re.readGroup(text[i+1:])
			if err != nil {
				return nil, fmt.Errorf("replacement %q: %w", text, err)
			}
			parts = append(parts, part{literal.String(), -1}, part{"", group})
			literal.Reset()
			i += size
		default:
			literal.WriteByte(text[i])
		}
	}
	return append(parts, part{literal.String(), -1}), nil
}

// readGroup reads what follows a $; size is how much of text that is.
func (re *Regexp) readGroup(text string) (group, size int, err error) {
	if text == "" {
		return 0, 0, errors.New("illegal group reference: group index is missing")
	}
	if text[0] == '{' {
		return re.readName(text)
	}
	if !isDigit(rune(text[0])) {
		return 0, 0, errors.New("illegal group reference")
	}
	group, size = int(text[0]-'0'), 1
	for size < len(text) && isDigit(rune(text[size])) && group*10+int(text[size]-'0') <= re.groups {
		group = group*10 + int(text[size]-'0')
		size++
	}
	if group > re.groups {
		return 0, 0, fmt.Errorf("no group %d", group)
	}
	return group, size, nil
}

func (re *Regexp) readName(text string) (group, size int, err error) {
	end := 1
	for end < len(text) && isAlnum(rune(text[end])) {
		end++
	}
	name := text[1:end]
	switch {
	case name == "":
		return 0, 0, errors.New("named capturing group has 0 length name")
	case end == len(text) || text[end] != '}':
		return 0, 0, errors.New("named capturing group is missing trailing '}'")
	case isDigit(rune(name[0])):
		return 0, 0, fmt.Errorf("capturing group name {%s} starts with digit character", name)
	case re.names[name] == 0:
		return 0, 0, fmt.Errorf("no group with name {%s}", name)
	}
	return re.names[name], end + 1, nil
}

// Split parts text around the matches, as String.split does: into at most limit parts when limit is
// positive, and without the empty parts at the end when it is 0.
func (re *Regexp) Split(text string, limit int) ([]string, error) {
	var parts []string
	from, tooMany := 0, false
	err := re.each(text, func(places []int) bool {
		if limit > 0 && len(parts) == limit-1 {
			return false
		}
		if from == 0 && places[1] == 0 {
			return true // nothing stands before an empty match at the beginning
		}
		if tooMany = len(parts) >= maxParts; tooMany {
			return false
		}
		parts = append(parts, text[from:places[0]])
		from = places[1]
		return true
	})
	switch {
	case err != nil:
		return nil, err
	case tooMany:
		return nil, ErrTooLong
	case from == 0:
		return []string{text}, nil
	}
	parts = append(parts, text[from:])
	for limit == 0 && len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts, nil
}
