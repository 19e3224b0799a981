package vtl

import (
	"regexp"
	"strings"
	"sync"
)

// patterns keeps the regular expressions a template has met.
type patterns struct {
	mu    sync.Mutex // guards known
	known map[string]*regexp.Regexp
}

// maxPatterns bounds what a template keeps: patterns can be made of the call's data.
const maxPatterns = 64

// meta are the characters that mean something in a regular expression.
const meta = `\.[]{}()*+-?^$|`

// plain returns the text that a pattern without operators stands for.
func plain(pattern string) (string, bool) {
	if !strings.ContainsAny(pattern, meta) {
		return pattern, true
	}
	var text strings.Builder
	for i := 0; i < len(pattern); i++ {
		c := pattern[i]
		if c == '\\' {
			if i++; i == len(pattern) || isLetter(pattern[i]) || isDigit(pattern[i]) {
				return "", false
			}
			c = pattern[i]
		} else if strings.IndexByte(meta, c) >= 0 && c != '-' && c != ']' && c != '}' {
			return "", false
		}
		text.WriteByte(c)
	}
	return text.String(), true
}

func (p *patterns) compile(pattern string) (*regexp.Regexp, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if re := p.known[pattern]; re != nil {
		return re, nil
	}
	translated, err := translate(pattern)
	if err != nil {
		return nil, err
	}
	re, err := regexp.Compile(translated)
	if err != nil {
		return nil, errorf("regular expression %q: %w", pattern, err)
	}
	if p.known == nil || len(p.known) >= maxPatterns {
		p.known = map[string]*regexp.Regexp{}
	}
	p.known[pattern] = re
	return re, nil
}

func (p *patterns) matches(text, pattern string) (any, bool, error) {
	re, err := p.compile(`^(?:` + pattern + `)\z`)
	if err != nil {
		return nil, true, err
	}
	return re.MatchString(text), true, nil
}

func (p *patterns) split(text, pattern string, limit int) (any, bool, error) {
	var places [][]int
	if separator, ok := plain(pattern); ok && separator != "" {
		places = literalPlaces(text, separator)
	} else {
		re, err := p.compile(pattern)
		if err != nil {
			return nil, true, err
		}
		places = re.FindAllStringIndex(text, maxElements)
	}
	var parts []any
	from := 0
	for _, m := range places {
		if limit > 0 && len(parts) == limit-1 {
			break
		}
		if m[1] == 0 || m[0] == m[1] && m[0] == len(text) { // an empty match at an end parts nothing
			continue
		}
		parts = append(parts, text[from:m[0]])
		from = m[1]
	}
	parts = append(parts, text[from:])
	for last := len(parts) - 1; limit == 0 && last > 0 && parts[last] == ""; last-- {
		parts = parts[:last]
	}
	if limit == 0 && len(parts) == 1 && from > 0 && parts[0] == "" {
		parts = nil
	}
	return &List{Kind: Array, Items: parts}, true, nil
}

func literalPlaces(text, separator string) [][]int {
	var places [][]int
	for from := 0; len(places) < maxElements; {
		at := strings.Index(text[from:], separator)
		if at < 0 {
			break
		}
		places = append(places, []int{from + at, from + at + len(separator)})
		from += at + len(separator)
	}
	return places
}

// replace replaces the first count matches, or all when count is negative.
func (p *patterns) replace(text, pattern, replacement string, count int) (any, bool, error) {
	literal, ok := plain(pattern)
	if ok && literal != "" && !strings.ContainsAny(replacement, `\$`) {
		if strings.Count(text, literal)*len(replacement)+len(text) > maxOutput {
			return nil, true, errTooLong
		}
		return strings.Replace(text, literal, replacement, count), true, nil
	}
	re, err := p.compile(pattern)
	if err != nil {
		return nil, true, err
	}
	out, from := make([]byte, 0, len(text)), 0
	for _, m := range re.FindAllStringSubmatchIndex(text, count) {
		out = append(out, text[from:m[0]]...)
		if out, err = expand(out, replacement, re, match{text, m}); err != nil {
			return nil, true, err
		}
		if from = m[1]; len(out) > maxOutput {
			return nil, true, errTooLong
		}
	}
	return string(append(out, text[from:]...)), true, nil
}

type match struct {
	text   string
	places []int
}

func (m match) group(n int) string {
	if m.places[2*n] < 0 {
		return ""
	}
	return m.text[m.places[2*n]:m.places[2*n+1]]
}

// expand writes a replacement: \x is x, $1 and ${name} are groups.
func expand(out []byte, replacement string, re *regexp.Regexp, m match) ([]byte, error) {
	for i := 0; i < len(replacement); i++ {
		c := replacement[i]
		if c == '\\' {
			if i++; i == len(replacement) {
				return nil, errorf("character to be escaped is missing in %q", replacement)
			}
			out = append(out, replacement[i])
			continue
		}
		if c != '$' {
			out = append(out, c)
			continue
		}
		group, size := groupOf(replacement[i+1:], re)
		if group < 0 {
			return nil, errorf("illegal group reference in the replacement %q", replacement)
		}
		out = append(out, m.group(group)...)
		i += size
	}
	return out, nil
}

// groupOf reads the group after a $; -1 when there is none.
func groupOf(text string, re *regexp.Regexp) (group, size int) {
	if name, found := strings.CutPrefix(text, "{"); found {
		name, _, closed := strings.Cut(name, "}")
		if !closed {
			return -1, 0
		}
		return re.SubexpIndex(name), len(name) + 2
	}
	if text == "" || !isDigit(text[0]) || int(text[0]-'0') > re.NumSubexp() {
		return -1, 0
	}
	group, size = int(text[0]-'0'), 1
	for size < len(text) && isDigit(text[size]) {
		next := group*10 + int(text[size]-'0')
		if next > re.NumSubexp() {
			break
		}
		group, size = next, size+1
	}
	return group, size
}

// translate turns Java's dialect into Go's.
//
// Unlike AWS: lookaround, backreferences and possessive quantifiers are refused, because Go's
// expressions, which never take exponential time, do not have them.
func translate(pattern string) (string, error) {
	var out strings.Builder
	class := 0
	for i := 0; i < len(pattern); i++ {
		rest := pattern[i:]
		switch c := pattern[i]; {
		case c == '\\' && i+1 < len(pattern):
			text, size, err := translateEscape(rest, class > 0)
			if err != nil {
				return "", err
			}
			out.WriteString(text)
			i += size - 1
		case strings.HasPrefix(rest, "(?=") || strings.HasPrefix(rest, "(?!") ||
			strings.HasPrefix(rest, "(?<=") || strings.HasPrefix(rest, "(?<!") ||
			strings.HasPrefix(rest, "(?>"):
			return "", errorf("regular expression %q: %s…) is not supported", pattern, rest[:3])
		case c == '{' && class == 0 && !isRepetition(rest, out.Len() > 0):
			return "", errorf("illegal repetition near index %d: %s", i, pattern)
		case c == '.' && class == 0 && !strings.Contains(pattern, "(?s)"):
			out.WriteString(`[^\n\r\x{85}\x{2028}\x{2029}]`)
		default:
			class = classDepth(class, c)
			out.WriteByte(c)
		}
	}
	return out.String(), nil
}

func classDepth(depth int, c byte) int {
	switch {
	case c == '[' && depth == 0:
		return 1
	case c == ']':
		return 0
	}
	return depth
}

func isRepetition(rest string, after bool) bool {
	return after && len(rest) > 1 && isDigit(rest[1])
}

// classes are escapes that Go writes otherwise; they stand inside brackets too.
var classes = map[string]string{
	`\h`: ` \t\x{A0}\x{1680}\x{180e}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}`,
	`\v`: `\n\x0B\f\r\x{85}\x{2028}\x{2029}`,
	`\s`: ` \t\n\x0B\f\r`,
}

var posix = map[string]string{
	"Lower": "a-z", "Upper": "A-Z", "ASCII": `\x00-\x7F`, "Alpha": "a-zA-Z", "Digit": "0-9",
	"Alnum": "a-zA-Z0-9", "Punct": `!-/:-@\[-` + "`" + `{-~`, "Graph": "!-~", "Print": " -~",
	"Blank": ` \t`, "Cntrl": `\x00-\x1F\x7F`, "XDigit": "0-9a-fA-F", "Space": ` \t\n\x0B\f\r`,
	"IsAlphabetic": `\p{L}\p{Nl}`, "IsDigit": `\p{Nd}`, "IsLetter": `\p{L}`,
}

// translateEscape translates what a backslash begins; size is what it takes of the pattern.
func translateEscape(rest string, inClass bool) (text string, size int, err error) {
	switch next := rest[1]; {
	case next >= '1' && next <= '9' || next == 'k' || next == 'G':
		return "", 0, errorf("regular expression: %s is not supported", rest[:2])
	case next == 'Z':
		return `(?:\r?\n)?\z`, 2, nil
	case next == 'R':
		return `(?:\r\n|[\n\x0B\f\r\x{85}\x{2028}\x{2029}])`, 2, nil
	case next == 'e':
		return `\x1B`, 2, nil
	case next == 'u' && len(rest) >= 6:
		return `\x{` + rest[2:6] + `}`, 6, nil
	case next == 'p' && len(rest) > 2 && rest[2] == '{':
		if name, _, closed := strings.Cut(rest[3:], "}"); closed && posix[name] != "" {
			return bracketed(posix[name], inClass), len(name) + 4, nil
		}
	}
	if set := classes[rest[:2]]; set != "" {
		return bracketed(set, inClass), 2, nil
	}
	return rest[:2], 2, nil
}

func bracketed(set string, inClass bool) string {
	if inClass {
		return set
	}
	return "[" + set + "]"
}
