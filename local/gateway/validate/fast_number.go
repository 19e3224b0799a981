package validate

import "math"

// maxDigits is how many digits a number may have to be decided without the library.
const maxDigits = 18

// fixed is mantissa · 10^-places.
type fixed struct {
	mantissa int64
	places   int
}

// limit is a bound of a number.
type limit struct {
	bound  fixed
	below  bool // it bounds from below
	strict bool
}

// readFixed reads a number of JSON; size is what it takes of text, 0 when there is none. ok is
// false for one that is too long to be held exactly.
func readFixed(text string) (d fixed, size int, ok bool) {
	at := 0
	negative := at < len(text) && text[at] == '-'
	if negative {
		at++
	}
	whole := digitsAt(text, at)
	if whole == 0 || whole > 1 && text[at] == '0' {
		return d, 0, false
	}
	ok = d.take(text[at : at+whole])
	at += whole
	if at < len(text) && text[at] == '.' {
		fraction := digitsAt(text, at+1)
		if fraction == 0 {
			return d, 0, false
		}
		ok = d.take(text[at+1:at+1+fraction]) && ok
		d.places = fraction
		at += 1 + fraction
	}
	if at < len(text) && text[at]|0x20 == 'e' {
		exponent, digits := exponentAt(text, at+1)
		if digits == 0 {
			return d, 0, false
		}
		ok = ok && exponent >= -maxDigits && exponent <= maxDigits
		d.places -= exponent
		at += 1 + digits
	}
	if negative {
		d.mantissa = -d.mantissa
	}
	return d, at, ok && d.settle()
}

// take appends digits to the mantissa.
func (d *fixed) take(digits string) bool {
	for i := range len(digits) {
		if d.mantissa > (math.MaxInt64-9)/10 {
			return false
		}
		d.mantissa = d.mantissa*10 + int64(digits[i]-'0')
	}
	return true
}

// settle takes trailing zeros away, so that places is 0 for integers and positive for all else.
func (d *fixed) settle() bool {
	if d.mantissa == 0 {
		d.places = 0
	}
	for d.places > 0 && d.mantissa%10 == 0 {
		d.mantissa /= 10
		d.places--
	}
	for ; d.places < 0; d.places++ {
		next, fits := tenfold(d.mantissa)
		if !fits {
			return false
		}
		d.mantissa = next
	}
	return d.places <= maxDigits
}

func tenfold(n int64) (int64, bool) {
	return n * 10, n <= math.MaxInt64/10 && n >= math.MinInt64/10
}

func digitsAt(text string, at int) int {
	n := 0
	for at+n < len(text) && text[at+n] >= '0' && text[at+n] <= '9' {
		n++
	}
	return n
}

// exponentAt reads what follows an e; an exponent beyond all use is read as a million.
func exponentAt(text string, at int) (exponent, size int) {
	from, sign := at, 1
	if at < len(text) && (text[at] == '+' || text[at] == '-') {
		if text[at] == '-' {
			sign = -1
		}
		at++
	}
	digits := digitsAt(text, at)
	if digits == 0 {
		return 0, 0
	}
	for i := range digits {
		exponent = min(exponent*10+int(text[at+i]-'0'), 1_000_000)
	}
	return sign * exponent, at + digits - from
}

// aligned returns both mantissas at the same number of places.
func aligned(a, b fixed) (x, y int64, ok bool) {
	ok = true
	for ; a.places < b.places && ok; a.places++ {
		a.mantissa, ok = tenfold(a.mantissa)
	}
	for ; b.places < a.places && ok; b.places++ {
		b.mantissa, ok = tenfold(b.mantissa)
	}
	return a.mantissa, b.mantissa, ok
}

// holds says whether a number is within a limit; sure is false when that takes longer numbers.
func (l limit) holds(d fixed) (within, sure bool) {
	x, bound, sure := aligned(d, l.bound)
	switch {
	case x == bound:
		return !l.strict, sure
	case l.below:
		return x > bound, sure
	}
	return x < bound, sure
}

const (
	// maxNumber and maxExponent bound the numbers of a body, in digits: beyond them a short text
	// stands for more digits than there is memory for.
	//
	// Unlike AWS: a body with a longer number cannot be parsed.
	maxNumber   = 1000
	maxExponent = 4
)

// hasEndlessNumber says whether a text has a number beyond those bounds.
func hasEndlessNumber(text string) bool {
	for at := 0; at < len(text); at++ {
		switch c := text[at]; {
		case c == '"':
			at = stringEnd(text, at)
		case c >= '0' && c <= '9':
			from := at
			for at < len(text) && isNumeric(text[at]) {
				if text[at]|0x20 == 'e' && exponentDigits(text[at+1:]) > maxExponent {
					return true
				}
				at++
			}
			if at-from > maxNumber {
				return true
			}
			at--
		}
	}
	return false
}

func isNumeric(c byte) bool {
	return c >= '0' && c <= '9' || c == '.' || c == '-' || c == '+' || c|0x20 == 'e'
}

// exponentDigits counts the digits of an exponent without the zeros before it.
func exponentDigits(text string) int {
	at := 0
	for at < len(text) && (text[at] == '+' || text[at] == '-' || text[at] == '0') {
		at++
	}
	return digitsAt(text, at)
}

// stringEnd returns where the string that begins at a place has its closing quote.
func stringEnd(text string, at int) int {
	for at++; at < len(text) && text[at] != '"'; at++ {
		if text[at] == '\\' {
			at++
		}
	}
	return at
}
