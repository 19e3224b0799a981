package firewall

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxNeedles is how many texts are looked for before a regular expression is run at once.
	maxNeedles = 400
	// maxClass is of how many characters a class may be to be looked for one by one.
	maxClass = 12
)

// needles returns texts of which every match of a regular expression has one; nil when there are
// none worth looking for. To look for them is much faster than to run the expression, and ordinary
// requests have none of them.
func needles(pattern string) []string {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return nil
	}
	found := required(parsed.Simplify())
	if len(found) > maxNeedles || weakest(found) < 2 {
		return nil
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return exact(re)
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		return requiredOfSequence(re.Sub)
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			found := required(sub)
			if found == nil {
				return nil
			}
			all = append(all, found...)
		}
		return all
	}
	return nil
}

// requiredOfSequence takes the best of what single parts want, and of what neighbours that stand
// for few texts want together.
func requiredOfSequence(parts []*syntax.Regexp) []string {
	var best, together []string
	for _, part := range flat(parts) {
		if found := required(part); better(found, best) {
			best = found
		}
		texts := exact(part)
		if together = crossed(together, texts); together == nil {
			together = texts
		}
		if better(together, best) {
			best = together
		}
	}
	return best
}

// flat puts the parts of sequences within a sequence in their place.
func flat(parts []*syntax.Regexp) []*syntax.Regexp {
	var all []*syntax.Regexp
	for _, part := range parts {
		for part.Op == syntax.OpCapture {
			part = part.Sub[0]
		}
		if part.Op == syntax.OpConcat {
			all = append(all, flat(part.Sub)...)
			continue
		}
		all = append(all, part)
	}
	return all
}

// exact returns all texts that an expression can match; nil when they are many. What matches
// nothing but a place, like ^, matches the empty text.
func exact(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		if re.Flags&syntax.FoldCase == 0 {
			return []string{string(re.Rune)}
		}
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText,
		syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}
	case syntax.OpCharClass:
		return exactClass(re.Rune)
	case syntax.OpCapture:
		return exact(re.Sub[0])
	case syntax.OpQuest:
		if texts := exact(re.Sub[0]); texts != nil && len(texts) < maxNeedles {
			return append([]string{""}, texts...)
		}
	case syntax.OpConcat:
		all := []string{""}
		for _, sub := range re.Sub {
			if all = crossed(all, exact(sub)); all == nil {
				return nil
			}
		}
		return all
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			texts := exact(sub)
			if texts == nil || len(all)+len(texts) > maxNeedles {
				return nil
			}
			all = append(all, texts...)
		}
		return all
	}
	return nil
}

func exactClass(ranges []rune) []string {
	var texts []string
	for i := 0; i < len(ranges); i += 2 {
		if int(ranges[i+1]-ranges[i])+len(texts) >= maxClass || ranges[i+1] >= utf8.RuneSelf {
			return nil
		}
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			texts = append(texts, string(r))
		}
	}
	return texts
}

// crossed returns every text of a with every one of b behind it; nil when they are too many.
func crossed(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 || len(a)*len(b) > maxNeedles {
		return nil
	}
	all := make([]string, 0, len(a)*len(b))
	for _, first := range a {
		for _, second := range b {
			all = append(all, first+second)
		}
	}
	return all
}

// better prefers needles that ordinary text has seldom, then few.
func better(a, b []string) bool {
	if weakest(a) != weakest(b) {
		return weakest(a) > weakest(b)
	}
	return len(a) < len(b)
}

// weakest returns how seldom ordinary text has the commonest needle: about its length, and more
// for signs that JSON and forms do without.
func weakest(needles []string) int {
	if len(needles) == 0 {
		return 0
	}
	least := weight(needles[0])
	for _, needle := range needles[1:] {
		least = min(least, weight(needle))
	}
	return least
}

func weight(needle string) int {
	sum := 0
	for i := 0; i < len(needle); i++ {
		switch c := needle[i]; {
		case strings.IndexByte("'`$;\\|<>#%^~@(", c) >= 0 || c < ' ':
			sum += 3
		case strings.IndexByte(` ,:"{}`, c) >= 0 || isWord(rune(c)):
			sum++
		default:
			sum += 2
		}
	}
	return sum
}

// unbounded is the width of what can match a text of any length.
const unbounded = -1

// width returns how many bytes the longest match of a regular expression has.
func width(pattern string) int {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return unbounded
	}
	return widest(parsed)
}

func widest(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return utf8.UTFMax * len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return utf8.UTFMax
	case syntax.OpStar, syntax.OpPlus:
		return unbounded
	case syntax.OpRepeat:
		if one := widest(re.Sub[0]); one != unbounded && re.Max != unbounded {
			return one * re.Max
		}
		return unbounded
	}
	sum := 0
	for _, sub := range re.Sub {
		one := widest(sub)
		switch {
		case one == unbounded:
			return unbounded
		case re.Op == syntax.OpAlternate:
			sum = max(sum, one)
		default:
			sum += one
		}
	}
	return sum
}
