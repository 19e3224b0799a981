package apigatewayv2

import (
	"slices"
	"strings"

	"portico/local/control/model"
)

const (
	keySelection   = "$request.header.x-api-key"
	routeSelection = "$request.method $request.path"
	defaultStage   = "$default"
)

func createAPI(c *call) (model.Object, error) {
	a := newEntity()
	if protocol := c.in.Text("ProtocolType"); protocol != "HTTP" && protocol != "WEBSOCKET" {
		return nil, model.BadRequest("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")
	}
	if err := c.fillAPI(a); err != nil {
		return nil, err
	}
	if err := c.quickCreate(a); err != nil {
		return nil, err
	}
	return a.About, nil
}

// fillAPI writes what is said of a new API, and gives it its id.
func (c *call) fillAPI(a *entity) error {
	in, about := c.in, a.About
	id := model.NewID(10, c.world.APIs)
	about.Take(model.Object{
		"ApiKeySelectionExpression": keySelection, "DisableExecuteApiEndpoint": false,
		"IpAddressType": "ipv4", "Tags": model.Object{},
	}, "ApiKeySelectionExpression", "DisableExecuteApiEndpoint", "IpAddressType", "Tags")
	about.Take(in, "Name", "ProtocolType", "Tags", "RouteSelectionExpression")
	takeAPI(about, in)
	scheme := "https://"
	switch {
	case a.isWebSocket():
		scheme = "wss://"
	case !about.Has("RouteSelectionExpression"):
		about["RouteSelectionExpression"] = routeSelection
	}
	about["ApiId"], about["CreatedDate"], about[sequence] = id, c.timestamp(), c.next()
	about["ApiEndpoint"] = scheme + hostOf(id, c.account)
	if about.Text("Name") == "" {
		return model.BadRequest("Name must not be empty")
	}
	c.world.APIs[id], c.touched[id] = a, true
	return nil
}

// takeAPI takes over what CreateApi and UpdateApi say in the same words.
func takeAPI(about, in model.Object) {
	about.Take(in, "ApiKeySelectionExpression", "CorsConfiguration", "Description",
		"DisableSchemaValidation", "DisableExecuteApiEndpoint", "IpAddressType", "Name",
		"RouteSelectionExpression", "Version")
}

func getAPI(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	return a.About, nil
}

func getAPIs(c *call) (model.Object, error) {
	var all []model.Object
	for _, d := range c.described() {
		all = append(all, describe(d).About)
	}
	created := map[string]model.Object{}
	for id, a := range c.world.APIs {
		created[id] = a.About
	}
	return c.page("Items", before(all, created))
}

func updateAPI(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	if c.in.Has("Name") && c.in.Text("Name") == "" {
		return nil, model.BadRequest("Name must not be empty")
	}
	takeAPI(a.About, c.in)
	if cors := a.About.Object("CorsConfiguration"); cors != nil && len(cors) == 0 {
		delete(a.About, "CorsConfiguration")
	}
	return a.About, c.updateQuickCreated(a)
}

func deleteAPI(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	if mapped := c.mappedTo(a.id(), ""); len(mapped) > 0 {
		return nil, model.BadRequest("Deleting API %s is not allowed: please remove all mappings "+
			"related to the API in your domains: [%s]", a.id(), strings.Join(mapped, ", "))
	}
	delete(c.world.APIs, a.id())
	return nil, nil
}

func deleteCORS(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	delete(a.About, "CorsConfiguration")
	return nil, nil
}

// quickCreate adds what AWS makes of a Target: an integration, one route to it, and a stage
// $default that deploys by itself.
func (c *call) quickCreate(a *entity) error {
	target := c.in.Text("Target")
	switch {
	case target == "" && (c.in.Has("RouteKey") || c.in.Has("CredentialsArn")):
		return model.BadRequest("RouteKey and CredentialsArn are part of quick create, which needs a " +
			"Target")
	case target == "":
		return nil
	case a.isWebSocket():
		return model.BadRequest("Target is supported only for HTTP APIs")
	}
	integration := model.Object{
		"ApiGatewayManaged": true, "ConnectionType": "INTERNET", "TimeoutInMillis": int64(30_000),
	}
	if err := aim(integration, target); err != nil {
		return err
	}
	integration.Take(c.in, "CredentialsArn")
	c.add(a, kindOf(integrations), integration)
	key := c.in.Text("RouteKey")
	if key == "" {
		key = defaultStage
	}
	if err := checkRouteKey(a, key, nil); err != nil {
		return err
	}
	c.add(a, kindOf(routes), model.Object{
		"ApiGatewayManaged": true, "ApiKeyRequired": false, "AuthorizationType": "NONE", "RouteKey": key,
		"Target": "integrations/" + integration.Text("IntegrationId"),
	})
	stage := c.newStage(a, defaultStage)
	stage["ApiGatewayManaged"], stage["AutoDeploy"] = true, true
	c.add(a, kindOf(stages), stage)
	return nil
}

// aim points a quick-created integration at a function or a URL.
func aim(integration model.Object, target string) error {
	integration["IntegrationUri"] = target
	switch {
	case strings.HasPrefix(target, "arn:"):
		integration["IntegrationType"], integration["IntegrationMethod"] = "AWS_PROXY", "POST"
		integration["PayloadFormatVersion"] = "2.0"
	case strings.HasPrefix(target, "http://"), strings.HasPrefix(target, "https://"):
		integration["IntegrationType"], integration["IntegrationMethod"] = "HTTP_PROXY", "ANY"
		integration["PayloadFormatVersion"] = "1.0"
	default:
		return model.BadRequest("Target = %s, want the ARN of a function, or a URL", target)
	}
	return nil
}

// updateQuickCreated changes what AWS made of a Target.
func (c *call) updateQuickCreated(a *entity) error {
	if !c.in.Has("Target") && !c.in.Has("RouteKey") && !c.in.Has("CredentialsArn") {
		return nil
	}
	integration, route := a.managed(integrations), a.managed(routes)
	if integration == nil || route == nil {
		return model.BadRequest("Target, RouteKey and CredentialsArn are part of quick create; API %s "+
			"was not created by it", a.id())
	}
	integration.Take(c.in, "CredentialsArn")
	if key := c.in.Text("RouteKey"); key != "" {
		if err := checkRouteKey(a, key, route); err != nil {
			return err
		}
		route["RouteKey"] = key
	}
	if !c.in.Has("Target") {
		return nil
	}
	return aim(integration, c.in.Text("Target"))
}

// managed returns the part of a kind that quick create made, nil when there is none.
func (a *entity) managed(kind string) model.Object {
	all := a.each(kind)
	at := slices.IndexFunc(all, func(o model.Object) bool { return o.Bool("ApiGatewayManaged") })
	if at < 0 {
		return nil
	}
	return all[at]
}
