package firewall

import (
	"regexp/syntax"
	"slices"
	"strings"
)

// maxNeedles is how many texts are looked for before a regular expression is run at once.
const maxNeedles = 64

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
		if re.Flags&syntax.FoldCase == 0 {
			return []string{string(re.Rune)}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpConcat:
		var best []string
		for _, sub := range re.Sub {
			if found := required(sub); better(found, best) {
				best = found
			}
		}
		return best
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
