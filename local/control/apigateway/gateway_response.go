package apigateway

import (
	"strconv"
	"strings"

	"portico/local/control/model"
)

// defaultStatuses are the statuses that AWS lists for gateway responses, by type; "" for none.
func defaultStatuses() map[string]string {
	return map[string]string{
		"ACCESS_DENIED": "403", "API_CONFIGURATION_ERROR": "500",
		"AUTHORIZER_CONFIGURATION_ERROR": "500", "AUTHORIZER_FAILURE": "500",
		"BAD_REQUEST_BODY": "400", "BAD_REQUEST_PARAMETERS": "400", "DEFAULT_4XX": "",
		"DEFAULT_5XX": "", "EXPIRED_TOKEN": "403", "INTEGRATION_FAILURE": "504",
		"INTEGRATION_TIMEOUT": "504", "INVALID_API_KEY": "403", "INVALID_SIGNATURE": "403",
		"MISSING_AUTHENTICATION_TOKEN": "403", "QUOTA_EXCEEDED": "429", "REQUEST_TOO_LARGE": "413",
		"RESOURCE_NOT_FOUND": "404", "THROTTLED": "429", "UNAUTHORIZED": "401",
		"UNSUPPORTED_MEDIA_TYPE": "415", "WAF_FILTERED": "403",
	}
}

// response is what a type of gateway response is: what was put, else its default. A type that was
// not put takes everything of DEFAULT_4XX or DEFAULT_5XX, if that was.
func (a *restAPI) response(kind string) model.Object {
	status := defaultStatuses()[kind]
	made := model.Object{
		"responseType": kind, "defaultResponse": true, "responseParameters": model.Object{},
		"responseTemplates": model.Object{
			"application/json": `{"message":$context.error.messageString}`,
		},
	}
	if status != "" {
		made["statusCode"] = status
		if general := a.Responses["DEFAULT_"+status[:1]+"XX"]; general != nil {
			made.Take(general, "statusCode", "responseParameters", "responseTemplates")
		}
	}
	if put := a.Responses[kind]; put != nil {
		return put
	}
	return made
}

func getGatewayResponse(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	return a.response(c.in.Text("responseType")), nil
}

func getGatewayResponses(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	all := map[string]model.Object{}
	for kind := range defaultStatuses() {
		all[kind] = a.response(kind)
	}
	return c.page(all, byID)
}

// putGatewayResponse replaces as a whole: what is left out is the type's own default again.
func putGatewayResponse(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	kind := c.in.Text("responseType")
	made := ownDefault(kind)
	made.Take(c.in, "statusCode", "responseParameters", "responseTemplates")
	if err := checkResponse(made); err != nil {
		return nil, err
	}
	a.Responses[kind] = made
	return made, nil
}

func ownDefault(kind string) model.Object {
	made := newAPI().response(kind)
	made["defaultResponse"] = false
	return made
}

func checkResponse(response model.Object) error {
	for _, key := range response.Object("responseParameters").Keys() {
		if name, ok := strings.CutPrefix(key, "gatewayresponse.header."); !ok || name == "" {
			return badExpression(key)
		}
	}
	if status := response.Text("statusCode"); status != "" {
		if code, err := strconv.Atoi(status); err != nil || code < 100 || code > 599 {
			return model.BadRequest("Invalid status code specified: %s", status)
		}
	}
	return checkContentTypes(response.Object("responseTemplates"))
}

func deleteGatewayResponse(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	kind := c.in.Text("responseType")
	if a.Responses[kind] == nil {
		return nil, model.NotFound("Gateway response type not defined on api")
	}
	delete(a.Responses, kind)
	return nil, nil
}

func updateGatewayResponse(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	kind := c.in.Text("responseType")
	own := a.Responses[kind].Clone()
	if own == nil {
		own = ownDefault(kind)
	}
	for _, p := range c.patches() {
		if err := patchResponse(own, p); err != nil {
			return nil, err
		}
	}
	if err := checkResponse(own); err != nil {
		return nil, err
	}
	a.Responses[kind] = own
	return own, nil
}

func patchResponse(own model.Object, p patch) error {
	if p.path == "/statusCode" {
		if p.op != "replace" {
			return p.invalidPath()
		}
		own["statusCode"] = p.text()
		return nil
	}
	for _, name := range []string{"responseParameters", "responseTemplates"} {
		key, ok := p.under("/" + name + "/")
		if !ok {
			continue
		}
		if p.op == "replace" && !own.Object(name).Has(key) && name == "responseParameters" {
			return model.NotFound("Invalid parameter name specified")
		}
		if p.op != "remove" && p.text() == "" {
			return model.BadRequest("Invalid null or empty value in %s", name)
		}
		inner(own, name)
		return patchEntry(own, name, key, p, p.text())
	}
	return p.invalidPath()
}
