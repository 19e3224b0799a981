package websocketapi

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"portico/local/gateway/exchange"
)

// checkHandshake holds the upgrade against RFC 6455, so that no function runs for one that cannot
// become a connection. Executeapi has seen GET and the Upgrade header; without them a call is plain
// HTTP. How AWS answers what is wrong here is not documented: the RFC's 400 and 426 are a guess.
func (a *API) checkHandshake(_ context.Context, c *call) error {
	c.vars.ConnectionID = exchange.NewExtendedID()
	c.vars.ConnectedAt = a.deps.Clock.Now()
	if c.request.Protocol != "HTTP/1.1" {
		return badHandshake("the upgrade came by " + c.request.Protocol + ", allowed is HTTP/1.1")
	}
	if !hasToken(c.request.Header.Values("Connection"), "upgrade") {
		return badHandshake("the header Connection does not name Upgrade")
	}
	const keyBytes = 16
	key, err := base64.StdEncoding.DecodeString(c.request.Header.Get("Sec-WebSocket-Key"))
	if err != nil || len(key) != keyBytes {
		return badHandshake("the header Sec-WebSocket-Key is not 16 bytes of base64")
	}
	if version := c.request.Header.Get("Sec-WebSocket-Version"); version != "13" {
		return wrongVersion(version)
	}
	return nil
}

// hasToken looks for a token in the values of a header, which may be lists.
func hasToken(values []string, token string) bool {
	for part := range strings.SplitSeq(strings.Join(values, ","), ",") {
		if strings.EqualFold(strings.TrimSpace(part), token) {
			return true
		}
	}
	return false
}

// chooseStage reads the stage of an upgrade: the path is the stage and nothing else.
func (a *API) chooseStage(_ context.Context, c *call) error {
	name := strings.TrimSuffix(strings.TrimPrefix(c.request.RawPath, "/"), "/")
	domain := c.request.Domain
	if domain != nil {
		if strings.Trim(domain.Path, "/") != "" {
			return forbidden("the mapping of " + domain.Name + " leads to the API as a whole, and leaves " +
				"the path " + domain.Path)
		}
		name = domain.Stage
	}
	c.vars.Stage = name
	if domain == nil && a.def.DisableExecuteAPIEndpoint {
		return forbidden("the API's own endpoint is disabled (disableExecuteApiEndpoint)")
	}
	found, ok := a.stages[name]
	if !ok {
		return forbidden(fmt.Sprintf("there is no stage %q, the path of an upgrade is /{stage}", name))
	}
	a.enterStage(c, found)
	return nil
}

// findStage finds the stage that an open connection belongs to.
func (a *API) findStage(_ context.Context, c *call) error {
	found, ok := a.stages[c.conn.stage]
	if !ok {
		return forbidden("the stage " + c.conn.stage + " of this connection is gone")
	}
	a.enterStage(c, found)
	return nil
}

func (a *API) enterStage(c *call, s *stage) {
	c.stage, c.vars.Stage, c.vars.DeploymentID = s, s.name, s.deploy
}
