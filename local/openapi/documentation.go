package openapi

// Part is what was written about a part of an API.
type Part struct {
	Type, Path, Method, StatusCode, Name string // its location; "" for what it does not have
	Properties                           string // a JSON object
}

// Documentation returns the parts in x-amazon-apigateway-documentation, and the version they go by;
// what is wrong with one is a warning, and the part is left out.
//
// Unlike AWS: descriptions and summaries that stand in OpenAPI's own places are not read.
func (d *Document) Documentation() (version string, parts []Part, warnings []Warning) {
	given := d.root.get(extension + "documentation")
	for _, item := range given.get("documentationParts").items() {
		location, properties := item.get("location"), item.get("properties")
		if location.get("type").string() == "" {
			warnings = append(warnings, item.warning("The documentation part has no location type. "+
				"Ignoring."))
			continue
		}
		written := ""
		switch {
		case properties == nil:
		case properties.kind == text:
			written = properties.text
		default:
			written = string(properties.json(nil))
		}
		if written == "" {
			warnings = append(warnings, item.warning("Documentation part properties must be non-empty. "+
				"Ignoring."))
			continue
		}
		parts = append(parts, Part{
			Type: location.get("type").string(), Path: location.get("path").string(),
			Method: location.get("method").string(), StatusCode: location.get("statusCode").string(),
			Name: location.get("name").string(), Properties: written,
		})
	}
	return given.get("version").string(), parts, warnings
}
