package runner

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v4"
)

// settingsDocument parses portico.yaml; nil is one that says nothing.
func settingsDocument(text []byte) (*yaml.Node, error) {
	var documents []yaml.Node
	if err := yaml.Load(text, &documents, yaml.WithAllDocuments()); err != nil {
		return nil, err
	}
	switch {
	case len(documents) == 0:
		return nil, nil
	case len(documents) > 1:
		return nil, fmt.Errorf("line %d: want one document; take the line --- away", documents[1].Line)
	}
	return documents[0].Content[0], nil
}

// shape holds a document of settings against the type that they are read into, and remembers where
// each setting stands.
type shape struct {
	lines map[string]int
	errs  []error
}

// checkShape returns the line of each setting; the error names those that there are not, and values
// of the wrong kind.
func checkShape(document *yaml.Node) (map[string]int, error) {
	s := shape{lines: map[string]int{}}
	s.check(document, reflect.TypeFor[Settings](), "")
	return s.lines, errors.Join(s.errs...)
}

func (s *shape) wrong(node *yaml.Node, at, format string, args ...any) {
	if at != "" {
		at += ": "
	}
	s.errs = append(s.errs, fmt.Errorf("line %d: %s%w", node.Line, at, fmt.Errorf(format, args...)))
}

// check holds a node against a type; at is the setting that it is the value of.
func (s *shape) check(node *yaml.Node, t reflect.Type, at string) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if node.Tag == "!!null" || t.Kind() == reflect.Interface {
		return
	}
	isAccount := t == reflect.TypeFor[AccountSettings]() && node.Kind == yaml.ScalarNode // its id alone
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		if node.Kind != yaml.MappingNode && !isAccount {
			s.wrong(node, at, "want settings below it, each on a line of its own: name: value")
			return
		}
		s.checkEntries(node, t, at)
	case reflect.Slice:
		if node.Kind != yaml.SequenceNode {
			s.wrong(node, at, "want a list: [one, two]")
			return
		}
		for i, item := range node.Content {
			name := fmt.Sprintf("%s[%d]", at, i)
			s.lines[name] = item.Line
			s.check(item, t.Elem(), name)
		}
	default:
		s.checkScalar(node, t.Kind(), at)
	}
}

func (s *shape) checkEntries(node *yaml.Node, t reflect.Type, at string) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		if key.Tag == "!!merge" {
			continue // what is merged is checked where it stands, and by who merges it
		}
		name := key.Value
		if at != "" {
			name = at + "." + key.Value
		}
		s.lines[name] = key.Line
		if t.Kind() == reflect.Map {
			s.check(value, t.Elem(), name)
			continue
		}
		field, names := settingOf(t, key.Value)
		if field == nil {
			s.wrong(key, name, "there is no such setting; there are: %s", strings.Join(names, ", "))
			continue
		}
		s.check(value, field, name)
	}
}

// settingOf returns the type of a setting, nil when there is none of the name, and all names.
func settingOf(t reflect.Type, name string) (found reflect.Type, names []string) {
	for i := range t.NumField() {
		field := t.Field(i)
		if !field.IsExported() {
			continue
		}
		tag := field.Tag.Get("yaml")
		names = append(names, tag)
		if tag == name {
			found = field.Type
		}
	}
	return found, names
}

func (s *shape) checkScalar(node *yaml.Node, kind reflect.Kind, at string) {
	want := ""
	switch {
	case node.Kind != yaml.ScalarNode:
		want = "one value"
	case kind == reflect.Int && node.Tag != "!!int":
		want = "a whole number"
	case kind == reflect.Float64 && node.Tag != "!!int" && node.Tag != "!!float":
		want = "a number"
	case kind == reflect.Bool && node.Tag != "!!bool":
		want = "true or false"
	}
	if want != "" {
		s.wrong(node, at, "%q is none, want %s", node.Value, want)
	}
}
