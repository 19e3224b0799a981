package provision

import (
	"slices"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// planLimits is reported of usage plans that name a stage of a WebSocket API.
const planLimits = "limits of usage plans are counted for REST APIs, not yet for WebSocket APIs"

// isWebSocket says whether a plan's stage is of a WebSocket API.
func (r *reader) isWebSocket(stage properties) bool {
	found, ok := r.byID(typeV2API)[stage.text("ApiId")]
	return ok && r.properties(found).text("ProtocolType") == "WEBSOCKET"
}

// v2UsagePlans gives each WebSocket API the plans that name one of its stages: their keys open
// $connect.
func (r *reader) v2UsagePlans(apis map[string]*v2API) {
	var keys map[string][]api.APIKey
	for _, resource := range r.assembly.ByType(typeUsagePlan) {
		p := r.properties(resource)
		plan := api.UsagePlan{
			ID: resource.PhysicalID, Name: p.textOr("UsagePlanName", resource.LogicalID),
		}
		var owners []*v2API
		for _, item := range p.objects("ApiStages") {
			if !r.isWebSocket(item) {
				continue
			}
			owner := apis[item.text("ApiId")]
			if _, ok := lookUp(item, "Stage", "stage of this API", owner.stageNames()); !ok {
				continue
			}
			stage := api.UsagePlanStage{APIID: item.text("ApiId"), Stage: item.text("Stage")}
			plan.Stages = append(plan.Stages, stage)
			if !slices.Contains(owners, owner) {
				owners = append(owners, owner)
			}
			r.reportLimits(item, "ApiStages[].Throttle", item.has("Throttle"))
		}
		if len(owners) == 0 {
			continue
		}
		r.reportLimits(p, "Throttle", p.has("Throttle"))
		r.reportLimits(p, "Quota", p.has("Quota"))
		if keys == nil {
			keys = r.keysByPlan()
		}
		plan.Keys = keys[resource.PhysicalID]
		for _, owner := range owners {
			owner.plans = append(owner.plans, plan)
		}
	}
}

func (a *v2API) stageNames() map[string]bool {
	names := map[string]bool{}
	for _, stage := range a.stages {
		names[stage.Name] = true
	}
	return names
}

// reportLimits adds a finding about limits that a plan sets.
func (r *reader) reportLimits(p properties, property string, set bool) {
	if !set {
		return
	}
	finding := about(p.resource, property)
	finding.Status, finding.Why = coverage.NotHonoured, planLimits
	r.findings = append(r.findings, finding)
}
