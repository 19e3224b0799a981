package apigateway

import (
	"net/url"
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

func unknownIntegration() error {
	return model.NotFound("Invalid Integration identifier specified")
}

const longestTimeout = 29_000 // ms

func getIntegration(c *call) (model.Object, error) {
	_, method, err := c.method()
	if err != nil {
		return nil, err
	}
	if method.Object("methodIntegration") == nil {
		return nil, unknownIntegration()
	}
	return method.Object("methodIntegration"), nil
}

// editIntegration returns a draft of the integration that a call changes.
func (c *call) editIntegration() (model.Object, error) {
	_, method, err := c.editMethod()
	if err != nil {
		return nil, err
	}
	if method.Object("methodIntegration") == nil {
		return nil, unknownIntegration()
	}
	return method.Object("methodIntegration"), nil
}

func putIntegration(c *call) (model.Object, error) {
	_, method, err := c.editMethod()
	if err != nil {
		return nil, err
	}
	made := model.Object{
		"type": c.in.Text("type"), "passthroughBehavior": "WHEN_NO_MATCH",
		"timeoutInMillis": int64(longestTimeout), "cacheKeyParameters": []any{},
		"cacheNamespace": c.in.Text("resourceId"),
	}
	made.Take(c.in, "type", "uri", "connectionType", "connectionId", "credentials",
		"contentHandling", "timeoutInMillis", "tlsConfig", "responseTransferMode", "integrationTarget",
		"cacheKeyParameters")
	for _, name := range []string{"passthroughBehavior", "cacheNamespace"} {
		if c.in.Text(name) != "" {
			made[name] = c.in.Text(name)
		}
	}
	for _, name := range []string{"requestParameters", "requestTemplates"} {
		if len(c.in.Object(name)) > 0 {
			made.Take(c.in, name)
		}
	}
	if verb := c.in.Text("integrationHttpMethod"); verb != "" {
		made["httpMethod"] = strings.ToUpper(verb)
	}
	if err := c.settleIntegration(made); err != nil {
		return nil, err
	}
	method["methodIntegration"] = made
	return made, nil
}

// settleIntegration completes an integration by its type, and refuses what AWS refuses.
func (c *call) settleIntegration(i model.Object) error {
	kind := i.Text("type")
	switch kind {
	case "MOCK": // which calls nothing
		delete(i, "uri")
		delete(i, "httpMethod")
	case "HTTP", "HTTP_PROXY":
		if i.Text("connectionType") == "" {
			i["connectionType"] = "INTERNET"
		}
	}
	if err := checkIntegration(i); err != nil {
		return err
	}
	timeout := i.Int("timeoutInMillis")
	if timeout < 50 || timeout > longestTimeout && i.Text("responseTransferMode") != "STREAM" {
		return model.BadRequest("Timeout should be between 50 ms and %d ms", longestTimeout)
	}
	behaviours := []string{"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"}
	if !slices.Contains(behaviours, i.Text("passthroughBehavior")) {
		return model.BadRequest("Invalid passthrough behavior specified. Must be one of: [%s]",
			strings.Join(behaviours, ", "))
	}
	if err := checkContentTypes(i.Object("requestTemplates")); err != nil {
		return err
	}
	for key := range i.Object("requestParameters") {
		if !strings.HasPrefix(key, "integration.request.") {
			return badExpression(key)
		}
	}
	return nil
}

func checkIntegration(i model.Object) error {
	kind, uri := i.Text("type"), i.Text("uri")
	if kind == "MOCK" {
		return nil
	}
	if i.Text("httpMethod") == "" {
		return model.BadRequest("Enumeration value for HttpMethod must be non-empty")
	}
	if !api.IsMethod(i.Text("httpMethod")) {
		return model.BadRequest(api.BadMethod)
	}
	if kind == "HTTP" || kind == "HTTP_PROXY" {
		if !strings.HasPrefix(uri, "http://") && !strings.HasPrefix(uri, "https://") {
			return model.BadRequest("Invalid HTTP endpoint specified for URI")
		}
		if i.Text("connectionType") == "VPC_LINK" && i.Text("connectionId") == "" {
			return model.BadRequest("Connection ID is required when the connection type is VPC_LINK")
		}
		return nil
	}
	parts := strings.SplitN(uri, ":", 6)
	if len(parts) == 6 && parts[0] == "arn" && parts[2] != "apigateway" {
		return model.BadRequest("AWS ARN for integration must contain path or action")
	}
	definition := api.Integration{Type: kind, URI: uri, Credentials: i.Text("credentials")}
	if bad := definition.BadARN(); bad != "" {
		return model.BadRequest("%s", bad)
	}
	return nil
}

// checkContentTypes wants content types as the keys of a map of templates.
func checkContentTypes(templates model.Object) error {
	for _, key := range templates.Keys() {
		if key != "$default" && !strings.Contains(key, "/") {
			return model.BadRequest(api.BadContentType, key)
		}
	}
	return nil
}

func deleteIntegration(c *call) (model.Object, error) {
	if _, err := c.editIntegration(); err != nil {
		return nil, err
	}
	_, method, err := c.editMethod()
	if err != nil {
		return nil, err
	}
	delete(method, "methodIntegration")
	return nil, nil
}

func updateIntegration(c *call) (model.Object, error) {
	made, err := c.editIntegration()
	if err != nil {
		return nil, err
	}
	for _, p := range c.patches() {
		if err := patchIntegration(made, p); err != nil {
			return nil, err
		}
	}
	dropEmpty(made, "requestParameters", "requestTemplates", "tlsConfig")
	if err := c.settleIntegration(made); err != nil {
		return nil, err
	}
	return made, nil
}

func patchIntegration(i model.Object, p patch) error {
	if name, ok := p.under("/requestParameters/"); ok {
		return patchEntry(i, "requestParameters", name, p, p.text())
	}
	if contentType, ok := p.under("/requestTemplates/"); ok {
		return patchEntry(i, "requestTemplates", contentType, p, p.value)
	}
	if parameter, ok := strings.CutPrefix(p.path, "/cacheKeyParameters/"); ok {
		return patchCacheKeys(i, parameter, p)
	}
	switch p.path {
	case "/uri", "/connectionId", "/connectionType", "/credentials", "/contentHandling",
		"/cacheNamespace", "/passthroughBehavior", "/responseTransferMode", "/integrationTarget":
		if err := p.only("replace", "add", "remove"); err != nil {
			return err
		}
		setText(i, p.path[1:], p)
	case "/httpMethod":
		if err := p.only("replace"); err != nil {
			return err
		}
		i["httpMethod"] = strings.ToUpper(p.text())
	case "/timeoutInMillis":
		if err := p.only("replace"); err != nil {
			return err
		}
		timeout, ok := p.whole()
		if !ok {
			return model.BadRequest("Timeout should be between 50 ms and %d ms", longestTimeout)
		}
		i["timeoutInMillis"] = timeout
	case "/tlsConfig/insecureSkipVerification":
		if p.op == "remove" {
			delete(i, "tlsConfig")
			return nil
		}
		inner(i, "tlsConfig")["insecureSkipVerification"] = p.truth()
	default:
		return p.invalidPath()
	}
	return nil
}

func patchCacheKeys(i model.Object, parameter string, p patch) error {
	name, err := url.PathUnescape(parameter)
	if err != nil {
		return p.invalidPath()
	}
	name = unescape(name)
	keys := slices.DeleteFunc(i.Texts("cacheKeyParameters"), func(k string) bool { return k == name })
	switch p.op {
	case "add", "replace":
		keys = append(keys, name)
	case "remove":
	default:
		return p.only("add", "remove")
	}
	i["cacheKeyParameters"] = model.TextList(keys)
	return nil
}
