package apigatewayv2

import (
	"cmp"
	"errors"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/openapi"
	"portico/local/openapi/export"
)

// translate reads the document of an import over what an HTTP API is. What has an effect on AWS and
// none here is refused, as it would be in a template.
func (c *call) translate(base api.HTTP) (*openapi.Document, *openapi.Imported[api.HTTP], error) {
	switch c.in.Text("Basepath") {
	case "", openapi.BasePathIgnore, openapi.BasePathPrepend, openapi.BasePathSplit:
	default:
		return nil, nil, model.BadRequest("Invalid basepath specified. Must be one of: " +
			"[ignore, prepend, split]")
	}
	document, err := openapi.Parse([]byte(c.in.Text("Body")))
	if err != nil {
		return nil, nil, refusedImport(err)
	}
	imported, err := document.HTTP(base, openapi.Options{BasePath: c.in.Text("Basepath")})
	if err != nil {
		return nil, nil, refusedImport(err)
	}
	if c.in.Bool("FailOnWarnings") {
		if err := openapi.Refuse(imported.Warnings); err != nil {
			return nil, nil, refusedImport(err)
		}
	}
	for _, finding := range imported.Findings {
		if !finding.Irrelevant {
			return nil, nil, model.BadRequest("%s at %s is not honoured here: %s", finding.Name,
				finding.Pointer, finding.Why)
		}
	}
	return document, imported, nil
}

// refusedImport puts the reasons in AWS's form, which says no places.
func refusedImport(err error) error {
	var refused *openapi.Error
	if !errors.As(err, &refused) {
		return err
	}
	text := "Errors found during import:"
	if refused.Tolerable {
		text = "Warnings found during import:"
	}
	for _, problem := range refused.Problems {
		text += "\n\t" + problem.Message
	}
	return model.BadRequest("%s", text)
}

func importAPI(c *call) (model.Object, error) {
	a := newEntity()
	document, imported, err := c.translate(api.HTTP{ID: model.NewID(10, c.world.APIs), Account: c.account})
	if err != nil {
		return nil, err
	}
	c.in = model.Object{
		"Name": cmp.Or(imported.API.Name, "null"), "ProtocolType": "HTTP",
	}
	if err := c.fillAPI(a); err != nil {
		return nil, err
	}
	return c.takeDocument(a, document, imported), nil
}

// reimportAPI imports a document over an API. Its stages and deployments stay as they are.
func reimportAPI(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	if a.isWebSocket() {
		return nil, model.BadRequest("ReimportApi is supported only for HTTP APIs")
	}
	document, imported, err := c.translate(api.HTTP{
		ID: a.id(), Account: c.account, Name: a.About.Text("Name"),
		DisableExecuteAPIEndpoint: a.About.Bool("DisableExecuteApiEndpoint"),
	})
	if err != nil {
		return nil, err
	}
	return c.takeDocument(a, document, imported), nil
}

// takeDocument replaces what a document describes of an API.
func (c *call) takeDocument(
	a *entity, document *openapi.Document, imported *openapi.Imported[api.HTTP],
) model.Object {
	made := describe(Definition{HTTP: &imported.API})
	about := a.About
	delete(about, "CorsConfiguration")
	about.Take(made.About, "CorsConfiguration", "DisableExecuteApiEndpoint", "Name")
	for name, text := range map[string]string{
		"Description": document.Description(), "Version": document.Version(),
	} {
		if text != "" {
			about[name] = text
		}
	}
	for _, name := range []string{authorizers, integrations, routes} {
		a.Parts[name] = map[string]model.Object{}
		for _, o := range made.each(name) {
			delete(o, sequence)
			if name == routes { // AWS prints these of imported routes alone
				o["AuthorizationScopes"] = model.TextList(o.Texts("AuthorizationScopes"))
				o["RequestParameters"] = model.Object{}
			}
			c.add(a, kindOf(name), o)
		}
	}
	out := about.Clone()
	var warnings []any
	for _, warning := range imported.Warnings {
		warnings = append(warnings, warning.Message)
	}
	if len(warnings) > 0 {
		out["Warnings"] = warnings
	}
	return out
}

// exportAPI prints an HTTP API as OpenAPI: what a stage serves, or the API as it is.
func exportAPI(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	format := strings.ToLower(c.in.Text("OutputType"))
	switch {
	case c.in.Text("Specification") != "OAS30":
		return nil, model.BadRequest("Invalid specification specified. Must be one of: [OAS30]")
	case format != "json" && format != "yaml":
		return nil, model.BadRequest("Invalid output type specified. Must be one of: [JSON, YAML]")
	case c.in.Has("ExportVersion") && c.in.Text("ExportVersion") != "1.0":
		return nil, model.BadRequest("Invalid export version specified. Must be one of: [1.0]")
	case a.isWebSocket():
		return nil, model.BadRequest("ExportApi is supported only for HTTP APIs")
	}
	definition, err := c.exported(a)
	if err != nil {
		return nil, err
	}
	options := export.Options{
		YAML: format == "yaml", Stage: c.in.Text("StageName"),
		Description: a.About.Text("Description"), Version: a.About.Text("Version"),
	}
	if !c.in.Has("IncludeExtensions") || c.in.Bool("IncludeExtensions") {
		options.Extensions = export.Everything()
	}
	body, err := export.HTTP(*definition.HTTP, options)
	if err != nil {
		return nil, model.BadRequest("Unable to export the API: %s", err)
	}
	return model.Object{"body": body}, nil
}

// exported returns what is to be exported.
func (c *call) exported(a *entity) (Definition, error) {
	live, err := c.live(a)
	name := c.in.Text("StageName")
	if err != nil || name == "" {
		return live, err
	}
	stage := a.Parts[stages][name]
	if stage == nil {
		return Definition{}, kindOf(stages).unknown(name)
	}
	if made, ok := a.frozen(stage.Text("DeploymentId")); ok && !stage.Bool("AutoDeploy") {
		own := *made.HTTP
		own.Stages = live.HTTP.Stages
		return Definition{HTTP: &own}, nil
	}
	return live, nil
}

// live returns the definition of an API as it is.
func (c *call) live(a *entity) (Definition, error) {
	for _, d := range c.described() {
		if d.ID() == a.id() {
			return d, nil
		}
	}
	made, err := c.service.options.Host.Define(c.account, a.resources(c.world))
	return made, asBadRequest(err)
}
