package restapi

import (
	"fmt"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/route"
	"portico/local/gateway/throttle"
)

// heldKey is an API key on one stage, with the usage plan it calls under.
type heldKey struct {
	def       *api.APIKey
	plan      *api.UsagePlan
	meter     string            // what its quota is counted under
	bucket    string            // of the plan's throttle, "" for none
	overrides map[string]string // buckets by "{path}/{METHOD}", instead of bucket
}

// anyVerbs are the methods that ANY stands for.
var anyVerbs = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// buckets are the limits of all stages while they are compiled, by key.
type buckets struct{ plans, stages map[string]throttle.Limit }

func newBuckets() buckets {
	return buckets{plans: map[string]throttle.Limit{}, stages: map[string]throttle.Limit{}}
}

// compileThrottle puts what the stages and plans limit into levels, narrowest first ("Throttle
// requests to your REST APIs for better throughput").
func (a *API) compileThrottle() (*throttle.Throttle, error) {
	return throttle.New([]throttle.Level{
		{Name: "usage plan", Limits: a.buckets.plans},
		{Name: "stage", Limits: a.buckets.stages},
		throttle.AccountLevel(),
	}, a.deps.Clock)
}

// compileKeys returns the API keys whose usage plans name a stage, by value. Of two plans with the
// same key the first counts: AWS lets a key be in one plan per stage only.
func (a *API) compileKeys(stage string) map[string]*heldKey {
	keys := map[string]*heldKey{}
	for i := range a.def.UsagePlans {
		plan := &a.def.UsagePlans[i]
		for j := range plan.Stages {
			at := &plan.Stages[j]
			if at.APIID != a.def.ID || at.Stage != stage {
				continue
			}
			for k := range plan.Keys {
				if _, known := keys[plan.Keys[k].Value]; !known {
					keys[plan.Keys[k].Value] = a.holdKey(plan, at, &plan.Keys[k])
				}
			}
		}
	}
	return keys
}

// holdKey gives a key its buckets. They are counted per key over all stages of the plan; only an
// override for a method is for that method on that stage.
func (a *API) holdKey(plan *api.UsagePlan, at *api.UsagePlanStage, key *api.APIKey) *heldKey {
	held := &heldKey{def: key, plan: plan, meter: plan.ID + "/" + key.ID}
	if plan.Throttle != nil {
		held.bucket = held.meter
		a.buckets.plans[held.bucket] = throttle.Limit(*plan.Throttle)
	}
	for name, limit := range at.Throttle {
		if held.overrides == nil {
			held.overrides = map[string]string{}
		}
		bucket := held.meter + "/" + at.Stage + " " + slashed(name)
		held.overrides[slashed(name)] = bucket
		a.buckets.plans[bucket] = throttle.Limit(limit)
	}
	return held
}

// checkPlans wants a method behind every throttle of a plan: one that names none limits nothing.
func (a *API) checkPlans() error {
	for i := range a.def.UsagePlans {
		plan := &a.def.UsagePlans[i]
		for j := range plan.Stages {
			if plan.Stages[j].APIID != a.def.ID {
				continue
			}
			if err := a.checkOverrides(plan, &plan.Stages[j]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *API) checkOverrides(plan *api.UsagePlan, at *api.UsagePlanStage) error {
	for name := range at.Throttle {
		path, verb := slashed(name), ""
		if end := strings.LastIndexByte(path, '/'); end > 0 {
			path, verb = path[:end], path[end+1:]
		}
		if !a.hasMethod(path, verb) {
			return fmt.Errorf("usage plan %s, stage %s: throttle %q names no method of the API, "+
				"wanted is {path}/{METHOD}", plan.Name, at.Stage, name)
		}
	}
	return nil
}

func (a *API) hasMethod(path, verb string) bool {
	for i := range a.def.Resources {
		if a.def.Resources[i].Path != path {
			continue
		}
		_, exact := a.def.Resources[i].Methods[verb]
		_, every := a.def.Resources[i].Methods[route.Any]
		return exact || every
	}
	return false
}

// slashed returns a "{path}/{METHOD}" key with its leading slash.
func slashed(key string) string {
	if strings.HasPrefix(key, "/") {
		return key
	}
	return "/" + key
}

// limitMethod gives a method its bucket on the stage. Each method has one of its own, also where
// the limit is that of all methods; a method ANY may have one per verb.
func (a *API) limitMethod(s *stage, m *method, verb string) {
	m.bucket = a.stageBucket(s, m, verb)
	if verb != route.Any {
		return
	}
	for _, each := range anyVerbs {
		_, own := s.def.MethodSettings[m.resource.Path+"/"+each]
		_, all := s.def.MethodSettings["*/"+each]
		if own || all {
			m.verbBuckets[each] = a.stageBucket(s, m, each)
		}
	}
}

// stageBucket returns the bucket that the stage's settings give a verb of a method, "" for none.
func (a *API) stageBucket(s *stage, m *method, verb string) string {
	_, settings, _ := s.settings(m, verb)
	if settings.Throttle == nil {
		return ""
	}
	bucket := s.def.Name + " " + verb + " " + m.resource.Path
	a.buckets.stages[bucket] = throttle.Limit(*settings.Throttle)
	return bucket
}
