package apigateway

import (
	"errors"

	"portico/local/control/model"
	"portico/local/gateway/api"
	"portico/local/gateway/usage"
)

// meters makes sure that the store of usage knows a plan and its keys, also those that nothing was
// called with yet.
func (c *call) meters(plan model.Object, store *usage.Store) {
	made := api.UsagePlan{ID: plan.Text("id"), Name: plan.Text("name"), Quota: quotaOf(plan)}
	for _, key := range plan.Texts("#keys") {
		store.Meter(&made, key)
	}
}

func quotaOf(plan model.Object) *api.Quota {
	quota := plan.Object("quota")
	if quota == nil {
		return nil
	}
	return &api.Quota{
		Limit: quota.Int("limit"), Offset: quota.Int("offset"), Period: quota.Text("period"),
	}
}

func getUsage(c *call) (model.Object, error) {
	plan, err := c.plan()
	if err != nil {
		return nil, err
	}
	store := c.service.options.Host.Usage()
	c.meters(plan, store)
	if len(plan.Texts("#keys")) == 0 && c.in.Text("keyId") == "" {
		return viewUsage(usage.Usage{
			PlanID: plan.Text("id"), From: c.in.Text("startDate"), To: c.in.Text("endDate"),
		}), nil
	}
	used, err := store.GetUsage(usage.Query{
		PlanID: plan.Text("id"), KeyID: c.in.Text("keyId"), From: c.in.Text("startDate"),
		To: c.in.Text("endDate"),
	})
	if err != nil {
		return nil, usageError(err)
	}
	return c.pageUsage(used)
}

func usageError(err error) error {
	if errors.Is(err, usage.ErrUnknownKey) || errors.Is(err, usage.ErrUnknownPlan) {
		return model.NotFound("%s", err)
	}
	return model.BadRequest("%s", err)
}

// pageUsage prints a page of keys.
func (c *call) pageUsage(used usage.Usage) (model.Object, error) {
	all := map[string]model.Object{}
	for id := range used.Items {
		all[id] = model.Object{"id": id}
	}
	page, err := c.page(all, byID)
	if err != nil {
		return nil, err
	}
	shown := used
	shown.Items = map[string][]usage.Day{}
	for _, item := range page.Objects("items") {
		shown.Items[item.Text("id")] = used.Items[item.Text("id")]
	}
	return viewUsage(shown).Take(page, "position"), nil
}

func viewUsage(used usage.Usage) model.Object {
	items := model.Object{}
	for id, days := range used.Items {
		var all []any
		for _, day := range days {
			all = append(all, []any{int64(day.Used), int64(day.Remaining)})
		}
		items[id] = all
	}
	return model.Object{
		"usagePlanId": used.PlanID, "startDate": used.From, "endDate": used.To, "items": items,
	}
}

// updateUsage sets what a key has left of the period under way. What was counted is the gateway's,
// not this package's: nothing of it is kept here.
func updateUsage(c *call) (model.Object, error) {
	plan, err := c.plan()
	if err != nil {
		return nil, err
	}
	if !hasKey(plan, c.in.Text("keyId")) {
		return nil, unknownKey()
	}
	store := c.service.options.Host.Usage()
	c.meters(plan, store)
	out := model.Object{}
	for _, p := range c.patches() {
		if err := p.oneOf("/remaining"); err != nil {
			return nil, err
		}
		remaining, ok := p.whole()
		if !ok || remaining < 0 || remaining > 1<<31-1 {
			return nil, model.BadRequest("Invalid usage value specified: %s", p.text())
		}
		used, err := store.UpdateUsage(plan.Text("id"), c.in.Text("keyId"), int(remaining))
		if err != nil {
			return nil, usageError(err)
		}
		out = viewUsage(used)
	}
	return out, nil
}
