package provision

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
)

const (
	typeAPIKey       = "AWS::ApiGateway::ApiKey"
	typeUsagePlan    = "AWS::ApiGateway::UsagePlan"
	typeUsagePlanKey = "AWS::ApiGateway::UsagePlanKey"
)

// usagePlanCoverage declares API keys, usage plans, and what ties one to the other.
func usagePlanCoverage() coverage.Table {
	return coverage.Table{
		typeAPIKey: rules(
			part(apiKeys, "Enabled", "Name", "Value"),
			irrelevant("usage plans alone tie keys to stages", "StageKeys.**"),
			irrelevant("a generated key always differs from its id here", "GenerateDistinctId"),
			irrelevant(labelOnly, "CustomerId"),
			irrelevant(onlyText, "Description"),
			irrelevant(onlyTags, "Tags.**"),
		),
		typeUsagePlan: rules(
			part(apiKeys, "ApiStages[].ApiId", "ApiStages[].Stage", "UsagePlanName"),
			part(usagePlanLimits, "ApiStages[].Throttle.*.BurstLimit",
				"ApiStages[].Throttle.*.RateLimit", "Quota.Limit", "Quota.Offset", "Quota.Period",
				"Throttle.BurstLimit", "Throttle.RateLimit"),
			irrelevant(onlyText, "Description"),
			irrelevant(onlyTags, "Tags.**"),
		),
		typeUsagePlanKey: part(apiKeys, "KeyId", "KeyType", "UsagePlanId"),
	}
}

// usagePlans gives each API the plans that name one of its stages.
func (r *reader) usagePlans(apis map[string]*restAPI) {
	keys := r.keysByPlan()
	for _, resource := range r.assembly.ByType(typeUsagePlan) {
		p := r.properties(resource)
		plan := api.UsagePlan{
			ID:   resource.PhysicalID,
			Name: p.textOr("UsagePlanName", resource.LogicalID),
			Keys: keys[resource.PhysicalID],
		}
		if limits, ok := p.object("Throttle"); ok {
			plan.Throttle = throttle(limits, "RateLimit", "BurstLimit", nil)
		}
		plan.Quota = quota(p)
		var owners []*restAPI
		for _, item := range p.objects("ApiStages") {
			if r.isWebSocket(item) {
				continue // v2UsagePlans reads it
			}
			owner, ok := lookUp(item, "ApiId", "REST API", apis)
			if !ok || !owner.hasStage(item) {
				continue
			}
			plan.Stages = append(plan.Stages, usagePlanStage(item))
			if !slices.Contains(owners, owner) {
				owners = append(owners, owner)
			}
		}
		for _, owner := range owners {
			owner.definition.UsagePlans = append(owner.definition.UsagePlans, plan)
		}
	}
}

// hasStage says whether the stage that a plan names is one of the API's.
func (a *restAPI) hasStage(p properties) bool {
	stages := map[string]bool{}
	for _, stage := range a.definition.Stages {
		stages[stage.Name] = true
	}
	_, ok := lookUp(p, "Stage", "stage of this API", stages)
	return ok
}

func usagePlanStage(p properties) api.UsagePlanStage {
	stage := api.UsagePlanStage{APIID: p.text("ApiId"), Stage: p.text("Stage")}
	overrides, _ := p.object("Throttle")
	for _, key := range overrides.names() {
		limits, _ := overrides.object(key)
		bucket := throttle(limits, "RateLimit", "BurstLimit", nil)
		if bucket == nil {
			continue
		}
		if stage.Throttle == nil {
			stage.Throttle = map[string]api.Throttle{}
		}
		stage.Throttle[key] = *bucket
	}
	return stage
}

func quota(p properties) *api.Quota {
	given, ok := p.object("Quota")
	if !ok || len(given.values) == 0 {
		return nil
	}
	given.require("Limit")
	given.require("Period")
	return &api.Quota{
		Limit:  given.integer("Limit", 0),
		Offset: given.integer("Offset", 0),
		Period: given.choice("Period", "DAY", "WEEK", "MONTH"),
	}
}

// keysByPlan reads the API keys and returns those of each usage plan, in the templates' order.
func (r *reader) keysByPlan() map[string][]api.APIKey {
	known := map[string]api.APIKey{}
	for _, resource := range r.assembly.ByType(typeAPIKey) {
		p := r.properties(resource)
		value := p.textOr("Value", generatedKey(resource))
		if len(value) < 20 || len(value) > 128 {
			p.fail("Value", "want 20 to 128 characters")
		}
		known[resource.PhysicalID] = api.APIKey{
			ID:      resource.PhysicalID,
			Name:    p.textOr("Name", resource.LogicalID),
			Value:   value,
			Enabled: p.boolean("Enabled"),
		}
	}
	plans := r.byID(typeUsagePlan)
	keys := map[string][]api.APIKey{}
	for _, resource := range r.assembly.ByType(typeUsagePlanKey) {
		p := r.properties(resource)
		p.require("KeyType")
		p.choice("KeyType", "API_KEY")
		key, found := lookUp(p, "KeyId", "API key", known)
		plan, planned := lookUp(p, "UsagePlanId", "usage plan", plans)
		if found && planned {
			keys[plan.PhysicalID] = append(keys[plan.PhysicalID], key)
		}
	}
	return keys
}

// generatedKey returns the value of a key that names none: the same at every start.
func generatedKey(of *cloudformation.Resource) string {
	sum := sha256.Sum256([]byte(of.Stack.Name + "/" + of.LogicalID))
	return hex.EncodeToString(sum[:])[:40]
}
