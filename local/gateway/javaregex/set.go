package javaregex

import (
	"slices"
	"unicode"
)

const maxRune = unicode.MaxRune

// span is a range of characters, both ends included.
type span struct{ low, high rune }

// set is a set of characters: spans in order that neither overlap nor touch.
type set []span

// setOf makes a set of spans in any order.
func setOf(spans ...span) set {
	slices.SortFunc(spans, func(a, b span) int { return int(a.low) - int(b.low) })
	var out set
	for _, s := range spans {
		if last := len(out) - 1; last >= 0 && s.low <= out[last].high+1 {
			out[last].high = max(out[last].high, s.high)
			continue
		}
		out = append(out, s)
	}
	return out
}

func single(c rune) set { return set{{c, c}} }

// charsOf is the set of the characters of a text.
func charsOf(text string) set {
	var spans []span
	for _, c := range text {
		spans = append(spans, span{c, c})
	}
	return setOf(spans...)
}

func (s set) union(other set) set { return setOf(slices.Concat(s, other)...) }

func (s set) negate() set {
	var out set
	next := rune(0)
	for _, part := range s {
		if part.low > next {
			out = append(out, span{next, part.low - 1})
		}
		next = part.high + 1
	}
	if next <= maxRune {
		out = append(out, span{next, maxRune})
	}
	return out
}

func (s set) intersect(other set) set { return s.negate().union(other.negate()).negate() }

func (s set) without(other set) set { return s.intersect(other.negate()) }

// negateIf returns s, or what is not in it.
func (s set) negateIf(negated bool) set {
	if negated {
		return s.negate()
	}
	return s
}

// fromTables is the set of the characters of Unicode tables.
func fromTables(tables ...*unicode.RangeTable) set {
	var spans []span
	add := func(low, high, stride rune) {
		if stride == 1 {
			spans = append(spans, span{low, high})
			return
		}
		for c := low; c <= high; c += stride {
			spans = append(spans, span{c, c})
		}
	}
	for _, table := range tables {
		for _, r := range table.R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range table.R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	return setOf(spans...)
}

// folded adds the other case of the ASCII letters of s, or of all letters.
func (s set) folded(all bool) set {
	spans := slices.Clone(s)
	for _, part := range s {
		high := part.high
		if !all {
			high = min(high, unicode.MaxASCII)
		}
		// Beyond the last letter with two cases nothing folds.
		for c := part.low; c <= min(high, lastFolding); c++ {
			for other := unicode.SimpleFold(c); other != c; other = unicode.SimpleFold(other) {
				if all || other <= unicode.MaxASCII {
					spans = append(spans, span{other, other})
				}
			}
		}
	}
	return setOf(spans...)
}

const lastFolding = 0x1E943
