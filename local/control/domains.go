package control

import (
	"context"
	"strings"

	"portico/local/control/apigateway"
	"portico/local/control/apigatewayv2"
	"portico/local/control/model"
)

// domains hands calls about a custom domain name to the management API that keeps it. AWS has one
// set of domain names, which both of API Gateway's change; here each keeps those that it was asked
// to make, shows the other's, and hands over what deletes one of these or changes where it leads.
type domains struct {
	first  *apigateway.Service
	second *apigatewayv2.Service
	// What each does with its own.
	one, two model.Handlers
}

// shareDomains puts handlers that hand over in the place of those of both APIs.
//
// Unlike AWS: UpdateDomainName of one API refuses a domain that the other was asked to make, and
// routing rules are for those of apigatewayv2.
func (d *Door) shareDomains(handlers map[string]model.Handlers) {
	first, ok := Opened[*apigateway.Service](d)
	second, both := Opened[*apigatewayv2.Service](d)
	if !ok || !both {
		return
	}
	s := &domains{first, second, handlers["apigateway"], handlers["apigatewayv2"]}
	handlers["apigateway"] = handing(s.one, map[string]model.Handler{
		"DeleteDomainName":      s.deleteSecond,
		"CreateBasePathMapping": s.createSecond,
		"UpdateBasePathMapping": s.updateSecond,
		"DeleteBasePathMapping": s.removeSecond,
	}, func(call model.Call) bool {
		name := call.Input.Text("domainName")
		return !first.HasDomain(call.Region, name) && second.HasDomain(call.Region, name)
	})
	handlers["apigatewayv2"] = handing(s.two, map[string]model.Handler{
		"DeleteDomainName": s.deleteFirst,
		"CreateApiMapping": s.createFirst,
		"UpdateApiMapping": s.updateFirst,
		"DeleteApiMapping": s.removeFirst,
	}, func(call model.Call) bool {
		name := call.Input.Text("DomainName")
		return first.HasDomain(call.Region, name) && !second.HasDomain(call.Region, name)
	})
}

// handing returns handlers of which some hand over the calls that are about another's domain.
func handing(
	own model.Handlers, over map[string]model.Handler, isOther func(model.Call) bool,
) model.Handlers {
	all := model.Handlers{}
	for name, handler := range own {
		all[name] = handler
		if other := over[name]; other != nil {
			all[name] = func(ctx context.Context, call model.Call) (model.Object, error) {
				if isOther(call) {
					return other(ctx, call)
				}
				return handler(ctx, call)
			}
		}
	}
	return all
}

// with is a call with another input.
func with(call model.Call, input model.Object) model.Call {
	call.Input = input
	return call
}

// noBasePath is how apigateway names the empty path.
const noBasePath = "(none)"

func (s *domains) deleteSecond(ctx context.Context, call model.Call) (model.Object, error) {
	return s.two["DeleteDomainName"](ctx,
		with(call, model.Object{"DomainName": call.Input.Text("domainName")}))
}

func (s *domains) deleteFirst(ctx context.Context, call model.Call) (model.Object, error) {
	return s.one["DeleteDomainName"](ctx,
		with(call, model.Object{"domainName": call.Input.Text("DomainName")}))
}

// createSecond makes a mapping of a domain of apigatewayv2 for apigateway.
func (s *domains) createSecond(ctx context.Context, call model.Call) (model.Object, error) {
	in := call.Input
	path := strings.TrimPrefix(in.Text("basePath"), noBasePath)
	if strings.Contains(path, "/") {
		return nil, model.BadRequest("API Gateway V1 doesn't support the slash character (/) in base " +
			"path mappings. To create a multi-level base path mapping, use API Gateway V2.")
	}
	if err := s.isREST(ctx, call, in.Text("restApiId")); err != nil {
		return nil, err
	}
	made, err := s.two["CreateApiMapping"](ctx, with(call, model.Object{
		"DomainName": in.Text("domainName"), "ApiId": in.Text("restApiId"), "ApiMappingKey": path,
		"Stage": in.Text("stage"),
	}))
	if err != nil {
		return nil, err
	}
	return basePath(made), nil
}

// isREST refuses what is no REST API: apigateway maps no other.
func (s *domains) isREST(ctx context.Context, call model.Call, id string) error {
	if s.kind(ctx, call, id) != "REST" {
		return model.BadRequest("Invalid REST API identifier specified")
	}
	return nil
}

// kind says what kind of API has an id; "" for none.
func (s *domains) kind(ctx context.Context, call model.Call, id string) string {
	_, err := s.one["GetRestApi"](ctx, with(call, model.Object{"restApiId": id}))
	if err == nil {
		return "REST"
	}
	found, err := s.two["GetApi"](ctx, with(call, model.Object{"ApiId": id}))
	if err != nil {
		return ""
	}
	return found.Text("ProtocolType")
}

// basePath is a mapping as apigateway prints it.
func basePath(mapping model.Object) model.Object {
	made := model.Object{"basePath": noBasePath, "restApiId": mapping.Text("ApiId")}
	if key := mapping.Text("ApiMappingKey"); key != "" {
		made["basePath"] = key
	}
	if stage := mapping.Text("Stage"); stage != "" {
		made["stage"] = stage
	}
	return made
}

// findSecond returns the id of the mapping that a call of apigateway names.
func (s *domains) findSecond(ctx context.Context, call model.Call) (model.Object, error) {
	name, wanted := call.Input.Text("domainName"), call.Input.Text("basePath")
	page, err := s.two["GetApiMappings"](ctx, with(call, model.Object{
		"DomainName": name, "MaxResults": "500",
	}))
	if err != nil {
		return nil, err
	}
	for _, mapping := range page.Objects("Items") {
		if mapping.Text("ApiMappingKey") == strings.TrimPrefix(wanted, noBasePath) {
			return model.Object{"DomainName": name}.Take(mapping, "ApiMappingId", "ApiId"), nil
		}
	}
	return nil, model.NotFound("Invalid base path mapping identifier specified")
}

func (s *domains) removeSecond(ctx context.Context, call model.Call) (model.Object, error) {
	found, err := s.findSecond(ctx, call)
	if err != nil {
		return nil, err
	}
	return s.two["DeleteApiMapping"](ctx, with(call, found))
}

func (s *domains) updateSecond(ctx context.Context, call model.Call) (model.Object, error) {
	changed, err := s.findSecond(ctx, call)
	if err != nil {
		return nil, err
	}
	members := map[string]string{
		"/basePath": "ApiMappingKey", "/basepath": "ApiMappingKey", "/restapiId": "ApiId",
		"/restApiId": "ApiId", "/stage": "Stage",
	}
	for _, patch := range call.Input.Objects("patchOperations") {
		member := members[patch.Text("path")]
		if member == "" || patch.Text("op") != "replace" {
			return nil, model.BadRequest("Invalid patch path %s", patch.Text("path"))
		}
		changed[member] = strings.TrimPrefix(patch.Text("value"), noBasePath)
	}
	if err := s.isREST(ctx, call, changed.Text("ApiId")); err != nil {
		return nil, err
	}
	made, err := s.two["UpdateApiMapping"](ctx, with(call, changed))
	if err != nil {
		return nil, err
	}
	return basePath(made), nil
}

// createFirst makes a mapping of a domain of apigateway for apigatewayv2.
func (s *domains) createFirst(ctx context.Context, call model.Call) (model.Object, error) {
	in := call.Input
	if err := s.mixes(ctx, call, ""); err != nil {
		return nil, err
	}
	_, err := s.one["CreateBasePathMapping"](ctx, with(call, apigateway.OfV2(model.Object{
		"domainName": in.Text("DomainName"), "basePath": in.Text("ApiMappingKey"),
		"restApiId": in.Text("ApiId"), "stage": in.Text("Stage"),
	})))
	if err != nil {
		return nil, err
	}
	return s.shown(ctx, call, strings.TrimPrefix(in.Text("ApiMappingKey"), noBasePath))
}

// mixes refuses what would make a domain lead to WebSocket APIs and to others; but is the mapping that
// is replaced.
func (s *domains) mixes(ctx context.Context, call model.Call, but string) error {
	if !call.Input.Has("ApiId") {
		return nil
	}
	isSocket := s.kind(ctx, call, call.Input.Text("ApiId")) == "WEBSOCKET"
	_, err := s.findFirst(ctx, call, func(mapping model.Object) bool {
		other := s.kind(ctx, call, mapping.Text("ApiId"))
		return mapping.Text("ApiMappingId") != but && (other == "WEBSOCKET") != isSocket
	})
	if err != nil { // there is none
		return nil
	}
	return model.BadRequest("a WebSocket API cannot share the domain %s with other kinds of APIs",
		call.Input.Text("DomainName"))
}

// shown is a mapping of a domain of apigateway as apigatewayv2 prints it.
func (s *domains) shown(
	ctx context.Context, call model.Call, key string,
) (model.Object, error) {
	return s.findFirst(ctx, call, func(mapping model.Object) bool {
		return mapping.Text("ApiMappingKey") == key
	})
}

// findFirst returns a mapping of a domain of apigateway as apigatewayv2 prints it.
func (s *domains) findFirst(
	ctx context.Context, call model.Call, is func(model.Object) bool,
) (model.Object, error) {
	page, err := s.two["GetApiMappings"](ctx, with(call, model.Object{
		"DomainName": call.Input.Text("DomainName"), "MaxResults": "500",
	}))
	if err != nil {
		return nil, err
	}
	for _, mapping := range page.Objects("Items") {
		if is(mapping) {
			return mapping, nil
		}
	}
	return nil, model.NotFound("The api mapping resource specified in the request was not found.")
}

// named returns the mapping that a call of apigatewayv2 names, and how apigateway names it.
func (s *domains) named(ctx context.Context, call model.Call) (mapping, in model.Object, err error) {
	id := call.Input.Text("ApiMappingId")
	mapping, err = s.findFirst(ctx, call, func(m model.Object) bool {
		return m.Text("ApiMappingId") == id
	})
	if err != nil {
		return nil, nil, err
	}
	return mapping, model.Object{
		"domainName": call.Input.Text("DomainName"), "basePath": basePath(mapping).Text("basePath"),
	}, nil
}

func (s *domains) removeFirst(ctx context.Context, call model.Call) (model.Object, error) {
	_, in, err := s.named(ctx, call)
	if err != nil {
		return nil, err
	}
	return s.one["DeleteBasePathMapping"](ctx, with(call, in))
}

func (s *domains) updateFirst(ctx context.Context, call model.Call) (model.Object, error) {
	mapping, in, err := s.named(ctx, call)
	if err != nil {
		return nil, err
	}
	if err := s.mixes(ctx, call, mapping.Text("ApiMappingId")); err != nil {
		return nil, err
	}
	key := mapping.Text("ApiMappingKey")
	var patches []any
	for _, one := range []struct{ member, path string }{
		{"ApiMappingKey", "/basePath"}, {"ApiId", "/restapiId"}, {"Stage", "/stage"},
	} {
		if call.Input.Has(one.member) {
			patches = append(patches, model.Object{
				"op": "replace", "path": one.path, "value": call.Input.Text(one.member),
			})
		}
	}
	in["patchOperations"] = patches
	_, err = s.one["UpdateBasePathMapping"](ctx, with(call, apigateway.OfV2(in)))
	if err != nil {
		return nil, err
	}
	if call.Input.Has("ApiMappingKey") {
		key = strings.TrimPrefix(call.Input.Text("ApiMappingKey"), noBasePath)
	}
	return s.shown(ctx, call, key)
}
