package apigateway

import (
	"errors"

	"portico/local/control/model"
	"portico/local/gateway/exchange"
	"portico/local/gateway/restapi"
)

// testInvokeMethod calls a method as it is, deployed or not. It holds up nobody: it works on what
// was there when it came.
func testInvokeMethod(c *call) (model.Object, error) {
	if _, _, err := c.method(); err != nil {
		return nil, err
	}
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	definition := a.definition(c.account)
	definition.Stages = nil
	c.world.link(&definition)
	result, err := c.service.options.Host.Test(c, definition, restapi.TestInvocation{
		ResourceID: c.in.Text("resourceId"), HTTPMethod: c.in.Text("httpMethod"),
		PathWithQueryString: c.in.Text("pathWithQueryString"), Header: c.testHeader(),
		Body: c.in.Text("body"), StageVariables: c.in.TextMap("stageVariables"),
		ClientCertificateID: c.in.Text("clientCertificateId"),
	})
	var unknown *restapi.NotFoundError
	if errors.As(err, &unknown) {
		return nil, model.NotFound("%s", unknown.Message)
	}
	if err != nil {
		return nil, model.BadRequest("%s", err)
	}
	headers, multi := model.Object{}, model.Object{}
	for _, field := range result.Header {
		headers[field.Name] = field.Value
		multi[field.Name] = append(multi.List(field.Name), field.Value)
	}
	return model.Object{
		"status": int64(result.Status), "body": string(result.Body), "headers": headers,
		"multiValueHeaders": multi, "log": result.Log, "latency": result.Latency.Milliseconds(),
	}, nil
}

// testInvokeAuthorizer asks an authorizer as it is, about a call that nobody made.
func testInvokeAuthorizer(c *call) (model.Object, error) {
	if _, err := c.authorizer(); err != nil {
		return nil, err
	}
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	definition := a.definition(c.account)
	definition.Stages, definition.Resources = nil, nil
	tested, err := c.service.options.Host.TestAuthorizer(c, definition, restapi.TestAuthorization{
		AuthorizerID:        c.in.Text("authorizerId"),
		PathWithQueryString: c.in.Text("pathWithQueryString"), Header: c.testHeader(),
		Body: c.in.Text("body"), StageVariables: c.in.TextMap("stageVariables"),
	})
	if err != nil {
		return nil, model.BadRequest("%s", err)
	}
	out := model.Object{
		"clientStatus": int64(tested.ClientStatus), "log": tested.Log,
		"latency": tested.Latency.Milliseconds(),
	}
	out.PutText("principalId", tested.PrincipalID)
	out.PutText("policy", tested.Policy)
	for name, value := range tested.Authorization {
		inner(out, "authorization")[name] = []any{value}
	}
	out.PutTexts("claims", tested.Claims)
	return out, nil
}

func (c *call) testHeader() exchange.Header {
	var header exchange.Header
	multi := c.in.Object("multiValueHeaders")
	for _, name := range multi.Keys() {
		for _, value := range multi.Texts(name) {
			header.Add(name, value)
		}
	}
	single := c.in.Object("headers")
	for _, name := range single.Keys() {
		if !multi.Has(name) {
			header.Add(name, single.Text(name))
		}
	}
	return header
}
