package runner

import (
	"fmt"
	"net/http"

	"portico/local/gateway/restapi"
	"portico/local/gateway/throttle"
	"portico/local/gateway/usage"
)

// openUsage makes what the APIs of the account share: token buckets, and what API keys used of
// usage plans, which outlives the runner.
func (r *Runner) openUsage() error {
	r.buckets = throttle.New(r.options.Clock, quotasOf(r.app))
	options := usage.Options{Clock: r.options.Clock, Failed: func(err error) {
		r.options.Log.Error(err.Error())
	}}
	if !r.options.functionsOnly {
		options.Folder = inDir(r.options.State, "usage")
	}
	opened, err := usage.Open(options)
	if err != nil {
		return err
	}
	r.usage = opened
	return nil
}

// Usage returns what API keys used of usage plans.
func (r *Runner) Usage() *usage.Store { return r.usage }

// FlushCache forgets the replies that a stage of a REST API keeps; the API goes by its id or name.
func (r *Runner) FlushCache(api, stage string) error {
	for _, s := range r.allServed() {
		if s.ID != api && s.Name != api {
			continue
		}
		served, ok := s.api.(*restapi.API)
		if !ok {
			return fmt.Errorf("API %s has no cache: it is no REST API", api)
		}
		return served.FlushCache(stage)
	}
	return fmt.Errorf("no API has the id or name %q", api)
}

func (r *Runner) serveFlush(w http.ResponseWriter, request *http.Request) {
	if err := r.FlushCache(request.PathValue("api"), request.PathValue("stage")); err != nil {
		answer(w, http.StatusNotFound, problem{err.Error()})
		return
	}
	answer(w, http.StatusOK, struct{}{})
}
