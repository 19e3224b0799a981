package provision

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"portico/local/cloudformation"
)

// properties reads the evaluated properties of a resource, or of an object within them. What is
// absent reads as the zero value or the given default; what is wrong is noted and reads the same.
type properties struct {
	resource *cloudformation.Resource
	path     string // of this object within the resource, "" for the resource itself
	values   map[string]any
	problems *problems
}

func (r *reader) properties(of *cloudformation.Resource) properties {
	return properties{resource: of, values: of.Properties, problems: &r.problems}
}

// at returns the path of a property of this object.
func (p properties) at(name string) string {
	if p.path == "" {
		return name
	}
	return p.path + "." + name
}

// fail notes that the property cannot be taken.
func (p properties) fail(name, reason string, args ...any) {
	p.problems.add(p.resource, p.at(name), p.values[name], fmt.Sprintf(reason, args...))
}

// has says whether the property is given.
func (p properties) has(name string) bool {
	return p.values[name] != nil
}

// require notes the absence of a property and says whether it is there.
func (p properties) require(name string) bool {
	if p.has(name) {
		return true
	}
	p.fail(name, "the property is required")
	return false
}

// scalar returns a value as CloudFormation would pass it where text is wanted.
func scalar(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return strconv.FormatBool(v), true
	case int:
		return strconv.Itoa(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	}
	return "", false
}

// text returns a string, or "" when it is absent.
func (p properties) text(name string) string {
	if !p.has(name) {
		return ""
	}
	text, ok := scalar(p.values[name])
	if !ok {
		p.fail(name, "want a string")
	}
	return text
}

func (p properties) requiredText(name string) string {
	if !p.require(name) {
		return ""
	}
	return p.text(name)
}

func (p properties) textOr(name, byDefault string) string {
	if !p.has(name) {
		return byDefault
	}
	return p.text(name)
}

// choice returns one of AWS's words; the first allowed one is the default.
func (p properties) choice(name string, allowed ...string) string {
	value := p.textOr(name, allowed[0])
	if slices.Contains(allowed, value) {
		return value
	}
	if _, ok := scalar(p.values[name]); ok {
		p.fail(name, "want one of %s", strings.Join(allowed, ", "))
	}
	return allowed[0]
}

// integer returns a whole number, which a template may also write as a string.
func (p properties) integer(name string, byDefault int) int {
	if given := p.optionalInteger(name); given != nil {
		return *given
	}
	return byDefault
}

// integerIn is integer with AWS's bounds.
func (p properties) integerIn(name string, byDefault, least, most int) int {
	value := p.integer(name, byDefault)
	if value < least || value > most {
		p.fail(name, "want %d to %d", least, most)
		return byDefault
	}
	return value
}

func (p properties) optionalInteger(name string) *int {
	if !p.has(name) {
		return nil
	}
	text, ok := scalar(p.values[name])
	if ok {
		if number, err := strconv.Atoi(strings.TrimSuffix(text, ".0")); err == nil {
			return &number
		}
	}
	p.fail(name, "want a whole number")
	return nil
}

func (p properties) number(name string, byDefault float64) float64 {
	if !p.has(name) {
		return byDefault
	}
	text, ok := scalar(p.values[name])
	if ok {
		if number, err := strconv.ParseFloat(text, 64); err == nil {
			return number
		}
	}
	p.fail(name, "want a number")
	return byDefault
}

// boolean returns a truth value, which a template may also write as a string.
func (p properties) boolean(name string) bool {
	if !p.has(name) {
		return false
	}
	value, ok := truth(p.values[name])
	if !ok {
		p.fail(name, "want true or false")
	}
	return value
}

func truth(value any) (is, ok bool) {
	text, ok := scalar(value)
	if !ok {
		return false, false
	}
	switch strings.ToLower(text) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// list returns the items of a list.
func (p properties) list(name string) []any {
	if !p.has(name) {
		return nil
	}
	items, ok := p.values[name].([]any)
	if !ok {
		p.fail(name, "want a list")
	}
	return items
}

func (p properties) texts(name string) []string {
	items := p.list(name)
	if len(items) == 0 {
		return nil
	}
	texts := make([]string, 0, len(items))
	for i, item := range items {
		text, ok := scalar(item)
		if !ok {
			p.problems.add(p.resource, fmt.Sprintf("%s[%d]", p.at(name), i), item, "want a string")
			continue
		}
		texts = append(texts, text)
	}
	return texts
}

// object returns a property that is an object, and whether it is there.
func (p properties) object(name string) (properties, bool) {
	inner := properties{resource: p.resource, path: p.at(name), problems: p.problems}
	if !p.has(name) {
		return inner, false
	}
	values, ok := p.values[name].(map[string]any)
	if !ok {
		p.fail(name, "want an object")
		return inner, false
	}
	inner.values = values
	return inner, true
}

// parsedObject is object for the properties that AWS also takes as a string of JSON.
func (p properties) parsedObject(name string) (properties, bool) {
	text, ok := p.values[name].(string)
	if !ok {
		return p.object(name)
	}
	inner := properties{resource: p.resource, path: p.at(name), problems: p.problems}
	if err := decode(text, &inner.values); err != nil {
		p.fail(name, "want an object, or a string that holds one as JSON: %v", err)
		return inner, false
	}
	return inner, true
}

func decode(text string, into any) error {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// objects returns the items of a list of objects.
func (p properties) objects(name string) []properties {
	items := p.list(name)
	objects := make([]properties, 0, len(items))
	for i, item := range items {
		path := fmt.Sprintf("%s[%d]", p.at(name), i)
		values, ok := item.(map[string]any)
		if !ok {
			p.problems.add(p.resource, path, item, "want an object")
			continue
		}
		objects = append(objects, properties{
			resource: p.resource, path: path, values: values, problems: p.problems,
		})
	}
	return objects
}

// names returns the keys of this object in order.
func (p properties) names() []string {
	return slices.Sorted(maps.Keys(p.values))
}

// textMap returns a map of strings, nil when it is absent or empty.
func (p properties) textMap(name string) map[string]string {
	inner, _ := p.parsedObject(name)
	if len(inner.values) == 0 {
		return nil
	}
	texts := make(map[string]string, len(inner.values))
	for _, key := range inner.names() {
		if inner.has(key) {
			texts[key] = inner.text(key)
		}
	}
	return texts
}

// truthMap returns a map of truth values, nil when it is absent or empty.
func (p properties) truthMap(name string) map[string]bool {
	inner, _ := p.object(name)
	if len(inner.values) == 0 {
		return nil
	}
	truths := make(map[string]bool, len(inner.values))
	for _, key := range inner.names() {
		truths[key] = inner.boolean(key)
	}
	return truths
}

// document returns a property that is a JSON document, given as an object or as a string of JSON.
func (p properties) document(name string) json.RawMessage {
	if !p.has(name) {
		return nil
	}
	if text, ok := p.values[name].(string); ok {
		if !json.Valid([]byte(text)) {
			p.fail(name, "want a JSON document")
			return nil
		}
		return json.RawMessage(text)
	}
	document, err := json.Marshal(p.values[name])
	if err != nil {
		p.fail(name, "want a JSON document: %v", err)
		return nil
	}
	return document
}
