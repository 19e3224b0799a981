package vtl

import (
	"strings"
	"sync"

	"portico/local/gateway/javaregex"
)

// patterns keeps the regular expressions a template has met.
type patterns struct {
	mu    sync.Mutex // guards known
	known map[string]*javaregex.Regexp
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

func (p *patterns) compile(pattern string) (*javaregex.Regexp, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if re := p.known[pattern]; re != nil {
		return re, nil
	}
	re, err := javaregex.Compile(pattern)
	if err != nil {
		return nil, err
	}
	if p.known == nil || len(p.known) >= maxPatterns {
		p.known = map[string]*javaregex.Regexp{}
	}
	p.known[pattern] = re
	return re, nil
}

func (p *patterns) matches(text, pattern string) (any, bool, error) {
	re, err := p.compile(pattern)
	if err != nil {
		return nil, true, err
	}
	matches, err := re.MatchFull(text)
	return matches, true, err
}

func (p *patterns) split(text, pattern string, limit int) (any, bool, error) {
	parts, err := p.parts(text, pattern, limit)
	if err != nil {
		return nil, true, err
	}
	items := make([]any, len(parts))
	for i := range parts {
		items[i] = parts[i]
	}
	return &List{Kind: Array, Items: items}, true, nil
}

func (p *patterns) parts(text, pattern string, limit int) ([]string, error) {
	if separator, ok := plain(pattern); ok && separator != "" && limit == 0 {
		if strings.Count(text, separator) >= maxElements {
			return nil, javaregex.ErrTooLong
		}
		if !strings.Contains(text, separator) {
			return []string{text}, nil
		}
		parts := strings.Split(text, separator)
		for len(parts) > 0 && parts[len(parts)-1] == "" {
			parts = parts[:len(parts)-1]
		}
		return parts, nil
	}
	re, err := p.compile(pattern)
	if err != nil {
		return nil, err
	}
	return re.Split(text, limit)
}

// replaceAll replaces every match.
func (p *patterns) replaceAll(text, pattern, replacement string) (any, bool, error) {
	literal, ok := plain(pattern)
	if ok && literal != "" && !strings.ContainsAny(replacement, `\$`) {
		if strings.Count(text, literal)*len(replacement)+len(text) > maxOutput {
			return nil, true, errTooLong
		}
		return strings.ReplaceAll(text, literal, replacement), true, nil
	}
	re, err := p.compile(pattern)
	if err != nil {
		return nil, true, err
	}
	result, err := re.ReplaceAll(text, replacement)
	return result, true, err
}

func (p *patterns) replaceFirst(text, pattern, replacement string) (any, bool, error) {
	re, err := p.compile(pattern)
	if err != nil {
		return nil, true, err
	}
	result, err := re.ReplaceFirst(text, replacement)
	return result, true, err
}
