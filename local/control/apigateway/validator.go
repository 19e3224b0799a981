package apigateway

import "portico/local/control/model"

// validator returns the validator that a call names. That the API is unknown is said in the same
// words.
func (c *call) validator() (model.Object, error) {
	a, err := c.api()
	if err != nil || a.Validators[c.in.Text("requestValidatorId")] == nil {
		return nil, model.NotFound("%s", unknownValidator())
	}
	return a.Validators[c.in.Text("requestValidatorId")], nil
}

func getRequestValidator(c *call) (model.Object, error) { return c.validator() }

func getRequestValidators(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	return c.page(a.Validators, byID)
}

func createRequestValidator(c *call) (model.Object, error) {
	if _, err := c.api(); err != nil {
		return nil, model.BadRequest("Invalid REST API identifier specified")
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	id := newID(6, a.Validators)
	made := model.Object{
		"id": id, "validateRequestBody": c.in.Bool("validateRequestBody"),
		"validateRequestParameters": c.in.Bool("validateRequestParameters"),
	}
	if c.in.Text("name") != "" {
		made.Take(c.in, "name")
	}
	a.Validators[id] = made
	return made, nil
}

func updateRequestValidator(c *call) (model.Object, error) {
	if _, err := c.validator(); err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	own := a.Validators[c.in.Text("requestValidatorId")].Clone()
	for _, p := range c.patches() {
		err := p.oneOf("/name", "/validateRequestParameters", "/validateRequestBody")
		switch {
		case err != nil:
			return nil, err
		case p.path != "/name":
			own[p.path[1:]] = p.truth()
		case p.text() == "":
			return nil, model.BadRequest("Request Validator name cannot be blank")
		default:
			own["name"] = p.text()
		}
	}
	a.Validators[own.Text("id")] = own
	return own, nil
}

func deleteRequestValidator(c *call) (model.Object, error) {
	if _, err := c.validator(); err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	id := c.in.Text("requestValidatorId")
	for _, resource := range a.Resources {
		methods := resource.Object("resourceMethods")
		for verb := range methods {
			if methods.Object(verb).Text("requestValidatorId") == id {
				return nil, model.Conflict("Cannot delete validator '%s', is referenced in method: %s/%s",
					id, resource.Text("path"), verb)
			}
		}
	}
	delete(a.Validators, id)
	return nil, nil
}
