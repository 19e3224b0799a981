package apigateway

import (
	"maps"
	"slices"
	"strings"

	"portico/local/control/model"
)

const badStage = "Invalid API Stage specified"

func (c *call) plan() (model.Object, error) {
	id := c.in.Text("usagePlanId")
	if plan := c.world.Plans[id]; plan != nil {
		return plan, nil
	}
	if described, _ := c.describedPlans(); described[id] != nil {
		return described[id], nil
	}
	return nil, model.NotFound("Invalid Usage Plan ID specified")
}

// livePlan notes the APIs that a plan names: what it says takes effect at once.
func (c *call) livePlan(plan model.Object) {
	c.shared = true
	for _, at := range plan.Objects("apiStages") {
		c.live[at.Text("apiId")] = true
	}
}

func hasKey(plan model.Object, id string) bool { return slices.Contains(plan.Texts("#keys"), id) }

func withoutKey(plan model.Object, id string) model.Object {
	own := plan.Clone()
	own["#keys"] = model.TextList(slices.DeleteFunc(plan.Texts("#keys"), func(k string) bool {
		return k == id
	}))
	return own
}

// viewPlan is what is printed of a plan. Tags are absent from lists and from what CreateUsagePlan
// returns when there are none.
func viewPlan(plan model.Object) model.Object {
	seen := plan.Clone()
	if seen["tags"] == nil {
		seen["tags"] = model.Object{}
	}
	return seen
}

func getUsagePlan(c *call) (model.Object, error) {
	plan, err := c.plan()
	if err != nil {
		return nil, err
	}
	return viewPlan(plan), nil
}

func getUsagePlans(c *call) (model.Object, error) {
	found, _ := c.describedPlans()
	maps.Copy(found, c.world.Plans)
	for id, plan := range found {
		if key := c.in.Text("keyId"); key != "" && !hasKey(plan, key) {
			delete(found, id)
		}
	}
	return c.page(found, newest)
}

func createUsagePlan(c *call) (model.Object, error) {
	if c.in.Text("name") == "" {
		return nil, model.BadRequest("Usage Plan name cannot be blank")
	}
	made := model.Object{
		"id": newID(6, c.world.Plans), "apiStages": []any{}, "#sequence": c.next(),
	}
	made.Take(c.in, "name", "throttle", "quota", "apiStages")
	if c.in.Text("description") != "" {
		made.Take(c.in, "description")
	}
	if len(c.in.Object("tags")) > 0 {
		made.Take(c.in, "tags")
	}
	if err := settlePlan(made); err != nil {
		return nil, err
	}
	for _, at := range made.Objects("apiStages") {
		if err := c.checkPlanStage(at.Text("apiId"), at.Text("stage")); err != nil {
			return nil, err
		}
	}
	c.world.Plans[made.Text("id")] = made
	c.livePlan(made)
	return made, nil
}

// settlePlan gives the limits of a plan their zeros, and refuses those that are none.
func settlePlan(plan model.Object) error {
	if limits := plan.Object("throttle"); limits != nil {
		limits["burstLimit"] = int64(limits.Number("burstLimit"))
		limits["rateLimit"] = limits.Number("rateLimit")
	}
	quota := plan.Object("quota")
	if quota == nil {
		return nil
	}
	quota["limit"], quota["offset"] = int64(quota.Number("limit")), int64(quota.Number("offset"))
	days := map[string]int{"DAY": 0, "WEEK": 6, "MONTH": 27}
	most, known := days[quota.Text("period")]
	switch {
	case !known:
		return model.BadRequest("Usage Plan quota period must be one of: [DAY, WEEK, MONTH]")
	case quota.Int("limit") < 1:
		return model.BadRequest("Usage Plan quota limit must be greater than 0")
	case quota.Int("offset") < 0 || quota.Int("offset") > most:
		return model.BadRequest("Usage Plan quota offset must be between 0 and %d", most)
	}
	return nil
}

// checkPlanStage wants a stage of an API that was created here: those of a template have its plans.
func (c *call) checkPlanStage(apiID, stage string) error {
	a, err := c.apiOf(apiID)
	if err != nil {
		return model.NotFound("API Stage not found: %s:%s", apiID, stage)
	}
	if _, err := c.editOf(apiID); err != nil {
		return err
	}
	if a.Stages[stage] == nil {
		return model.NotFound("API Stage not found: %s:%s", apiID, stage)
	}
	return nil
}

func updateUsagePlan(c *call) (model.Object, error) {
	plan, err := c.editPlan()
	if err != nil {
		return nil, err
	}
	c.livePlan(plan) // also those that it will not name any more
	own := plan.Clone()
	for _, p := range c.patches() {
		if err := c.patchPlan(own, p); err != nil {
			return nil, err
		}
	}
	if err := settlePlan(own); err != nil {
		return nil, err
	}
	c.world.Plans[own.Text("id")] = own
	c.livePlan(own)
	return viewPlan(own), nil
}

func (c *call) patchPlan(own model.Object, p patch) error {
	if strings.HasPrefix(p.path, "/apiStages") {
		return c.patchPlanStages(own, p)
	}
	switch p.path {
	case "/name", "/description", "/productCode":
		if err := p.only("replace", "add", "remove"); err != nil {
			return err
		}
		if p.path == "/name" && p.text() == "" {
			return model.BadRequest("Usage Plan name cannot be blank")
		}
		setText(own, p.path[1:], p)
		return nil
	case "/throttle", "/quota":
		if err := p.only("remove"); err != nil {
			return err
		}
		delete(own, p.path[1:])
		return nil
	case "/quota/period":
		inner(own, "quota")["period"] = p.text()
		return nil
	case "/quota/limit", "/quota/offset", "/throttle/burstLimit", "/throttle/rateLimit":
		return patchLimit(own, p)
	}
	return p.invalidPath()
}

func patchLimit(of model.Object, p patch) error {
	if err := p.only("replace", "add"); err != nil {
		return err
	}
	parts := strings.Split(p.path, "/")
	number, ok := p.number()
	if !ok || number < 0 {
		return model.BadRequest("Invalid value specified for %s: %s", p.path, p.text())
	}
	under := inner(of, parts[1])
	if parts[2] == "rateLimit" {
		under["rateLimit"] = number
		return nil
	}
	under[parts[2]] = int64(number)
	return nil
}

// patchPlanStages adds and removes stages ("{api}:{stage}"), and limits for single methods of them.
func (c *call) patchPlanStages(own model.Object, p patch) error {
	if p.path != "/apiStages" {
		return patchPlanMethod(own, p)
	}
	api, stage, ok := strings.Cut(p.text(), ":")
	if !ok {
		return model.BadRequest(badStage)
	}
	at := planStage(own, api, stage)
	switch p.op {
	case "add":
		if at != nil {
			return nil
		}
		if err := c.checkPlanStage(api, stage); err != nil {
			return err
		}
		own["apiStages"] = append(own.List("apiStages"), model.Object{"apiId": api, "stage": stage})
	case "remove":
		if at == nil {
			return model.NotFound("Invalid API Stage {api: %s, stage: %s} specified for usageplan %s", api,
				stage, own.Text("id"))
		}
		own["apiStages"] = slices.DeleteFunc(own.List("apiStages"), func(other any) bool {
			of, _ := other.(model.Object)
			return of.Text("apiId") == api && of.Text("stage") == stage
		})
	default:
		return p.only("add", "remove")
	}
	return nil
}

func planStage(plan model.Object, api, stage string) model.Object {
	for _, at := range plan.Objects("apiStages") {
		if at.Text("apiId") == api && at.Text("stage") == stage {
			return at
		}
	}
	return nil
}

// patchPlanMethod changes /apiStages/{api}:{stage}/throttle/{path}/{METHOD}/{limit}. Clients write the
// slashes of a path as they are, or as ~1.
func patchPlanMethod(own model.Object, p patch) error {
	id, key, ok := strings.Cut(strings.TrimPrefix(p.path, "/apiStages/"), "/throttle/")
	if !ok || key == "" {
		return p.invalidPath()
	}
	api, stage, _ := strings.Cut(id, ":")
	at := planStage(own, api, stage)
	if at == nil {
		return model.NotFound("Invalid API Stage {api: %s, stage: %s} specified for usageplan %s", api,
			stage, own.Text("id"))
	}
	limit := ""
	for _, name := range []string{"rateLimit", "burstLimit"} {
		if before, found := strings.CutSuffix(key, "/"+name); found {
			key, limit = before, name
		}
	}
	if key = unescape(key); !strings.HasPrefix(key, "/") {
		key = "/" + key
	}
	if p.op == "remove" {
		delete(at.Object("throttle"), key)
		dropEmpty(at, "throttle")
		return nil
	}
	number, ok := p.number()
	if limit == "" || !strings.Contains(key[1:], "/") || !ok || number < 0 {
		return p.invalidPath()
	}
	limits := inner(inner(at, "throttle"), key)
	if limit == "rateLimit" {
		limits[limit] = number
		return nil
	}
	limits[limit] = int64(number)
	return nil
}

func deleteUsagePlan(c *call) (model.Object, error) {
	plan, err := c.editPlan()
	if err != nil {
		return nil, err
	}
	if len(plan.List("apiStages")) > 0 {
		return nil, model.BadRequest("Cannot delete Usage Plan %s. API Stages are associated with it.",
			plan.Text("id"))
	}
	delete(c.world.Plans, plan.Text("id"))
	c.shared = true
	return nil, nil
}

func viewPlanKey(key model.Object) model.Object {
	return model.Object{"type": "API_KEY"}.Take(key, "id", "name", "value")
}

func createUsagePlanKey(c *call) (model.Object, error) {
	plan, err := c.editPlan()
	if err != nil {
		return nil, err
	}
	id := c.in.Text("keyId")
	if c.in.Text("keyType") != "API_KEY" {
		return nil, model.BadRequest("Invalid key type specified. Must be one of: [API_KEY]")
	}
	key := c.everyKey()[id]
	if key == nil {
		return nil, unknownKey()
	}
	if err := created("API Key", key); err != nil {
		return nil, err
	}
	for _, other := range c.world.Plans {
		for _, at := range other.Objects("apiStages") {
			if hasKey(other, id) && planStage(plan, at.Text("apiId"), at.Text("stage")) != nil {
				return nil, model.Conflict("%s cannot be added to usage plan '%s'. The key is already "+
					"associated with a usage plan for this API stage", id, plan.Text("id"))
			}
		}
	}
	if hasKey(plan, id) {
		return nil, model.Conflict("Usage Plan %s already contains the API Key %s", plan.Text("id"), id)
	}
	own := plan.Clone()
	own["#keys"] = append(own.List("#keys"), id)
	c.world.Plans[own.Text("id")] = own
	c.livePlan(own)
	return viewPlanKey(key), nil
}

func (c *call) planKey() (plan, key model.Object, err error) {
	if plan, err = c.plan(); err != nil {
		return nil, nil, err
	}
	id := c.in.Text("keyId")
	if !hasKey(plan, id) {
		return nil, nil, model.NotFound("Invalid Usage Plan Key identifier specified")
	}
	return plan, c.everyKey()[id], nil
}

func getUsagePlanKey(c *call) (model.Object, error) {
	_, key, err := c.planKey()
	if err != nil {
		return nil, err
	}
	return viewPlanKey(key), nil
}

// getUsagePlanKeys answers for a plan that is not there as for one without keys: AWS does.
func getUsagePlanKeys(c *call) (model.Object, error) {
	found, all := map[string]model.Object{}, c.everyKey()
	plan, _ := c.plan()
	for _, id := range plan.Texts("#keys") {
		key := all[id]
		if key != nil && strings.HasPrefix(key.Text("name"), c.in.Text("nameQuery")) {
			found[id] = key
		}
	}
	page, err := c.page(found, newest)
	if err != nil {
		return nil, err
	}
	return views(page, viewPlanKey), nil
}

func deleteUsagePlanKey(c *call) (model.Object, error) {
	plan, _, err := c.planKey()
	if err != nil {
		return nil, err
	}
	if err := created("Usage Plan", plan); err != nil {
		return nil, err
	}
	c.livePlan(plan)
	c.world.Plans[plan.Text("id")] = withoutKey(plan, c.in.Text("keyId"))
	return nil, nil
}
