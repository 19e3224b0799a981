package restapi

import (
	"context"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/firewall"
)

// inspect asks the stage's web ACL whether the call may come in, and hands its headers on.
func (a *API) inspect(_ context.Context, c *call) error {
	arn := c.stage.def.WebACL
	if arn == "" {
		return nil
	}
	c.vars.WebACLARN = arn
	if c.stage.webACL == nil {
		return unknownWebACL(arn)
	}
	began := clock.Begin(a.deps.Clock)
	verdict := c.stage.webACL.Inspect(c.request)
	c.vars.WAFLatency = clock.Took(a.deps.Clock, began)
	c.vars.WAFResponseCode = verdict.ResponseCode()
	for _, fact := range verdict.Facts() {
		c.Note(fact.Name, fact.Value)
	}
	a.logVerdict(c, &verdict)
	if !verdict.Allowed() {
		return filtered(&verdict)
	}
	if len(verdict.Inserted) > 0 {
		c.insert(verdict.Inserted)
	}
	return nil
}

// logVerdict writes the record of the web ACL's own log, if it has one that wants it.
func (a *API) logVerdict(c *call, verdict *firewall.Verdict) {
	destination, record, ok := c.stage.webACL.Log(c.request, verdict, firewall.LogSource{
		Name: "APIGW", ID: a.def.Account.ID + ":" + a.def.ID + ":" + c.stage.def.Name,
		RequestID: c.vars.ExtendedRequestID,
	})
	if ok && a.deps.AccessLog != nil {
		a.deps.AccessLog(destination, record)
	}
}

// insert puts header lines in place of the client's own of these names. The signature is checked
// against what the client sent.
func (c *call) insert(lines exchange.Header) {
	changed := *c.request
	changed.Header = c.request.Header.Clone(len(lines))
	for _, line := range lines {
		changed.Header.Set(line.Name, line.Value)
	}
	c.request = &changed
}
