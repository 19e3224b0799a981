package intrinsic

import (
	"strings"

	"portico/local/cloudformation/document"
)

func (r *run) ref(n *document.Node, path string) (any, bool) {
	if n.Kind != document.String || n.Text == "" {
		return r.fail(n, path, "Ref wants the name of a parameter or resource, not %s", n.Kind)
	}
	if n.Text == "AWS::NoValue" {
		return Removed{}, true
	}
	value, err := r.Names.Ref(n.Text)
	return r.answered(n, path, value, err)
}

// getAtt takes "Resource.Attribute" or [Resource, Attribute]; the attribute may be a function.
func (r *run) getAtt(n *document.Node, path string) (any, bool) {
	if n.Kind == document.String {
		resource, attribute, dotted := strings.Cut(n.Text, ".")
		if !dotted || resource == "" || attribute == "" {
			return r.fail(n, path, "Fn::GetAtt wants Resource.Attribute, not %q", n.Text)
		}
		value, err := r.Names.Attribute(resource, attribute)
		return r.answered(n, path, value, err)
	}
	args, ok := r.arguments(n, path, "Fn::GetAtt", [2]int{2, 2})
	if !ok {
		return nil, false
	}
	if args[0].Kind != document.String {
		return r.fail(args[0], path,
			"Fn::GetAtt wants the name of a resource first, not %s", args[0].Kind)
	}
	attribute, ok := r.text(args[1], path, "the attribute of Fn::GetAtt")
	if !ok {
		return nil, false
	}
	value, err := r.Names.Attribute(args[0].Text, attribute)
	return r.answered(n, path, value, err)
}

func (r *run) importValue(n *document.Node, path string) (any, bool) {
	export, ok := r.text(n, path, "the name of an export")
	if !ok {
		return nil, false
	}
	value, err := r.Names.Import(export)
	return r.answered(n, path, value, err)
}

// findInMap takes [Map, TopLevelKey, SecondLevelKey] and, with AWS::LanguageExtensions, an object
// with a DefaultValue.
func (r *run) findInMap(n *document.Node, path string) (any, bool) {
	args, ok := r.arguments(n, path, "Fn::FindInMap", [2]int{3, 4})
	if !ok {
		return nil, false
	}
	var keys [3]string
	complete := true
	for i := range keys {
		keys[i], ok = r.text(args[i], path, "a key of Fn::FindInMap")
		complete = complete && ok
	}
	if !complete {
		return nil, false
	}
	found := r.Mappings.Get(keys[0]).Get(keys[1]).Get(keys[2])
	switch {
	case found != nil && found.Kind != document.Map && found.Kind != document.Null:
		return found.Plain(), true
	case found != nil:
		return r.fail(found, path, "a mapping holds strings and lists, not %s", found.Kind)
	case len(args) == 4:
		return r.defaultValue(args[3], path)
	}
	return r.fail(n, path, "Unable to get mapping for %s: %s", strings.Join(keys[:], "::"),
		r.missing(keys))
}

func (r *run) defaultValue(n *document.Node, path string) (any, bool) {
	if !r.Extensions {
		return r.fail(n, path,
			"DefaultValue of Fn::FindInMap needs Transform: AWS::LanguageExtensions")
	}
	value := n.Get("DefaultValue")
	if value == nil || len(n.Entries) != 1 {
		return r.fail(n, path, "Fn::FindInMap takes an object with DefaultValue as its fourth value")
	}
	return r.value(value, path)
}

// missing says which of the keys is not there.
func (r *run) missing(keys [3]string) string {
	at, where := r.Mappings, "the Mappings section"
	for _, key := range keys {
		down := at.Get(key)
		if down == nil {
			return where + " has no " + key
		}
		at, where = down, key
	}
	return ""
}
