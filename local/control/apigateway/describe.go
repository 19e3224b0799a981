package apigateway

import (
	"crypto/sha256"
	"path"
	"strconv"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

// describe prints a definition as if it had been created: what a template describes, or an OpenAPI
// document. Resources that stand between others without having been named are added.
func describe(def api.REST) *restAPI {
	a := newAPI()
	a.described = true
	a.About = model.Object{
		"id": def.ID, "name": def.Name, "apiKeySource": def.APIKeySource,
		"disableExecuteApiEndpoint": def.DisableExecuteAPIEndpoint,
		"endpointConfiguration": model.Object{
			"types": []any{def.EndpointType}, "ipAddressType": "ipv4",
		},
	}
	if def.EndpointType == "PRIVATE" {
		a.About.Object("endpointConfiguration")["ipAddressType"] = "dualstack"
	}
	if len(def.BinaryMediaTypes) > 0 {
		a.About["binaryMediaTypes"] = model.TextList(def.BinaryMediaTypes)
	}
	if def.MinimumCompressionSize != nil {
		a.About["minimumCompressionSize"] = int64(*def.MinimumCompressionSize)
	}
	if len(def.Policy) > 0 {
		a.About["policy"] = string(def.Policy)
	}
	a.describeResources(def.Resources)
	a.describeParts(def)
	for i := range def.Stages {
		stage := describeStage(&def.Stages[i])
		a.Stages[def.Stages[i].Name] = stage
		for _, id := range []string{
			stage.Text("deploymentId"), stage.Object("canarySettings").Text("deploymentId"),
		} {
			if id != "" {
				a.Deployments[id] = model.Object{"id": id}
			}
		}
	}
	return a
}

// describeResources gives every resource its parent.
func (a *restAPI) describeResources(all []api.Resource) {
	ids := map[string]string{}
	for i := range all {
		ids[all[i].Path] = all[i].ID
	}
	var add func(at string) string
	add = func(at string) string {
		id, known := ids[at]
		if !known {
			id = stableID(a.id() + " " + at)
			ids[at] = id
		}
		if a.Resources[id] == nil {
			made := model.Object{"id": id, "path": at}
			a.Resources[id] = made
			if at == "/" {
				a.About["rootResourceId"] = id
				return id
			}
			made["pathPart"], made["parentId"] = path.Base(at), add(path.Dir(at))
		}
		return id
	}
	add("/")
	for i := range all {
		resource := a.Resources[add(all[i].Path)]
		for verb, method := range all[i].Methods {
			inner(resource, "resourceMethods")[verb] = describeMethod(verb, &method, all[i].ID)
		}
	}
}

// stableID makes the same id of the same text.
func stableID(of string) string {
	sum := sha256.Sum256([]byte(of))
	made := make([]byte, 10)
	for i := range made {
		made[i] = letters[int(sum[i])%len(letters)]
	}
	return string(made)
}

func describeMethod(verb string, def *api.Method, resourceID string) model.Object {
	made := model.Object{
		"httpMethod": verb, "authorizationType": def.AuthorizationType,
		"apiKeyRequired": def.APIKeyRequired,
	}
	made.PutText("authorizerId", def.AuthorizerID)
	made.PutText("operationName", def.OperationName)
	made.PutText("requestValidatorId", def.RequestValidatorID)
	made.PutTexts("requestModels", def.RequestModels)
	if len(def.AuthorizationScopes) > 0 {
		made["authorizationScopes"] = model.TextList(def.AuthorizationScopes)
	}
	for key, required := range def.RequestParameters {
		inner(made, "requestParameters")[key] = required
	}
	for status, response := range def.Responses {
		own := model.Object{"statusCode": status}
		for key, required := range response.Parameters {
			inner(own, "responseParameters")[key] = required
		}
		own.PutTexts("responseModels", response.Models)
		inner(made, "methodResponses")[status] = own
	}
	if def.Integration.Type != "" {
		made["methodIntegration"] = describeIntegration(&def.Integration, resourceID)
	}
	return made
}

func describeIntegration(def *api.Integration, resourceID string) model.Object {
	made := model.Object{
		"type": def.Type, "passthroughBehavior": def.PassthroughBehavior,
		"timeoutInMillis": int64(def.TimeoutMillis), "cacheNamespace": def.CacheNamespace,
		"cacheKeyParameters": model.TextList(def.CacheKeyParameters),
	}
	if def.CacheNamespace == "" {
		made["cacheNamespace"] = resourceID
	}
	if def.TimeoutMillis == 0 {
		made["timeoutInMillis"] = int64(longestTimeout)
	}
	if def.PassthroughBehavior == "" {
		made["passthroughBehavior"] = "WHEN_NO_MATCH"
	}
	if def.Type != "MOCK" {
		made.PutText("httpMethod", def.HTTPMethod)
		made.PutText("uri", def.URI)
	}
	if strings.HasPrefix(def.Type, "HTTP") {
		made["connectionType"] = "INTERNET"
		made.PutText("connectionType", def.ConnectionType)
		made.PutText("connectionId", def.ConnectionID)
	}
	made.PutText("credentials", def.Credentials)
	made.PutText("contentHandling", def.ContentHandling)
	if def.ResponseMode == "STREAM" {
		made["responseTransferMode"] = def.ResponseMode
	}
	if def.InsecureTLS {
		made["tlsConfig"] = model.Object{"insecureSkipVerification": true}
	}
	made.PutTexts("requestParameters", def.RequestParameters)
	made.PutTexts("requestTemplates", def.RequestTemplates)
	for i := range def.Responses {
		response := &def.Responses[i]
		own := model.Object{"statusCode": response.StatusCode}
		own.PutText("selectionPattern", response.SelectionPattern)
		own.PutText("contentHandling", response.ContentHandling)
		own.PutTexts("responseParameters", response.Parameters)
		own.PutTexts("responseTemplates", response.Templates)
		inner(made, "integrationResponses")[response.StatusCode] = own
	}
	return made
}

// describeParts prints what methods refer to, and the gateway responses.
func (a *restAPI) describeParts(def api.REST) {
	for id, authorizer := range def.Authorizers {
		a.Authorizers[id] = describeAuthorizer(id, authorizer)
	}
	for name, schema := range def.Models {
		a.Models[name] = model.Object{
			"id": name, "name": name, "contentType": schema.ContentType, "schema": string(schema.Schema),
		}
	}
	for id, validator := range def.RequestValidators {
		a.Validators[id] = model.Object{
			"id": id, "validateRequestBody": validator.ValidateBody,
			"validateRequestParameters": validator.ValidateParameters,
		}
	}
	for kind, response := range def.GatewayResponses {
		made := ownDefault(kind)
		if response.StatusCode != 0 {
			made["statusCode"] = strconv.Itoa(response.StatusCode)
		}
		made.PutTexts("responseParameters", response.Parameters)
		made.PutTexts("responseTemplates", response.Templates)
		a.Responses[kind] = made
	}
}

func describeAuthorizer(id string, def api.RESTAuthorizer) model.Object {
	made := model.Object{
		"id": id, "name": def.Name, "type": def.Type, "authType": "custom",
		"authorizerResultTtlInSeconds": int64(def.ResultTTL),
	}
	if def.Type == "COGNITO_USER_POOLS" {
		made["authType"] = "cognito_user_pools"
	}
	made.PutText("authorizerUri", def.URI)
	made.PutText("authorizerCredentials", def.Credentials)
	made.PutText("identitySource", def.IdentitySource)
	made.PutText("identityValidationExpression", def.IdentityValidation)
	if len(def.ProviderARNs) > 0 {
		made["providerARNs"] = model.TextList(def.ProviderARNs)
	}
	return made
}

func describeStage(def *api.Stage) model.Object {
	made := model.Object{
		"stageName": def.Name, "deploymentId": def.DeploymentID,
		"cacheClusterEnabled": def.CacheClusterSize != "", "cacheClusterStatus": "NOT_AVAILABLE",
		"methodSettings": model.Object{}, "tracingEnabled": def.TracingEnabled,
	}
	made.PutText("clientCertificateId", def.ClientCertificateID)
	made.PutText("webAclArn", def.WebACL)
	made.PutText("cacheClusterSize", def.CacheClusterSize)
	settleCache(made)
	made.PutTexts("variables", def.Variables)
	if def.AccessLog != nil {
		made["accessLogSettings"] = model.Object{
			"destinationArn": def.AccessLog.DestinationARN, "format": def.AccessLog.Format,
		}
	}
	if canary := def.Canary; canary != nil {
		own := newCanary(canary.DeploymentID)
		own["percentTraffic"], own["useStageCache"] = canary.PercentTraffic, canary.UseStageCache
		own.PutTexts("stageVariableOverrides", canary.Variables)
		made["canarySettings"] = own
	}
	for key, of := range def.MethodSettings {
		made.Object("methodSettings")[settingsKeyOf(key)] = describeSettings(of)
	}
	return made
}

func describeSettings(def api.MethodSettings) model.Object {
	made := defaultSettings()
	made["dataTraceEnabled"], made["cachingEnabled"] = def.DataTrace, def.CacheEnabled
	made["metricsEnabled"] = def.Metrics
	made["cacheTtlInSeconds"] = int64(def.CacheTTL)
	made["requireAuthorizationForCacheControl"] = def.RequireAuthorizationForCacheControl
	made.PutText("loggingLevel", def.LoggingLevel)
	made.PutText("unauthorizedCacheControlHeaderStrategy", def.UnauthorizedCacheControlHeaderStrategy)
	if def.Throttle != nil {
		made["throttlingBurstLimit"] = int64(def.Throttle.Burst)
		made["throttlingRateLimit"] = def.Throttle.Rate
	}
	return made
}
