package apigateway

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

func sortedKeys[V any](all map[string]V) []string { return slices.Sorted(maps.Keys(all)) }

// definition is an API as the gateway takes it.
func (w *world) definition(account api.Account, id string) api.REST {
	a := w.APIs[id]
	made := a.definition(account)
	made.UsagePlans = w.plansOf(id)
	w.link(&made)
	return made
}

func (a *restAPI) definition(account api.Account) api.REST {
	about := a.About
	endpoint := about.Object("endpointConfiguration").Texts("types")
	made := api.REST{
		ID: a.id(), Name: about.Text("name"), Account: account,
		APIKeySource:              about.Text("apiKeySource"),
		BinaryMediaTypes:          about.Texts("binaryMediaTypes"),
		DisableExecuteAPIEndpoint: about.Bool("disableExecuteApiEndpoint"),
		EndpointType:              "EDGE",
		Authorizers:               map[string]api.RESTAuthorizer{},
		Models:                    map[string]api.Model{},
		RequestValidators:         map[string]api.RequestValidator{},
		GatewayResponses:          map[string]api.GatewayResponse{},
	}
	if len(endpoint) > 0 {
		made.EndpointType = endpoint[0]
	}
	if about.Has("minimumCompressionSize") {
		size := about.Int("minimumCompressionSize")
		made.MinimumCompressionSize = &size
	}
	if policy := about.Text("policy"); policy != "" {
		made.Policy = json.RawMessage(policy)
	}
	for _, resource := range a.Resources {
		made.Resources = append(made.Resources, resourceOf(resource))
	}
	slices.SortFunc(made.Resources, func(x, y api.Resource) int { return cmp.Compare(x.Path, y.Path) })
	a.defineParts(&made)
	for _, name := range sortedKeys(a.Stages) {
		made.Stages = append(made.Stages, stageOf(a.Stages[name]))
	}
	return made
}

// defineParts fills what methods refer to, and the gateway responses.
func (a *restAPI) defineParts(made *api.REST) {
	for id, o := range a.Authorizers {
		made.Authorizers[id] = authorizerOf(o)
	}
	for name, o := range a.Models {
		schema := json.RawMessage(o.Text("schema"))
		if !json.Valid(schema) {
			continue // of another content type: nothing is validated by it
		}
		made.Models[name] = api.Model{
			Name: name, ContentType: o.Text("contentType"), Schema: schema,
		}
	}
	for id, o := range a.Validators {
		made.RequestValidators[id] = api.RequestValidator{
			ValidateBody:       o.Bool("validateRequestBody"),
			ValidateParameters: o.Bool("validateRequestParameters"),
		}
	}
	for kind, o := range a.Responses {
		status, _ := strconv.Atoi(o.Text("statusCode")) // checked when it was put; "" is none
		made.GatewayResponses[kind] = api.GatewayResponse{
			Type: kind, StatusCode: status, Parameters: o.TextMap("responseParameters"),
			Templates: o.TextMap("responseTemplates"),
		}
	}
}

func authorizerOf(o model.Object) api.RESTAuthorizer {
	ttl := 300
	if o.Has("authorizerResultTtlInSeconds") {
		ttl = o.Int("authorizerResultTtlInSeconds")
	}
	return api.RESTAuthorizer{
		ID: o.Text("id"), Name: o.Text("name"), Type: o.Text("type"), URI: o.Text("authorizerUri"),
		Credentials: o.Text("authorizerCredentials"), IdentitySource: o.Text("identitySource"),
		IdentityValidation: o.Text("identityValidationExpression"), ResultTTL: ttl,
		ProviderARNs: o.Texts("providerARNs"),
	}
}

func resourceOf(o model.Object) api.Resource {
	made := api.Resource{
		ID: o.Text("id"), Path: o.Text("path"), Methods: map[string]api.Method{},
	}
	methods := o.Object("resourceMethods")
	for verb := range methods {
		made.Methods[verb] = methodOf(methods.Object(verb))
	}
	return made
}

func methodOf(o model.Object) api.Method {
	made := api.Method{
		AuthorizationType: o.Text("authorizationType"), AuthorizerID: o.Text("authorizerId"),
		AuthorizationScopes: o.Texts("authorizationScopes"), APIKeyRequired: o.Bool("apiKeyRequired"),
		OperationName: o.Text("operationName"), RequestValidatorID: o.Text("requestValidatorId"),
		RequestParameters: truths(o.Object("requestParameters")),
		RequestModels:     o.TextMap("requestModels"),
		Responses:         map[string]api.MethodResponse{},
	}
	responses := o.Object("methodResponses")
	for status := range responses {
		response := responses.Object(status)
		made.Responses[status] = api.MethodResponse{
			Parameters: truths(response.Object("responseParameters")),
			Models:     response.TextMap("responseModels"),
		}
	}
	if i := o.Object("methodIntegration"); i != nil {
		made.Integration = integrationOf(i)
	}
	return made
}

func truths(o model.Object) map[string]bool {
	if len(o) == 0 {
		return nil
	}
	all := make(map[string]bool, len(o))
	for key := range o {
		all[key] = o.Bool(key)
	}
	return all
}

func integrationOf(o model.Object) api.Integration {
	made := api.Integration{
		Type: o.Text("type"), HTTPMethod: o.Text("httpMethod"), URI: o.Text("uri"),
		Credentials: o.Text("credentials"), PassthroughBehavior: o.Text("passthroughBehavior"),
		RequestTemplates:  o.TextMap("requestTemplates"),
		RequestParameters: o.TextMap("requestParameters"),
		ContentHandling:   o.Text("contentHandling"), TimeoutMillis: o.Int("timeoutInMillis"),
		ConnectionType: o.Text("connectionType"), ConnectionID: o.Text("connectionId"),
		CacheNamespace: o.Text("cacheNamespace"), CacheKeyParameters: o.Texts("cacheKeyParameters"),
		ResponseMode: cmp.Or(o.Text("responseTransferMode"), "BUFFERED"),
		InsecureTLS:  o.Object("tlsConfig").Bool("insecureSkipVerification"),
	}
	if target := o.Text("integrationTarget"); target != "" {
		made.Targets = []string{target}
	}
	responses := o.Object("integrationResponses")
	for _, status := range responses.Keys() { // AWS takes the first that fits, by status code
		response := responses.Object(status)
		made.Responses = append(made.Responses, api.IntegrationResponse{
			StatusCode: status, SelectionPattern: response.Text("selectionPattern"),
			Templates:       response.TextMap("responseTemplates"),
			Parameters:      response.TextMap("responseParameters"),
			ContentHandling: response.Text("contentHandling"),
		})
	}
	return made
}

func stageOf(o model.Object) api.Stage {
	made := api.Stage{
		Name: o.Text("stageName"), DeploymentID: o.Text("deploymentId"),
		Variables: o.TextMap("variables"), TracingEnabled: o.Bool("tracingEnabled"),
		ClientCertificateID: o.Text("clientCertificateId"),
	}
	if o.Bool("cacheClusterEnabled") {
		made.CacheClusterSize = o.Text("cacheClusterSize")
	}
	if log := o.Object("accessLogSettings"); log.Text("destinationArn") != "" {
		made.AccessLog = &api.AccessLog{
			DestinationARN: log.Text("destinationArn"), Format: log.Text("format"),
		}
	}
	if canary := o.Object("canarySettings"); canary != nil {
		made.Canary = &api.Canary{
			DeploymentID: canary.Text("deploymentId"), PercentTraffic: canary.Number("percentTraffic"),
			Variables:     canary.TextMap("stageVariableOverrides"),
			UseStageCache: canary.Bool("useStageCache"),
		}
	}
	all := o.Object("methodSettings")
	for _, key := range all.Keys() {
		if made.MethodSettings == nil {
			made.MethodSettings = map[string]api.MethodSettings{}
		}
		made.MethodSettings[settingsName(key)] = settingsOf(all.Object(key))
	}
	return made
}

// settingsName is the path and verb that a key of method settings is of: in the key the path is one
// segment, "~1pets~1{id}", or without its slash when it has no other.
func settingsName(key string) string {
	path, verb, _ := strings.Cut(key, "/")
	if path == "*" {
		return key
	}
	return "/" + strings.TrimPrefix(unescape(path), "/") + "/" + verb
}

// settingsKeyOf is the key of a path and verb.
func settingsKeyOf(name string) string {
	at := strings.LastIndex(name, "/")
	return strings.ReplaceAll(name[:at], "/", "~1") + name[at:]
}

func settingsOf(o model.Object) api.MethodSettings {
	made := api.MethodSettings{
		LoggingLevel: o.Text("loggingLevel"), DataTrace: o.Bool("dataTraceEnabled"),
		Metrics:      o.Bool("metricsEnabled"),
		CacheEnabled: o.Bool("cachingEnabled"), CacheTTL: o.Int("cacheTtlInSeconds"),
		RequireAuthorizationForCacheControl:    o.Bool("requireAuthorizationForCacheControl"),
		UnauthorizedCacheControlHeaderStrategy: o.Text("unauthorizedCacheControlHeaderStrategy"),
	}
	burst, rate := o.Int("throttlingBurstLimit"), o.Number("throttlingRateLimit")
	if burst >= 0 && rate >= 0 { // below zero turns the limit off
		made.Throttle = &api.Throttle{Burst: burst, Rate: rate}
	}
	return made
}

// plansOf returns the usage plans that name a stage of an API, with their keys.
func (w *world) plansOf(id string) []api.UsagePlan {
	var all []api.UsagePlan
	for _, planID := range sortedKeys(w.Plans) {
		plan := w.Plans[planID]
		made := api.UsagePlan{ID: planID, Name: plan.Text("name")}
		for _, at := range plan.Objects("apiStages") {
			if at.Text("apiId") == id {
				made.Stages = append(made.Stages, planStageOf(at))
			}
		}
		if len(made.Stages) == 0 {
			continue
		}
		if plan.Object("throttle") != nil {
			made.Throttle = throttleOf(plan.Object("throttle"))
		}
		made.Quota = quotaOf(plan)
		for _, keyID := range plan.Texts("#keys") {
			key := w.Keys[keyID]
			made.Keys = append(made.Keys, api.APIKey{
				ID: keyID, Name: key.Text("name"), Value: key.Text("value"), Enabled: key.Bool("enabled"),
			})
		}
		all = append(all, made)
	}
	return all
}

func planStageOf(at model.Object) api.UsagePlanStage {
	made := api.UsagePlanStage{APIID: at.Text("apiId"), Stage: at.Text("stage")}
	limits := at.Object("throttle")
	for key := range limits {
		if made.Throttle == nil {
			made.Throttle = map[string]api.Throttle{}
		}
		made.Throttle[key] = *throttleOf(limits.Object(key))
	}
	return made
}

func throttleOf(o model.Object) *api.Throttle {
	return &api.Throttle{Burst: o.Int("burstLimit"), Rate: o.Number("rateLimit")}
}
