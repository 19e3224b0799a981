package provision

import (
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// canaryRules declares the settings of a canary.
func canaryRules(under string) []coverage.Rule {
	return rules(
		part(canaries, under+"PercentTraffic", under+"StageVariableOverrides.*"),
		unless(restCache, under+"UseStageCache", "false"),
	)
}

// canary reads the canary of a stage; nil when there is none. It is of the stage's own deployment
// unless it names another.
func (a *restAPI) canary(p properties) *api.Canary {
	settings, ok := p.object("CanarySetting")
	if !ok {
		return nil
	}
	canary := canarySettings(settings)
	if settings.has("DeploymentId") {
		canary.DeploymentID = settings.text("DeploymentId")
		if !a.deployments[canary.DeploymentID] && !a.deployed(canary.DeploymentID) {
			settings.fail("DeploymentId", "Deployment id does not exist; there is %s",
				oneOf(a.deployments))
		}
	}
	return canary
}

func canarySettings(p properties) *api.Canary {
	canary := &api.Canary{
		PercentTraffic: p.number("PercentTraffic", 0),
		Variables:      p.textMap("StageVariableOverrides"),
		UseStageCache:  p.boolean("UseStageCache"),
	}
	if !(canary.PercentTraffic >= 0 && canary.PercentTraffic <= 100) {
		p.fail("PercentTraffic", "want 0 to 100")
		canary.PercentTraffic = 0
	}
	return canary
}

// canaryDeployment is a deployment that AWS releases as the canary of a stage that exists.
type canaryDeployment struct {
	p     properties
	owner *restAPI
	id    string
}

// release puts the deployment before its stage, in place of a canary that was there.
func (d *canaryDeployment) release() {
	const invalid = "Invalid deployment content specified."
	settings, _ := d.p.object("DeploymentCanarySettings")
	canary := canarySettings(settings)
	canary.DeploymentID = d.id
	if !d.p.has("StageName") {
		d.p.fail("StageName", invalid+"Non null and non empty stageName must be provided for "+
			"canary deployment. Provided value is null")
		return
	}
	name := d.p.text("StageName")
	for i := range d.owner.definition.Stages {
		if d.owner.definition.Stages[i].Name == name {
			d.owner.definition.Stages[i].Canary = canary
			return
		}
	}
	d.p.fail("StageName", invalid+"Stage %s must already be created before making a canary "+
		"release deployment", name)
}
