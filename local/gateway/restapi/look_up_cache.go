package restapi

import (
	"context"

	"portico/local/gateway/cache"
	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
)

// lookUpCache answers with a reply that is kept. One that is not is fetched by this call, and equal
// calls wait for it.
func (a *API) lookUpCache(ctx context.Context, c *call) error {
	if c.stage.cache == nil {
		return nil
	}
	plan := c.method.settled[c.vars.HTTPMethod].cache
	if plan == nil {
		return nil
	}
	look := cache.Lookup{Key: plan.key(c), TTL: plan.ttl}
	if cache.AsksForNew(c.request.Header) {
		decision := plan.control.Decide(plan.control.RequireAuthorization && c.mayInvalidate())
		c.Note("asks for a new reply", string(decision))
		switch decision {
		case cache.Refuse:
			return mayNotInvalidate(c.method.route)
		case cache.Refresh:
			look.Refresh = true
		case cache.Warn:
			c.warned = true
		}
	}
	found, err := c.stage.cache.Find(ctx, look)
	if err != nil {
		return err
	}
	if !found.Hit {
		c.Note("cache", "miss")
		c.fill = found.Fill
		return nil
	}
	c.cached = true
	c.Note("cache", "hit")
	c.Note("age", found.Age.String())
	return a.answerFromCache(ctx, c, &found)
}

// key returns what the reply to a call is kept under.
func (p *cachePlan) key(c *call) cache.Key {
	return p.keys.Key(c.stage.def.DeploymentID, c.vars.HTTPMethod, func(i int) (string, bool) {
		return p.sources[i].value(c)
	})
}

// answerFromCache makes a kept reply that of the call: the trace is the call's own, and it is
// compressed as this client wants it.
func (a *API) answerFromCache(ctx context.Context, c *call, found *cache.Result) error {
	c.reply, c.kept = found.Reply, true
	if c.reply.Header.Has("X-Amzn-Trace-Id") {
		c.reply.Header.Set("X-Amzn-Trace-Id", c.traceHeader().full)
	}
	c.warn()
	if err := a.compressReply(ctx, c); err != nil {
		return err
	}
	return pipeline.ErrAnswered
}

// warn tells a client that its wish for a new reply was passed over, where the stage wants that.
func (c *call) warn() {
	if c.warned {
		c.reply.Header.Add(cache.WarningName, cache.WarningValue)
	}
}

// setAside returns the reply of a call that the cache answered, and keeps the call's memory for a
// later one: it was never with an integration, so nothing is left that could still look at it.
func (a *API) setAside(c *call) *exchange.Reply {
	reply := c.reply
	*c = call{}
	a.spare.Put(c)
	return &reply
}

// spareCall returns a call with nothing in it.
func (a *API) spareCall() *call {
	if c, ok := a.spare.Get().(*call); ok {
		return c
	}
	return &call{}
}

// invalidator is a guard that knows whether a caller whom it let in may get a new reply.
type invalidator interface {
	mayInvalidate(c *call) bool
}

var (
	_ invalidator = (*iam)(nil)
	_ invalidator = (*lambdaAuthorizer)(nil)
)

// mayInvalidate asks the method's guard; one that knows no policies allows nobody.
func (c *call) mayInvalidate() bool {
	guard, ok := c.method.authorization.(invalidator)
	return ok && guard.mayInvalidate(c)
}
