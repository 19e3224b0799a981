package restapi

import (
	"fmt"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/route"
	"portico/local/gateway/throttle"
	"portico/local/gateway/usage"
)

// heldKey is an API key on one stage, with the usage plan it calls under.
type heldKey struct {
	def       *api.APIKey
	plan      *api.UsagePlan
	meter     *usage.Meter
	bucket    *throttle.Bucket            // of the plan's throttle, nil for none
	overrides map[string]*throttle.Bucket // by "{path}/{METHOD}", instead of bucket
}

// anyVerbs are the methods that ANY stands for.
var anyVerbs = []string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// compileKeys returns the API keys whose usage plans name a stage, by value. Of two plans with the
// same key the first counts: AWS lets a key be in one plan per stage only.
func (a *API) compileKeys(stage string) (map[string]*heldKey, error) {
	keys := map[string]*heldKey{}
	for i := range a.def.UsagePlans {
		plan := &a.def.UsagePlans[i]
		for j := range plan.Stages {
			at := &plan.Stages[j]
			if at.APIID != a.def.ID || at.Stage != stage {
				continue
			}
			for k := range plan.Keys {
				if _, known := keys[plan.Keys[k].Value]; known {
					continue
				}
				held, err := a.holdKey(plan, at, &plan.Keys[k])
				if err != nil {
					return nil, fmt.Errorf("usage plan %s: throttle: %w", plan.Name, err)
				}
				keys[plan.Keys[k].Value] = held
			}
		}
	}
	return keys, nil
}

// holdKey gives a key its meter and buckets. They are counted per key over all stages of the plan;
// only an override for a method is for that method on that stage.
func (a *API) holdKey(
	plan *api.UsagePlan, at *api.UsagePlanStage, key *api.APIKey,
) (*heldKey, error) {
	held := &heldKey{def: key, plan: plan, meter: a.deps.Usage.Meter(plan, key.ID)}
	name := throttle.Name{Level: throttle.Plan, Key: plan.ID + "/" + key.ID}
	var err error
	if held.bucket, err = a.deps.Buckets.Defined(name, plan.Throttle); err != nil {
		return nil, err
	}
	for method, limit := range at.Throttle {
		if held.overrides == nil {
			held.overrides = map[string]*throttle.Bucket{}
		}
		own := throttle.Name{
			API: a.def.ID, Level: throttle.PlanMethod,
			Key: name.Key + "/" + at.Stage + " " + slashed(method),
		}
		if held.overrides[slashed(method)], err = a.deps.Buckets.Defined(own, &limit); err != nil {
			return nil, err
		}
	}
	return held, nil
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
func (a *API) limitMethod(s *stage, m *method, verb string) (err error) {
	if m.bucket, err = a.stageBucket(s, m, verb); err != nil || verb != route.Any {
		return err
	}
	for _, each := range anyVerbs {
		_, own := s.def.MethodSettings[m.resource.Path+"/"+each]
		_, all := s.def.MethodSettings["*/"+each]
		if !own && !all {
			continue
		}
		if m.verbBuckets[each], err = a.stageBucket(s, m, each); err != nil {
			return err
		}
	}
	return nil
}

// stageBucket returns the bucket that the stage's settings give a verb of a method, nil for none.
func (a *API) stageBucket(s *stage, m *method, verb string) (*throttle.Bucket, error) {
	key, settings, _ := s.settings(m, verb)
	name := throttle.Name{
		API: a.def.ID, Level: throttle.Stage, Key: s.def.Name + " " + verb + " " + m.resource.Path,
	}
	if key != "*/*" {
		name.Level = throttle.StageMethod
	}
	return a.deps.Buckets.Defined(name, settings.Throttle)
}
