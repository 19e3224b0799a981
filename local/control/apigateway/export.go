package apigateway

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/openapi"
	"portico/local/openapi/export"
)

// getExport writes what the deployment of a stage froze, as OpenAPI.
func getExport(c *call) (model.Object, error) {
	a, stage, err := c.stage()
	if err != nil {
		return nil, err
	}
	format := export.Format(c.in.Text("exportType"))
	if format != export.Swagger && format != export.OAS30 {
		return nil, model.BadRequest("No API exporter found for type '%s'", format)
	}
	isYAML, err := acceptsYAML(c.in.Text("accepts"))
	if err != nil {
		return nil, err
	}
	extensions, err := export.ParseExtensions(c.in.Object("parameters").Text("extensions"))
	if err != nil {
		return nil, model.BadRequest("%s", err)
	}
	options := a.exportOptions(stage.Text("stageName"))
	options.Format, options.YAML, options.Extensions = format, isYAML, extensions
	document, err := export.REST(c.deployed(a, stage), options)
	if err != nil {
		return nil, model.BadRequest("%s", err)
	}
	ending := ".json"
	if isYAML {
		ending = ".yaml"
	}
	return model.Object{
		"contentType": "application/octet-stream",
		"contentDisposition": `attachment; filename="` + string(format) + "_" +
			strings.ReplaceAll(options.Version, `"`, "") + ending + `"`,
		"body": document,
	}, nil
}

// acceptsYAML reads the header Accept. Clients that do not care get JSON.
func acceptsYAML(accept string) (bool, error) {
	switch kind, _, _ := strings.Cut(accept, ";"); strings.TrimSpace(kind) {
	case "", "*/*", "application/*", "application/json":
		return false, nil
	case "application/yaml":
		return true, nil
	}
	return false, model.BadRequest("Invalid accept content type %s", accept)
}

// deployed is the definition that a stage serves.
func (c *call) deployed(a *restAPI, stage model.Object) api.REST {
	if frozen := a.Frozen[stage.Text("deploymentId")]; frozen != nil {
		return *frozen
	}
	for _, definition := range c.service.options.Host.Described() {
		if a.described && definition.ID == a.id() {
			return definition
		}
	}
	return a.definition(c.account)
}

// exportOptions are what a definition does not hold: an API without a version goes by the date it
// was created.
func (a *restAPI) exportOptions(stage string) export.Options {
	created := time.Unix(int64(a.About.Number("createdDate")), 0).UTC().Format(time.RFC3339)
	o := export.Options{
		Stage: stage, Description: a.About.Text("description"),
		Version:    cmp.Or(a.About.Text("version"), created),
		Validators: map[string]string{},
	}
	for id, validator := range a.Validators {
		o.Validators[id] = validator.Text("name")
	}
	o.DocumentationVersion = a.Stages[stage].Text("documentationVersion")
	version := a.Versions[o.DocumentationVersion]
	for _, part := range version.Objects("#parts") {
		at := part.Object("location")
		o.Documentation = append(o.Documentation, openapi.Part{
			Type: at.Text("type"), Path: at.Text("path"), Method: at.Text("method"),
			StatusCode: at.Text("statusCode"), Name: at.Text("name"), Properties: part.Text("properties"),
		})
	}
	return o
}

// getSDKTypes answers an empty list.
//
// Unlike AWS: no SDK can be generated here, so there is no type of one.
func getSDKTypes(c *call) (model.Object, error) { return c.page(nil, byID) }

func getSDKType(*call) (model.Object, error) {
	return nil, model.NotFound("Invalid SDK type identifier specified")
}

// importParts is ImportDocumentationParts.
func importParts(c *call) (model.Object, error) {
	document, err := openapi.Parse(c.in.Bytes("body"))
	if err != nil {
		return nil, model.BadRequest("Unable to build importer with provided input.")
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	_, parts, warnings := document.Documentation()
	if len(warnings) > 0 && c.in.Bool("failOnWarnings") {
		return nil, model.BadRequest("%s", openapi.Refuse(warnings))
	}
	ids, unknown := a.putParts(parts, cmp.Or(c.in.Text("mode"), openapi.ModeMerge))
	out := model.Object{"ids": model.TextList(ids)}
	var texts []string
	for _, warning := range warnings {
		texts = append(texts, warning.Message)
	}
	if texts = append(texts, unknown...); len(texts) > 0 {
		out["warnings"] = model.TextList(texts)
	}
	return out, nil
}

// putParts writes parts of documentation, over those of the same place: merged into what is
// written there, or in its place. What has no place that AWS knows is named.
func (a *restAPI) putParts(parts []openapi.Part, mode string) (ids, unknown []string) {
	for _, part := range parts {
		at := model.Object{"type": part.Type}
		at.PutText("path", part.Path)
		at.PutText("method", part.Method)
		at.PutText("statusCode", part.StatusCode)
		at.PutText("name", part.Name)
		if !slices.Contains(partTypes(), part.Type) {
			unknown = append(unknown, "Invalid documentation part location type: "+part.Type+". Ignoring.")
			continue
		}
		made := model.Object{"location": at, "properties": part.Properties}
		for id, other := range a.Parts {
			if !sameTexts(other.Object("location"), at) {
				continue
			}
			made["id"] = id
			if mode == openapi.ModeMerge {
				made["properties"] = mergedProperties(other.Text("properties"), part.Properties)
			}
		}
		if made.Text("id") == "" {
			made["id"] = newID(6, a.Parts)
		}
		a.Parts[made.Text("id")] = made
		ids = append(ids, made.Text("id"))
	}
	return ids, unknown
}

func partTypes() []string {
	return []string{
		"API", "AUTHORIZER", "MODEL", "RESOURCE", "METHOD", "PATH_PARAMETER", "QUERY_PARAMETER",
		"REQUEST_HEADER", "REQUEST_BODY", "RESPONSE", "RESPONSE_HEADER", "RESPONSE_BODY",
	}
}

// Exported is an API that was created here, and what its definition does not say.
type Exported struct {
	Definition api.REST
	Options    export.Options
}

// Exported returns the APIs with an id or name, of every region: what a stage serves, or with "" as
// they are now.
func (s *Service) Exported(called, stage string) []Exported {
	var all []Exported
	for _, region := range sortedKeys(s.all()) {
		w := s.world(region)
		for _, id := range sortedKeys(w.APIs) {
			a := w.APIs[id]
			if id != called && a.About.Text("name") != called || stage != "" && a.Stages[stage] == nil {
				continue
			}
			made := w.definition(s.options.In(region), id)
			if frozen := a.Frozen[a.Stages[stage].Text("deploymentId")]; frozen != nil {
				stages := made.Stages
				made = *frozen
				made.Stages = stages
			}
			all = append(all, Exported{Definition: made, Options: a.exportOptions(stage)})
		}
	}
	return all
}
