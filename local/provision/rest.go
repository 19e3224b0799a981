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
			irrelevant(namesEndpoints, "EndpointConfiguration.VpcEndpointIds[]"),
			part(openAPI, "Body.**", "BodyS3Location.**", "FailOnWarnings", "Mode",
				"Parameters.**"),
			refused("APIs that are copied from another one are not read", "CloneFrom"),
			part(compression, "MinimumCompressionSize"),
			part(resourcePolicies, "Policy.**"),
			unless(disabledEndpoint, "DisableExecuteApiEndpoint", "false"),
			unless(endpointAccess, "EndpointAccessMode", "BASIC"),
			irrelevant(onlyText, "Description"),
			irrelevant(onlyTags, "Tags.**"),
			irrelevant(ownAddress, "SecurityPolicy"),
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
	described   map[string]bool          // paths of the resources that a document describes
	deployments map[string]bool          // by id
	deployed    func(id string) bool     // left by an earlier deployment of the template
	broken      bool                     // its document was refused: what it has is not known
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
	released := r.restDeployments(apis)
	r.restStages(apis)
	for i := range released {
		released[i].release()
	}
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
		MinimumCompressionSize:    minimumCompression(p),
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
		described:   map[string]bool{},
		deployments: map[string]bool{},
		deployed: func(id string) bool {
			return r.options.Deployed != nil && r.options.Deployed(resource.PhysicalID, id)
		},
	}
	if isDescribed(p) && !r.importREST(p, owner) {
		owner.broken = true
		return owner // the document is what is wrong
	}
	if owner.definition.Name == "" && !p.has("CloneFrom") {
		p.require("Name")
	}
	return owner
}

// minimumCompression returns the size from which answers are compressed, nil for never.
func minimumCompression(p properties) *int {
	size := p.optionalInteger("MinimumCompressionSize")
	if size != nil && (*size < 0 || *size > 10_485_760) {
		p.fail("MinimumCompressionSize",
			"Invalid minimum compression size, must be between 0 and 10485760")
		return nil
	}
	return size
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
	if len(types) > 1 {
		configuration.fail("Types", "Cannot create an api with multiple Endpoint Types.")
		return types[0]
	}
	if !slices.Contains([]string{"EDGE", "REGIONAL", "PRIVATE"}, types[0]) {
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
	beside := siblings{}
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
		if owner.described[path] {
			p.fail("PathPart", "the API's document has this resource already (%s)", path)
			continue
		}
		if greedy, below := isBelowGreedy(path); below {
			p.fail("ParentId",
				"Cannot create a child of a resource with a greedy path variable: %s", greedy)
			continue
		}
		if !beside.add(p, owner.definition.ID, p.text("ParentId")) {
			continue
		}
		owner.resources[resource.PhysicalID] = &api.Resource{ID: resource.PhysicalID, Path: path}
	}
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
