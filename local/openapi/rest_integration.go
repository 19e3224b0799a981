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
		"responseTransferMode",
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
		TimeoutMillis:      r.whole(given.get("timeoutInMillis"), 29_000, 50, 900_000),
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
	made.Responses = r.integrationResponses(given.get("responses"), where)
	if made.Type == "MOCK" { // AWS drops both (control-plane.md §5)
		made.URI, made.HTTPMethod = "", ""
	}
	reason := badIntegration(&made)
	if r.api.EndpointType == "EDGE" && made.ResponseMode != "STREAM" && made.TimeoutMillis > 29_000 {
		reason = "Timeout should be between 50 ms and 29000 ms"
	}
	if reason != "" {
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

// badIntegration says why AWS does not create an integration (control-plane.md §5).
func badIntegration(i *api.Integration) string {
	switch {
	case i.Type == "":
		return "Invalid integration type specified: it is required"
	case i.Type == "MOCK":
		return ""
	case i.HTTPMethod == "":
		return "Enumeration value for HttpMethod must be non-empty"
	case !isMethod(i.HTTPMethod):
		return "Invalid HttpMethod specified. Valid options are " + httpMethods
	case strings.HasPrefix(i.Type, "HTTP"):
		// A stage variable may hold the rest of the address, not its scheme.
		if !strings.HasPrefix(i.URI, "http://") && !strings.HasPrefix(i.URI, "https://") {
			return "Invalid HTTP endpoint specified for URI"
		}
		return ""
	case !strings.HasPrefix(i.URI, "arn:"):
		return "Invalid ARN specified in the request"
	case !strings.Contains(i.URI, ":path/") && !strings.Contains(i.URI, ":action/"):
		return "AWS ARN for integration must contain path or action"
	case i.Type == "AWS_PROXY" && !isFunction(i.URI) && !strings.Contains(i.URI, ":firehose:"):
		return "Integrations of type 'AWS_PROXY' currently only supports Lambda function and " +
			"Firehose stream invocations."
	case i.Type == "AWS" && !strings.Contains(i.URI, ":lambda:path/") && i.Credentials == "":
		return "Role ARN must be specified for AWS integrations"
	}
	return ""
}

// isFunction says that a URI is a function, answered at once or as a stream.
func isFunction(uri string) bool {
	return strings.Contains(uri, ":lambda:path/") && strings.Contains(uri, "/functions/") &&
		strings.HasSuffix(uri, "invocations")
}

// integrationResponses reads the responses: the key is the selection pattern, "default" the one
// without. AWS keeps one for each status code.
func (r *restImporter) integrationResponses(given *node, where string) []api.IntegrationResponse {
	if !r.isObject(given) {
		return nil
	}
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
