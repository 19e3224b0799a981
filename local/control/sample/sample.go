// Package sample writes the mapping template that AWS offers for a model: one that prints what the
// model describes.
//
// It stands behind GetModelTemplate of both API Gateway services, and runs no template.
package sample

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// Template returns the template of a JSON schema; that of anything else has no members.
func Template(schema string) string {
	var parsed map[string]any
	_ = json.Unmarshal([]byte(schema), &parsed) // of another content type: no members
	return "#set($inputRoot = $input.path('$'))\n" + template(parsed, "$inputRoot", 0)
}

// template writes the template of one schema: its members by name, one item of its lists.
func template(schema map[string]any, at string, depth int) string {
	const deepest = 10
	indent := strings.Repeat("  ", depth+1)
	switch properties, _ := schema["properties"].(map[string]any); {
	case len(properties) > 0 && depth < deepest:
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			of, _ := properties[name].(map[string]any)
			lines = append(lines, indent+`"`+name+`" : `+template(of, at+"."+name, depth+1))
		}
		return "{\n" + strings.Join(lines, ",\n") + "\n" + indent[2:] + "}"
	case schema["type"] == "array" && depth < deepest:
		items, _ := schema["items"].(map[string]any)
		return "[\n##TODO: Update this foreach loop to reference array from input json\n" +
			"#foreach($elem in " + at + ")\n" + indent + template(items, "$elem", depth+1) +
			"#if($foreach.hasNext),#end\n#end\n" + indent[2:] + "]"
	case schema["type"] == "string":
		return `"` + at + `"`
	case schema["type"] == "object" || schema["type"] == nil:
		return "{}"
	}
	return at
}
