package apigateway

import (
	"strings"

	"portico/local/control/model"
)

func unknownStatus() error { return model.NotFound("Invalid Response status code specified") }

func getMethodResponse(c *call) (model.Object, error) {
	_, method, err := c.method()
	if err != nil {
		return nil, err
	}
	response := method.Object("methodResponses").Object(c.in.Text("statusCode"))
	if response == nil {
		return nil, unknownStatus()
	}
	return response, nil
}

// putMethodResponse keeps empty maps that are given: AWS echoes them.
func putMethodResponse(c *call) (model.Object, error) {
	a, method, err := c.editMethod()
	if err != nil {
		return nil, err
	}
	status := c.in.Text("statusCode")
	if method.Object("methodResponses").Object(status) != nil {
		return nil, model.Conflict("Response already exists for this resource")
	}
	models := c.in.Object("responseModels")
	for _, contentType := range models.Keys() {
		if err := a.checkModel(models.Text(contentType)); err != nil {
			return nil, err
		}
	}
	for _, key := range c.in.Object("responseParameters").Keys() {
		if !isResponseHeader(key) {
			return nil, badExpression(key)
		}
	}
	response := model.Object{"statusCode": status}
	response.Take(c.in, "responseParameters", "responseModels")
	inner(method, "methodResponses")[status] = response
	return response, nil
}

func isResponseHeader(key string) bool {
	name, ok := strings.CutPrefix(key, "method.response.header.")
	return ok && name != "" && !strings.ContainsAny(name, " \t\r\n\"'{}()[]")
}

func deleteMethodResponse(c *call) (model.Object, error) {
	_, method, err := c.editMethod()
	if err != nil {
		return nil, err
	}
	status := c.in.Text("statusCode")
	if method.Object("methodResponses").Object(status) == nil {
		return nil, unknownStatus()
	}
	delete(method.Object("methodResponses"), status)
	dropEmpty(method, "methodResponses")
	return nil, nil
}

func updateMethodResponse(c *call) (model.Object, error) {
	a, method, err := c.editMethod()
	if err != nil {
		return nil, err
	}
	response := method.Object("methodResponses").Object(c.in.Text("statusCode"))
	if response == nil {
		return nil, unknownStatus()
	}
	for _, p := range c.patches() {
		if err := patchMethodResponse(a, response, p); err != nil {
			return nil, err
		}
	}
	dropEmpty(response, "responseParameters", "responseModels")
	return response, nil
}

func patchMethodResponse(a *restAPI, response model.Object, p patch) error {
	if name, ok := p.under("/responseParameters/"); ok {
		if p.op != "add" && !response.Object("responseParameters").Has(name) {
			return model.NotFound("Invalid parameter name specified")
		}
		if !isResponseHeader(name) {
			return badExpression(name)
		}
		return patchEntry(response, "responseParameters", name, p, p.truth())
	}
	contentType, ok := p.under("/responseModels/")
	if !ok {
		return p.invalidPath()
	}
	if p.op != "add" && !response.Object("responseModels").Has(contentType) {
		return model.NotFound("Content-Type specified was not found")
	}
	if p.op != "remove" {
		if err := a.checkModel(p.text()); err != nil {
			return err
		}
	}
	return patchEntry(response, "responseModels", contentType, p, p.text())
}
