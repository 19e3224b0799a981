package websocketapi

import (
	"context"
	"strconv"

	"portico/local/gateway/throttle"
)

// The keys of the buckets that all of an account's calls share.
const (
	accountKey     = "account"
	connectionsKey = "connections"
)

// newConnections is what AWS gives an account in a region ("Quotas for configuring and running a
// WebSocket API").
//
// Unlike AWS: each API has a bucket of its own.
func newConnections() throttle.Level {
	return throttle.Level{
		Name: "new connections", Default: &throttle.Limit{Rate: 500, Burst: 500},
	}
}

// compileThrottle makes the buckets: a route's own on a stage, else the stage's default, which each
// route has for itself; then the account's.
func (a *API) compileThrottle() error {
	limits := map[string]throttle.Limit{}
	for _, s := range a.def.Stages {
		for key := range a.routes {
			settings, own := s.MethodSettings[key]
			if !own || settings.Throttle == nil {
				settings = s.MethodSettings["*"]
			}
			if t := settings.Throttle; t != nil {
				limits[bucketOf(s.Name, key)] = throttle.Limit{Rate: t.Rate, Burst: t.Burst}
			}
		}
	}
	var err error
	a.throttle, err = throttle.New([]throttle.Level{
		{Name: "route", Limits: limits}, newConnections(), throttle.AccountLevel(),
	}, a.deps.Clock)
	return err
}

func bucketOf(stage, routeKey string) string { return stage + "/" + routeKey }

// throttleConnect takes tokens for an upgrade: of $connect, and of the account's new connections.
func (a *API) throttleConnect(_ context.Context, c *call) error {
	return a.takeToken(c, bucketOf(c.stage.name, connectKey), connectionsKey, "")
}

// throttleMessage takes tokens for a message: of its route, and of the account.
func (a *API) throttleMessage(_ context.Context, c *call) error {
	return a.takeToken(c, bucketOf(c.stage.name, c.route.key), "", accountKey)
}

func (a *API) takeToken(c *call, keys ...string) error {
	decision := a.throttle.Allow(keys...)
	if decision.Allowed {
		return nil
	}
	c.Note("level", decision.Level)
	c.Note("tokens", strconv.FormatFloat(decision.Tokens, 'f', 3, 64))
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
