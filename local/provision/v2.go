package provision

import (
	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

const (
	typeV2API           = "AWS::ApiGatewayV2::Api"
	typeV2Authorizer    = "AWS::ApiGatewayV2::Authorizer"
	typeV2Deployment    = "AWS::ApiGatewayV2::Deployment"
	typeV2Integration   = "AWS::ApiGatewayV2::Integration"
	typeV2Model         = "AWS::ApiGatewayV2::Model"
	typeV2Route         = "AWS::ApiGatewayV2::Route"
	typeV2RouteResponse = "AWS::ApiGatewayV2::RouteResponse"
	typeV2Stage         = "AWS::ApiGatewayV2::Stage"

	typeV2IntegrationResponse = "AWS::ApiGatewayV2::IntegrationResponse"
)

// v2Coverage declares HTTP and WebSocket APIs themselves, and the small parts of them.
func v2Coverage() coverage.Table {
	return coverage.Table{
		typeV2API: rules(
			honoured("Name", "ProtocolType", "RouteSelectionExpression"),
			part(cors, "CorsConfiguration.AllowCredentials", "CorsConfiguration.AllowHeaders[]",
				"CorsConfiguration.AllowMethods[]", "CorsConfiguration.AllowOrigins[]",
				"CorsConfiguration.ExposeHeaders[]", "CorsConfiguration.MaxAge"),
			part(openAPI, "Body.**", "BodyS3Location.**", "BasePath", "FailOnWarnings"),
			part(quickCreate, "Target", "RouteKey", "CredentialsArn"),
			unless(apiKeys, "ApiKeySelectionExpression", defaultKeySelection),
			unless(disabledEndpoint, "DisableExecuteApiEndpoint", "false"),
			irrelevant(onDeployment, "DisableSchemaValidation"),
			irrelevant(noNetwork, "IpAddressType"),
			irrelevant(labelOnly, "Version"),
			irrelevant(onlyText, "Description"),
			irrelevant(onlyTags, "Tags.**"),
		),
		typeV2Model: rules(
			part(webSocketValidation, "ApiId", "Name", "Schema.**"),
			irrelevant(labelOnly, "ContentType"),
			irrelevant(onlyText, "Description"),
		),
		"AWS::ApiGatewayV2::VpcLink": rules(
			part(restVPCLink, "Name", "SecurityGroupIds[]", "SubnetIds[]"),
			irrelevant(onlyTags, "Tags.**"),
		),
	}
}

const defaultKeySelection = "$request.header.x-api-key"

// v2API is an HTTP or WebSocket API while its parts are gathered from all over the templates.
type v2API struct {
	resource     *cloudformation.Resource
	webSocket    bool
	described    *api.HTTP // what its document describes, nil when it has none
	integrations map[string]api.V2Integration
	authorizers  map[string]api.V2Authorizer
	routes       []api.Route
	routeKeys    map[string]bool
	stages       []api.Stage
	deployments  map[string]bool   // by id
	deployed     map[string]string // deployment id by the stage that the deployment names
	plans        []api.UsagePlan   // of WebSocket APIs
	unfinished   bool              // as in Options
}

// v2APIs reads every HTTP and WebSocket API with all that belongs to it.
func (r *reader) v2APIs() ([]api.HTTP, []api.WebSocket) {
	apis := map[string]*v2API{}
	found := r.assembly.ByType(typeV2API)
	for _, resource := range found {
		apis[resource.PhysicalID] = r.v2API(resource)
	}
	r.v2Protocols(apis)
	r.v2Authorizers(apis)
	r.v2Integrations(apis)
	r.v2Routes(apis)
	r.v2Deployments(apis)
	r.v2Stages(apis)
	r.managedOverrides(apis)
	r.v2UsagePlans(apis)
	r.webSocketOwners(apis)
	var https []api.HTTP
	var webSockets []api.WebSocket
	for _, resource := range found {
		owner := apis[resource.PhysicalID]
		if owner.webSocket {
			webSockets = append(webSockets, r.webSocketAPI(owner))
			continue
		}
		https = append(https, r.httpAPI(owner))
	}
	return https, webSockets
}

func (r *reader) v2API(resource *cloudformation.Resource) *v2API {
	p := r.properties(resource)
	owner := &v2API{
		resource:     resource,
		integrations: map[string]api.V2Integration{},
		authorizers:  map[string]api.V2Authorizer{},
		routeKeys:    map[string]bool{},
		deployments:  map[string]bool{},
		deployed:     map[string]string{},
		unfinished:   r.options.Unfinished,
	}
	owner.webSocket = p.choice("ProtocolType", "HTTP", "WEBSOCKET") == "WEBSOCKET"
	if isDescribed(p) {
		r.importHTTP(p, owner)
	} else {
		p.require("Name")
		p.require("ProtocolType")
	}
	owner.quickCreate(p)
	return owner
}

// v2Of returns the HTTP or WebSocket API that a resource names as its owner.
func v2Of(p properties, apis map[string]*v2API) (*v2API, bool) {
	return lookUp(p, "ApiId", "HTTP or WebSocket API", apis)
}
