package apigateway

import "portico/local/control/model"

func getIntegrationResponse(c *call) (model.Object, error) {
	integration, err := getIntegration(c)
	if err != nil {
		return nil, err
	}
	response := integration.Object("integrationResponses").Object(c.in.Text("statusCode"))
	if response == nil {
		return nil, unknownStatus()
	}
	return response, nil
}

// putIntegrationResponse needs no method response of its status: AWS takes it without.
func putIntegrationResponse(c *call) (model.Object, error) {
	integration, err := c.editIntegration()
	if err != nil {
		return nil, err
	}
	response := model.Object{"statusCode": c.in.Text("statusCode")}
	response.Take(c.in, "selectionPattern", "responseParameters", "responseTemplates",
		"contentHandling")
	emptyIsNull(response)
	if err := checkIntegrationResponse(response); err != nil {
		return nil, err
	}
	inner(integration, "integrationResponses")[c.in.Text("statusCode")] = response
	return response, nil
}

// emptyIsNull keeps templates that are "" as null: AWS echoes them so.
func emptyIsNull(response model.Object) {
	templates := response.Object("responseTemplates")
	for key := range templates {
		if templates.Text(key) == "" {
			templates[key] = nil
		}
	}
}

func checkIntegrationResponse(response model.Object) error {
	for _, key := range response.Object("responseParameters").Keys() {
		if !isResponseHeader(key) {
			return badExpression(key)
		}
	}
	return checkContentTypes(response.Object("responseTemplates"))
}

func deleteIntegrationResponse(c *call) (model.Object, error) {
	if _, _, err := c.resource(); err != nil {
		return nil, err
	}
	integration, err := c.editIntegration()
	if err != nil {
		return nil, unknownIntegration() // AWS says so of an unknown method too
	}
	status := c.in.Text("statusCode")
	if integration.Object("integrationResponses").Object(status) == nil {
		return nil, unknownStatus()
	}
	delete(integration.Object("integrationResponses"), status)
	dropEmpty(integration, "integrationResponses")
	return nil, nil
}

func updateIntegrationResponse(c *call) (model.Object, error) {
	integration, err := c.editIntegration()
	if err != nil {
		return nil, err
	}
	response := integration.Object("integrationResponses").Object(c.in.Text("statusCode"))
	if response == nil {
		return nil, unknownStatus()
	}
	for _, p := range c.patches() {
		if err := patchIntegrationResponse(response, p); err != nil {
			return nil, err
		}
	}
	emptyIsNull(response)
	dropEmpty(response, "responseParameters", "responseTemplates")
	return response, checkIntegrationResponse(response)
}

func patchIntegrationResponse(response model.Object, p patch) error {
	if name, ok := p.under("/responseParameters/"); ok {
		return patchEntry(response, "responseParameters", name, p, p.text())
	}
	if contentType, ok := p.under("/responseTemplates/"); ok {
		return patchEntry(response, "responseTemplates", contentType, p, p.value)
	}
	switch p.path {
	case "/selectionPattern", "/contentHandling":
		if err := p.only("replace", "add", "remove"); err != nil {
			return err
		}
		setText(response, p.path[1:], p)
		return nil
	}
	return p.invalidPath()
}
