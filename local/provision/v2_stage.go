package provision

import (
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// v2StageCoverage declares the stages and deployments of HTTP and WebSocket APIs.
func v2StageCoverage() coverage.Table {
	return coverage.Table{
		typeV2Stage: rules(
			honoured("ApiId", "StageName", "AutoDeploy", "DeploymentId", "StageVariables.*"),
			part(v2AccessLogs, "AccessLogSettings.DestinationArn", "AccessLogSettings.Format"),
			honoured("ClientCertificateId"), // v2Protocols reports it by the protocol of the API
			routeSettingRules("DefaultRouteSettings."),
			routeSettingRules("RouteSettings.*."),
			irrelevant(onlyText, "Description"),
			irrelevant(onlyTags, "Tags.**"),
		),
		typeV2Deployment: rules(
			honoured("ApiId", "StageName"),
			irrelevant(onlyText, "Description"),
		),
	}
}

func routeSettingRules(under string) []coverage.Rule {
	return rules(
		part(v2Throttling, under+"ThrottlingRateLimit", under+"ThrottlingBurstLimit"),
		unless(v2ExecutionLogs, under+"LoggingLevel", "OFF"),
		unless(v2ExecutionLogs, under+"DataTraceEnabled", "false"),
		honoured(under+"DetailedMetricsEnabled"),
	)
}

// v2Deployments notes the deployments of each API, and the stages they name.
func (r *reader) v2Deployments(apis map[string]*v2API) {
	for _, resource := range r.assembly.ByType(typeV2Deployment) {
		p := r.properties(resource)
		owner, ok := v2Of(p, apis)
		if !ok {
			continue
		}
		owner.deployments[resource.PhysicalID] = true
		if p.has("StageName") {
			owner.deployed[p.text("StageName")] = resource.PhysicalID
		}
	}
}

// v2Stages reads the stages of all HTTP and WebSocket APIs.
func (r *reader) v2Stages(apis map[string]*v2API) {
	for _, resource := range r.assembly.ByType(typeV2Stage) {
		p := r.properties(resource)
		owner, ok := v2Of(p, apis)
		if !ok || !p.require("StageName") {
			continue
		}
		owner.addStage(p)
	}
}

func (a *v2API) addStage(p properties) {
	stage := api.Stage{
		Name:         p.text("StageName"),
		DeploymentID: p.text("DeploymentId"),
		AutoDeploy:   p.boolean("AutoDeploy"),
		Variables:    p.textMap("StageVariables"),
		AccessLog:    accessLog(p, "AccessLogSettings"),
	}
	if a.webSocket {
		stage.ClientCertificateID = p.text("ClientCertificateId")
	}
	if !stageName.MatchString(stage.Name) && (a.webSocket || stage.Name != "$default") {
		p.fail("StageName", "Stage name only allows a-zA-Z0-9_-, and at most 128 of them")
	}
	for _, other := range a.stages {
		if other.Name == stage.Name {
			p.fail("StageName", "the API has a stage of this name already")
			return
		}
	}
	switch {
	case stage.DeploymentID == "":
		stage.DeploymentID = a.deployed[stage.Name]
	case stage.AutoDeploy:
		p.fail("DeploymentId", "AWS does not take it together with AutoDeploy")
	default:
		lookUp(p, "DeploymentId", "deployment of this API", a.deployments)
	}
	if stage.DeploymentID == "" && !stage.AutoDeploy {
		p.fail("DeploymentId", "without it, and without AutoDeploy, AWS serves nothing here")
	}
	a.routeSettings(p, &stage)
	a.stages = append(a.stages, stage)
}

// routeSettings reads the settings of all routes, under "*", and of single ones.
func (a *v2API) routeSettings(p properties, stage *api.Stage) {
	base := api.MethodSettings{LoggingLevel: "OFF"}
	if given, ok := p.object("DefaultRouteSettings"); ok {
		base = routeSettings(given, base)
		stage.MethodSettings = map[string]api.MethodSettings{"*": base}
	}
	byKey, _ := p.parsedObject("RouteSettings")
	for _, key := range byKey.names() {
		if !a.routeKeys[key] && !a.unfinished {
			byKey.fail(key, "there is no such route in this API; there is %s", oneOf(a.routeKeys))
			continue
		}
		given, _ := byKey.object(key)
		if stage.MethodSettings == nil {
			stage.MethodSettings = map[string]api.MethodSettings{}
		}
		stage.MethodSettings[key] = routeSettings(given, base)
	}
}

// routeSettings reads the settings of one route; what is absent is as for all routes.
func routeSettings(p properties, base api.MethodSettings) api.MethodSettings {
	settings := base
	settings.Throttle = throttle(p, "ThrottlingRateLimit", "ThrottlingBurstLimit", base.Throttle)
	if p.has("LoggingLevel") {
		settings.LoggingLevel = p.choice("LoggingLevel", "OFF", "ERROR", "INFO")
	}
	if p.has("DataTraceEnabled") {
		settings.DataTrace = p.boolean("DataTraceEnabled")
	}
	if p.has("DetailedMetricsEnabled") {
		settings.Metrics = p.boolean("DetailedMetricsEnabled")
	}
	return settings
}
