package openapi

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"regexp"
	"strings"

	"portico/local/gateway/api"
)

// modelName is what AWS takes as the name of a model.
var modelName = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// definitions is where the schemas of a document stand.
func (i *importer) definitions() (at *node, prefix string) {
	if i.swagger {
		return i.root.get("definitions"), "#/definitions/"
	}
	return i.root.get("components").get("schemas"), "#/components/schemas/"
}

// readModels makes a model of each schema definition. An imported API has no other models.
func (r *restImporter) readModels() {
	r.models = map[string]api.Model{}
	all, _ := r.definitions()
	for _, entry := range all.entries() {
		if !modelName.MatchString(entry.key) {
			r.fail(entry, "Unable to create model for '%s': Model name must be alphanumeric: %s",
				entry.key, entry.key)
			continue
		}
		r.addModel(entry.key, r.schema(nil, entry))
	}
}

func (r *restImporter) addModel(name string, schema []byte) {
	r.models[name] = api.Model{
		Name: name, ContentType: "application/json", Schema: json.RawMessage(schema),
	}
}

// model returns the name of the model that a schema is: the definition that $ref names, else one
// made for it. AWS drops a reference that leads nowhere, with a warning.
func (r *restImporter) model(schema *node) (string, bool) {
	if schema == nil {
		return "", false
	}
	ref := schema.get("$ref")
	if ref == nil {
		made := r.schema(nil, schema)
		sum := sha256.Sum256(made)
		name := "MODEL" + hex.EncodeToString(sum[:3])
		r.addModel(name, made)
		return name, true
	}
	_, prefix := r.definitions()
	name := strings.TrimPrefix(ref.string(), prefix)
	name = strings.TrimPrefix(name, r.modelURL(""))
	if _, ok := r.models[name]; !ok {
		r.warn(ref, "Reference to model '%s' not found. Ignoring.", name)
		return "", false
	}
	return name, true
}

// modelURL is how models of an API refer to each other.
func (i *importer) modelURL(name string) string {
	return "https://apigateway.amazonaws.com/restapis/" + i.apiID + "/models/" + name
}

// schema appends a schema as the draft-4 schema that AWS makes of it: references to definitions
// become references to models, and the keywords that only OpenAPI has are gone.
func (r *restImporter) schema(out []byte, n *node) []byte {
	switch n.kind {
	case object:
		return r.schemaObject(out, n)
	case list:
		out = append(out, '[')
		for at, item := range n.children {
			if at > 0 {
				out = append(out, ',')
			}
			out = r.schema(out, item)
		}
		return append(out, ']')
	}
	return n.json(out)
}

func (r *restImporter) schemaObject(out []byte, n *node) []byte {
	out = append(out, '{')
	first := true
	for _, entry := range n.children {
		if !isNames(n) && r.dropsKeyword(entry) {
			continue
		}
		if !first {
			out = append(out, ',')
		}
		first = false
		out = append(appendString(out, entry.key), ':')
		switch {
		case entry.key == "$ref" && entry.kind == text && !isNames(n):
			out = appendString(out, r.reference(entry))
		case entry.key == "enum" && !isNames(n):
			out = entry.json(out)
		default:
			out = r.schema(out, entry)
		}
	}
	return append(out, '}')
}

// isNames says that the keys of an object are names of properties, not keywords. A property may be
// called "properties" itself, so the way from the schema's top decides.
func isNames(n *node) bool {
	switch n.key {
	case "properties", "patternProperties", "definitions":
		return n.parent == nil || !isNames(n.parent)
	}
	return false
}

// dropsKeyword says that a keyword is not in the model: AWS does not support it (Amazon API Gateway
// important notes). Those that would have constrained a body are noted.
func (r *restImporter) dropsKeyword(entry *node) bool {
	switch entry.key {
	case "exclusiveMinimum", "readOnly":
	case "oneOf":
		if !r.swagger {
			return false
		}
	case "discriminator", "example", "xml", "externalDocs", "writeOnly", "deprecated", "default":
		return true
	default:
		return strings.HasPrefix(entry.key, "x-")
	}
	r.ignored(entry, "API Gateway does not support this keyword in a model; AWS drops it on import")
	return true
}

// reference returns the URL of the model that $ref names.
func (r *restImporter) reference(ref *node) string {
	_, prefix := r.definitions()
	path, ok := strings.CutPrefix(ref.text, prefix)
	if !ok {
		r.checkModelURL(ref, prefix)
		return ref.text
	}
	name, inside, deeper := strings.Cut(path, "/")
	all, _ := r.definitions()
	if all.get(name) == nil {
		r.fail(ref, "Invalid model schema specified: there is no %s", ref.text)
	}
	if deeper {
		return r.modelURL(name) + "#/" + inside
	}
	return r.modelURL(name)
}

// checkModelURL checks a $ref that names a model as AWS does, by its URL.
func (r *restImporter) checkModelURL(ref *node, prefix string) {
	name, ours := strings.CutPrefix(ref.text, r.modelURL(""))
	if !ours {
		r.fail(ref, "Invalid model schema specified: $ref can only refer to %sNAME, not to %q",
			prefix, ref.text)
		return
	}
	name, _, _ = strings.Cut(name, "#")
	if all, _ := r.definitions(); all.get(name) == nil {
		r.fail(ref, "Invalid model identifier specified: %s", name)
	}
}
