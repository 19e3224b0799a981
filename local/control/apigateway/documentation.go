package apigateway

import (
	"encoding/json"
	"maps"
	"strings"

	"portico/local/control/model"
)

func unknownPart() error {
	return model.NotFound("Invalid Documentation part identifier specified")
}

func unknownVersion(version string) error {
	return model.NotFound("Invalid Documentation version specified: %s", version)
}

// getPart says of an unknown API what it says of an unknown part.
func getPart(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil || a.Parts[c.in.Text("documentationPartId")] == nil {
		return nil, unknownPart()
	}
	return a.Parts[c.in.Text("documentationPartId")], nil
}

func getParts(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	found := map[string]model.Object{}
	for id, part := range a.Parts {
		at := part.Object("location")
		kind, path := c.in.Text("type"), c.in.Text("path")
		undocumented := c.in.Text("locationStatus") == "UNDOCUMENTED"
		if !undocumented && (kind == "" || at.Text("type") == kind) &&
			(path == "" || at.Text("path") == path) &&
			strings.HasPrefix(at.Text("name"), c.in.Text("nameQuery")) {
			found[id] = part
		}
	}
	return c.page(found, byID)
}

func createPart(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(c.in.Text("properties")) == "" {
		return nil, model.BadRequest("Documentation part properties must be non-empty")
	}
	at := c.in.Object("location")
	for _, other := range a.Parts {
		if sameTexts(other.Object("location"), at) {
			return nil, model.Conflict("Documentation part already exists for the specified location: "+
				"type '%s'", at.Text("type"))
		}
	}
	made := model.Object{"id": newID(6, a.Parts)}
	made.Take(c.in, "location", "properties")
	a.Parts[made.Text("id")] = made
	return made, nil
}

func sameTexts(a, b model.Object) bool {
	if len(a) != len(b) {
		return false
	}
	for key := range a {
		if a.Text(key) != b.Text(key) {
			return false
		}
	}
	return true
}

func updatePart(c *call) (model.Object, error) {
	if _, err := getPart(c); err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	own := a.Parts[c.in.Text("documentationPartId")].Clone()
	for _, p := range c.patches() {
		if err := p.oneOf("/properties"); err != nil {
			return nil, err
		}
		if strings.TrimSpace(p.text()) == "" {
			return nil, model.BadRequest("Documentation part properties must be non-empty")
		}
		own["properties"] = p.text()
	}
	a.Parts[own.Text("id")] = own
	return own, nil
}

func deletePart(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	if a.Parts[c.in.Text("documentationPartId")] == nil {
		return nil, unknownPart()
	}
	delete(a.Parts, c.in.Text("documentationPartId"))
	return nil, nil
}

func getVersion(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	version := c.in.Text("documentationVersion")
	if a.Versions[version] == nil {
		return nil, unknownVersion(version)
	}
	return a.Versions[version], nil
}

func getVersions(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	return c.page(a.Versions, byID)
}

// createVersion names what is documented now: the version keeps a copy of the parts, for exports.
func createVersion(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	version := c.in.Text("documentationVersion")
	if version == "" {
		return nil, model.BadRequest("Documentation version must be non-empty")
	}
	if a.Versions[version] != nil {
		return nil, model.Conflict("Documentation version already exists: %s", version)
	}
	made := model.Object{"version": version, "createdDate": c.now.Unix()}
	if c.in.Text("description") != "" {
		made.Take(c.in, "description")
	}
	var parts []any
	for _, id := range sortedKeys(a.Parts) {
		parts = append(parts, a.Parts[id].Clone())
	}
	made["#parts"] = parts
	if name := c.in.Text("stageName"); name != "" {
		stage := a.Stages[name].Clone()
		if stage == nil {
			return nil, model.NotFound("Invalid stage identifier specified")
		}
		stage["documentationVersion"] = version
		a.Stages[name] = stage
	}
	a.Versions[version] = made
	return made, nil
}

func updateVersion(c *call) (model.Object, error) {
	if _, err := getVersion(c); err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	own := a.Versions[c.in.Text("documentationVersion")].Clone()
	for _, p := range c.patches() {
		if err := p.oneOf("/description"); err != nil {
			return nil, err
		}
		setText(own, "description", p)
	}
	a.Versions[own.Text("version")] = own
	return own, nil
}

func deleteVersion(c *call) (model.Object, error) {
	found, err := getVersion(c)
	if err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	for _, stage := range a.Stages {
		if stage.Text("documentationVersion") == found.Text("version") {
			return nil, model.Conflict("Documentation version %s is in use by stage %s",
				found.Text("version"), stage.Text("stageName"))
		}
	}
	delete(a.Versions, found.Text("version"))
	return nil, nil
}

// mergedProperties puts properties over others; those that are no JSON objects take their place.
func mergedProperties(old, fresh string) string {
	var below, above map[string]json.RawMessage
	if json.Unmarshal([]byte(old), &below) != nil || json.Unmarshal([]byte(fresh), &above) != nil ||
		below == nil {
		return fresh
	}
	maps.Copy(below, above)
	merged, err := json.Marshal(below)
	if err != nil {
		return fresh
	}
	return string(merged)
}
