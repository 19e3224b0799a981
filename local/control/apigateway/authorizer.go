package apigateway

import (
	"slices"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

func unknownAuthorizer() error { return model.NotFound("Invalid Authorizer identifier specified") }

func (c *call) authorizer() (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	if a.Authorizers[c.in.Text("authorizerId")] == nil {
		return nil, unknownAuthorizer()
	}
	return a.Authorizers[c.in.Text("authorizerId")], nil
}

func getAuthorizer(c *call) (model.Object, error) { return c.authorizer() }

func getAuthorizers(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	return c.page(a.Authorizers, byID)
}

// createAuthorizer looks the API up only after the URI was found to be one.
func createAuthorizer(c *call) (model.Object, error) {
	made := model.Object{}.Take(c.in, "name", "type", "authType", "authorizerUri",
		"authorizerCredentials", "identitySource", "identityValidationExpression",
		"authorizerResultTtlInSeconds")
	if len(c.in.List("providerARNs")) > 0 {
		made.Take(c.in, "providerARNs")
	}
	if made.Text("authType") == "" {
		made["authType"] = "custom"
		if made.Text("type") == "COGNITO_USER_POOLS" {
			made["authType"] = "cognito_user_pools"
		}
	}
	if err := checkAuthorizer(made); err != nil {
		return nil, err
	}
	if _, err := c.api(); err != nil {
		return nil, model.Conflict("Unable to complete operation due to concurrent modification. " +
			"Please try again later.")
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	if a.hasAuthorizer(made.Text("name"), "") {
		return nil, model.BadRequest("Authorizer name must be unique. Authorizer %s already exists in "+
			"this RestApi.", made.Text("name"))
	}
	made["id"] = newID(6, a.Authorizers)
	a.Authorizers[made.Text("id")] = made
	return made, nil
}

func (a *restAPI) hasAuthorizer(name, but string) bool {
	for id, other := range a.Authorizers {
		if other.Text("name") == name && id != but {
			return true
		}
	}
	return false
}

// checkAuthorizer refuses what AWS refuses of an authorizer by itself.
func checkAuthorizer(a model.Object) error {
	ttl := 300
	if a.Has("authorizerResultTtlInSeconds") {
		ttl = a.Int("authorizerResultTtlInSeconds")
	}
	kind, source := a.Text("type"), a.Text("identitySource")
	switch {
	case a.Text("name") == "":
		return model.BadRequest("Authorizer name must be non-empty")
	case kind == "COGNITO_USER_POOLS" && len(a.List("providerARNs")) == 0:
		return model.BadRequest("Invalid Provider ARNs. At least one Cognito user pool is required")
	case kind != "COGNITO_USER_POOLS" && !api.IsAuthorizerURI(a.Text("authorizerUri")):
		return model.BadRequest(api.BadAuthorizerURI, a.Text("authorizerUri"))
	case ttl < 0 || ttl > 3600:
		return model.BadRequest("Authorizer result TTL must be between 0 and 3600 seconds")
	case source == "" && kind == "REQUEST" && ttl > 0:
		return model.BadRequest("Identity source is required when the authorizer's results are cached")
	case source == "" && kind == "TOKEN":
		return model.BadRequest("Identity source is required")
	}
	return nil
}

func updateAuthorizer(c *call) (model.Object, error) {
	if _, err := c.authorizer(); err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	own := a.Authorizers[c.in.Text("authorizerId")].Clone()
	for _, p := range c.patches() {
		if err := patchAuthorizer(own, p); err != nil {
			return nil, err
		}
	}
	if err := checkAuthorizer(own); err != nil {
		return nil, err
	}
	if a.hasAuthorizer(own.Text("name"), own.Text("id")) {
		return nil, model.BadRequest("Authorizer name must be unique. Authorizer %s already exists in "+
			"this RestApi.", own.Text("name"))
	}
	a.Authorizers[own.Text("id")] = own
	return own, nil
}

func patchAuthorizer(own model.Object, p patch) error {
	switch p.path {
	case "/name", "/authorizerUri", "/authorizerCredentials", "/identitySource",
		"/identityValidationExpression", "/authType":
		if err := p.only("replace"); err != nil {
			return err
		}
		setText(own, p.path[1:], p)
	case "/type":
		if err := p.only("replace"); err != nil {
			return err
		}
		if !slices.Contains([]string{"TOKEN", "REQUEST", "COGNITO_USER_POOLS"}, p.text()) {
			return model.BadRequest("Invalid authorizer type specified. Must be one of: " +
				"[TOKEN, REQUEST, COGNITO_USER_POOLS]")
		}
		own["type"] = p.text()
	case "/authorizerResultTtlInSeconds":
		if err := p.only("replace"); err != nil {
			return err
		}
		ttl, ok := p.whole()
		if !ok {
			return model.BadRequest("Authorizer result TTL must be between 0 and 3600 seconds")
		}
		own["authorizerResultTtlInSeconds"] = ttl
	case "/providerARNs":
		arns := slices.DeleteFunc(own.Texts("providerARNs"), func(arn string) bool {
			return arn == p.text()
		})
		if err := p.only("add", "remove"); err != nil {
			return err
		}
		if p.op == "add" {
			arns = append(arns, p.text())
		}
		own["providerARNs"] = model.TextList(arns)
	default:
		return p.invalidPath()
	}
	return nil
}

func deleteAuthorizer(c *call) (model.Object, error) {
	if _, err := c.authorizer(); err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	id := c.in.Text("authorizerId")
	for _, resource := range a.Resources {
		methods := resource.Object("resourceMethods")
		for verb := range methods {
			if methods.Object(verb).Text("authorizerId") == id {
				return nil, model.Conflict("Cannot delete authorizer '%s', is referenced in method: %s/%s",
					id, resource.Text("path"), verb)
			}
		}
	}
	delete(a.Authorizers, id)
	return nil, nil
}
