package validate

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxDepth ends a walk through a schema that refers to itself without end.
const maxDepth = 500

// report collects what AWS's validator says of a value that does not fit its schema. It decides
// nothing: it is made only when the schema has refused the value.
//
// AWS checks the keywords of a value by name, and goes into members (by name) and items only while
// nothing was found: that is the order of messages, and why one fault hides those deeper down.
type report struct {
	messages []string
	depth    int
}

func (r *report) add(message string) { r.messages = append(r.messages, message) }

func (r *report) check(s *jsonschema.Schema, value any) {
	for s.Ref != nil && r.depth < maxDepth {
		s = s.Ref // in draft 4 nothing beside $ref counts
		r.depth++
	}
	if r.depth >= maxDepth {
		return
	}
	r.depth++
	switch v := value.(type) {
	case map[string]any:
		r.checkObject(s, v)
	case []any:
		r.checkArray(s, v)
	case string:
		r.checkString(s, v)
	case json.Number:
		r.checkNumber(s, v)
	default:
		r.checkSchemas(s, value)
		r.checkEnum(s, value)
		r.checkChoices(s, value)
		r.checkType(s, value)
	}
	r.depth--
}

func (r *report) checkObject(s *jsonschema.Schema, object map[string]any) {
	r.checkAdditional(s, object)
	r.checkSchemas(s, object)
	r.checkDependencies(s, object)
	r.checkEnum(s, object)
	if s.MaxProperties != nil && len(object) > *s.MaxProperties {
		r.add("object has too many properties (found " + strconv.Itoa(len(object)) +
			" but schema requires at most " + strconv.Itoa(*s.MaxProperties) + ")")
	}
	if s.MinProperties != nil && len(object) < *s.MinProperties {
		r.add("object has too few properties (found " + strconv.Itoa(len(object)) +
			" but schema requires at least " + strconv.Itoa(*s.MinProperties) + ")")
	}
	r.checkChoices(s, object)
	if missing := lacking(object, s.Required); len(missing) > 0 {
		r.add("object has missing required properties (" + text(missing) + ")")
	}
	r.checkType(s, object)
	if len(r.messages) > 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		for _, member := range memberSchemas(s, name) {
			r.check(member, object[name])
		}
	}
}

// memberSchemas returns the schemas a member must fit.
func memberSchemas(s *jsonschema.Schema, name string) []*jsonschema.Schema {
	var schemas []*jsonschema.Schema
	if declared, ok := s.Properties[name]; ok {
		schemas = append(schemas, declared)
	}
	for pattern, schema := range s.PatternProperties {
		if pattern.MatchString(name) {
			schemas = append(schemas, schema)
		}
	}
	if additional, ok := s.AdditionalProperties.(*jsonschema.Schema); ok && len(schemas) == 0 {
		schemas = append(schemas, additional)
	}
	return schemas
}

func (r *report) checkAdditional(s *jsonschema.Schema, object map[string]any) {
	if allowed, ok := s.AdditionalProperties.(bool); !ok || allowed {
		return
	}
	var unwanted []string
	for name := range object {
		if len(memberSchemas(s, name)) == 0 {
			unwanted = append(unwanted, name)
		}
	}
	if len(unwanted) == 0 {
		return
	}
	slices.Sort(unwanted)
	r.add("object instance has properties which are not allowed by the schema: " + text(unwanted))
}

func (r *report) checkDependencies(s *jsonschema.Schema, object map[string]any) {
	for _, name := range slices.Sorted(maps.Keys(s.Dependencies)) {
		if _, ok := object[name]; !ok {
			continue
		}
		switch needed := s.Dependencies[name].(type) {
		case []string:
			if missing := lacking(object, needed); len(missing) > 0 {
				r.add(`property "` + name + `" of object has missing property dependencies ` +
					"(schema requires " + text(needed) + "; missing: " + text(missing) + ")")
			}
		case *jsonschema.Schema:
			r.check(needed, object)
		}
	}
}

func (r *report) checkArray(s *jsonschema.Schema, items []any) {
	schemas, isTuple := s.Items.([]*jsonschema.Schema)
	if allowed, ok := s.AdditionalItems.(bool); ok && !allowed && isTuple &&
		len(items) > len(schemas) {
		r.add("schema only allows " + strconv.Itoa(len(schemas)) +
			" elements in array but instance has " + strconv.Itoa(len(items)) + " elements")
	}
	r.checkSchemas(s, items)
	r.checkEnum(s, items)
	if s.MaxItems != nil && len(items) > *s.MaxItems {
		r.add("array is too long: must have at most " + strconv.Itoa(*s.MaxItems) +
			" elements but instance has " + strconv.Itoa(len(items)) + " elements")
	}
	if s.MinItems != nil && len(items) < *s.MinItems {
		r.add("array is too short: must have at least " + strconv.Itoa(*s.MinItems) +
			" elements but instance has " + strconv.Itoa(len(items)) + " elements")
	}
	r.checkChoices(s, items)
	r.checkType(s, items)
	if s.UniqueItems && !areUnique(items) {
		r.add("array must not contain duplicate elements")
	}
	if len(r.messages) > 0 {
		return
	}
	for i, item := range items {
		if schema := itemSchema(s, i); schema != nil {
			r.check(schema, item)
		}
	}
}

// itemSchema returns the schema an item must fit; nil for none.
func itemSchema(s *jsonschema.Schema, place int) *jsonschema.Schema {
	switch items := s.Items.(type) {
	case *jsonschema.Schema:
		return items
	case []*jsonschema.Schema:
		if place < len(items) {
			return items[place]
		}
	}
	additional, _ := s.AdditionalItems.(*jsonschema.Schema)
	return additional
}
