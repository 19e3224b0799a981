package policy

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// condition is one key under one operator of a Condition block.
type condition struct {
	operator string // as written: "ForAnyValue:StringLikeIfExists"
	key      string
	wanted   []pattern
	test     test
	negated  bool // the operator is a Not… one
	ifExists bool
	set      string // "", ForAllValues or ForAnyValue
	null     bool   // the operator is Null
}

// test compares a value of the request with a wanted one.
type test func(have string, want *pattern, keys map[string][]string) bool

// operator is how a condition operator compares; check refuses wanted values it cannot read.
type operator struct {
	test    test
	negated bool
	check   func(string) bool
}

var operators = map[string]operator{
	"StringEquals":              {test: stringEquals},
	"StringNotEquals":           {test: stringEquals, negated: true},
	"StringEqualsIgnoreCase":    {test: stringEqualsIgnoreCase},
	"StringNotEqualsIgnoreCase": {test: stringEqualsIgnoreCase, negated: true},
	"StringLike":                {test: stringLike},
	"StringNotLike":             {test: stringLike, negated: true},
	"NumericEquals":             {test: numeric(func(c int) bool { return c == 0 }), check: isNumber},
	"NumericNotEquals": {
		test: numeric(func(c int) bool { return c == 0 }), negated: true, check: isNumber,
	},
	"NumericLessThan":          {test: numeric(func(c int) bool { return c < 0 }), check: isNumber},
	"NumericLessThanEquals":    {test: numeric(func(c int) bool { return c <= 0 }), check: isNumber},
	"NumericGreaterThan":       {test: numeric(func(c int) bool { return c > 0 }), check: isNumber},
	"NumericGreaterThanEquals": {test: numeric(func(c int) bool { return c >= 0 }), check: isNumber},
	"DateEquals":               {test: date(func(c int) bool { return c == 0 }), check: isDate},
	"DateNotEquals": {
		test: date(func(c int) bool { return c == 0 }), negated: true, check: isDate,
	},
	"DateLessThan":          {test: date(func(c int) bool { return c < 0 }), check: isDate},
	"DateLessThanEquals":    {test: date(func(c int) bool { return c <= 0 }), check: isDate},
	"DateGreaterThan":       {test: date(func(c int) bool { return c > 0 }), check: isDate},
	"DateGreaterThanEquals": {test: date(func(c int) bool { return c >= 0 }), check: isDate},
	"Bool":                  {test: stringEqualsIgnoreCase, check: isBool},
	"BinaryEquals":          {test: stringEquals},
	"IpAddress":             {test: inRange, check: isRange},
	"NotIpAddress":          {test: inRange, negated: true, check: isRange},
	"ArnEquals":             {test: arnLike},
	"ArnNotEquals":          {test: arnLike, negated: true},
	"ArnLike":               {test: arnLike},
	"ArnNotLike":            {test: arnLike, negated: true},
	"Null":                  {check: isBool},
}

func newCondition(name, key string, wanted []pattern) (condition, error) {
	c := condition{operator: name, key: key, wanted: wanted}
	base := name
	if set, rest, found := strings.Cut(name, ":"); found {
		if set != "ForAllValues" && set != "ForAnyValue" {
			return c, fmt.Errorf("condition operator %q: %q is no set operator, allowed are "+
				"ForAllValues and ForAnyValue", name, set)
		}
		c.set, base = set, rest
	}
	base, c.ifExists = strings.CutSuffix(base, "IfExists")
	op, known := operators[base]
	if !known || base == "Null" && base != name {
		return c, fmt.Errorf("condition operator %q is not one of IAM's", name)
	}
	c.test, c.negated, c.null = op.test, op.negated, base == "Null"
	for _, want := range wanted {
		if op.check != nil && !want.variables && !op.check(want.text) {
			return c, fmt.Errorf("condition %s %s: %q is no value that the operator can compare",
				name, key, want.text)
		}
	}
	return c, nil
}

// holds reports whether the condition is true of the keys of a request. A key that the request does
// not have makes positive operators false and negated ones true.
func (c *condition) holds(keys map[string][]string) bool {
	have := lookup(keys, c.key)
	if c.null {
		return c.wantsAbsence() == (len(have) == 0)
	}
	if len(have) == 0 {
		return c.ifExists || c.set == "ForAllValues" || c.negated && c.set == ""
	}
	for _, value := range have {
		met := c.matchesAny(value, keys) != c.negated
		switch {
		case c.set == "ForAllValues" && !met, c.set == "" && c.negated && !met:
			return false
		case c.set == "ForAnyValue" && met, c.set == "" && !c.negated && met:
			return true
		}
	}
	return c.set == "ForAllValues" || c.set == "" && c.negated
}

// String names the condition: "Condition IpAddress aws:SourceIp".
func (c *condition) String() string { return "Condition " + c.operator + " " + c.key }

func (c *condition) wantsAbsence() bool {
	for _, want := range c.wanted {
		if strings.EqualFold(want.text, "true") {
			return true
		}
	}
	return false
}

func (c *condition) matchesAny(value string, keys map[string][]string) bool {
	for i := range c.wanted {
		if c.test(value, &c.wanted[i], keys) {
			return true
		}
	}
	return false
}

func stringEquals(have string, want *pattern, keys map[string][]string) bool {
	return want.equals(have, keys, func(a, b string) bool { return a == b })
}

func stringEqualsIgnoreCase(have string, want *pattern, keys map[string][]string) bool {
	return want.equals(have, keys, strings.EqualFold)
}

func stringLike(have string, want *pattern, keys map[string][]string) bool {
	return want.matches(have, keys)
}

// arnLike compares the six parts of an ARN one by one, so a wildcard stays within its part. What a
// policy variable holds is no wildcard.
func arnLike(have string, want *pattern, keys map[string][]string) bool {
	const parts = 6
	glob := want.glob
	if want.variables {
		filled, ok := fill(want.text, keys)
		if !ok {
			return false
		}
		glob = filled
	}
	for part := range parts {
		text, rest, more := strings.Cut(have, ":")
		end := slices.Index(glob, ':')
		if part == parts-1 {
			return match(glob, have)
		}
		if !more || end < 0 || !match(glob[:end], text) {
			return false
		}
		have, glob = rest, glob[end+1:]
	}
	return false
}

func numeric(holds func(comparison int) bool) test {
	return func(have string, want *pattern, keys map[string][]string) bool {
		text, ok := want.literal(keys)
		a, errA := strconv.ParseFloat(have, 64)
		b, errB := strconv.ParseFloat(text, 64)
		if !ok || errA != nil || errB != nil {
			return false
		}
		switch {
		case a < b:
			return holds(-1)
		case a > b:
			return holds(1)
		}
		return a == b && holds(0) // NaN equals nothing
	}
}

func date(holds func(comparison int) bool) test {
	return func(have string, want *pattern, keys map[string][]string) bool {
		text, ok := want.literal(keys)
		a, okA := parseDate(have)
		b, okB := parseDate(text)
		return ok && okA && okB && holds(a.Compare(b))
	}
}

func inRange(have string, want *pattern, keys map[string][]string) bool {
	text, ok := want.literal(keys)
	address, err := netip.ParseAddr(have)
	if !ok || err != nil {
		return false
	}
	addresses, ok := parseRange(text)
	return ok && addresses.Contains(address.Unmap().WithZone(""))
}

func isNumber(text string) bool { _, err := strconv.ParseFloat(text, 64); return err == nil }
func isDate(text string) bool   { _, ok := parseDate(text); return ok }
func isRange(text string) bool  { _, ok := parseRange(text); return ok }
func isBool(text string) bool {
	return strings.EqualFold(text, "true") || strings.EqualFold(text, "false")
}

// parseDate reads the W3C profile of ISO 8601, or seconds since 1970.
func parseDate(text string) (time.Time, bool) {
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", time.DateOnly, "2006-01",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	return time.Unix(seconds, 0), err == nil
}

// parseRange reads "203.0.113.0/24" or a single address.
func parseRange(text string) (netip.Prefix, bool) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked(), true
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(address, address.BitLen()), true
}
