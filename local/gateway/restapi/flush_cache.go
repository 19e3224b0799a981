package restapi

import "fmt"

// FlushCache forgets every reply that a stage keeps, as FlushStageCache does: its canary's too, and
// those to calls under way.
func (a *API) FlushCache(stage string) error {
	s := a.stages[stage]
	switch {
	case s == nil:
		return fmt.Errorf("REST API %s has no stage %q", a.def.Name, stage)
	case s.cache == nil:
		return fmt.Errorf("stage %s of REST API %s has no cache cluster", stage, a.def.Name)
	}
	s.cache.Flush()
	return nil
}

// Adopt goes on with the caches of an earlier API of the same id: on AWS a deployment leaves the
// cache of its stage as it is, and keys tell deployments apart. It must be called before the API
// serves its first call.
func (a *API) Adopt(old *API) {
	for name, s := range a.stages {
		before := old.stages[name]
		if s.cache == nil || before == nil || before.cache == nil ||
			before.def.CacheClusterSize != s.def.CacheClusterSize {
			continue
		}
		if s.canary != nil && s.canary.cache == s.cache {
			s.canary.cache = before.cache
		}
		s.cache = before.cache
	}
}
