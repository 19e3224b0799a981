package apigateway

import (
	"portico/local/control/model"
	"portico/local/gateway/api"
)

// describedPlans returns the usage plans that templates describe in the region of the call, and the
// API keys in them, by id, as if they had been created. A key in no plan lets nobody in, and is not
// among them.
func (c *call) describedPlans() (plans, keys map[string]model.Object) {
	plans, keys = map[string]model.Object{}, map[string]model.Object{}
	for _, definition := range c.service.options.Host.Described() {
		if definition.Account.Region != c.account.Region {
			continue
		}
		for i := range definition.UsagePlans {
			plan := &definition.UsagePlans[i]
			plans[plan.ID] = describePlan(plan)
			for _, key := range plan.Keys {
				keys[key.ID] = model.Object{
					"id": key.ID, "name": key.Name, "value": key.Value, "enabled": key.Enabled,
					"stageKeys": []any{}, "#described": true,
				}
			}
		}
	}
	return plans, keys
}

func describePlan(plan *api.UsagePlan) model.Object {
	ids, stages := []any{}, []any{}
	for _, key := range plan.Keys {
		ids = append(ids, key.ID)
	}
	for _, at := range plan.Stages {
		stage := model.Object{"apiId": at.APIID, "stage": at.Stage}
		for method, limit := range at.Throttle {
			inner(stage, "throttle")[method] = viewLimit(limit)
		}
		stages = append(stages, stage)
	}
	made := model.Object{
		"id": plan.ID, "name": plan.Name, "apiStages": stages, "#keys": ids, "#described": true,
	}
	if plan.Throttle != nil {
		made["throttle"] = viewLimit(*plan.Throttle)
	}
	if plan.Quota != nil {
		made["quota"] = model.Object{
			"limit": int64(plan.Quota.Limit), "offset": int64(plan.Quota.Offset),
			"period": plan.Quota.Period,
		}
	}
	return made
}

func viewLimit(limit api.Throttle) model.Object {
	return model.Object{"burstLimit": int64(limit.Burst), "rateLimit": limit.Rate}
}

// created refuses to change what a template describes.
func created(what string, o model.Object) error {
	if o.Bool("#described") {
		return model.BadRequest("%s %s is described by the template that is served here; change it there",
			what, o.Text("id"))
	}
	return nil
}

// everyKey returns the API keys that there are, created and described.
func (c *call) everyKey() map[string]model.Object {
	_, all := c.describedPlans()
	for id, key := range c.world.Keys {
		all[id] = key
	}
	return all
}

// editPlan returns the usage plan that a call changes.
func (c *call) editPlan() (model.Object, error) {
	plan, err := c.plan()
	if err != nil {
		return nil, err
	}
	return plan, created("Usage Plan", plan)
}

// editKey returns the API key that a call changes.
func (c *call) editKey() (model.Object, error) {
	key, err := c.key()
	if err != nil {
		return nil, err
	}
	return key, created("API Key", key)
}
