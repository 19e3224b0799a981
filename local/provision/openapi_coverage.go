package provision

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
	"portico/local/openapi"
)

// found keeps what a document holds without an effect, and what its import drops.
func (r *reader) found(
	p properties, property string, dropped []openapi.Warning, unread []openapi.Finding,
) {
	for _, warning := range dropped {
		finding := about(p.resource, property+warning.Pointer)
		finding.Status = coverage.Irrelevant
		finding.Why = "AWS warns while it imports, and goes on: " + warning.Message
		r.findings = append(r.findings, finding)
	}
	for _, one := range unread {
		finding := about(p.resource, property+one.Pointer)
		finding.Status, finding.Value, finding.Why = coverage.NotHonoured, one.Value, one.Why
		if one.Irrelevant {
			finding.Status = coverage.Irrelevant
		}
		r.findings = append(r.findings, finding)
	}
}

func about(resource *cloudformation.Resource, property string) coverage.Finding {
	return coverage.Finding{
		Stack: resource.Stack.Name, Resource: resource.LogicalID, Path: resource.Path,
		Type: resource.Type, Property: property,
	}
}

// sketch is a part of a document as the resource of a template that would have made it, so that the
// coverage rules of that resource speak for the document as well.
type sketch struct {
	kind, name string // AWS::ApiGateway::Method, "GET /orders"
	properties map[string]any
}

// foundSketches keeps what is not honoured of the parts of a document.
func (r *reader) foundSketches(p properties, property string, parts []sketch) {
	table := Coverage()
	for _, part := range parts {
		stack := &cloudformation.Stack{Name: p.resource.Stack.Name}
		stack.Resources = []*cloudformation.Resource{{
			Stack: stack, LogicalID: p.resource.LogicalID, Path: p.resource.Path,
			Type: part.kind, Properties: given(part.properties),
		}}
		all := coverage.Check(
			&cloudformation.Assembly{Stacks: []*cloudformation.Stack{stack}}, table)
		for _, finding := range coverage.Only(all, coverage.NotHonoured) {
			finding.Type = p.resource.Type
			finding.Property = property + ": " + part.name + ": " + finding.Property
			r.findings = append(r.findings, finding)
		}
	}
}

// given drops what a document does not say.
func given(all map[string]any) map[string]any {
	kept := map[string]any{}
	for name, value := range all {
		if inner, ok := value.(map[string]any); ok {
			value = given(inner)
		}
		if isGiven(value) {
			kept[name] = value
		}
	}
	return kept
}

func isGiven(value any) bool {
	switch v := value.(type) {
	case string:
		return v != ""
	case bool:
		return v
	case int:
		return v != 0
	case []any:
		return len(v) > 0
	case map[string]any:
		return len(v) > 0
	}
	return value != nil
}

// list and object turn typed values into those of a template.
func list(texts []string) []any {
	all := make([]any, 0, len(texts))
	for _, text := range texts {
		all = append(all, text)
	}
	return all
}

func object[T any](of map[string]T) map[string]any {
	all := make(map[string]any, len(of))
	for key, value := range of {
		all[key] = value
	}
	return all
}

// foundREST holds what a document makes of a REST API against the rules of the resources that would
// have made the same.
func (r *reader) foundREST(p properties, property string, base, made api.REST) {
	parts := []sketch{{kind: typeRestAPI, name: "the API", properties: topREST(p, base, made)}}
	for _, resource := range made.Resources {
		for _, verb := range slices.Sorted(maps.Keys(resource.Methods)) {
			parts = append(parts, sketch{
				typeMethod, verb + " " + resource.Path,
				sketchMethod(resource.Methods[verb], resource.ID),
			})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(made.Authorizers)) {
		authorizer := made.Authorizers[id]
		parts = append(parts, sketch{
			typeRESTAuthorizer, "authorizer " + authorizer.Name,
			map[string]any{"Type": authorizer.Type},
		})
	}
	for _, kind := range slices.Sorted(maps.Keys(made.GatewayResponses)) {
		parts = append(parts, sketch{
			typeGatewayResponse, "gateway response " + kind, map[string]any{"ResponseType": kind},
		})
	}
	r.foundSketches(p, property, parts)
}

// topREST is what the document says of the API itself, beyond the template.
func topREST(p properties, base, made api.REST) map[string]any {
	top := map[string]any{}
	if made.APIKeySource != base.APIKeySource {
		top["ApiKeySourceType"] = made.APIKeySource
	}
	if made.MinimumCompressionSize != base.MinimumCompressionSize {
		top["MinimumCompressionSize"] = strconv.Itoa(*made.MinimumCompressionSize)
	}
	if made.DisableExecuteAPIEndpoint != base.DisableExecuteAPIEndpoint {
		top["DisableExecuteApiEndpoint"] = made.DisableExecuteAPIEndpoint
	}
	if string(made.Policy) != string(base.Policy) {
		top["Policy"] = map[string]any{"Statement": "in the document"}
	}
	if !p.has("EndpointConfiguration") {
		top["EndpointConfiguration"] = map[string]any{"Types": list([]string{made.EndpointType})}
	}
	return top
}

func sketchMethod(m api.Method, resourceID string) map[string]any {
	all := map[string]any{
		"AuthorizationType":   m.AuthorizationType,
		"AuthorizationScopes": list(m.AuthorizationScopes),
		"ApiKeyRequired":      m.APIKeyRequired,
		"RequestValidatorId":  m.RequestValidatorID,
	}
	if m.RequestValidatorID != "" { // without one neither is looked at
		all["RequestModels"] = object(m.RequestModels)
		all["RequestParameters"] = object(m.RequestParameters)
	}
	i := m.Integration
	namespace := i.CacheNamespace
	if namespace == resourceID {
		namespace = ""
	}
	var responses []any
	for _, response := range i.Responses {
		responses = append(responses, given(map[string]any{
			"ContentHandling": response.ContentHandling,
			"StatusCode":      response.StatusCode,
		}))
	}
	all["Integration"] = map[string]any{
		"Type": i.Type, "ContentHandling": i.ContentHandling, "CacheNamespace": namespace,
		"CacheKeyParameters": list(i.CacheKeyParameters), "ConnectionType": i.ConnectionType,
		"ConnectionId": i.ConnectionID, "ResponseTransferMode": i.ResponseMode,
		"IntegrationTarget": strings.Join(i.Targets, " "),
		"RequestParameters": object(i.RequestParameters), "IntegrationResponses": responses,
	}
	return all
}

// foundHTTP is foundREST for HTTP APIs.
func (r *reader) foundHTTP(p properties, property string, base, made api.HTTP) {
	top := map[string]any{}
	if made.CORS != base.CORS && made.CORS != nil {
		top["CorsConfiguration"] = map[string]any{"AllowOrigins": list(made.CORS.AllowOrigins)}
	}
	if made.DisableExecuteAPIEndpoint != base.DisableExecuteAPIEndpoint {
		top["DisableExecuteApiEndpoint"] = made.DisableExecuteAPIEndpoint
	}
	parts := []sketch{{kind: typeV2API, name: "the API", properties: top}}
	for _, route := range made.Routes {
		parts = append(parts, sketch{typeV2Route, route.Key, map[string]any{
			"AuthorizationType": route.AuthorizationType, "OperationName": route.OperationName,
		}}, sketch{typeV2Integration, route.Key, sketchV2(made.Integrations[route.IntegrationID])})
	}
	for _, id := range slices.Sorted(maps.Keys(made.Authorizers)) {
		a := made.Authorizers[id]
		parts = append(parts, sketch{
			typeV2Authorizer, "authorizer " + a.Name,
			map[string]any{
				"AuthorizerType":                 a.Type,
				"AuthorizerPayloadFormatVersion": a.PayloadFormatVersion,
				"AuthorizerResultTtlInSeconds":   a.ResultTTL,
				"EnableSimpleResponses":          a.EnableSimpleResponses,
			},
		})
	}
	r.foundSketches(p, property, parts)
}

func sketchV2(i api.V2Integration) map[string]any {
	statuses := map[string]any{}
	for status, mapped := range i.ResponseParameters {
		statuses[status] = object(mapped)
	}
	return map[string]any{
		"IntegrationType": i.Type, "IntegrationSubtype": i.Subtype,
		"PayloadFormatVersion": i.PayloadFormatVersion, "ConnectionType": i.ConnectionType,
		"ConnectionId": i.ConnectionID, "RequestParameters": object(i.RequestParameters),
		"ResponseParameters": statuses,
		"TlsConfig":          map[string]any{"ServerNameToVerify": i.TLSServerName},
	}
}
