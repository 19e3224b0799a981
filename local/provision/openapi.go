package provision

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"portico/local/gateway/api"
	"portico/local/openapi"
)

// isDescribed says whether an OpenAPI document describes the API.
func isDescribed(p properties) bool {
	return p.has("Body") || p.has("BodyS3Location")
}

// document is the OpenAPI document of an API.
type document struct {
	*openapi.Document
	property string // Body or BodyS3Location
	file     string // "" for a Body
}

// document reads the Body of an API, or what its BodyS3Location names; false notes why not.
func (r *reader) document(p properties) (document, bool) {
	if p.has("Body") && p.has("BodyS3Location") {
		p.fail("BodyS3Location", "AWS takes a Body or a BodyS3Location, not both")
		return document{}, false
	}
	d := document{property: "Body"}
	var err error
	switch text, written := p.values["Body"].(string); {
	case written:
		d.Document, err = openapi.Parse([]byte(text))
	case p.has("Body"):
		d.Document, err = openapi.FromTree(p.values["Body"])
	default:
		d.property = "BodyS3Location"
		var ok bool
		if d.file, ok = r.documentFile(p); !ok {
			return d, false
		}
		var content []byte
		if content, err = os.ReadFile(d.file); err == nil {
			d.Document, err = openapi.Parse(content)
		}
	}
	if err != nil {
		d.refuse(p, err)
		return d, false
	}
	return d, true
}

// documentFile finds the file behind a BodyS3Location: an asset of the assembly, a file beside the
// template as it is before packaging, or what the options name.
func (r *reader) documentFile(p properties) (string, bool) {
	const property = "BodyS3Location"
	beside := filepath.Dir(p.resource.Stack.File)
	if path, ok := p.values[property].(string); ok && !strings.Contains(path, "://") {
		if !filepath.IsAbs(path) {
			path = filepath.Join(beside, path)
		}
		return path, true
	}
	if p.resource.Metadata["aws:asset:property"] == property {
		if path, ok := p.resource.Metadata["aws:asset:path"].(string); ok {
			return filepath.Join(beside, path), true
		}
	}
	location, ok := p.object(property)
	if !ok {
		return "", false
	}
	bucket, key := location.requiredText("Bucket"), location.requiredText("Key")
	id, _, _ := strings.Cut(key[strings.LastIndexByte(key, '/')+1:], ".")
	if asset, found := p.resource.Stack.Assets[id]; found && id != "" {
		return asset.Path, true
	}
	if path, named := r.options.Documents[bucket+"/"+key]; named {
		return r.absolute(path), true
	}
	p.fail(property, "the assembly has no such asset, and nothing is fetched from S3; name a copy "+
		"of the file in portico.yaml, documents: {%s/%s: FILE}", bucket, key)
	return "", false
}

// refuse notes why a document cannot be imported, each problem with its place.
func (d document) refuse(p properties, err error) {
	var refused *openapi.Error
	if !errors.As(err, &refused) {
		p.fail(d.property, "%v", err)
		return
	}
	for _, problem := range refused.Problems {
		reason := problem.Message
		if refused.Tolerable {
			reason = "Warnings found during import: " + reason
		}
		p.problems.list = append(p.problems.list, &Problem{
			Stack: p.resource.Stack.Name, LogicalID: p.resource.LogicalID, Type: p.resource.Type,
			Property: d.property + problem.Pointer, Place: d.place(problem), Reason: reason,
		})
	}
}

// place says where in the document a problem stands.
func (d document) place(w openapi.Warning) string {
	file := ""
	if d.file != "" {
		file = filepath.Base(d.file) + " "
	}
	if w.Line == 0 {
		return file + "in the document"
	}
	return fmt.Sprintf("%sline %d:%d", file, w.Line, w.Column)
}

// importREST puts the document of a REST API over what the template says of the API itself.
func (r *reader) importREST(p properties, owner *restAPI) bool {
	d, ok := r.document(p)
	if !ok {
		return false
	}
	base := owner.definition
	base.Models = nil // an imported API has no models but its own (control-plane.md §6)
	parameters := importParameters(p)
	kind := parameters["endpointConfigurationTypes"]
	if kind != "" && !p.has("EndpointConfiguration") {
		base.EndpointType = kind
	}
	imported, err := d.REST(base, openapi.Options{
		RootID: owner.rootID, BasePath: parameters["basepath"],
		Mode: p.choice("Mode", "", openapi.ModeOverwrite, openapi.ModeMerge),
	})
	if err == nil && p.boolean("FailOnWarnings") {
		err = openapi.Refuse(imported.Warnings)
	}
	if err != nil {
		d.refuse(p, err)
		return false
	}
	definition := imported.API
	for i := range definition.Resources {
		resource := &definition.Resources[i]
		owner.resources[resource.ID] = resource
		owner.described[resource.Path] = true
	}
	d.refuse(p, &openapi.Error{Problems: imported.Unfinished})
	definition.Resources = nil // finished gathers them
	r.found(p, d.property, imported.Warnings, imported.Findings)
	r.foundREST(p, d.property, base, imported.API)
	owner.definition = definition
	return true
}

// importParameters reads the Parameters of an import, an object or a string that holds one.
func importParameters(p properties) map[string]string {
	given := p.textMap("Parameters")
	allowed := map[string][]string{
		"basepath":                   {"ignore", "prepend", "split"},
		"endpointConfigurationTypes": {"EDGE", "REGIONAL", "PRIVATE"},
		"ignore":                     {"documentation"},
	}
	inner, _ := p.parsedObject("Parameters")
	for _, name := range inner.names() {
		if len(allowed[name]) == 0 {
			inner.fail(name, "want one of %s", oneOf(allowed))
			continue
		}
		inner.choice(name, append([]string{""}, allowed[name]...)...)
	}
	return given
}

// importHTTP takes routes, integrations and authorizers of an HTTP API out of its document.
func (r *reader) importHTTP(p properties, owner *v2API) bool {
	if owner.webSocket {
		p.fail("ProtocolType", "OpenAPI describes HTTP APIs only")
		return false
	}
	d, ok := r.document(p)
	if !ok {
		return false
	}
	base := api.HTTP{
		ID: owner.resource.PhysicalID, Account: r.account(owner.resource), Name: p.text("Name"),
		CORS:                      corsConfiguration(p),
		DisableExecuteAPIEndpoint: p.boolean("DisableExecuteApiEndpoint"),
	}
	imported, err := d.HTTP(base, openapi.Options{
		BasePath: p.choice("BasePath", "ignore", "prepend", "split"),
	})
	if err == nil && p.boolean("FailOnWarnings") {
		err = openapi.Refuse(imported.Warnings)
	}
	if err != nil {
		d.refuse(p, err)
		return false
	}
	definition := imported.API
	if p.has("CorsConfiguration") {
		definition.CORS = base.CORS // what the template says beside the document holds
	}
	for _, route := range definition.Routes {
		owner.routeKeys[route.Key] = true
	}
	owner.routes, owner.integrations = definition.Routes, definition.Integrations
	owner.authorizers = definition.Authorizers
	r.found(p, d.property, imported.Warnings, imported.Findings)
	r.foundHTTP(p, d.property, base, definition)
	owner.described = &definition
	return true
}
