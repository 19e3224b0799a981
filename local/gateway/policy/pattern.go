package policy

import (
	"strings"
	"unicode/utf8"
)

// pattern is a text with the wildcards * and ? and, in documents of version 2012-10-17, the policy
// variables ${key}, ${key, 'default'}, ${*}, ${?} and ${$}.
type pattern struct {
	text      string
	glob      []rune // nil when the text has variables, which only a request can fill
	variables bool
}

// The wildcards of a glob; literal characters stand as themselves.
const (
	anyOne rune = -1 // ?
	anyRun rune = -2 // *
)

func newPattern(text string, variables bool) pattern {
	if variables && strings.Contains(text, "${") {
		return pattern{text: text, variables: true}
	}
	return pattern{text: text, glob: appendGlob(nil, text)}
}

// matches reports whether the whole value fits the pattern.
func (p *pattern) matches(value string, keys map[string][]string) bool {
	if !p.variables {
		return match(p.glob, value)
	}
	glob, ok := fill(p.text, keys)
	return ok && match(glob, value)
}

// equals reports whether value is the text with its variables filled; wildcards are characters.
func (p *pattern) equals(value string, keys map[string][]string, same func(a, b string) bool) bool {
	text, ok := p.literal(keys)
	return ok && same(value, text)
}

// literal returns the text with its variables filled; ok is false when a variable has no value.
func (p *pattern) literal(keys map[string][]string) (text string, ok bool) {
	if !p.variables {
		return p.text, true
	}
	glob, ok := fill(p.text, keys)
	if !ok {
		return "", false
	}
	for i, r := range glob {
		switch r {
		case anyOne:
			glob[i] = '?'
		case anyRun:
			glob[i] = '*'
		}
	}
	return string(glob), true
}

func appendGlob(glob []rune, text string) []rune {
	for _, r := range text {
		switch r {
		case '*':
			r = anyRun
		case '?':
			r = anyOne
		}
		glob = append(glob, r)
	}
	return glob
}

// fill replaces policy variables; what they hold is never read as a wildcard. A variable without a
// value and default makes the pattern match nothing, as IAM does.
func fill(text string, keys map[string][]string) (glob []rune, ok bool) {
	for {
		before, rest, found := strings.Cut(text, "${")
		glob = appendGlob(glob, before)
		if !found {
			return glob, true
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed {
			return appendGlob(glob, "${"+rest), true
		}
		value, ok := variable(name, keys)
		if !ok {
			return nil, false
		}
		glob = append(glob, []rune(value)...)
		text = after
	}
}

func variable(name string, keys map[string][]string) (string, bool) {
	if name == "*" || name == "?" || name == "$" {
		return name, true
	}
	name, fallback, hasFallback := strings.Cut(name, ",")
	if values := lookup(keys, strings.TrimSpace(name)); len(values) == 1 {
		return values[0], true
	}
	if !hasFallback {
		return "", false
	}
	return strings.Trim(strings.TrimSpace(fallback), "'"), true
}

// match reports whether the whole value fits the glob. It goes back only to the last *, so the cost
// is at most the product of both lengths.
func match(glob []rune, value string) bool {
	g, v := 0, 0
	star, resume := -1, 0
	for v < len(value) {
		r, size := utf8.DecodeRuneInString(value[v:])
		switch {
		case g < len(glob) && glob[g] == anyRun:
			star, resume = g, v
			g++
		case g < len(glob) && (glob[g] == anyOne || glob[g] == r):
			g++
			v += size
		case star >= 0:
			_, skipped := utf8.DecodeRuneInString(value[resume:])
			resume += skipped
			g, v = star+1, resume
		default:
			return false
		}
	}
	for g < len(glob) && glob[g] == anyRun {
		g++
	}
	return g == len(glob)
}

// lookup returns the values of a condition key, whose names compare without case.
func lookup(keys map[string][]string, name string) []string {
	if values, found := keys[name]; found {
		return values
	}
	for key, values := range keys {
		if strings.EqualFold(key, name) {
			return values
		}
	}
	return nil
}

func lower(s string) string { return strings.ToLower(s) }
