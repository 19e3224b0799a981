package apigateway

import (
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

const wantsAuthorizer = "Invalid authorizer ID specified. Setting the authorization type to " +
	"CUSTOM or COGNITO_USER_POOLS requires a valid authorizer."

func unknownMethod() error { return model.NotFound("Invalid Method identifier specified") }

func unknownValidator() string { return "Invalid Request Validator identifier specified" }

// method returns the method that a call names.
func (c *call) method() (*restAPI, model.Object, error) {
	a, resource, err := c.resource()
	if err != nil {
		return nil, nil, err
	}
	method := resource.Object("resourceMethods").Object(strings.ToUpper(c.in.Text("httpMethod")))
	if method == nil {
		return nil, nil, unknownMethod()
	}
	return a, method, nil
}

// editMethod returns a draft of the method that a call changes.
func (c *call) editMethod() (*restAPI, model.Object, error) {
	if _, _, err := c.method(); err != nil {
		return nil, nil, err
	}
	a, resource, err := c.editResource()
	if err != nil {
		return nil, nil, err
	}
	verb := strings.ToUpper(c.in.Text("httpMethod"))
	return a, resource.Object("resourceMethods").Object(verb), nil
}

func getMethod(c *call) (model.Object, error) {
	_, method, err := c.method()
	return method, err
}

func putMethod(c *call) (model.Object, error) {
	a, resource, err := c.editResource()
	if err != nil {
		return nil, err
	}
	verb := strings.ToUpper(c.in.Text("httpMethod"))
	if !api.IsMethod(verb) {
		return nil, model.BadRequest(api.BadMethod)
	}
	if resource.Object("resourceMethods").Object(verb) != nil {
		return nil, model.Conflict("Method already exists for this resource")
	}
	method := model.Object{
		"httpMethod":        verb,
		"authorizationType": strings.ToUpper(c.in.Text("authorizationType")),
		"apiKeyRequired":    c.in.Bool("apiKeyRequired"),
	}
	method.Take(c.in, "operationName", "requestValidatorId", "authorizerId")
	for _, name := range []string{"requestParameters", "requestModels"} {
		if len(c.in.Object(name)) > 0 {
			method.Take(c.in, name)
		}
	}
	if len(c.in.List("authorizationScopes")) > 0 {
		method.Take(c.in, "authorizationScopes")
	}
	if err := a.checkMethod(method); err != nil {
		return nil, err
	}
	if !needsAuthorizer(method.Text("authorizationType")) {
		delete(method, "authorizerId")
	}
	inner(resource, "resourceMethods")[verb] = method
	return method, nil
}

func needsAuthorizer(kind string) bool { return kind == "CUSTOM" || kind == "COGNITO_USER_POOLS" }

// checkMethod refuses what AWS refuses, in its order: authorizer, validator, models, parameters.
func (a *restAPI) checkMethod(m model.Object) error {
	kind := m.Text("authorizationType")
	switch {
	case needsAuthorizer(kind):
		authorizer := a.Authorizers[m.Text("authorizerId")]
		isPool := authorizer.Text("type") == "COGNITO_USER_POOLS"
		if authorizer == nil || isPool != (kind == "COGNITO_USER_POOLS") {
			return model.BadRequest(wantsAuthorizer)
		}
	case kind != "NONE" && kind != "AWS_IAM":
		return model.BadRequest("Invalid authorization type specified. Valid values are " +
			"[NONE, AWS_IAM, CUSTOM, COGNITO_USER_POOLS]")
	}
	if id := m.Text("requestValidatorId"); id != "" && a.Validators[id] == nil {
		return model.BadRequest("%s", unknownValidator())
	}
	models := m.Object("requestModels")
	for _, contentType := range models.Keys() {
		if err := a.checkModel(models.Text(contentType)); err != nil {
			return err
		}
	}
	return checkParameters(m.Object("requestParameters"))
}

func (a *restAPI) checkModel(name string) error {
	if a.Models[name] == nil {
		return model.BadRequest("Invalid model identifier specified: %s", name)
	}
	return nil
}

func badExpression(text string) error {
	return model.BadRequest(api.BadMapping, text)
}

// checkParameters wants method.request.{place}.{name}, and every name in one place only.
func checkParameters(parameters model.Object) error {
	names := map[string]bool{}
	for _, key := range parameters.Keys() {
		name, ok := parameterName(key)
		if !ok {
			return badExpression(key)
		}
		if names[name] {
			return model.BadRequest("Parameter names must be unique across querystring, header and path")
		}
		names[name] = true
	}
	return nil
}

func parameterName(key string) (name string, ok bool) {
	for _, place := range []string{"header", "querystring", "path"} {
		if name, ok := strings.CutPrefix(key, "method.request."+place+"."); ok {
			return name, name != "" && !strings.ContainsAny(name, " \t\r\n\"'{}()[]")
		}
	}
	return "", false
}

func deleteMethod(c *call) (model.Object, error) {
	if _, _, err := c.editMethod(); err != nil {
		return nil, err
	}
	_, resource, err := c.editResource()
	if err != nil {
		return nil, err
	}
	delete(resource.Object("resourceMethods"), strings.ToUpper(c.in.Text("httpMethod")))
	dropEmpty(resource, "resourceMethods")
	return nil, nil
}

func updateMethod(c *call) (model.Object, error) {
	a, method, err := c.editMethod()
	if err != nil {
		return nil, err
	}
	for _, p := range c.patches() {
		if err := patchMethod(a, method, p); err != nil {
			return nil, err
		}
	}
	if err := a.checkMethod(method); err != nil {
		return nil, err
	}
	if !needsAuthorizer(method.Text("authorizationType")) {
		delete(method, "authorizerId") // AWS ignores one beside NONE
	}
	dropEmpty(method, "requestParameters", "requestModels")
	return method, nil
}

func patchMethod(a *restAPI, method model.Object, p patch) error {
	if name, ok := p.under("/requestParameters/"); ok {
		return patchEntry(method, "requestParameters", name, p, p.truth())
	}
	if contentType, ok := p.under("/requestModels/"); ok {
		if p.op != "remove" {
			if err := a.checkModel(p.text()); err != nil {
				return err
			}
		}
		return patchEntry(method, "requestModels", contentType, p, p.text())
	}
	name := strings.TrimPrefix(p.path, "/")
	switch p.path {
	case "/authorizationScopes":
		return patchScopes(method, p)
	case "/authorizationType", "/authorizerId", "/apiKeyRequired", "/operationName",
		"/requestValidatorId":
		if err := p.only("replace"); err != nil {
			return err
		}
	default:
		return p.invalidPath()
	}
	switch name {
	case "apiKeyRequired":
		method[name] = p.truth()
	case "authorizationType":
		method[name] = strings.ToUpper(p.text())
	default:
		setText(method, name, p)
	}
	return nil
}

// patchEntry adds, replaces or removes an entry of a map.
func patchEntry(of model.Object, name, key string, p patch, value any) error {
	switch p.op {
	case "add", "replace":
		inner(of, name)[key] = value
	case "remove":
		delete(of.Object(name), key)
	default:
		return p.only("add", "replace", "remove")
	}
	return nil
}

func patchScopes(method model.Object, p patch) error {
	scopes := slices.DeleteFunc(method.Texts("authorizationScopes"), func(s string) bool {
		return s == p.text()
	})
	switch p.op {
	case "add":
		scopes = append(scopes, p.text())
	case "remove":
	default:
		return p.only("add", "remove")
	}
	method["authorizationScopes"] = model.TextList(scopes)
	if len(scopes) == 0 {
		delete(method, "authorizationScopes")
	}
	return nil
}
