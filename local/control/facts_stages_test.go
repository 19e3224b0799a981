package control_test

import (
	"strings"
	"testing"
)

const stage = "/restapis/<api>/stages/dev"

func TestFactsOfModelsAndDocumentation(t *testing.T) {
	model := func(name, schema string) string {
		return `POST /restapis/<api>/models {"name":"` + name + `","description":"","contentType":"application/json","schema":"` + schema + `"}`
	}
	const object = `{\"type\":\"object\"}`
	part := `POST /restapis/<api>/documentation/parts {"location":{"type":"API"},"properties":"{\"description\":\"d\"}"}`
	const validator = `POST /restapis/<api>/requestvalidators {"name":"v"}`
	holds(t, []fact{
		{"the models of a new API", []string{"GET /restapis/<api>/models"}, 200, `"description":"This is a default error schema model"`, ""},
		{"the first of them", []string{"GET /restapis/<api>/models/Empty"}, 200, `"description":"This is a default empty schema model"`, ""},
		{"an imported API has none", []string{`POST /restapis?mode=import {"openapi":"3.0.1","info":{"title":"t","version":"1"},"paths":{}}`, "GET /restapis/<0>/models"}, 200, `{"item":[]}`, ""},
		{"a model without description", []string{model("M", object)}, 201, `"name":"M"`, "description"},
		{"a model without a name", []string{model("", object)}, 400, "Model name must be non-empty", ""},
		{"a model with an empty schema", []string{model("M", "")}, 400, "Model schema must have at least 1 property or array items defined", ""},
		{"a model renamed", []string{"PATCH /restapis/<api>/models/Empty" + patch("replace /name x")}, 400, "Must be one of: [/description, /schema]", ""},
		{"a model's description added", []string{"PATCH /restapis/<api>/models/Empty" + patch("add /description x")}, 400, "Please choose supported operations", ""},
		{"a model's schema emptied", []string{"PATCH /restapis/<api>/models/Empty" + patch("replace /schema ")}, 400, "Model schema must have at least 1 property or array items defined", ""},
		{"a model in use", []string{`PUT ` + root + `/methods/ANY {"authorizationType":"NONE","requestModels":{"application/json":"Empty"}}`, "DELETE /restapis/<api>/models/Empty"}, 409, "Cannot delete model 'Empty', is referenced in method request: //ANY", ""},
		{"a validator", []string{validator}, 201, `"validateRequestBody":false,"validateRequestParameters":false`, ""},
		{"a wrong path of a validator", []string{validator, "PATCH /restapis/<api>/requestvalidators/<0>" + patch("replace /x y")}, 400, "Must be one of: [/name, /validateRequestParameters, /validateRequestBody]", ""},
		{"a validator's name without value", []string{validator, "PATCH /restapis/<api>/requestvalidators/<0>" + patch("replace /name")}, 400, "Request Validator name cannot be blank", ""},
		{"a validator's truth value", []string{validator, "PATCH /restapis/<api>/requestvalidators/<0>" + patch("replace /validateRequestBody whatever")}, 200, `"validateRequestBody":false`, ""},
		{"a part deleted twice", []string{part, "DELETE /restapis/<api>/documentation/parts/<0>", "DELETE /restapis/<api>/documentation/parts/<0>"}, 404, "Invalid Documentation part identifier specified", ""},
		{"a part's properties are text", []string{part}, 201, `"properties":"{\"description\":\"d\"}"`, ""},
		{"parts that are none", []string{"PUT /restapis/<api>/documentation/parts nothing"}, 400, "Unable to build importer with provided input.", ""},
		{"parts without a warning", []string{`PUT /restapis/<api>/documentation/parts {"openapi":"3.0.1","info":{"title":"t","version":"1"},"x-amazon-apigateway-documentation":{"documentationParts":[{"location":{"type":"API"},"properties":{"description":"d"}}]}}`}, 200, `{"ids":["`, "warnings"},
		{"a VPC link without a name", []string{`POST /vpclinks {"name":"","targetArns":["arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/n/1"]}`}, 400, "Name cannot be empty", ""},
	})
}

func TestFactsOfGatewayResponses(t *testing.T) {
	const responses = "/restapis/<api>/gatewayresponses"
	var facts []fact
	for kind, status := range map[string]string{
		"ACCESS_DENIED": "403", "API_CONFIGURATION_ERROR": "500", "AUTHORIZER_CONFIGURATION_ERROR": "500",
		"AUTHORIZER_FAILURE": "500", "BAD_REQUEST_BODY": "400", "BAD_REQUEST_PARAMETERS": "400",
		"EXPIRED_TOKEN": "403", "INTEGRATION_FAILURE": "504", "INTEGRATION_TIMEOUT": "504",
		"INVALID_API_KEY": "403", "INVALID_SIGNATURE": "403", "MISSING_AUTHENTICATION_TOKEN": "403",
		"QUOTA_EXCEEDED": "429", "REQUEST_TOO_LARGE": "413", "RESOURCE_NOT_FOUND": "404",
		"THROTTLED": "429", "UNAUTHORIZED": "401", "UNSUPPORTED_MEDIA_TYPE": "415", "WAF_FILTERED": "403",
	} {
		facts = append(facts, fact{kind, []string{"GET " + responses + "/" + kind}, 200, `"statusCode":"` + status + `"`, ""})
	}
	const everything = "PUT " + responses + `/DEFAULT_5XX {"statusCode":"599","responseParameters":{"gatewayresponse.header.h":"'v'"},"responseTemplates":{"application/json":"{}"}}`
	holds(t, append(facts, []fact{
		{"a default without status", []string{"GET " + responses + "/DEFAULT_5XX"}, 200, `"defaultResponse":true`, "statusCode"},
		{"the whole list", []string{"GET " + responses}, 200, `"responseType":"WAF_FILTERED"`, `"defaultResponse":false`},
		{"a default that others follow", []string{everything, "GET " + responses + "/API_CONFIGURATION_ERROR"}, 200, `"statusCode":"599","responseParameters":{"gatewayresponse.header.h":"'v'"},"responseTemplates":{"application/json":"{}"},"defaultResponse":true`, ""},
		{"one that is set does not", []string{everything, "PUT " + responses + `/AUTHORIZER_FAILURE {"responseParameters":{"gatewayresponse.header.a":"'b'"}}`, "GET " + responses + "/AUTHORIZER_FAILURE"}, 200, `"statusCode":"500"`, "599"},
		{"one that is put again", []string{"PUT " + responses + `/THROTTLED {"statusCode":"430","responseTemplates":{"a/b":"c"}}`, "PUT " + responses + "/THROTTLED {}"}, 201, `"statusCode":"429","responseParameters":{},"responseTemplates":{"application/json":"{\"message\":$context.error.messageString}"},"defaultResponse":false`, ""},
		{"one that was never set is patched", []string{"PATCH " + responses + "/THROTTLED" + patch("replace /statusCode 430")}, 200, `"defaultResponse":false`, ""},
		{"a status added", []string{"PATCH " + responses + "/THROTTLED" + patch("add /statusCode 430")}, 400, "Invalid patch path /statusCode", ""},
		{"a parameter that is not there", []string{"PATCH " + responses + "/THROTTLED" + patch("replace /responseParameters/gatewayresponse.header.x 'y'")}, 404, "Invalid parameter name specified", ""},
		{"no path", []string{"PATCH " + responses + `/THROTTLED {"patchOperations":[{"op":"replace","value":"x"}]}`}, 400, "Invalid patch path null", ""},
		{"a wrong path", []string{"PATCH " + responses + "/THROTTLED" + patch("replace /wrongPath x")}, 400, "Invalid patch path /wrongPath", ""},
		{"a template of nothing", []string{"PATCH " + responses + "/THROTTLED" + patch("add /responseTemplates/application~1json")}, 400, "Invalid null or empty value in responseTemplates", ""},
		{"a parameter of nothing", []string{"PATCH " + responses + "/THROTTLED" + patch("add /responseParameters/gatewayresponse.header.x")}, 400, "Invalid null or empty value in responseParameters", ""},
	}...))
}

func TestFactsOfStagesAndKeys(t *testing.T) {
	canary := func(operations ...string) string { return "PATCH " + stage + patch(operations...) }
	const copied = "PATCH " + stage + ` {"patchOperations":[{"op":"replace","path":"/canarySettings/percentTraffic","value":"0.0"},{"op":"copy","from":"/canarySettings/deploymentId","path":"/deploymentId"}]}`
	const log = "/accessLogSettings"
	const key = `POST /apikeys {"name":"","value":""}`
	const plan = `POST /usageplans {"name":"p","throttle":{"burstLimit":9,"rateLimit":5}}`
	holds(t, []fact{
		{"the stages of a deployment", []string{"GET /restapis/<api>/stages?deploymentId=<deployment>"}, 200, `"stageName":"dev"`, ""},
		{"the stages of another", []string{"GET /restapis/<api>/stages?deploymentId=nope"}, 200, `{"item":[]}`, "dev"},
		{"a wrong path of a stage", []string{canary("replace /documentation_version x")}, 400, "Invalid method setting path: /documentation_version. Must be one of: [/deploymentId, /description, ", ""},
		{"tags in a patch", []string{canary("replace /tags/tag1 x")}, 400, "Invalid method setting path: /tags/tag1", ""},
		{"overrides removed of no canary", []string{canary("remove /canarySettings/stageVariableOverrides")}, 400, "Cannot remove method setting canarySettings/stageVariableOverrides because there is no method setting for this method ", ""},
		{"an access log's destination removed", []string{canary("remove " + log + "/destinationArn")}, 400, "Cannot remove method setting accessLogSettings/destinationArn because", ""},
		{"a wrong path of an access log", []string{canary("add " + log + "/x y")}, 400, "Invalid accessLogSettings path. Must be one of : [/accessLogSettings/destinationArn, /accessLogSettings/format]", ""},
		{"a deployment of a canary that is not there", []string{canary("replace /canarySettings/deploymentId nope")}, 400, "Deployment id does not exist", ""},
		{"a canary's deployment added", []string{canary("add /canarySettings/deploymentId <deployment>")}, 400, "Invalid add operation with path: /canarySettings/deploymentId", ""},
		{"a canary by its deployment", []string{canary("replace /canarySettings/deploymentId <deployment>")}, 200, `"percentTraffic":0.0`, ""},
		{"a canary by its traffic", []string{canary("replace /canarySettings/percentTraffic 5")}, 200, `"deploymentId":"<deployment>"`, ""},
		{"a canary removed", []string{canary("replace /canarySettings/percentTraffic 5"), canary("remove /canarySettings")}, 200, `"stageName":"dev"`, "canarySettings"},
		{"an override", []string{canary("replace /canarySettings/percentTraffic 5", "replace /canarySettings/stageVariableOverrides/a b")}, 200, `"stageVariableOverrides":{"a":"b"}`, ""},
		{"a canary made and promoted in one call", []string{copied}, 200, `"canarySettings"`, ""},
		{"a wrong copy", []string{"PATCH " + stage + ` {"patchOperations":[{"op":"copy","from":"/a","path":"/b"}]}`}, 400, "Valid copy:path are [/deploymentId, /variables] and valid copy:from are [/canarySettings/deploymentId, /canarySettings/stageVariableOverrides]", ""},
		{"a canary on a stage of no name", []string{`POST /restapis/<api>/deployments {"stageName":"","canarySettings":{}}`}, 400, `Provided value is "`, ""},
		{"a stage with a canary of no deployment", []string{`POST /restapis/<api>/stages {"stageName":"x","deploymentId":"<deployment>","canarySettings":{"deploymentId":"nope"}}`}, 400, "Deployment id does not exist", ""},
		{"a deployment that a stage left", []string{`POST /restapis/<api>/deployments {"stageName":"dev"}`, "DELETE /restapis/<api>/deployments/<deployment>"}, 202, "", ""},
		{"a key", []string{key}, 201, `"enabled":false`, "name"},
		{"a key that is too long", []string{`POST /apikeys {"value":"` + strings.Repeat("a", 129) + `"}`}, 400, "API Key value exceeds maximum size of 128 characters", ""},
		{"a key's name that is too long", []string{`POST /apikeys {"name":"` + strings.Repeat("a", 1025) + `"}`}, 400, "Invalid API Key name, can be at most 1024 characters.", ""},
		{"a key's description that is too long", []string{`POST /apikeys {"description":"` + strings.Repeat("a", 125001) + `"}`}, 400, "Invalid API Key description specified.", ""},
		{"a wrong path of a key", []string{key, "PATCH /apikeys/<0>" + patch("replace /value x")}, 400, "Must be one of: [/description, /enabled, /name, /customerId]", ""},
		{"a key that was changed", []string{key, "PATCH /apikeys/<0>" + patch("replace /enabled not-a-boolean")}, 200, `"tags":{}`, "value"},
		{"the keys by the start of their name", []string{`POST /apikeys {"name":"Abc"}`, "GET /apikeys?name=Ab"}, 200, `"name":"Abc"`, "value"},
		{"the keys by another start", []string{`POST /apikeys {"name":"Abc"}`, "GET /apikeys?name=ab"}, 200, `{"item":[]}`, ""},
		{"a plan", []string{plan}, 201, `"throttle":{"burstLimit":9,"rateLimit":5.0}`, "tags"},
		{"a plan's quota by its limit", []string{plan, "PATCH /usageplans/<0>" + patch("replace /quota/limit 5", "replace /quota/period DAY")}, 200, `"quota":{"limit":5,"offset":0,"period":"DAY"},"tags":{}`, ""},
		{"a plan without that stage", []string{plan, "PATCH /usageplans/<0>" + patch("remove /apiStages <api>:dev")}, 404, "Invalid API Stage {api: <api>, stage: dev} specified for usageplan <0>", ""},
		{"a stage of a plan without a name", []string{plan, "PATCH /usageplans/<0>" + patch("remove /apiStages x")}, 400, "Invalid API Stage specified", ""},
		{"a plan's keys lose one that is deleted", []string{key, plan, `POST /usageplans/<1>/keys {"keyId":"<0>","keyType":"API_KEY"}`, "DELETE /apikeys/<0>", "GET /usageplans/<1>/keys"}, 200, `{"item":[]}`, ""},
	})
}
