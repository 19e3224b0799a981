package provision

import (
	"maps"
	"slices"
	"strings"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

const (
	typeRestAPI         = "AWS::ApiGateway::RestApi"
	typeRESTResource    = "AWS::ApiGateway::Resource"
	typeMethod          = "AWS::ApiGateway::Method"
	typeRESTAuthorizer  = "AWS::ApiGateway::Authorizer"
	typeRESTDeployment  = "AWS::ApiGateway::Deployment"
	typeRESTStage       = "AWS::ApiGateway::Stage"
	typeModel           = "AWS::ApiGateway::Model"
	typeValidator       = "AWS::ApiGateway::RequestValidator"
	typeGatewayResponse = "AWS::ApiGateway::GatewayResponse"
)

// restCoverage declares the API itself and its resources.
func restCoverage() coverage.Table {
	return coverage.Table{
		typeRestAPI: rules(
			honoured("Name", "BinaryMediaTypes[]"),
			choice("ApiKeySourceType", []string{"HEADER"}, when("AUTHORIZER", apiKeys)),
			choice("EndpointConfiguration.Types[]", []string{"EDGE", "REGIONAL"},
				when("PRIVATE", privateAPIs)),
			part(privateAPIs, "EndpointConfiguration.VpcEndpointIds[]"),
			part(openAPI, "Body.**", "BodyS3Location.**", "CloneFrom", "FailOnWarnings", "Mode",
				"Parameters.**"),
			part(compression, "MinimumCompressionSize"),
			part(resourcePolicies, "Policy.**"),
			unless(disabledEndpoint, "DisableExecuteApiEndpoint", "false"),
			unless(endpointAccess, "EndpointAccessMode", "BASIC"),
			irrelevant(onlyText, "Description"),
			irrelevant(onlyTags, "Tags.**"),
			irrelevant(noTLS, "SecurityPolicy"),
			irrelevant(noNetwork, "EndpointConfiguration.IpAddressType"),
		),
		typeRESTResource: honoured("ParentId", "PathPart", "RestApiId"),
	}
}

// restAPI is a REST API while its parts are gathered from all over the templates.
type restAPI struct {
	definition  api.REST
	resource    *cloudformation.Resource
	rootID      string
	resources   map[string]*api.Resource // by id
	deployments map[string]bool          // by id
}

// restAPIs reads every REST API with all that belongs to it. A template describes one state of an
// API, so each of its deployments is a snapshot of that state.
func (r *reader) restAPIs() []api.REST {
	apis := map[string]*restAPI{}
	found := r.assembly.ByType(typeRestAPI)
	for _, resource := range found {
		apis[resource.PhysicalID] = r.restAPI(resource)
	}
	r.restParts(apis)
	r.restResources(apis)
	r.restMethods(apis)
	r.restDeployments(apis)
	r.restStages(apis)
	r.webACLs(apis)
	r.usagePlans(apis)
	definitions := make([]api.REST, 0, len(found))
	for _, resource := range found {
		definitions = append(definitions, apis[resource.PhysicalID].finished())
	}
	return definitions
}

func (r *reader) restAPI(resource *cloudformation.Resource) *restAPI {
	p := r.properties(resource)
	definition := api.REST{
		ID:                        resource.PhysicalID,
		Name:                      p.text("Name"),
		Account:                   r.account(resource),
		APIKeySource:              p.choice("ApiKeySourceType", "HEADER", "AUTHORIZER"),
		MinimumCompressionSize:    p.optionalInteger("MinimumCompressionSize"),
		DisableExecuteAPIEndpoint: p.boolean("DisableExecuteApiEndpoint"),
		EndpointType:              endpointType(p),
		Policy:                    p.document("Policy"),
		Authorizers:               map[string]api.RESTAuthorizer{},
		Models:                    builtInModels(),
		RequestValidators:         map[string]api.RequestValidator{},
		GatewayResponses:          map[string]api.GatewayResponse{},
	}
	for _, mediaType := range p.texts("BinaryMediaTypes") {
		// "/" may be written as in a JSON pointer: rest-api.md, "Binary payloads and compression".
		mediaType = strings.ReplaceAll(mediaType, "~1", "/")
		definition.BinaryMediaTypes = append(definition.BinaryMediaTypes, mediaType)
	}
	root := r.attribute(resource, "RootResourceId")
	owner := &restAPI{
		definition: definition, resource: resource, rootID: root,
		resources:   map[string]*api.Resource{root: {ID: root, Path: "/"}},
		deployments: map[string]bool{},
	}
	if !owner.describedElsewhere() {
		p.require("Name")
	}
	return owner
}

func endpointType(p properties) string {
	configuration, ok := p.object("EndpointConfiguration")
	if !ok {
		return "EDGE"
	}
	types := configuration.texts("Types")
	if len(types) == 0 {
		return "EDGE"
	}
	if len(types) > 1 || !slices.Contains([]string{"EDGE", "REGIONAL", "PRIVATE"}, types[0]) {
		configuration.fail("Types", "want one of EDGE, REGIONAL, PRIVATE")
	}
	return types[0]
}

// finished returns the definition with its resources in the order of their paths.
func (a *restAPI) finished() api.REST {
	byPath := map[string]api.Resource{}
	for _, resource := range a.resources {
		byPath[resource.Path] = *resource
	}
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		a.definition.Resources = append(a.definition.Resources, byPath[path])
	}
	return a.definition
}

// restOf returns the REST API that a resource names as its owner.
func restOf(p properties, apis map[string]*restAPI) (*restAPI, bool) {
	return lookUp(p, "RestApiId", "REST API", apis)
}

// restResources works out the path of every resource from its chain of parents.
func (r *reader) restResources(apis map[string]*restAPI) {
	tree := resourceTree{nodes: r.byID(typeRESTResource), paths: map[string]string{}}
	taken := map[string]string{} // logical id by API and path
	for _, resource := range r.assembly.ByType(typeRESTResource) {
		p := r.properties(resource)
		owner, ok := restOf(p, apis)
		if !ok || !p.require("ParentId") || !p.require("PathPart") {
			continue
		}
		path, ok := tree.path(resource.PhysicalID, owner.rootID)
		if !ok {
			p.fail("ParentId", "there is no such resource in REST API %s", owner.definition.ID)
			continue
		}
		key := owner.definition.ID + withoutName(path)
		if other, twice := taken[key]; twice {
			p.fail("PathPart", "a sibling, %s, already has this path part (%s)", other, path)
			continue
		}
		taken[key] = resource.LogicalID
		owner.resources[resource.PhysicalID] = &api.Resource{ID: resource.PhysicalID, Path: path}
	}
}

// withoutName drops the name of a path parameter at the end: of siblings only one may be variable.
func withoutName(path string) string {
	start := strings.LastIndex(path, "/{")
	if start < 0 || strings.Contains(path[start+1:], "/") {
		return path
	}
	if strings.HasSuffix(path, "+}") {
		return path[:start] + "/{+}"
	}
	return path[:start] + "/{}"
}

// resourceTree finds paths; what it found once it keeps.
type resourceTree struct {
	nodes map[string]*cloudformation.Resource
	paths map[string]string
}

func (t resourceTree) path(id, rootID string) (string, bool) {
	if id == rootID {
		return "", true
	}
	if path, known := t.paths[id]; known {
		return path, path != ""
	}
	t.paths[id] = "" // a circle of parents ends here
	node, ok := t.nodes[id]
	if !ok {
		return "", false
	}
	parent, _ := scalar(node.Properties["ParentId"])
	part, _ := scalar(node.Properties["PathPart"])
	above, ok := t.path(parent, rootID)
	if !ok {
		return "", false
	}
	t.paths[id] = above + "/" + part
	return t.paths[id], true
}
