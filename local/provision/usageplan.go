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

// usagePlan reads what a plan gives its keys on every one of its stages.
func (r *reader) usagePlan(resource *cloudformation.Resource, p properties) api.UsagePlan {
	plan := api.UsagePlan{
		ID:    resource.PhysicalID,
		Name:  p.textOr("UsagePlanName", resource.LogicalID),
		Quota: quota(p),
	}
	if limits, ok := p.object("Throttle"); ok {
		plan.Throttle = throttle(limits, "RateLimit", "BurstLimit", nil)
	}
	return plan
}

// usagePlans gives each API the plans that name one of its stages.
func (r *reader) usagePlans(apis map[string]*restAPI) {
	keys := r.keysByPlan()
	r.onePlanPerStage(keys)
	for _, resource := range r.assembly.ByType(typeUsagePlan) {
		p := r.properties(resource)
		plan := r.usagePlan(resource, p)
		plan.Keys = keys[resource.PhysicalID]
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

// onePlanPerStage refuses a key in two plans of one stage: AWS would not know which of them a call
// uses ("Usage plans and API keys for REST APIs").
func (r *reader) onePlanPerStage(keys map[string][]api.APIKey) {
	type place struct{ key, api, stage string }
	plans := map[place]string{}
	for _, resource := range r.assembly.ByType(typeUsagePlan) {
		p := r.properties(resource)
		for _, item := range p.objects("ApiStages") {
			for _, key := range keys[resource.PhysicalID] {
				at := place{key.ID, item.text("ApiId"), item.text("Stage")}
				other, taken := plans[at]
				if taken && other != resource.LogicalID {
					item.fail("Stage", "API key %s is in usage plan %s of this stage too; a key may be in "+
						"one plan per stage", key.Name, other)
				}
				plans[at] = resource.LogicalID
			}
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
	made := &api.Quota{
		Limit:  given.integer("Limit", 0),
		Offset: given.integer("Offset", 0),
		Period: given.choice("Period", "DAY", "WEEK", "MONTH"),
	}
	if made.Limit < 0 {
		given.fail("Limit", "Usage Plan quota limit must be a non-negative numeric")
	}
	checkOffset(given, made)
	return made
}

// checkOffset holds the offset of a quota to AWS's bounds.
func checkOffset(p properties, of *api.Quota) {
	const wrong = "Usage Plan quota offset must be "
	most := map[string]int{"WEEK": 6, "MONTH": 27}[of.Period]
	switch {
	case of.Offset >= 0 && of.Offset <= most:
	case of.Period == "DAY":
		p.fail("Offset", wrong+"zero in the DAY period")
	default:
		p.fail("Offset", wrong+"between 0 and %d inclusive in the %s period", most, of.Period)
	}
}

// keysByPlan reads the API keys and returns those of each usage plan, in the templates' order.
func (r *reader) keysByPlan() map[string][]api.APIKey {
	if r.keys != nil {
		return r.keys
	}
	known, values := map[string]api.APIKey{}, map[string]bool{}
	for _, resource := range r.assembly.ByType(typeAPIKey) {
		p := r.properties(resource)
		value := p.textOr("Value", generatedKey(resource))
		if len(value) < 20 || len(value) > 128 {
			p.fail("Value", "want 20 to 128 characters")
		}
		if values[value] {
			p.fail("Value", "API Key already exists")
		}
		values[value] = true
		known[resource.PhysicalID] = api.APIKey{
			ID:      resource.PhysicalID,
			Name:    p.textOr("Name", resource.LogicalID),
			Value:   value,
			Enabled: p.boolean("Enabled"),
		}
	}
	plans := r.byID(typeUsagePlan)
	keys := map[string][]api.APIKey{}
	r.keys = keys
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
