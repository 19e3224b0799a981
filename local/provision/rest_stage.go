package provision

import (
	"regexp"
	"slices"
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// What an account allows, and a bucket falls back to when only half of it is given.
const (
	accountRate  = 10_000
	accountBurst = 5_000
)

// restStageCoverage declares stages, and deployments that make stages.
func restStageCoverage() coverage.Table {
	const inside = "StageDescription."
	return coverage.Table{
		typeRESTStage: rules(
			honoured("RestApiId", "StageName", "DeploymentId"),
			part(canaries, "CanarySetting.DeploymentId"),
			part(clientCertificates, "ClientCertificateId"),
			stageRules(""),
		),
		typeRESTDeployment: rules(
			honoured("RestApiId", "StageName"),
			irrelevant(onlyText, "Description"),
			canaryRules("DeploymentCanarySettings."),
			part(clientCertificates, inside+"ClientCertificateId"),
			stageRules(inside),
			methodSettingRules(inside),
		),
	}
}

// stageRules declares what a Stage and a StageDescription have in common.
func stageRules(under string) []coverage.Rule {
	return rules(
		honoured(under+"Variables.*"),
		part(restAccessLogs, under+"AccessLogSetting.DestinationArn",
			under+"AccessLogSetting.Format"),
		unless(restCache, under+"CacheClusterEnabled", "false"),
		part(restCache, under+"CacheClusterSize"),
		canaryRules(under+"CanarySetting."),
		irrelevant(noTraces, under+"TracingEnabled"),
		honoured(under+"MethodSettings[].HttpMethod", under+"MethodSettings[].ResourcePath"),
		methodSettingRules(under+"MethodSettings[]."),
		irrelevant(onlyText, under+"Description", under+"DocumentationVersion"),
		irrelevant(onlyTags, under+"Tags.**"),
	)
}

// methodSettingRules declares the settings of one method, or of all methods of a stage.
func methodSettingRules(under string) []coverage.Rule {
	return rules(
		part(restThrottling, under+"ThrottlingRateLimit", under+"ThrottlingBurstLimit"),
		unless(restExecutionLogs, under+"LoggingLevel", "OFF"),
		unless(restExecutionLogs, under+"DataTraceEnabled", "false"),
		unless(restCache, under+"CachingEnabled", "false"),
		part(restCache, under+"CacheTtlInSeconds"),
		irrelevant(noEncryption, under+"CacheDataEncrypted"),
		honoured(under+"MetricsEnabled"),
	)
}

// restDeployments notes the deployments of each API, and reads the stages that they make.
// A deployment with canary settings makes none: it is released on one that exists.
func (r *reader) restDeployments(apis map[string]*restAPI) []canaryDeployment {
	var released []canaryDeployment
	for _, resource := range r.assembly.ByType(typeRESTDeployment) {
		p := r.properties(resource)
		owner, ok := restOf(p, apis)
		if !ok {
			continue
		}
		owner.deployments[resource.PhysicalID] = true
		owner.definition.Deployments = append(owner.definition.Deployments, resource.PhysicalID)
		if !owner.hasMethods() && !owner.broken && owner.resource.Properties["CloneFrom"] == nil {
			p.fail("RestApiId", "The REST API doesn't contain any methods")
		}
		if p.has("DeploymentCanarySettings") {
			released = append(released, canaryDeployment{p, owner, resource.PhysicalID})
			continue
		}
		if !p.has("StageName") {
			continue
		}
		settings, _ := p.object("StageDescription")
		stage := owner.stage(settings)
		stage.Name, stage.DeploymentID = p.text("StageName"), resource.PhysicalID
		owner.addStage(p, stage)
	}
	return released
}

// restStages reads the stages of all REST APIs.
func (r *reader) restStages(apis map[string]*restAPI) {
	for _, resource := range r.assembly.ByType(typeRESTStage) {
		p := r.properties(resource)
		owner, ok := restOf(p, apis)
		if !ok {
			continue
		}
		stage := owner.stage(p)
		stage.Name = p.textOr("StageName", "default")
		stage.DeploymentID = p.text("DeploymentId")
		if !owner.deployed(stage.DeploymentID) {
			lookUp(p, "DeploymentId", "deployment of this API", owner.deployments)
		}
		owner.addStage(p, stage)
	}
}

// "Known issues", and the quotas of stage variables.
var (
	stageName     = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,128}$`)
	stageVariable = regexp.MustCompile(`^[a-zA-Z0-9_]{1,64}$`)
)

func checkStageVariables(p properties, read map[string]string) {
	if len(read) == 0 {
		return
	}
	variables, _ := p.object("Variables")
	for _, name := range variables.names() {
		if !stageVariable.MatchString(name) {
			variables.fail(name, "the name of a stage variable only allows a-zA-Z0-9_, and at most 64 "+
				"of them")
		}
	}
}

func (a *restAPI) addStage(p properties, stage api.Stage) {
	if !stageName.MatchString(stage.Name) {
		p.fail("StageName", "Stage name only allows a-zA-Z0-9_-, and at most 128 of them")
	}
	for _, other := range a.definition.Stages {
		if other.Name == stage.Name {
			p.fail("StageName", "REST API %s has a stage %q already", a.definition.ID, stage.Name)
			return
		}
	}
	a.definition.Stages = append(a.definition.Stages, stage)
}

// stage reads what a Stage and a StageDescription have in common. The latter also has the settings
// of all methods directly in it.
func (a *restAPI) stage(p properties) api.Stage {
	stage := api.Stage{
		Variables:      p.textMap("Variables"),
		AccessLog:      accessLog(p, "AccessLogSetting"),
		TracingEnabled: p.boolean("TracingEnabled"),
		Canary:         a.canary(p),

		ClientCertificateID: p.text("ClientCertificateId"),
	}
	checkStageVariables(p, stage.Variables)
	direct := []string{
		"ThrottlingRateLimit", "ThrottlingBurstLimit", "LoggingLevel", "DataTraceEnabled",
		"CachingEnabled", "CacheTtlInSeconds",
	}
	if slices.ContainsFunc(direct, p.has) {
		addMethodSettings(&stage, p, "*/*")
	}
	items := p.objects("MethodSettings")
	// A method's settings start as a copy of those for all methods (control-plane.md §28, 27), so
	// these are read first.
	for _, wanted := range []bool{true, false} {
		for _, item := range items {
			if isForAll(item) == wanted {
				addMethodSettings(&stage, item, a.methodSettingsKey(item))
			}
		}
	}
	if p.boolean("CacheClusterEnabled") {
		stage.CacheClusterSize = p.choice("CacheClusterSize", clusterSizes()...)
	} else {
		withoutCache(stage.MethodSettings)
	}
	return stage
}

// clusterSizes are the sizes of cache clusters in GB.
func clusterSizes() []string {
	return []string{"0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"}
}

// withoutCache switches caching off: without a cluster AWS caches nothing, whatever methods say.
func withoutCache(all map[string]api.MethodSettings) {
	for key, settings := range all {
		settings.CacheEnabled = false
		all[key] = settings
	}
}

func isForAll(p properties) bool {
	path := settingsPath(p)
	return (path == "*" || path == "/*") && p.text("HttpMethod") == "*"
}

// settingsPath returns a ResourcePath, whose "/" may be written as in a JSON pointer.
func settingsPath(p properties) string {
	path := strings.ReplaceAll(p.text("ResourcePath"), "~1", "/")
	if strings.HasPrefix(path, "//") { // "/~1pets~1{id}"
		return path[1:]
	}
	return path
}

// methodSettingsKey returns "{path}/{METHOD}", "*/*" for everything.
func (a *restAPI) methodSettingsKey(p properties) string {
	p.require("ResourcePath")
	path, verb := settingsPath(p), p.requiredText("HttpMethod")
	if path == "/*" || path == "*" {
		return "*/" + verb
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	if a.resource.Properties["CloneFrom"] == nil && !a.broken && !a.hasMethod(path, verb) {
		p.fail("ResourcePath", "REST API %s has no method %s %s", a.definition.ID, verb, path)
	}
	return path + "/" + verb
}

func (a *restAPI) hasMethods() bool {
	for _, resource := range a.resources {
		if len(resource.Methods) > 0 {
			return true
		}
	}
	return false
}

// hasMethod says whether a resource has the method, or any method when the verb is "*".
func (a *restAPI) hasMethod(path, verb string) bool {
	for _, resource := range a.resources {
		if resource.Path != path {
			continue
		}
		_, exact := resource.Methods[verb]
		_, every := resource.Methods["ANY"]
		return exact || every || verb == "*"
	}
	return false
}

// addMethodSettings reads the settings of one key, if there are any.
func addMethodSettings(stage *api.Stage, p properties, key string) {
	if stage.MethodSettings == nil {
		stage.MethodSettings = map[string]api.MethodSettings{}
	}
	before, ok := stage.MethodSettings[key]
	if !ok {
		before, ok = stage.MethodSettings["*/*"]
	}
	if !ok {
		before = api.MethodSettings{
			LoggingLevel: "OFF", CacheTTL: 300, RequireAuthorizationForCacheControl: true,
			UnauthorizedCacheControlHeaderStrategy: "SUCCEED_WITH_RESPONSE_HEADER",
		}
	}
	settings := before
	settings.Throttle = throttle(p, "ThrottlingRateLimit", "ThrottlingBurstLimit", before.Throttle)
	if p.has("LoggingLevel") {
		settings.LoggingLevel = p.choice("LoggingLevel", "OFF", "ERROR", "INFO")
	}
	if p.has("DataTraceEnabled") {
		settings.DataTrace = p.boolean("DataTraceEnabled")
	}
	if p.has("MetricsEnabled") {
		settings.Metrics = p.boolean("MetricsEnabled")
	}
	if p.has("CachingEnabled") {
		settings.CacheEnabled = p.boolean("CachingEnabled")
	}
	settings.CacheTTL = p.integerIn("CacheTtlInSeconds", before.CacheTTL, 0, 3600)
	stage.MethodSettings[key] = settings
}

// throttle reads a token bucket; what is absent stays as it was before.
func throttle(p properties, rate, burst string, before *api.Throttle) *api.Throttle {
	if !p.has(rate) && !p.has(burst) {
		return before
	}
	bucket := api.Throttle{Rate: accountRate, Burst: accountBurst}
	if before != nil {
		bucket = *before
	}
	bucket.Rate = p.number(rate, bucket.Rate)
	bucket.Burst = p.integer(burst, bucket.Burst)
	if bucket.Rate < 0 {
		p.fail(rate, "want 0 or more")
	}
	if bucket.Burst < 0 {
		p.fail(burst, "want 0 or more")
	}
	return &bucket
}

func accessLog(p properties, name string) *api.AccessLog {
	given, ok := p.object(name)
	if !ok {
		return nil
	}
	return &api.AccessLog{
		DestinationARN: given.text("DestinationArn"), Format: given.text("Format"),
	}
}
