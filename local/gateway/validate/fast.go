package validate

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// check is a schema compiled for a walk over the text of a body, which says whether the body fits
// and no more: why it does not is told by the schema itself, in AWS's words. A nil check lets every
// value pass.
type check struct {
	ref   *check // counts alone
	types kinds  // none: all
	enum  *choices

	all, anyOf, oneOf []*check
	not               *check

	members    map[string]int // the places of names in the next two
	declared   []bool         // the name is one of properties
	schemas    []*check
	required   []int
	patterns   []namePattern
	additional *check
	closed     bool // no other names
	count      bounds

	items *check
	tuple []*check
	rest  *check // what follows the tuple
	most  int    // items a closed tuple has; -1: it is open
	size  bounds
	once  bool // no item twice

	length  bounds
	pattern jsonschema.Regexp
	format  *jsonschema.Format

	limits   []limit
	multiple *fixed
}

// namePattern is a schema for the members whose names match.
type namePattern struct {
	name   jsonschema.Regexp
	schema *check
}

// bounds are those of a number of things; -1 stands for none above.
type bounds struct{ least, most int }

var unbounded = bounds{0, -1}

func (b bounds) hold(n int) bool { return n >= b.least && (b.most < 0 || n <= b.most) }
func (b bounds) areSet() bool    { return b.least > 0 || b.most >= 0 }
func between(least, most *int) bounds {
	b := unbounded
	if least != nil {
		b.least = *least
	}
	if most != nil {
		b.most = *most
	}
	return b
}

// kinds are the types of JSON values.
type kinds uint8

const (
	isNull kinds = 1 << iota
	isBoolean
	isNumber
	isInteger
	isString
	isArray
	isObject
)

var kindsByName = map[string]kinds{
	"null": isNull, "boolean": isBoolean, "number": isNumber, "integer": isInteger,
	"string": isString, "array": isArray, "object": isObject,
}

// choices are the values of an enum.
type choices struct {
	simple  kinds // null, and what the lists hold
	truth   []bool
	strings []string
	numbers []fixed
	deep    bool // there are objects or arrays too
}

// compiler turns schemas into checks. Schemas may refer to each other in circles.
type compiler struct {
	known  map[*jsonschema.Schema]*check
	failed bool // a schema says what a check cannot
}

// compileCheck returns nil, false for a schema that only the library can hold a body against.
func compileCheck(schema *jsonschema.Schema) (*check, bool) {
	c := &compiler{known: map[*jsonschema.Schema]*check{}}
	compiled := c.compile(schema)
	return compiled, !c.failed
}

func (c *compiler) compile(s *jsonschema.Schema) *check {
	if s == nil || c.failed {
		return nil
	}
	if known, ok := c.known[s]; ok {
		return known
	}
	built := &check{most: -1, count: unbounded, size: unbounded, length: unbounded}
	c.known[s] = built
	if s.Bool != nil && *s.Bool {
		return built
	}
	if isBeyond(s) {
		c.failed = true
		return nil
	}
	if s.Ref != nil {
		built.ref = c.compile(s.Ref)
		return built
	}
	if s.Types != nil {
		for _, name := range s.Types.ToStrings() {
			built.types |= kindsByName[name]
		}
	}
	built.enum = c.choices(s.Enum)
	built.all, built.anyOf, built.oneOf = c.each(s.AllOf), c.each(s.AnyOf), c.each(s.OneOf)
	built.not = c.compile(s.Not)
	c.object(built, s)
	c.array(built, s)
	built.length = between(s.MinLength, s.MaxLength)
	built.pattern, built.format = s.Pattern, s.Format
	c.number(built, s)
	return built
}

// isBeyond names the keywords that are no keywords of draft 4, or too rare.
func isBeyond(s *jsonschema.Schema) bool {
	return s.DraftVersion != 4 || s.Bool != nil || s.Const != nil || s.If != nil ||
		s.Contains != nil || s.PropertyNames != nil || s.RecursiveRef != nil ||
		s.DynamicRef != nil || len(s.Dependencies) > 0 || len(s.Extensions) > 0 ||
		s.ContentEncoding != nil || s.ContentMediaType != nil
}

func (c *compiler) each(schemas []*jsonschema.Schema) []*check {
	var checks []*check
	for _, s := range schemas {
		checks = append(checks, c.compile(s))
	}
	return checks
}

func (c *compiler) object(built *check, s *jsonschema.Schema) {
	built.count = between(s.MinProperties, s.MaxProperties)
	built.members = make(map[string]int, len(s.Properties))
	place := func(name string) int {
		at, ok := built.members[name]
		if !ok {
			at = len(built.schemas)
			built.members[name] = at
			built.schemas = append(built.schemas, nil)
			built.declared = append(built.declared, false)
		}
		return at
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		at := place(name)
		built.declared[at], built.schemas[at] = true, c.compile(s.Properties[name])
	}
	for _, name := range s.Required {
		built.required = append(built.required, place(name))
	}
	for name, schema := range s.PatternProperties {
		built.patterns = append(built.patterns, namePattern{name, c.compile(schema)})
	}
	switch additional := s.AdditionalProperties.(type) {
	case bool:
		built.closed = !additional
	case *jsonschema.Schema:
		built.additional = c.compile(additional)
	}
}

func (c *compiler) array(built *check, s *jsonschema.Schema) {
	built.size, built.once, built.most = between(s.MinItems, s.MaxItems), s.UniqueItems, -1
	switch items := s.Items.(type) {
	case *jsonschema.Schema:
		built.items = c.compile(items)
	case []*jsonschema.Schema:
		built.tuple = c.each(items)
		switch rest := s.AdditionalItems.(type) {
		case bool:
			if !rest {
				built.most = len(items)
			}
		case *jsonschema.Schema:
			built.rest = c.compile(rest)
		}
	}
}

func (c *compiler) number(built *check, s *jsonschema.Schema) {
	add := func(bound *big.Rat, below, strict bool) {
		if bound == nil {
			return
		}
		built.limits = append(built.limits, limit{c.fixed(bound), below, strict})
	}
	add(s.Minimum, true, false)
	add(s.Maximum, false, false)
	add(s.ExclusiveMinimum, true, true)
	add(s.ExclusiveMaximum, false, true)
	if s.MultipleOf != nil {
		multiple := c.fixed(s.MultipleOf)
		built.multiple = &multiple
		c.failed = c.failed || multiple.mantissa == 0
	}
}

func (c *compiler) fixed(r *big.Rat) fixed {
	places, exact := r.FloatPrec()
	if !exact || places > maxDigits {
		c.failed = true
		return fixed{}
	}
	d, _, ok := readFixed(r.FloatString(places))
	c.failed = c.failed || !ok
	return d
}

func (c *compiler) choices(enum *jsonschema.Enum) *choices {
	if enum == nil {
		return nil
	}
	built := &choices{}
	for _, value := range enum.Values {
		switch v := value.(type) {
		case nil:
			built.simple |= isNull
		case bool:
			built.truth = append(built.truth, v)
		case string:
			built.strings = append(built.strings, v)
		case json.Number:
			d, _, ok := readFixed(v.String())
			c.failed = c.failed || !ok
			built.numbers = append(built.numbers, d)
		default:
			built.deep = true
		}
	}
	return built
}
