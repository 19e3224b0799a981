package apigatewayv2

import (
	"encoding/json"
	"strings"

	"portico/local/control/model"
)

const noRoutes = "Unable to deploy API because no routes exist in this API"

func (c *call) newStage(a *entity, name string) model.Object {
	settings := model.Object{"DetailedMetricsEnabled": false}
	if a.isWebSocket() {
		settings["DataTraceEnabled"], settings["LoggingLevel"] = false, "OFF"
	}
	return model.Object{
		"StageName": name, "CreatedDate": c.timestamp(), "LastUpdatedDate": c.timestamp(),
		"DefaultRouteSettings": settings, "RouteSettings": model.Object{},
		"StageVariables": model.Object{}, "Tags": model.Object{},
	}
}

func fillStage(c *call, a *entity, made model.Object) error {
	name := c.in.Text("StageName")
	if a.Parts[stages][name] != nil {
		return model.Conflict("Stage already exists")
	}
	isDefault := name == defaultStage && !a.isWebSocket()
	if !isDefault && (name == "" || strings.ContainsFunc(name, isOdd)) {
		return model.BadRequest("Stage name only allows a-zA-Z0-9_-")
	}
	for member, value := range c.newStage(a, name) {
		made[member] = value
	}
	made.Take(c.in, "Tags")
	return c.takeStage(a, made)
}

// isOdd says whether a stage cannot have the letter in its name.
func isOdd(r rune) bool {
	isLetter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !isLetter && (r < '0' || r > '9') && r != '_' && r != '-'
}

func updateStage(c *call, a *entity, part model.Object) error {
	part["LastUpdatedDate"] = c.timestamp()
	return c.takeStage(a, part)
}

// takeStage takes over what CreateStage and UpdateStage say in the same words.
func (c *call) takeStage(a *entity, stage model.Object) error {
	in := c.in
	if id := in.Text("DeploymentId"); id != "" {
		if a.Parts[deployments][id] == nil {
			return kindOf(deployments).unknown(id)
		}
		auto := stage.Bool("AutoDeploy")
		if in.Has("AutoDeploy") {
			auto = in.Bool("AutoDeploy")
		}
		if auto {
			return model.BadRequest("Deployment ID cannot be set on stage '%s' because AutoDeploy is "+
				"enabled", stage.Text("StageName"))
		}
	}
	settings := in.Object("RouteSettings")
	for _, key := range settings.Keys() {
		if !a.hasRoute(key) {
			return model.NotFound("Unable to find Route by key %s within the provided RouteSettings", key)
		}
	}
	stage.Take(in, "AccessLogSettings", "AutoDeploy", "ClientCertificateId", "DeploymentId",
		"Description")
	merge(stage, "DefaultRouteSettings", in.Object("DefaultRouteSettings"))
	merge(stage, "RouteSettings", settings)
	merge(stage, "StageVariables", in.Object("StageVariables"))
	if log := stage.Object("AccessLogSettings"); log != nil && len(log) == 0 {
		delete(stage, "AccessLogSettings")
	}
	return nil
}

func (a *entity) hasRoute(key string) bool {
	for _, route := range a.Parts[routes] {
		if route.Text("RouteKey") == key {
			return true
		}
	}
	return false
}

// Stages returns the names of the stages of an API that was created here, deployed to or not; ok is
// false when there is none.
func (s *Service) Stages(id string) (names []string, ok bool) {
	for _, w := range s.store.All("", nil) {
		if a := w.APIs[id]; a != nil {
			return sortedKeys(a.Parts[stages]), true
		}
	}
	return nil, false
}

func deleteStage(c *call) (model.Object, error) {
	return remove(stages, func(a *entity, part model.Object) error {
		mapped := c.mappedTo(a.id(), part.Text("StageName"))
		if len(mapped) == 0 {
			return nil
		}
		return model.BadRequest("Deleting stage %s is not allowed: please remove all mappings related "+
			"to the stage in your domains: [%s]", part.Text("StageName"), strings.Join(mapped, ", "))
	})(c)
}

func deleteAccessLog(c *call) (model.Object, error) {
	_, err := update(stages, func(c *call, _ *entity, part model.Object) error {
		delete(part, "AccessLogSettings")
		part["LastUpdatedDate"] = c.timestamp()
		return nil
	})(c)
	return nil, err
}

func deleteRouteSettings(c *call) (model.Object, error) {
	_, err := update(stages, func(c *call, _ *entity, part model.Object) error {
		key := c.in.Text("RouteKey")
		if part.Object("RouteSettings")[key] == nil {
			return model.NotFound("Unable to find RouteSettings by key %s", key)
		}
		delete(part.Object("RouteSettings"), key)
		part["LastUpdatedDate"] = c.timestamp()
		return nil
	})(c)
	return nil, err
}

// resetAuthorizersCache serves the API anew: what authorizers said of its calls is forgotten.
//
// Unlike AWS: also what they said on the other stages.
func resetAuthorizersCache(c *call) (model.Object, error) {
	_, _, err := c.editPart(kindOf(stages))
	return nil, err
}

func fillDeployment(c *call, a *entity, made model.Object) error {
	if len(a.Parts[routes]) == 0 && a.isWebSocket() {
		return model.BadRequest("At least one route is required before deploying the Api")
	}
	if len(a.Parts[routes]) == 0 {
		return model.BadRequest(noRoutes)
	}
	made["AutoDeployed"], made["CreatedDate"] = false, c.timestamp()
	made["DeploymentStatus"] = "DEPLOYED"
	made.Take(c.in, "Description")
	name := c.in.Text("StageName")
	if name == "" {
		return nil
	}
	stage := a.Parts[stages][name]
	switch {
	case stage == nil:
		return kindOf(stages).unknown(name)
	case stage.Bool("AutoDeploy"):
		return model.BadRequest("Deployment cannot be made for stage '%s' because AutoDeploy is enabled",
			name)
	}
	made["DeploymentId"] = model.NewID(kindOf(deployments).length, a.Parts[deployments])
	stage["DeploymentId"], stage["LastUpdatedDate"] = made["DeploymentId"], c.timestamp()
	return nil
}

func updateDeployment(c *call, _ *entity, part model.Object) error {
	part.Take(c.in, "Description")
	return nil
}

func checkUnused(a *entity, part model.Object) error {
	for _, stage := range a.Parts[stages] {
		if stage.Text("DeploymentId") == part.Text("DeploymentId") {
			return model.BadRequest("Active stages pointing to this deployment must be moved or deleted")
		}
	}
	delete(a.Frozen, part.Text("DeploymentId"))
	return nil
}

// deployByItself makes a deployment for the stages that deploy by themselves.
//
// Unlike AWS: one that no stage points at any more is deleted.
func (c *call) deployByItself(a *entity) {
	used := map[string]bool{}
	var auto []model.Object
	for _, stage := range a.Parts[stages] {
		if stage.Bool("AutoDeploy") {
			auto = append(auto, stage)
			continue
		}
		used[stage.Text("DeploymentId")] = true
	}
	for id, deployment := range a.Parts[deployments] {
		if deployment.Bool("AutoDeployed") && !used[id] {
			delete(a.Parts[deployments], id)
		}
	}
	if len(auto) == 0 {
		return
	}
	made := model.Object{
		"AutoDeployed": true, "CreatedDate": c.timestamp(), "DeploymentStatus": "DEPLOYED",
	}
	if len(a.Parts[routes]) > 0 {
		c.add(a, kindOf(deployments), made)
	}
	for _, stage := range auto {
		delete(stage, "DeploymentId")
		stage["LastDeploymentStatusMessage"] = "Deployment attempt failed: " + noRoutes
		if id := made.Text("DeploymentId"); id != "" {
			stage["DeploymentId"] = id
			stage["LastDeploymentStatusMessage"] = "Successfully deployed stage with deployment ID '" +
				id + "'"
		}
	}
}

// freeze keeps what new deployments hold, but for those that only stages point at which serve the
// API as it is.
func (a *entity) freeze(made Definition) error {
	byStage := map[string]bool{}
	for _, stage := range a.Parts[stages] {
		byStage[stage.Text("DeploymentId")] = byStage[stage.Text("DeploymentId")] ||
			!stage.Bool("AutoDeploy")
	}
	var text json.RawMessage
	for id, deployment := range a.Parts[deployments] {
		if a.Frozen[id] != nil || deployment.Bool("AutoDeployed") && !byStage[id] {
			continue
		}
		if text == nil {
			var err error
			if text, err = json.Marshal(made.withoutStages()); err != nil {
				return err
			}
		}
		a.Frozen[id] = text
	}
	for id := range a.Frozen {
		if a.Parts[deployments][id] == nil {
			delete(a.Frozen, id)
		}
	}
	return nil
}

// withoutStages leaves what takes effect with a deployment alone.
func (d Definition) withoutStages() Definition {
	if d.HTTP != nil {
		own := *d.HTTP
		own.Stages, d.HTTP = nil, &own
	}
	if d.WebSocket != nil {
		own := *d.WebSocket
		own.Stages, own.UsagePlans, d.WebSocket = nil, nil, &own
	}
	return d
}

// frozen returns what a deployment holds.
func (a *entity) frozen(deployment string) (Definition, bool) {
	text, ok := a.Frozen[deployment]
	var made Definition
	if !ok || json.Unmarshal(text, &made) != nil {
		return Definition{}, false
	}
	return made, true
}

// isServed says whether there is a stage that was deployed to.
func (a *entity) isServed() bool {
	for _, stage := range a.Parts[stages] {
		if stage.Bool("AutoDeploy") || stage.Text("DeploymentId") != "" {
			return true
		}
	}
	return false
}
