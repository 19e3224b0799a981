package apigateway

import (
	"cmp"
	"errors"

	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/openapi"
)

// parse reads the document of an import. AWS refuses one that is none before it looks the API up.
func (c *call) parse() (*openapi.Document, error) {
	document, err := openapi.Parse(c.in.Bytes("body"))
	if err != nil {
		return nil, model.BadRequest("Invalid OpenAPI input.")
	}
	return document, nil
}

// translate imports a document over what an API is. What has an effect on AWS and none here is
// refused, as it would be in a template.
func (c *call) translate(
	document *openapi.Document, base api.REST, o openapi.Options,
) (api.REST, []string, error) {
	o.BasePath = c.in.Object("parameters").Text("basepath")
	imported, err := document.REST(base, o)
	var refused *openapi.Error
	if errors.As(err, &refused) {
		return api.REST{}, nil, model.BadRequest("%s", refused)
	}
	if err != nil {
		return api.REST{}, nil, err
	}
	if c.in.Bool("failOnWarnings") {
		if err := openapi.Refuse(imported.Warnings); err != nil {
			return api.REST{}, nil, model.BadRequest("%s", err)
		}
	}
	for _, finding := range imported.Findings {
		if !finding.Irrelevant {
			return api.REST{}, nil, model.BadRequest("%s at %s is not honoured here: %s", finding.Name,
				finding.Pointer, finding.Why)
		}
	}
	var warnings []string
	for _, warning := range imported.Warnings {
		warnings = append(warnings, warning.Message)
	}
	return imported.API, warnings, nil
}

func importRestAPI(c *call) (model.Object, error) {
	document, err := c.parse()
	if err != nil {
		return nil, err
	}
	id := newID(10, c.world.APIs)
	parameters := c.in.Object("parameters")
	definition, warnings, err := c.translate(document, api.REST{
		ID: id, Account: c.account,
		EndpointType: cmp.Or(parameters.Text("endpointConfigurationTypes"), "EDGE"),
	}, openapi.Options{})
	if err != nil {
		return nil, err
	}
	a := describe(definition)
	a.described = false
	a.About["createdDate"], a.About["#sequence"] = c.now.Unix(), c.next()
	nameAuthorizers(a)
	a.About.PutText("description", document.Description())
	a.About.PutText("version", document.Version())
	_, parts, _ := document.Documentation()
	a.putParts(parts, openapi.ModeOverwrite)
	c.world.APIs[id], c.touched[id] = a, true
	out := a.view(false)
	if len(warnings) > 0 {
		out["warnings"] = model.TextList(warnings)
	}
	return out, nil
}

// nameAuthorizers drops the default lifetime of results: AWS prints it only where it was given.
func nameAuthorizers(a *restAPI) {
	for _, authorizer := range a.Authorizers {
		if authorizer.Int("authorizerResultTtlInSeconds") == 300 {
			delete(authorizer, "authorizerResultTtlInSeconds")
		}
	}
}

// putRestAPI imports a document over an API. Its stages and deployments stay as they are.
func putRestAPI(c *call) (model.Object, error) {
	document, err := c.parse()
	if err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	mode := cmp.Or(c.in.Text("mode"), openapi.ModeMerge)
	definition, warnings, err := c.translate(document, a.definition(c.account), openapi.Options{
		Mode: mode, RootID: a.About.Text("rootResourceId"),
	})
	if err != nil {
		return nil, err
	}
	made := describe(definition)
	nameAuthorizers(made)
	about := made.About
	for _, name := range []string{
		"createdDate", "#sequence", "description", "version", "tags", "endpointConfiguration",
		"securityPolicy", "endpointAccessMode",
	} {
		about.Take(a.About, name)
	}
	about.PutText("description", document.Description())
	about.PutText("version", document.Version())
	a.About, a.Resources, a.Models = about, made.Resources, made.Models
	a.Authorizers, a.Validators, a.Responses = made.Authorizers, made.Validators, made.Responses
	_, parts, _ := document.Documentation()
	a.putParts(parts, mode)
	c.live[a.id()] = true
	out := a.view(true)
	if len(warnings) > 0 {
		out["warnings"] = model.TextList(warnings)
	}
	return out, nil
}
