package apigatewayv2

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"portico/local/control/model"
	"portico/local/gateway/api"
)

// describe prints a definition as if it had been created: what a template describes, or an OpenAPI
// document.
func describe(d Definition) *entity {
	a := newEntity()
	a.described = true
	if d.HTTP != nil {
		a.describeAbout(d.HTTP.ID, d.HTTP.Name, d.HTTP.Account, "https")
		a.About["ProtocolType"], a.About["RouteSelectionExpression"] = "HTTP", routeSelection
		a.About["DisableExecuteApiEndpoint"] = d.HTTP.DisableExecuteAPIEndpoint
		if d.HTTP.CORS != nil {
			a.About["CorsConfiguration"] = describeCORS(d.HTTP.CORS)
		}
		a.describeParts(d.HTTP.Routes, d.HTTP.Integrations, d.HTTP.Authorizers)
		a.describeStages(d.HTTP.Stages)
		return a
	}
	def := d.WebSocket
	a.describeAbout(def.ID, def.Name, def.Account, "wss")
	a.About["ProtocolType"] = "WEBSOCKET"
	a.About["RouteSelectionExpression"] = def.RouteSelectionExpression
	a.About.PutText("ApiKeySelectionExpression", def.APIKeySelectionExpression)
	a.About["DisableExecuteApiEndpoint"] = def.DisableExecuteAPIEndpoint
	a.describeParts(def.Routes, def.Integrations, def.Authorizers)
	for _, name := range sortedKeys(def.Models) {
		a.known(models, name, model.Object{
			"Name": name, "ContentType": def.Models[name].ContentType,
			"Schema": string(def.Models[name].Schema),
		})
	}
	a.describeStages(def.Stages)
	return a
}

// known keeps a part under the id that it has.
func (a *entity) known(kind, id string, o model.Object) {
	o[kindOf(kind).id] = id
	o[sequence] = int64(len(a.Parts[kind]))
	a.parts(kind)[id] = o
}

func putList(o model.Object, name string, texts []string) {
	if len(texts) > 0 {
		o[name] = model.TextList(texts)
	}
}

func (a *entity) describeAbout(id, name string, account api.Account, scheme string) {
	a.About = model.Object{
		"ApiId": id, "Name": name, "Tags": model.Object{}, "IpAddressType": "ipv4",
		"ApiKeySelectionExpression": keySelection,
		"ApiEndpoint":               scheme + "://" + hostOf(id, account),
	}
}

func describeCORS(def *api.CORS) model.Object {
	made := model.Object{}
	if def.AllowCredentials {
		made["AllowCredentials"] = true
	}
	putList(made, "AllowHeaders", def.AllowHeaders)
	putList(made, "AllowMethods", def.AllowMethods)
	putList(made, "AllowOrigins", def.AllowOrigins)
	putList(made, "ExposeHeaders", def.ExposeHeaders)
	if def.MaxAge != nil {
		made["MaxAge"] = int64(*def.MaxAge)
	}
	return made
}

func (a *entity) describeParts(
	all []api.Route, called map[string]api.V2Integration, guards map[string]api.V2Authorizer,
) {
	for i := range all {
		a.describeRoute(&all[i])
	}
	for _, id := range sortedKeys(called) {
		def := called[id]
		a.describeIntegration(id, &def)
	}
	for _, id := range sortedKeys(guards) {
		def := guards[id]
		a.known(authorizers, id, describeAuthorizer(&def))
	}
}

func (a *entity) describeRoute(def *api.Route) {
	made := model.Object{
		"RouteKey": def.Key, "AuthorizationType": def.AuthorizationType,
		"ApiKeyRequired": def.APIKeyRequired,
	}
	if def.IntegrationID != "" {
		made["Target"] = "integrations/" + def.IntegrationID
	}
	made.PutText("AuthorizerId", def.AuthorizerID)
	made.PutText("OperationName", def.OperationName)
	made.PutText("RouteResponseSelectionExpression", def.RouteResponseSelectionExpression)
	made.PutText("ModelSelectionExpression", def.ModelSelectionExpression)
	made.PutTexts("RequestModels", def.RequestModels)
	putList(made, "AuthorizationScopes", def.AuthorizationScopes)
	for key, required := range def.RequestParameters {
		merge(made, "RequestParameters", model.Object{key: model.Object{"Required": required}})
	}
	a.known(routes, def.ID, made)
	if def.HasRouteResponse {
		a.known(routeResponses, def.ID+"-default", model.Object{
			owner: def.ID, "RouteResponseKey": "$default",
		})
	}
}

func (a *entity) describeIntegration(id string, def *api.V2Integration) {
	made := model.Object{
		"IntegrationType": def.Type, "PayloadFormatVersion": def.PayloadFormatVersion,
		"TimeoutInMillis": int64(def.TimeoutMillis), "ConnectionType": def.ConnectionType,
	}
	for name, text := range map[string]string{
		"IntegrationSubtype": def.Subtype, "IntegrationMethod": def.Method,
		"IntegrationUri": def.URI, "CredentialsArn": def.Credentials,
		"ConnectionId": def.ConnectionID, "TemplateSelectionExpression": def.TemplateSelection,
		"PassthroughBehavior": def.PassthroughBehavior, "ContentHandlingStrategy": def.ContentHandling,
	} {
		made.PutText(name, text)
	}
	made.PutTexts("RequestParameters", def.RequestParameters)
	made.PutTexts("RequestTemplates", def.RequestTemplates)
	for status, mapped := range def.ResponseParameters {
		merge(made, "ResponseParameters", model.Object{status: model.TextObject(mapped)})
	}
	if def.TLSServerName != "" {
		made["TlsConfig"] = model.Object{"ServerNameToVerify": def.TLSServerName}
	}
	takeIntegration(a, made, model.Object{})
	a.known(integrations, id, made)
	for i := range def.Responses {
		response := &def.Responses[i]
		own := model.Object{owner: id, "IntegrationResponseKey": response.Key}
		own.PutText("TemplateSelectionExpression", response.TemplateSelection)
		own.PutText("ContentHandlingStrategy", response.ContentHandling)
		own.PutTexts("ResponseTemplates", response.Templates)
		own.PutTexts("ResponseParameters", response.Parameters)
		a.known(integrationResponses, id+"-"+strconv.Itoa(i), own)
	}
}

func describeAuthorizer(def *api.V2Authorizer) model.Object {
	made := model.Object{"AuthorizerType": def.Type, "Name": def.Name}
	putList(made, "IdentitySource", def.IdentitySource)
	made.PutText("AuthorizerUri", def.URI)
	made.PutText("AuthorizerCredentialsArn", def.Credentials)
	made.PutText("AuthorizerPayloadFormatVersion", def.PayloadFormatVersion)
	if def.Type == "JWT" {
		made["JwtConfiguration"] = model.Object{
			"Issuer": def.Issuer, "Audience": model.TextList(def.Audience),
		}
		return made
	}
	if def.PayloadFormatVersion != "" { // of an HTTP API
		made["EnableSimpleResponses"] = def.EnableSimpleResponses
		made["AuthorizerResultTtlInSeconds"] = int64(def.ResultTTL)
	}
	return made
}

func (a *entity) describeStages(all []api.Stage) {
	for i := range all {
		def := &all[i]
		made := model.Object{
			"AutoDeploy": def.AutoDeploy, "DefaultRouteSettings": model.Object{},
			"RouteSettings": model.Object{}, "Tags": model.Object{},
			"StageVariables": model.TextObject(def.Variables),
		}
		made.PutText("ClientCertificateId", def.ClientCertificateID)
		if def.DeploymentID != "" {
			made["DeploymentId"] = def.DeploymentID
			a.known(deployments, def.DeploymentID, model.Object{
				"AutoDeployed": false, "DeploymentStatus": "DEPLOYED",
			})
		}
		if def.AccessLog != nil {
			made["AccessLogSettings"] = model.Object{
				"DestinationArn": def.AccessLog.DestinationARN, "Format": def.AccessLog.Format,
			}
		}
		for key, settings := range def.MethodSettings {
			own := a.describeSettings(&settings)
			if key == "*" {
				made["DefaultRouteSettings"] = own
				continue
			}
			made.Object("RouteSettings")[key] = own
		}
		a.known(stages, def.Name, made)
	}
}

func (a *entity) describeSettings(def *api.MethodSettings) model.Object {
	made := model.Object{"DetailedMetricsEnabled": def.Metrics}
	if a.isWebSocket() {
		made["DataTraceEnabled"] = def.DataTrace
		made.PutText("LoggingLevel", def.LoggingLevel)
	}
	if def.Throttle != nil {
		made["ThrottlingBurstLimit"] = int64(def.Throttle.Burst)
		made["ThrottlingRateLimit"] = def.Throttle.Rate
	}
	return made
}

// describeDomain prints a domain of the template as if it had been created.
func (c *call) describeDomain(def api.Domain) *domain {
	d := &domain{
		described: true, Mappings: map[string]model.Object{}, Rules: map[string]model.Object{},
	}
	d.About = c.newDomain(def.Name, def.RoutingMode)
	endpoint := model.Object{
		"EndpointType": def.EndpointType, "SecurityPolicy": def.SecurityPolicy,
		"DomainNameStatus": "AVAILABLE", "IpAddressType": "ipv4",
	}
	endpoint.PutText("CertificateArn", def.CertificateARN)
	d.About["DomainNameConfigurations"] = []any{endpoint}
	if def.MutualTLS != nil {
		trust := model.Object{"TruststoreUri": def.MutualTLS.TruststoreURI}
		trust.PutText("TruststoreVersion", def.MutualTLS.Version)
		d.About["MutualTlsAuthentication"] = trust
	}
	for i, mapping := range def.Mappings {
		id := mappingID(mapping.Path)
		d.Mappings[id] = model.Object{
			"ApiMappingId": id, "ApiId": mapping.APIID, "ApiMappingKey": mapping.Path,
			"Stage": mapping.Stage, sequence: int64(i),
		}
	}
	for i, rule := range def.Rules {
		d.Rules[rule.ID] = c.describeRule(d, int64(i), rule)
	}
	return d
}

// mappingID is the id of a mapping that was not created here: the same for as long as its key is.
func mappingID(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])[:6]
}

func (c *call) describeRule(d *domain, at int64, rule api.RoutingRule) model.Object {
	conditions := []any{}
	for _, anyOf := range rule.Headers {
		var globs []any
		for _, match := range anyOf {
			globs = append(globs, model.Object{"Header": match.Name, "ValueGlob": match.ValueGlob})
		}
		conditions = append(conditions, model.Object{"MatchHeaders": model.Object{"AnyOf": globs}})
	}
	if len(rule.BasePaths) > 0 {
		conditions = append(conditions, model.Object{
			"MatchBasePaths": model.Object{"AnyOf": model.TextList(rule.BasePaths)},
		})
	}
	return model.Object{
		"RoutingRuleId": rule.ID, "RoutingRuleArn": c.ruleARN(d.About.Text("DomainName"), rule.ID),
		"Priority": int64(rule.Priority), "Conditions": conditions, sequence: at,
		"Actions": []any{model.Object{"InvokeApi": model.Object{
			"ApiId": rule.APIID, "Stage": rule.Stage, "StripBasePath": rule.StripBasePath,
		}}},
	}
}

func (c *call) ruleARN(domain, id string) string {
	return strings.Replace(arn(c.account, "/domainnames/"+domain+"/routingrules/"+id), "::",
		":"+c.account.ID+":", 1)
}
