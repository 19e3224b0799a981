package apigateway

import (
	"cmp"

	"portico/local/control/model"
)

func unknownDeployment() error {
	return model.NotFound("Invalid Deployment identifier specified")
}

func (c *call) deployment() (*restAPI, model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, nil, err
	}
	if a.Deployments[c.in.Text("deploymentId")] == nil {
		return nil, nil, unknownDeployment()
	}
	return a, a.Deployments[c.in.Text("deploymentId")], nil
}

func getDeployment(c *call) (model.Object, error) {
	_, deployment, err := c.deployment()
	return deployment, err
}

func getDeployments(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	return c.page(a.Deployments, newest)
}

// createDeployment freezes the API as it is. With a stage's name it makes that stage, or moves it;
// with canary settings it is released on a stage that is there.
func createDeployment(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	if err := a.deployable(); err != nil {
		return nil, err
	}
	made := model.Object{
		"id": newID(6, a.Deployments), "createdDate": c.now.Unix(), "#sequence": c.next(),
	}
	if c.in.Text("description") != "" {
		made.Take(c.in, "description")
	}
	stage := c.in.Text("stageName")
	if canary := c.in.Object("canarySettings"); canary != nil {
		if err := c.releaseCanary(a, made.Text("id"), canary); err != nil {
			return nil, err
		}
	} else if stage != "" {
		if err := c.deployTo(a, stage, made.Text("id")); err != nil {
			return nil, err
		}
	}
	a.Deployments[made.Text("id")] = made
	frozen := c.world.definition(c.account, a.id())
	frozen.Stages, frozen.UsagePlans = nil, nil // which take effect without a deployment
	a.Frozen[made.Text("id")] = &frozen
	c.live[a.id()] = true
	return made, nil
}

// deployable says why AWS would not deploy an API.
func (a *restAPI) deployable() error {
	methods := 0
	for _, id := range sortedKeys(a.Resources) {
		all := a.Resources[id].Object("resourceMethods")
		for _, verb := range all.Keys() {
			methods++
			if all.Object(verb).Object("methodIntegration") == nil {
				return model.BadRequest("No integration defined for method")
			}
		}
	}
	if methods == 0 {
		return model.BadRequest("The REST API doesn't contain any methods")
	}
	return nil
}

// deployTo makes a stage of a deployment, or moves the one that there is. A stage with a canary
// keeps its deployment, and its canary moves ("Create a canary release deployment").
func (c *call) deployTo(a *restAPI, name, deployment string) error {
	before := a.Stages[name]
	if before == nil {
		if err := checkStageName(name); err != nil {
			return err
		}
	}
	stage := before.Clone()
	if stage == nil {
		stage = c.newStage(name)
	}
	if canary := stage.Object("canarySettings"); canary != nil {
		canary["deploymentId"] = deployment
	} else {
		stage["deploymentId"] = deployment
	}
	c.settleStage(stage)
	if c.in.Text("stageDescription") != "" {
		stage["description"] = c.in.Text("stageDescription")
	}
	stage["lastUpdatedDate"] = c.now.Unix()
	a.Stages[name] = stage
	return nil
}

func (c *call) newStage(name string) model.Object {
	return model.Object{
		"stageName": name, "cacheClusterEnabled": false, "cacheClusterStatus": "NOT_AVAILABLE",
		"methodSettings": model.Object{}, "tracingEnabled": false, "createdDate": c.now.Unix(),
		"lastUpdatedDate": c.now.Unix(),
	}
}

// settleStage writes what CreateStage and CreateDeployment say of a stage in the same words.
func (c *call) settleStage(stage model.Object) {
	stage.Take(c.in, "tracingEnabled", "cacheClusterEnabled", "cacheClusterSize")
	if len(c.in.Object("variables")) > 0 {
		stage.Take(c.in, "variables")
	}
	settleCache(stage)
}

// settleCache gives a cache cluster its size and status. Unlike AWS: it is there at once.
func settleCache(stage model.Object) {
	if !stage.Bool("cacheClusterEnabled") {
		stage["cacheClusterStatus"] = "NOT_AVAILABLE"
		return
	}
	stage["cacheClusterStatus"] = "AVAILABLE"
	stage["cacheClusterSize"] = cmp.Or(stage.Text("cacheClusterSize"), "0.5")
}

func (c *call) releaseCanary(a *restAPI, deployment string, canary model.Object) error {
	const invalid = "Invalid deployment content specified."
	name := c.in.Text("stageName")
	if name == "" {
		given := "null"
		if c.in.Has("stageName") {
			given = ""
		}
		return model.BadRequest(invalid+"Non null and non empty stageName must be provided for canary "+
			"deployment. Provided value is %s", given)
	}
	stage := a.Stages[name].Clone()
	if stage == nil {
		return model.BadRequest(invalid+"Stage %s must already be created before making a canary "+
			"release deployment", name)
	}
	made := newCanary(deployment)
	made.Take(canary, "percentTraffic", "stageVariableOverrides", "useStageCache")
	if err := checkPercent(made.Number("percentTraffic")); err != nil {
		return err
	}
	stage["canarySettings"], stage["lastUpdatedDate"] = made, c.now.Unix()
	a.Stages[name] = stage
	return nil
}

func updateDeployment(c *call) (model.Object, error) {
	if _, _, err := c.deployment(); err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	own := a.Deployments[c.in.Text("deploymentId")].Clone()
	for _, p := range c.patches() {
		if p.path != "/description" {
			return nil, p.invalidPath()
		}
		if err := p.only("replace"); err != nil {
			return nil, err
		}
		setText(own, "description", p)
	}
	a.Deployments[own.Text("id")] = own
	return own, nil
}

func deleteDeployment(c *call) (model.Object, error) {
	if _, _, err := c.deployment(); err != nil {
		return nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	id := c.in.Text("deploymentId")
	for _, stage := range a.Stages {
		if stage.Text("deploymentId") == id || stage.Object("canarySettings").Text("deploymentId") == id {
			return nil, model.BadRequest("Active stages pointing to this deployment must be moved or " +
				"deleted")
		}
	}
	delete(a.Deployments, id)
	delete(a.Frozen, id)
	return nil, nil
}
