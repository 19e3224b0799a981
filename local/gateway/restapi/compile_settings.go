package restapi

import (
	"fmt"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/cache"
	"portico/local/gateway/executionlog"
	"portico/local/gateway/route"
)

// settled is what the stage's settings make of one verb of a method, beside its throttle.
type settled struct {
	cache *cachePlan // nil: replies are not kept
	log   executionlog.Settings
}

// cachePlan says how replies are kept.
type cachePlan struct {
	keys    *cache.Keys
	sources []source // of what the keys are made of
	ttl     time.Duration
	control cache.Control
}

// settings returns the stage's settings that hold for a verb of a method, and what they are written
// under. The narrowest hold; those have taken over what they do not set themselves.
func (s *stage) settings(m *method, verb string) (key string, found api.MethodSettings, ok bool) {
	path := m.resource.Path
	for _, key := range []string{
		path + "/" + verb, path + "/" + m.verb, path + "/*", "*/" + verb, "*/*",
	} {
		if found, ok := s.def.MethodSettings[key]; ok {
			return key, found, true
		}
	}
	return "", api.MethodSettings{}, false
}

// settle compiles the settings for every verb that a method serves.
func (a *API) settle(s *stage, m *method) error {
	verbs := []string{m.verb}
	if m.verb == route.Any {
		verbs = anyVerbs
	}
	for _, verb := range verbs {
		key, settings, ok := s.settings(m, verb)
		if !ok {
			continue
		}
		if m.settled == nil {
			m.settled = make(map[string]settled, len(verbs))
		}
		made := settled{}
		if a.deps.ExecutionLog != nil {
			made.log = executionlog.SettingsOf(&settings)
		}
		if s.def.CacheClusterSize != "" && cache.Caches(key, settings, verb) &&
			m.def.Integration.ResponseMode != streamed {
			var err error
			if made.cache, err = compileCachePlan(m, &settings); err != nil {
				return fmt.Errorf("cache: %w", err)
			}
		}
		m.settled[verb] = made
		s.logs = s.logs || made.log != executionlog.Settings{}
	}
	return nil
}

func compileCachePlan(m *method, settings *api.MethodSettings) (*cachePlan, error) {
	keys, err := cache.CompileKeys(m.resource, m.def)
	if err != nil {
		return nil, err
	}
	control, err := cache.NewControl(settings.RequireAuthorizationForCacheControl,
		settings.UnauthorizedCacheControlHeaderStrategy)
	if err != nil {
		return nil, err
	}
	plan := &cachePlan{
		keys: keys, control: control, ttl: time.Duration(settings.CacheTTL) * time.Second,
	}
	for _, expression := range keys.Expressions() {
		from, err := parseSource(expression)
		if err != nil {
			return nil, err
		}
		plan.sources = append(plan.sources, from)
	}
	return plan, nil
}

// provideCache gives a stage with a cache cluster its cache; its canary uses the same, if it may.
func (a *API) provideCache(s *stage) error {
	if s.def.CacheClusterSize == "" {
		return nil
	}
	size, err := cache.ClusterBytes(s.def.CacheClusterSize)
	if err != nil {
		return fmt.Errorf("stage %s: %w", s.def.Name, err)
	}
	s.cache = cache.New(cache.Options{Clock: a.deps.Clock, Bytes: size})
	if s.canary == nil {
		return nil
	}
	release := cache.Release{
		DeploymentID: s.canary.def.DeploymentID, Canary: true,
		UseStageCache: s.def.Canary.UseStageCache,
	}
	if release.Cached() {
		s.canary.cache = s.cache
	}
	return nil
}
