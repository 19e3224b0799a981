package openapi

import (
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// integration reads x-amazon-apigateway-integration of a REST API. AWS's defaults stand where the
// document says nothing (control-plane.md §5).
func (r *restImporter) integration(given *node, o operation, at *api.Resource) api.Integration {
	r.know(given, []string{
		"cacheKeyParameters", "cacheNamespace", "connectionId", "connectionType", "credentials",
		"contentHandling", "httpMethod", "passthroughBehavior", "requestParameters",
		"requestTemplates", "responses", "timeoutInMillis", "type", "uri", "tlsConfig",
		"responseTransferMode", "integrationTarget",
	}, map[string]string{
		"payloadFormatVersion": httpOnly, "integrationSubtype": httpOnly,
		"responseParameters": httpOnly, "description": forPeople,
	})
	where := fmt.Sprintf("resource '%s' and method '%s'", at.Path, o.verb)
	made := api.Integration{
		Type:       r.choice(given.get("type"), "", "HTTP", "MOCK", "AWS_PROXY", "HTTP_PROXY", "AWS"),
		HTTPMethod: strings.ToUpper(given.get("httpMethod").string()),
		URI:        given.get("uri").string(),

		Credentials: given.get("credentials").string(),
		PassthroughBehavior: r.choice(given.get("passthroughBehavior"),
			"WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"),
		RequestTemplates:   r.stringMap(given.get("requestTemplates"), where),
		RequestParameters:  r.stringMap(given.get("requestParameters"), where),
		ContentHandling:    r.contentHandling(given),
		ConnectionType:     r.choice(given.get("connectionType"), "INTERNET", "VPC_LINK"),
		ConnectionID:       given.get("connectionId").string(),
		CacheNamespace:     given.get("cacheNamespace").string(),
		CacheKeyParameters: r.texts(given.get("cacheKeyParameters")),
		ResponseMode:       r.choice(given.get("responseTransferMode"), "BUFFERED", "STREAM"),
		InsecureTLS:        r.insecure(given.get("tlsConfig")),
	}
	if made.CacheNamespace == "" {
		made.CacheNamespace = at.ID
	}
	made.TimeoutMillis = r.timeout(given, o, made.ResponseMode == "STREAM")
	if target := given.get("integrationTarget").string(); target != "" {
		made.Targets = []string{target}
	}
	r.contentTypes(given.get("requestTemplates"), unableIntegration, o)
	made.Responses = r.integrationResponses(given.get("responses"), o)
	if made.Type == "MOCK" { // AWS drops both (control-plane.md §5)
		made.URI, made.HTTPMethod = "", ""
	}
	if reason := r.badIntegration(&made); reason != "" {
		r.fail(given, unableIntegration+"%s", o.verb, at.Path, reason)
	}
	return made
}

func (r *restImporter) contentHandling(n *node) string {
	return r.choice(n.get("contentHandling"), "", "CONVERT_TO_BINARY", "CONVERT_TO_TEXT")
}

func (r *restImporter) insecure(tls *node) bool {
	if !r.isObject(tls) {
		return false
	}
	r.know(tls, []string{"insecureSkipVerification"},
		map[string]string{"serverNameToVerify": httpOnly})
	return r.truth(tls.get("insecureSkipVerification"))
}

// integrationResponses reads the responses: the key is the selection pattern, "default" the one
// without. AWS keeps one for each status code.
func (r *restImporter) integrationResponses(given *node, o operation) []api.IntegrationResponse {
	if !r.isObject(given) {
		return nil
	}
	where := fmt.Sprintf("resource '%s' and method '%s'", o.path, o.verb)
	var all []api.IntegrationResponse
	for _, entry := range given.children {
		if !r.isObject(entry) {
			continue
		}
		r.know(entry, []string{
			"statusCode", "responseTemplates", "responseParameters", "contentHandling",
		}, nil)
		made := api.IntegrationResponse{
			StatusCode:       entry.get("statusCode").string(),
			SelectionPattern: entry.key,
			Templates:        r.stringMap(entry.get("responseTemplates"), where),
			Parameters:       r.stringMap(entry.get("responseParameters"), where),
			ContentHandling:  r.contentHandling(entry),
		}
		r.contentTypes(entry.get("responseTemplates"), unableResponse, o)
		if entry.key == "default" {
			made.SelectionPattern = ""
		}
		if !statusCode.MatchString(made.StatusCode) {
			r.fail(entry, "Invalid Response status code specified: %s of %s has statusCode %q",
				entry.key, where, made.StatusCode)
			continue
		}
		same := slices.IndexFunc(all, func(other api.IntegrationResponse) bool {
			return other.StatusCode == made.StatusCode
		})
		if same >= 0 {
			r.warn(entry, "The integration response for status code %s of %s replaces another one: "+
				"API Gateway keeps one for each status code", made.StatusCode, where)
			all[same] = made
			continue
		}
		all = append(all, made)
	}
	return all
}
