package export

import (
	"strings"

	"portico/local/gateway/api"
)

const defaultTimeout = 29_000 // ms

// integration writes x-amazon-apigateway-integration of a method.
func integration(def *api.Integration, resourceID string) object {
	var made object
	made.putText("connectionId", def.ConnectionID)
	made.putText("credentials", def.Credentials)
	if def.Type != "MOCK" {
		made.putText("httpMethod", def.HTTPMethod)
		made.putText("uri", def.URI)
	}
	made.putObject("responses", integrationResponses(def))
	made.putMap("requestParameters", def.RequestParameters)
	made.putMap("requestTemplates", def.RequestTemplates)
	made.putText("passthroughBehavior", strings.ToLower(def.PassthroughBehavior))
	if def.ConnectionType == "VPC_LINK" {
		made.put("connectionType", def.ConnectionType)
	}
	if def.TimeoutMillis != 0 && def.TimeoutMillis != defaultTimeout {
		made.put("timeoutInMillis", def.TimeoutMillis)
	}
	if def.CacheNamespace != resourceID {
		made.putText("cacheNamespace", def.CacheNamespace)
	}
	made.putTexts("cacheKeyParameters", def.CacheKeyParameters)
	made.putText("contentHandling", def.ContentHandling)
	if def.InsecureTLS {
		made.put("tlsConfig", object{{"insecureSkipVerification", true}})
	}
	if def.ResponseMode == "STREAM" {
		made.put("responseTransferMode", def.ResponseMode)
	}
	if len(def.Targets) > 0 {
		made.put("integrationTarget", def.Targets[0])
	}
	made.put("type", strings.ToLower(def.Type))
	return made
}

// integrationResponses writes the responses by their patterns. Of two with one pattern the first
// answers, so the second is left out.
func integrationResponses(def *api.Integration) object {
	var all object
	taken := map[string]bool{}
	for i := range def.Responses {
		response := &def.Responses[i]
		pattern := response.SelectionPattern
		if pattern == "" {
			pattern = "default"
		}
		if taken[pattern] {
			continue
		}
		taken[pattern] = true
		made := object{{"statusCode", response.StatusCode}}
		made.putMap("responseParameters", response.Parameters)
		made.putMap("responseTemplates", response.Templates)
		made.putText("contentHandling", response.ContentHandling)
		all.put(pattern, made)
	}
	return all
}
