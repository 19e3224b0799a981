package websocketapi

import (
	"context"
	"fmt"
	"strconv"

	"portico/local/gateway/throttle"
)

// routeBuckets are the buckets of routes, by stage and route key.
type routeBuckets map[string]*throttle.Bucket

// compileThrottle makes the buckets of routes: of a route's own limit on a stage, else of the
// stage's default, which each route has for itself.
func (a *API) compileThrottle() error {
	a.throttle = routeBuckets{}
	for _, s := range a.def.Stages {
		for key := range a.of(s.Name).routes {
			settings, own := s.MethodSettings[key]
			if !own || settings.Throttle == nil {
				settings = s.MethodSettings["*"]
			}
			at := bucketOf(s.Name, key)
			bucket, err := a.deps.Buckets.Defined(throttle.Name{
				API: a.def.ID, Level: throttle.Route, Key: at,
			}, settings.Throttle)
			if err != nil {
				return fmt.Errorf("stage %s, route %s: throttle: %w", s.Name, key, err)
			}
			a.throttle[at] = bucket
		}
	}
	return nil
}

func bucketOf(stage, routeKey string) string { return stage + "/" + routeKey }

// throttleConnect takes tokens for an upgrade: of $connect, of the account's new connections, and
// of its requests.
func (a *API) throttleConnect(_ context.Context, c *call) error {
	return a.takeToken(c, a.throttle[bucketOf(c.stage.name, connectKey)],
		a.deps.Buckets.Connections(), a.deps.Buckets.Requests())
}

// throttleMessage takes tokens for a message: of its route, and of the account.
func (a *API) throttleMessage(_ context.Context, c *call) error {
	return a.takeToken(c, a.throttle[bucketOf(c.stage.name, c.route.key)], a.deps.Buckets.Requests())
}

// throttleCommand takes a token for a @connections call: of the account, which these calls count
// against too ("Quotas for configuring and running a WebSocket API").
func (a *API) throttleCommand(_ context.Context, c *call) error {
	decision := a.deps.Buckets.Take(a.deps.Buckets.Requests())
	if decision.Allowed {
		return nil
	}
	c.Note("level", decision.Level())
	return limitExceeded(decision.Reason())
}

func (a *API) takeToken(c *call, buckets ...*throttle.Bucket) error {
	decision := a.deps.Buckets.Take(buckets...)
	if decision.Narrow() || !decision.Allowed {
		c.Note("level", decision.Level())
		c.Note("tokens", decision.Left())
	}
	if decision.Allowed {
		return nil
	}
	return tooManyRequests(decision.Reason())
}

// checkLimits holds an upgrade to what API Gateway takes of header names and values.
func (a *API) checkLimits(_ context.Context, c *call) error {
	const most = 10_240
	size := 0
	for _, field := range c.request.Header {
		size += len(field.Name) + len(field.Value)
	}
	if size > most {
		return headersTooLarge("the header lines have " + strconv.Itoa(size) +
			" bytes, allowed are " + strconv.Itoa(most))
	}
	return nil
}
