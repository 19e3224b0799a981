package cdk

import (
	"strings"

	"portico/local/gateway/api"
)

// deployment writes a deployment of everything, and the stages that point at it.
func (p *restProgram) deployment(stages []api.Stage) {
	p.add(`deployment := awsapigateway.NewCfnDeployment(stack, jsii.String(%s),
	&awsapigateway.CfnDeploymentProps{RestApiId: api.Ref()})
for _, method := range methods {
	deployment.AddDependency(method)
}`, p.id("Deployment"))
	for i := range stages {
		p.stage(&stages[i])
	}
}

func (p *restProgram) stage(def *api.Stage) {
	if def.Canary != nil {
		p.leave("the canary of stage %s", def.Name)
	}
	if def.WebACL != "" {
		p.leave("the web ACL %s of stage %s", def.WebACL, def.Name)
	}
	props := literal{of: "awsapigateway.CfnStageProps"}
	props.put("RestApiId", "api.Ref()")
	props.put("StageName", text(def.Name))
	props.put("DeploymentId", "deployment.Ref()")
	props.put("Variables", textMap(def.Variables))
	props.put("TracingEnabled", truth(def.TracingEnabled))
	props.put("ClientCertificateId", text(def.ClientCertificateID))
	if def.CacheClusterSize != "" {
		props.put("CacheClusterEnabled", truth(true))
		props.put("CacheClusterSize", text(def.CacheClusterSize))
	}
	if def.AccessLog != nil {
		log := literal{of: "awsapigateway.CfnStage_AccessLogSettingProperty"}
		log.put("DestinationArn", text(def.AccessLog.DestinationARN))
		log.put("Format", text(def.AccessLog.Format))
		props.put("AccessLogSetting", log.String())
	}
	props.put("MethodSettings", methodSettings(def.MethodSettings))
	p.add("awsapigateway.NewCfnStage(stack, jsii.String(%s), %s)", p.id("Stage", def.Name),
		props.String())
}

func methodSettings(all map[string]api.MethodSettings) string {
	if len(all) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("&[]interface{}{\n")
	for _, key := range sortedKeys(all) {
		settings := all[key]
		at := strings.LastIndexByte(key, '/')
		path, verb := key[:at], key[at+1:]
		if path == "" {
			path = "/"
		}
		own := literal{of: "awsapigateway.CfnStage_MethodSettingProperty"}
		own.put("ResourcePath", text(templatePath(path)))
		own.put("HttpMethod", text(verb))
		own.put("LoggingLevel", text(settings.LoggingLevel))
		own.put("DataTraceEnabled", truth(settings.DataTrace))
		own.put("CachingEnabled", truth(settings.CacheEnabled))
		if settings.CacheEnabled {
			own.put("CacheTtlInSeconds", number(float64(settings.CacheTTL)))
		}
		if settings.Throttle != nil {
			own.put("ThrottlingRateLimit", number(settings.Throttle.Rate))
			own.put("ThrottlingBurstLimit", number(float64(settings.Throttle.Burst)))
		}
		b.WriteString(own.String() + ",\n")
	}
	return b.String() + "}"
}

// templatePath is a path as CloudFormation takes it: "/*" for all, and a slash in it as ~1.
func templatePath(path string) string {
	if path == "*" || path == "/*" {
		return "/*"
	}
	return "/" + strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", "~1")
}
