package apigateway

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"portico/local/control/model"
)

const largestMinimum = 10_485_760 // of minimumCompressionSize

const badCompression = "Invalid minimum compression size, must be between 0 and 10485760"

const badPolicy = "Invalid policy document. Please check the policy syntax and ensure that " +
	"Principals are valid."

func createRestAPI(c *call) (model.Object, error) {
	a := newAPI()
	if from := c.in.Text("cloneFrom"); from != "" {
		source, err := c.apiOf(from)
		if err != nil {
			return nil, err
		}
		copied := source.draft()
		a.About, a.Resources, a.Models = copied.About, copied.Resources, copied.Models
		a.Authorizers, a.Validators, a.Responses = copied.Authorizers, copied.Validators, copied.Responses
		delete(a.About, "tags")
	}
	id := newID(10, c.world.APIs)
	if err := c.fillRestAPI(a, id); err != nil {
		return nil, err
	}
	if len(a.Resources) == 0 {
		root := newID(10, a.Resources)
		a.Resources[root] = model.Object{"id": root, "path": "/"}
		a.About["rootResourceId"] = root
		addDefaultModels(a)
	}
	c.world.APIs[id], c.touched[id] = a, true
	return a.view(false), nil
}

// fillRestAPI writes what CreateRestApi is told. The order of its refusals is AWS's.
func (c *call) fillRestAPI(a *restAPI, id string) error {
	in := c.in
	if in.Text("name") == "" {
		return model.BadRequest("Name cannot be empty")
	}
	if in.Has("description") && in.Text("description") == "" {
		return model.BadRequest("Description cannot be an empty string")
	}
	size := in.Number("minimumCompressionSize")
	if size < 0 || size > largestMinimum {
		return model.BadRequest(badCompression)
	}
	endpoint, err := newEndpoint(in.Object("endpointConfiguration"))
	if err != nil {
		return err
	}
	about := a.About
	about["id"], about["createdDate"], about["#sequence"] = id, c.now.Unix(), c.next()
	about["apiKeySource"] = "HEADER"
	about["disableExecuteApiEndpoint"] = in.Bool("disableExecuteApiEndpoint")
	about["endpointConfiguration"] = endpoint
	about.Take(in, "name", "description", "version", "minimumCompressionSize", "apiKeySource",
		"securityPolicy", "endpointAccessMode")
	if len(in.List("binaryMediaTypes")) > 0 {
		about.Take(in, "binaryMediaTypes")
	}
	if len(in.Object("tags")) > 0 {
		about.Take(in, "tags")
	}
	if in.Text("policy") != "" {
		return c.setPolicy(about, in.Text("policy"))
	}
	return nil
}

func newEndpoint(given model.Object) (model.Object, error) {
	types := given.Texts("types")
	switch {
	case given != nil && given["types"] != nil && len(types) == 0:
		return nil, model.BadRequest("REGIONAL Configuration and EDGE Configuration cannot be both " +
			"DISABLED.")
	case len(types) > 1:
		return nil, model.BadRequest("Cannot create an api with multiple Endpoint Types.")
	case len(types) == 0:
		types = []string{"EDGE"}
	}
	address := given.Text("ipAddressType")
	if types[0] == "PRIVATE" && address == "ipv4" {
		return nil, model.BadRequest("Only dualstack ipAddressType is supported for Private APIs.")
	}
	endpoint := model.Object{"types": model.TextList(types), "ipAddressType": "ipv4"}
	if types[0] == "PRIVATE" {
		endpoint["ipAddressType"] = "dualstack"
	}
	if address != "" {
		endpoint["ipAddressType"] = address
	}
	if len(given.List("vpcEndpointIds")) > 0 {
		endpoint.Take(given, "vpcEndpointIds")
	}
	return endpoint, nil
}

// setPolicy keeps a resource policy with the short form of its resources expanded.
func (c *call) setPolicy(about model.Object, policy string) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(policy)); err != nil || compact.Bytes()[0] != '{' {
		return model.BadRequest(badPolicy)
	}
	arn := c.account.ARN("execute-api", about.Text("id")+"/")
	about["policy"] = strings.ReplaceAll(compact.String(), `"execute-api:/`, `"`+arn)
	return nil
}

// view is what is printed of an API. Tags are absent from lists and from what CreateRestApi returns
// when there are none.
func (a *restAPI) view(withTags bool) model.Object {
	seen := a.About.Clone()
	if policy := seen.Text("policy"); policy != "" {
		quoted := strconv.Quote(policy)
		seen["policy"] = quoted[1 : len(quoted)-1]
	}
	if withTags && seen["tags"] == nil {
		seen["tags"] = model.Object{}
	}
	return seen
}

func getRestAPI(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	return a.view(true), nil
}

func getRestAPIs(c *call) (model.Object, error) {
	all := map[string]model.Object{}
	for id, a := range c.world.APIs {
		all[id] = a.view(false)
	}
	for _, definition := range c.service.options.Host.Described() {
		if definition.Account.Region == c.account.Region {
			all[definition.ID] = describe(definition).view(false)
		}
	}
	return c.page(all, byID)
}

func deleteRestAPI(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	if names := c.mappedBy(a.id()); len(names) > 0 {
		return nil, model.BadRequest("Deleting RestApi %s failed. Please remove all base path mappings "+
			"related to the RestApi in your domains: %s.", a.id(), strings.Join(names, ", "))
	}
	for id, plan := range c.world.Plans {
		if stages := plan.List("apiStages"); len(stages) > 0 {
			own := plan.Clone()
			own["apiStages"] = slices.DeleteFunc(own.List("apiStages"), func(at any) bool {
				of, _ := at.(model.Object)
				return of.Text("apiId") == a.id()
			})
			c.world.Plans[id], c.shared = own, true
		}
	}
	delete(c.world.APIs, a.id())
	c.live[a.id()] = true
	return nil, nil
}

func updateRestAPI(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	for _, p := range c.patches() {
		if err := c.patchRestAPI(a.About, p); err != nil {
			return nil, err
		}
	}
	c.live[a.id()] = true // the name and the type of the endpoint need no deployment
	return a.view(true), nil
}

func (c *call) patchRestAPI(about model.Object, p patch) error {
	if kind, ok := p.under("/binaryMediaTypes/"); ok {
		return patchBinaryTypes(about, kind, p)
	}
	if strings.HasPrefix(p.path, "/endpointConfiguration/") {
		return patchEndpoint(about, p)
	}
	switch p.path {
	case "/name":
		if err := p.only("replace"); err != nil {
			return err
		}
		if p.text() == "" {
			return model.BadRequest("Name cannot be empty")
		}
		about["name"] = p.text()
	case "/description", "/version":
		if err := p.only("replace", "remove"); err != nil {
			return err
		}
		setText(about, p.path[1:], p)
	case "/minimumCompressionSize":
		return patchCompression(about, p)
	case "/disableExecuteApiEndpoint":
		if err := p.only("replace"); err != nil {
			return err
		}
		about["disableExecuteApiEndpoint"] = p.truth()
	case "/apiKeySource":
		if err := p.only("replace"); err != nil {
			return err
		}
		if p.text() != "HEADER" && p.text() != "AUTHORIZER" {
			return model.BadRequest("Invalid API key source specified. Must be one of: " +
				"[HEADER, AUTHORIZER]")
		}
		about["apiKeySource"] = p.text()
	case "/policy":
		if err := p.only("replace", "remove"); err != nil {
			return err
		}
		if p.op == "remove" || p.text() == "" {
			delete(about, "policy")
			return nil
		}
		return c.setPolicy(about, p.text())
	default:
		return p.invalidPath()
	}
	return nil
}

func patchCompression(about model.Object, p patch) error {
	if err := p.only("replace"); err != nil {
		return err
	}
	if p.text() == "" {
		delete(about, "minimumCompressionSize")
		return nil
	}
	size, ok := p.whole()
	if !ok || size < 0 || size > largestMinimum {
		return model.BadRequest(badCompression)
	}
	about["minimumCompressionSize"] = size
	return nil
}

// patchBinaryTypes changes the binary media types: the path says which, its value says nothing.
func patchBinaryTypes(about model.Object, kind string, p patch) error {
	types := about.Texts("binaryMediaTypes")
	without := slices.DeleteFunc(slices.Clone(types), func(t string) bool { return t == kind })
	switch p.op {
	case "add":
		types = append(without, kind)
	case "replace": // AWS removes the type and appends the new one
		with := kind
		if p.text() != "" {
			with = p.text()
		}
		types = append(without, with)
	case "remove":
		types = without
	default:
		return p.only("add", "remove", "replace")
	}
	about["binaryMediaTypes"] = model.TextList(types)
	if len(types) == 0 {
		delete(about, "binaryMediaTypes")
	}
	return nil
}

func patchEndpoint(about model.Object, p patch) error {
	endpoint := about.Object("endpointConfiguration")
	if _, ok := p.under("/endpointConfiguration/types/"); ok {
		if p.op != "replace" {
			return model.BadRequest("Invalid patch operation specified. Must be 'add'|'remove'|'replace'")
		}
		if !slices.Contains([]string{"REGIONAL", "EDGE", "PRIVATE"}, p.text()) {
			return model.BadRequest("Invalid EndpointTypes specified. Valid options are " +
				"REGIONAL,EDGE,PRIVATE")
		}
		endpoint["types"] = []any{p.text()}
		if p.text() == "PRIVATE" {
			endpoint["ipAddressType"] = "dualstack"
		}
		return nil
	}
	if p.path == "/endpointConfiguration/ipAddressType" {
		if err := p.only("replace"); err != nil {
			return err
		}
		if p.text() != "ipv4" && p.text() != "dualstack" {
			return model.BadRequest("ipAddressType must be either ipv4 or dualstack.")
		}
		if p.text() == "ipv4" && slices.Contains(endpoint.Texts("types"), "PRIVATE") {
			return model.BadRequest("Only dualstack ipAddressType is supported for Private APIs.")
		}
		endpoint["ipAddressType"] = p.text()
		return nil
	}
	if p.path != "/endpointConfiguration/vpcEndpointIds" {
		return p.invalidPath()
	}
	ids := slices.DeleteFunc(endpoint.Texts("vpcEndpointIds"), func(id string) bool {
		return id == p.text()
	})
	switch p.op {
	case "add":
		ids = append(ids, p.text())
	case "remove":
	default:
		return p.only("add", "remove")
	}
	endpoint["vpcEndpointIds"] = model.TextList(ids)
	if len(ids) == 0 {
		delete(endpoint, "vpcEndpointIds")
	}
	return nil
}
