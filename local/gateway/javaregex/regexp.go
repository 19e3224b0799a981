package javaregex

import (
	"errors"
	"math"
	"regexp"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
)

const (
	// maxSearch is how long one call may search. It is measured in real time: it does not stand for
	// anything on AWS, it only keeps a call from taking the machine.
	maxSearch = time.Second
	// maxStack is how far the backtracking matcher can go back, in steps. Java's own stack ends
	// earlier.
	maxStack = 1 << 20
)

var (
	// ErrLimit means that a search took longer than it may.
	ErrLimit = errors.New("the search for a regular expression takes too long")
	// ErrTooLong means that a result is larger than it may be.
	ErrTooLong = errors.New("the result of a regular expression is too long")
)

// Regexp is a compiled expression. It may be used by several goroutines at once.
type Regexp struct {
	expression string
	groups     int
	names      map[string]int
	looksBack  bool
	whole      matcher // takes a whole text
	part       matcher // finds a place in a text
}

// matcher runs an expression, on the first of three that can run it.
type matcher struct {
	exact *regexp.Regexp  // nil: Go cannot say it
	plain *regexp.Regexp  // for plain texts; nil: Go cannot say it even so
	slow  *regexp2.Regexp // nil: never needed
}

// Compile reads an expression of Java's. An error about its syntax is a *SyntaxError.
func Compile(expression string) (*Regexp, error) {
	p := &parser{expression: expression, names: map[string]int{}}
	tree, err := p.parse()
	if err != nil {
		return nil, err
	}
	p.settle(tree)
	re := &Regexp{
		expression: expression, groups: p.groups, names: p.names, looksBack: tree.looksBack(),
	}
	if re.whole, err = p.matcher(tree, true, false); err != nil {
		return nil, err
	}
	re.part, err = p.matcher(tree, false, re.looksBack)
	return re, err
}

// settle lets references to groups that are not there never match, as in Java.
func (p *parser) settle(n *node) {
	if n.kind == backReference && n.group > p.groups {
		n.kind = never
	}
	for _, sub := range n.subs {
		p.settle(sub)
	}
}

func (p *parser) matcher(tree *node, full, alsoSlow bool) (m matcher, err error) {
	m.exact = compileLinear(tree, linear, full)
	if m.exact == nil {
		m.plain = compileLinear(tree, linearPlain, full)
	}
	if m.exact != nil && !alsoSlow {
		return m, nil
	}
	expression, ok := write(tree, backtracking, full)
	if !ok {
		return m, p.fail("the expression is too large")
	}
	m.slow, err = regexp2.Compile(expression, regexp2.OptionMaxBacktrackingStackSize(maxStack))
	if err != nil {
		return m, p.fail("the expression is not served: %v", err)
	}
	m.slow.MatchTimeout = maxSearch
	return m, nil
}

// compileLinear returns nil when Go cannot say it, or not within its limits.
func compileLinear(tree *node, d dialect, full bool) *regexp.Regexp {
	expression, ok := write(tree, d, full)
	if !ok {
		return nil
	}
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return nil
	}
	return compiled
}

// String returns the expression.
func (re *Regexp) String() string { return re.expression }

// MatchFull says whether the expression matches the whole of text, as String.matches does.
func (re *Regexp) MatchFull(text string) (bool, error) { return re.whole.matches(text) }

// Find says whether the expression matches somewhere in text, as Matcher.find does.
func (re *Regexp) Find(text string) (bool, error) { return re.part.matches(text) }

func (m *matcher) matches(text string) (bool, error) {
	if fast := m.linear(text); fast != nil {
		return fast.MatchString(text), nil
	}
	found, err := m.slow.MatchString(text)
	if err != nil {
		return false, ErrLimit
	}
	return found, nil
}

// linear returns the matcher that takes linear time for text; nil for none.
func (m *matcher) linear(text string) *regexp.Regexp {
	if m.exact != nil || m.plain == nil || !isPlain(text) {
		return m.exact
	}
	return m.plain
}

// isPlain says whether Go and Java mean the same by the ends of lines and words in text.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c == '\n' || c == '\r' || c >= utf8.RuneSelf {
			return false
		}
	}
	return text != ""
}

// each goes through the matches in text. Places are those of regexp's FindStringSubmatchIndex.
func (re *Regexp) each(text string, found func(places []int) bool) error {
	until := time.Now().Add(maxSearch)
	tooLate := false
	within := func(places []int) bool {
		if tooLate = time.Now().After(until); tooLate {
			return false
		}
		return found(places)
	}
	var err error
	if fast := re.part.linear(text); fast != nil && !re.looksBack {
		eachLinear(fast, text, within)
	} else {
		err = re.eachSlow(text, within)
	}
	if tooLate {
		return ErrLimit
	}
	return err
}

// eachLinear also finds an empty match where the one before it ends, which FindAll passes over.
func eachLinear(fast *regexp.Regexp, text string, found func(places []int) bool) {
	for from := 0; from <= len(text); {
		places := fast.FindStringSubmatchIndex(text[from:])
		if places == nil {
			return
		}
		for i := range places {
			if places[i] >= 0 {
				places[i] += from
			}
		}
		if !found(places) {
			return
		}
		from = places[1]
		if places[0] == places[1] {
			_, size := utf8.DecodeRuneInString(text[from:])
			from += max(size, 1)
		}
	}
}

func (re *Regexp) eachSlow(text string, found func(places []int) bool) error {
	runes := []rune(text)
	offsets := offsetsOf(text, len(runes))
	err := re.part.slow.FindRunesMatches(runes, 0, func(view regexp2.MatchView) bool {
		places := make([]int, 2*re.groups+2)
		for group := range re.groups + 1 {
			from, size, ok := view.GroupRange(group)
			if !ok {
				places[2*group], places[2*group+1] = -1, -1
				continue
			}
			places[2*group] = offset(offsets, from)
			places[2*group+1] = offset(offsets, from+size)
		}
		return found(places)
	})
	if err != nil {
		return ErrLimit
	}
	return nil
}

// offsetsOf returns where the characters of text begin; nil when that is their number.
func offsetsOf(text string, characters int) []int {
	if characters == len(text) {
		return nil
	}
	offsets := make([]int, 0, characters+1)
	for at := range text {
		offsets = append(offsets, at)
	}
	return append(offsets, len(text))
}

func offset(offsets []int, character int) int {
	if offsets == nil {
		return character
	}
	return offsets[character]
}

// noLimit is the count of a replacement of all matches.
const noLimit = math.MaxInt
