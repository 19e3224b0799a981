package export

import (
	"regexp"
	"strings"
)

// plainKey is a key that YAML takes without quotes for a string, whatever its version.
var plainKey = regexp.MustCompile(`^[A-Za-z_/$][A-Za-z0-9_/.$+-]*$`)

// words are what YAML, in one version or another, takes for something else than a string.
const words = " true false yes no on off y n null nan inf "

// appendYAML writes the members of an object, or the items of a list, each on a line of its own.
// Strings are quoted as AWS quotes them, so that none is taken for a number or a date.
func appendYAML(out []byte, value any, depth int) []byte {
	blanks := strings.Repeat("  ", depth)
	switch value := value.(type) {
	case object:
		for _, one := range value {
			out = append(out, blanks...)
			out = appendMember(out, one, depth)
		}
	case []any:
		for _, item := range value {
			out = append(append(out, blanks...), "- "...)
			out = appendItem(out, item, depth)
		}
	}
	return out
}

// appendMember writes "key: value" and the end of its line; what is nested stands below it.
func appendMember(out []byte, one member, depth int) []byte {
	if plainKey.MatchString(one.key) && !strings.Contains(words, " "+strings.ToLower(one.key)+" ") {
		out = append(out, one.key...)
	} else {
		out = appendScalar(out, one.key)
	}
	out = append(out, ':')
	switch value := one.value.(type) {
	case object:
		if len(value) > 0 {
			return appendYAML(append(out, '\n'), value, depth+1)
		}
	case []any:
		if len(value) > 0 {
			return appendYAML(append(out, '\n'), value, depth)
		}
	}
	return append(appendYAMLScalar(append(out, ' '), one.value), '\n')
}

// appendItem writes an item of a list behind its dash.
func appendItem(out []byte, item any, depth int) []byte {
	switch item := item.(type) {
	case object:
		for i, one := range item {
			if i > 0 {
				out = append(out, strings.Repeat("  ", depth+1)...)
			}
			out = appendMember(out, one, depth+1)
		}
		if len(item) > 0 {
			return out
		}
	case []any:
		if len(item) > 0 {
			return appendYAML(append(out, '\n'), item, depth+1)
		}
	}
	return append(appendYAMLScalar(out, item), '\n')
}

func appendYAMLScalar(out []byte, value any) []byte {
	switch value.(type) {
	case object:
		return append(out, "{}"...)
	case []any:
		return append(out, "[]"...)
	}
	return appendScalar(out, value)
}
