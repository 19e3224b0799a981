package validate

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// formatMessages are AWS's words for a text that is not of a format.
var formatMessages = map[string]string{
	"date-time": `string %s is invalid against requested date format(s) ` +
		`[yyyy-MM-dd'T'HH:mm:ssZ, yyyy-MM-dd'T'HH:mm:ss.[0-9]{1,12}Z]`,
	"email":        `string %s is not a valid email address`,
	"hostname":     `string %s is not a valid hostname`,
	"ipv4":         `string %s is not a valid IPv4 address`,
	"ipv6":         `string %s is not a valid IPv6 address`,
	"regex":        `string %s is not a valid ECMA 262 regular expression`,
	"uri":          `string %s is not a valid URI`,
	"json-pointer": `input string %s is not a valid JSON Pointer`,
	"uri-template": `input string %s is not a valid URI template`,
	"uuid":         `input string %s is not a valid UUID`,
}

func (r *report) checkString(s *jsonschema.Schema, value string) {
	r.checkSchemas(s, value)
	r.checkEnum(s, value)
	quoted := `"` + value + `"`
	if s.Format != nil && s.Format.Validate(value) != nil {
		if message, ok := formatMessages[s.Format.Name]; ok {
			r.add(strings.Replace(message, "%s", quoted, 1))
		}
	}
	length := utf8.RuneCountInString(value)
	if s.MaxLength != nil && length > *s.MaxLength {
		r.add("string " + quoted + " is too long (length: " + strconv.Itoa(length) +
			", maximum allowed: " + strconv.Itoa(*s.MaxLength) + ")")
	}
	if s.MinLength != nil && length < *s.MinLength {
		r.add("string " + quoted + " is too short (length: " + strconv.Itoa(length) +
			", required minimum: " + strconv.Itoa(*s.MinLength) + ")")
	}
	r.checkChoices(s, value)
	if s.Pattern != nil && !s.Pattern.MatchString(value) {
		r.add(`ECMA 262 regex "` + s.Pattern.String() + `" does not match input string ` + quoted)
	}
	r.checkType(s, value)
}

func (r *report) checkNumber(s *jsonschema.Schema, value json.Number) {
	r.checkSchemas(s, value)
	r.checkEnum(s, value)
	if number, ok := new(big.Rat).SetString(value.String()); ok {
		r.checkRange(s, number, value.String())
		if s.MultipleOf != nil && !new(big.Rat).Quo(number, s.MultipleOf).IsInt() {
			r.add("remainder of division is not zero (" + value.String() + " / " +
				decimal(s.MultipleOf) + ")")
		}
	}
	r.checkChoices(s, value)
	r.checkType(s, value)
}

func (r *report) checkRange(s *jsonschema.Schema, number *big.Rat, found string) {
	const instance = "numeric instance is "
	for _, limit := range []*big.Rat{s.Maximum, s.ExclusiveMaximum} {
		if limit != nil && number.Cmp(limit) > 0 {
			r.add(instance + "greater than the required maximum (maximum: " + decimal(limit) +
				", found: " + found + ")")
		}
	}
	if limit := s.ExclusiveMaximum; limit != nil && number.Cmp(limit) == 0 {
		r.add(instance + "not strictly lower than the required maximum " + decimal(limit))
	}
	for _, limit := range []*big.Rat{s.Minimum, s.ExclusiveMinimum} {
		if limit != nil && number.Cmp(limit) < 0 {
			r.add(instance + "lower than the required minimum (minimum: " + decimal(limit) +
				", found: " + found + ")")
		}
	}
	if limit := s.ExclusiveMinimum; limit != nil && number.Cmp(limit) == 0 {
		r.add(instance + "not strictly greater than the required minimum " + decimal(limit))
	}
}

// checkSchemas checks allOf and anyOf: only how many fit is told, not why the others do not.
func (r *report) checkSchemas(s *jsonschema.Schema, value any) {
	if n := fitting(s.AllOf, value); n < len(s.AllOf) {
		r.add("instance failed to match all required schemas (matched only " + strconv.Itoa(n) +
			" out of " + strconv.Itoa(len(s.AllOf)) + ")")
	}
	if len(s.AnyOf) > 0 && fitting(s.AnyOf, value) == 0 {
		r.add("instance failed to match at least one required schema among " +
			strconv.Itoa(len(s.AnyOf)))
	}
}

func fitting(schemas []*jsonschema.Schema, value any) int {
	n := 0
	for _, schema := range schemas {
		if schema.Validate(value) == nil {
			n++
		}
	}
	return n
}

// checkChoices checks not and oneOf.
func (r *report) checkChoices(s *jsonschema.Schema, value any) {
	if s.Not != nil && s.Not.Validate(value) == nil {
		r.add("instance matched a schema which it should not have")
	}
	if n := fitting(s.OneOf, value); len(s.OneOf) > 0 && n != 1 {
		r.add("instance failed to match exactly one schema (matched " + strconv.Itoa(n) +
			" out of " + strconv.Itoa(len(s.OneOf)) + ")")
	}
}

func (r *report) checkEnum(s *jsonschema.Schema, value any) {
	if s.Enum == nil {
		return
	}
	for _, allowed := range s.Enum.Values {
		if same(allowed, value) {
			return
		}
	}
	r.add("instance value (" + text(value) + ") not found in enum (possible values: " +
		text(s.Enum.Values) + ")")
}

func (r *report) checkType(s *jsonschema.Schema, value any) {
	if s.Types == nil || s.Types.IsEmpty() {
		return
	}
	allowed, found := s.Types.ToStrings(), typeOf(value)
	if slices.Contains(allowed, "number") && !slices.Contains(allowed, "integer") {
		allowed = append(allowed, "integer") // every integer is a number
	}
	if slices.Contains(allowed, found) {
		return
	}
	slices.Sort(allowed)
	r.add("instance type (" + found + ") does not match any allowed primitive type (allowed: " +
		text(allowed) + ")")
}

func typeOf(value any) string {
	switch v := value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case json.Number:
		if number, ok := new(big.Rat).SetString(v.String()); ok && number.IsInt() {
			return "integer"
		}
		return "number"
	}
	return "null"
}

// lacking returns the names that object does not have, sorted.
func lacking(object map[string]any, names []string) []string {
	var missing []string
	for _, name := range names {
		if _, ok := object[name]; !ok {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}

func areUnique(items []any) bool {
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		seen[text(item)] = true
	}
	return len(seen) == len(items)
}

// same compares JSON values; numbers by what they are worth.
func same(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for name := range x {
			if other, ok := y[name]; !ok || !same(x[name], other) {
				return false
			}
		}
		return true
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, same)
	case json.Number:
		y, ok := b.(json.Number)
		p, isNumber := new(big.Rat).SetString(x.String())
		q, alsoNumber := new(big.Rat).SetString(y.String())
		return ok && isNumber && alsoNumber && p.Cmp(q) == 0
	}
	switch b.(type) {
	case map[string]any, []any, json.Number:
		return false
	}
	return a == b
}

// text prints a JSON value as AWS's validator does: without blanks.
func text(value any) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return ""
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// decimal prints a number of a schema without trailing zeros.
func decimal(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	return r.FloatString(digits)
}
