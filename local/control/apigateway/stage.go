package apigateway

import (
	"slices"
	"strings"

	"portico/local/control/model"
)

func (c *call) stage() (*restAPI, model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, nil, err
	}
	if a.Stages[c.in.Text("stageName")] == nil {
		return nil, nil, model.NotFound("Invalid stage identifier specified")
	}
	return a, a.Stages[c.in.Text("stageName")], nil
}

func getStage(c *call) (model.Object, error) {
	a, stage, err := c.stage()
	if err != nil {
		return nil, err
	}
	return c.viewStage(a, stage), nil
}

// viewStage is what is printed of a stage: with the web ACL before it, which AWS WAF knows.
func (c *call) viewStage(a *restAPI, stage model.Object) model.Object {
	arn := c.arn("/restapis/" + a.id() + "/stages/" + stage.Text("stageName"))
	acl := c.service.options.Host.WebACL(arn)
	if acl == "" {
		return stage
	}
	seen := stage.Clone()
	seen["webAclArn"] = acl
	return seen
}

func getStages(c *call) (model.Object, error) {
	a, err := c.api()
	if err != nil {
		return nil, err
	}
	all := []any{}
	for _, name := range sortedKeys(a.Stages) {
		wanted := c.in.Text("deploymentId")
		if wanted == "" || a.Stages[name].Text("deploymentId") == wanted {
			all = append(all, c.viewStage(a, a.Stages[name]))
		}
	}
	return model.Object{"item": all}, nil
}

func checkStageName(name string) error {
	if name == "" || strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && !isAlphanumeric(r)
	}) {
		return model.BadRequest("Stage name only allows a-zA-Z0-9_-")
	}
	return nil
}

func createStage(c *call) (model.Object, error) {
	a, err := c.edit()
	if err != nil {
		return nil, err
	}
	name := c.in.Text("stageName")
	if err := checkStageName(name); err != nil {
		return nil, err
	}
	if a.Stages[name] != nil {
		return nil, model.Conflict("Stage already exists")
	}
	if a.Deployments[c.in.Text("deploymentId")] == nil {
		return nil, model.BadRequest("Deployment id does not exist")
	}
	made := c.newStage(name)
	made.Take(c.in, "deploymentId")
	for _, text := range []string{"description", "documentationVersion"} {
		if c.in.Text(text) != "" {
			made.Take(c.in, text)
		}
	}
	if len(c.in.Object("tags")) > 0 {
		made.Take(c.in, "tags")
	}
	c.settleStage(made)
	if err := checkVersion(a, made.Text("documentationVersion")); err != nil {
		return nil, err
	}
	if given := c.in.Object("canarySettings"); given != nil {
		canary := newCanary(given.Text("deploymentId"))
		canary.Take(given, "percentTraffic", "stageVariableOverrides", "useStageCache")
		if a.Deployments[canary.Text("deploymentId")] == nil {
			return nil, model.BadRequest("Deployment id does not exist")
		}
		if err := checkPercent(canary.Number("percentTraffic")); err != nil {
			return nil, err
		}
		made["canarySettings"] = canary
	}
	a.Stages[name], c.live[a.id()] = made, true
	return made, nil
}

func checkVersion(a *restAPI, version string) error {
	if version != "" && a.Versions[version] == nil {
		return unknownVersion(version)
	}
	return nil
}

// editStage returns a draft of the stage that a call changes.
func (c *call) editStage() (*restAPI, model.Object, error) {
	if _, _, err := c.stage(); err != nil {
		return nil, nil, err
	}
	a, err := c.edit()
	if err != nil {
		return nil, nil, err
	}
	own := a.Stages[c.in.Text("stageName")].Clone()
	a.Stages[own.Text("stageName")] = own
	c.live[a.id()] = true
	return a, own, nil
}

func deleteStage(c *call) (model.Object, error) {
	a, stage, err := c.editStage()
	if err != nil {
		return nil, err
	}
	for _, plan := range c.world.Plans {
		for _, at := range plan.Objects("apiStages") {
			if at.Text("apiId") == a.id() && at.Text("stage") == stage.Text("stageName") {
				return nil, model.BadRequest("Cannot delete stage '%s', it is associated with usage "+
					"plan '%s'", stage.Text("stageName"), plan.Text("id"))
			}
		}
	}
	delete(a.Stages, stage.Text("stageName"))
	return nil, nil
}

// flushStageCache forgets the replies that the stage keeps, also of a template's API: nothing that
// is described changes.
func flushStageCache(c *call) (model.Object, error) {
	a, stage, err := c.stage()
	if err != nil {
		return nil, err
	}
	if !stage.Bool("cacheClusterEnabled") {
		return nil, nil // there is nothing to forget
	}
	return nil, c.service.options.Host.Flush(a.id(), stage.Text("stageName"))
}

// flushStageAuthorizersCache forgets what authorizers said on the stage, also of a template's API.
func flushStageAuthorizersCache(c *call) (model.Object, error) {
	a, stage, err := c.stage()
	if err != nil {
		return nil, err
	}
	return nil, c.service.options.Host.FlushAuthorizers(a.id(), stage.Text("stageName"))
}

func updateStage(c *call) (model.Object, error) {
	a, stage, err := c.editStage()
	if err != nil {
		return nil, err
	}
	for _, p := range c.patches() {
		if err := patchStage(a, stage, p); err != nil {
			return nil, err
		}
	}
	dropEmpty(stage, "variables")
	settleCache(stage)
	stage["lastUpdatedDate"] = c.now.Unix()
	return c.viewStage(a, stage), nil
}

// stagePaths is the list that AWS quotes, its missing commas included.
const stagePaths = "[/deploymentId, /description, /cacheClusterEnabled, /cacheClusterSize, " +
	"/clientCertificateId, /accessLogSettings, /accessLogSettings/destinationArn, " +
	"/accessLogSettings/format, /{resourcePath}/{httpMethod}/metrics/enabled, " +
	"/{resourcePath}/{httpMethod}/logging/dataTrace, " +
	"/{resourcePath}/{httpMethod}/logging/loglevel, " +
	"/{resourcePath}/{httpMethod}/throttling/burstLimit" +
	"/{resourcePath}/{httpMethod}/throttling/rateLimit" +
	"/{resourcePath}/{httpMethod}/caching/ttlInSeconds, " +
	"/{resourcePath}/{httpMethod}/caching/enabled, " +
	"/{resourcePath}/{httpMethod}/caching/dataEncrypted, " +
	"/{resourcePath}/{httpMethod}/caching/requireAuthorizationForCacheControl, " +
	"/{resourcePath}/{httpMethod}/caching/unauthorizedCacheControlHeaderStrategy, " +
	"/*/*/metrics/enabled, /*/*/logging/dataTrace, /*/*/logging/loglevel, " +
	"/*/*/throttling/burstLimit /*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, " +
	"/*/*/caching/enabled, /*/*/caching/dataEncrypted, " +
	"/*/*/caching/requireAuthorizationForCacheControl, " +
	"/*/*/caching/unauthorizedCacheControlHeaderStrategy, /variables/{variable_name}, " +
	"/tracingEnabled]"

func badStagePath(path string) error {
	return model.BadRequest("Invalid method setting path: %s. Must be one of: %s", path, stagePaths)
}

// noSetting refuses the removal of what is not there; the blank at the end is AWS's.
func noSetting(path string) error {
	return model.BadRequest("Cannot remove method setting %s because there is no method setting for "+
		"this method ", strings.TrimPrefix(path, "/"))
}

func patchStage(a *restAPI, stage model.Object, p patch) error {
	switch {
	case p.op == "copy":
		return promote(stage, p)
	case strings.HasPrefix(p.path, "/canarySettings"):
		return patchCanary(a, stage, p)
	case strings.HasPrefix(p.path, "/accessLogSettings"):
		return patchAccessLog(stage, p)
	case strings.HasPrefix(p.path, "/variables/"):
		return patchVariable(stage, p)
	}
	switch p.path {
	case "/deploymentId":
		if a.Deployments[p.text()] == nil {
			return model.BadRequest("Deployment id does not exist")
		}
		stage["deploymentId"] = p.text()
	case "/documentationVersion":
		if err := checkVersion(a, p.text()); err != nil {
			return err
		}
		setText(stage, "documentationVersion", p)
	case "/description", "/clientCertificateId":
		setText(stage, p.path[1:], p)
	case "/cacheClusterEnabled", "/tracingEnabled":
		stage[p.path[1:]] = p.truth()
	case "/cacheClusterSize":
		sizes := []string{"0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237"}
		if !slices.Contains(sizes, p.text()) {
			return model.BadRequest("Invalid cache cluster size specified. Must be one of: [%s]",
				strings.Join(sizes, ", "))
		}
		stage["cacheClusterSize"] = p.text()
	default:
		return patchSettings(stage, p)
	}
	return nil
}

func patchVariable(stage model.Object, p patch) error {
	name, ok := p.under("/variables/")
	if !ok {
		return badStagePath(p.path)
	}
	if p.op == "remove" {
		delete(stage.Object("variables"), name)
		return nil
	}
	for _, r := range p.text() {
		if !isAlphanumeric(r) && !strings.ContainsRune("-._~:/?#&=,", r) {
			return model.BadRequest("Stage variable value (%s) is invalid. Please use values with "+
				"alphanumeric characters and the symbols ' ', -', '.', '_', ':', '/', '?', '&', '=', and ','.",
				p.text())
		}
	}
	inner(stage, "variables")[name] = p.text()
	return nil
}

func patchAccessLog(stage model.Object, p patch) error {
	field, isField := strings.CutPrefix(p.path, "/accessLogSettings/")
	switch {
	case p.op == "remove" && p.path == "/accessLogSettings":
		delete(stage, "accessLogSettings")
		return nil
	case p.op == "remove":
		return noSetting(p.path)
	case !isField || field != "destinationArn" && field != "format":
		return model.BadRequest("Invalid accessLogSettings path. Must be one of : " +
			"[/accessLogSettings/destinationArn, /accessLogSettings/format]")
	case p.text() == "":
		return model.BadRequest("Access Log value must not be empty")
	}
	inner(stage, "accessLogSettings")[field] = p.text()
	return nil
}
