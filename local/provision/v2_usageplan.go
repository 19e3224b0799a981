package provision

import (
	"slices"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

// planMethods is reported of usage plans that limit methods of a WebSocket API.
const planMethods = "a WebSocket API has no methods that a usage plan could throttle: $connect, " +
	"the only route with keys, is held to the throttle of the plan"

// isWebSocket says whether a plan's stage is of a WebSocket API.
func (r *reader) isWebSocket(stage properties) bool {
	found, ok := r.byID(typeV2API)[stage.text("ApiId")]
	return ok && r.properties(found).text("ProtocolType") == "WEBSOCKET"
}

// v2UsagePlans gives each WebSocket API the plans that name one of its stages: their keys open
// $connect.
func (r *reader) v2UsagePlans(apis map[string]*v2API) {
	for _, resource := range r.assembly.ByType(typeUsagePlan) {
		p := r.properties(resource)
		var stages []api.UsagePlanStage
		var owners []*v2API
		for _, item := range p.objects("ApiStages") {
			if !r.isWebSocket(item) {
				continue
			}
			owner := apis[item.text("ApiId")]
			if _, ok := lookUp(item, "Stage", "stage of this API", owner.stageNames()); !ok {
				continue
			}
			stages = append(stages, api.UsagePlanStage{
				APIID: item.text("ApiId"), Stage: item.text("Stage"),
			})
			if !slices.Contains(owners, owner) {
				owners = append(owners, owner)
			}
			r.reportMethods(item)
		}
		if len(owners) == 0 {
			continue
		}
		p.problems = &problems{} // usagePlans, which reads every plan, has told them
		plan := r.usagePlan(resource, p)
		plan.Keys, plan.Stages = r.keysByPlan()[resource.PhysicalID], stages
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

// reportMethods adds a finding about limits that a plan sets for methods of a WebSocket API.
func (r *reader) reportMethods(stage properties) {
	if !stage.has("Throttle") {
		return
	}
	finding := about(stage.resource, "ApiStages[].Throttle")
	finding.Status, finding.Why = coverage.NotHonoured, planMethods
	r.findings = append(r.findings, finding)
}
