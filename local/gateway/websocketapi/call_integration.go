package websocketapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
)

const (
	switchingProtocols = http.StatusSwitchingProtocols
	statusOK           = http.StatusOK
)

// errTimeout ends an invocation that takes longer than its integration allows.
var errTimeout = errors.New("timed out")

// callConnect asks the $connect integration. Any answer but 2xx goes to the client as it is, and no
// connection opens.
func (a *API) callConnect(ctx context.Context, c *call) error {
	if err := a.callIntegration(ctx, c); err != nil {
		return err
	}
	if status := c.answer.status; status < 200 || status > 599 {
		return integrationFailed(fmt.Errorf("it answered status %d, allowed are 200 to 599", status))
	}
	for _, field := range c.answer.header {
		if field.Name == "" || strings.ContainsAny(field.Name, "\r\n: ") ||
			strings.ContainsAny(field.Value, "\r\n") {
			return integrationFailed(fmt.Errorf("its header %q cannot be sent", field.Name))
		}
	}
	if c.answer.status/100 == 2 {
		c.reply = exchange.Reply{Status: switchingProtocols, Header: c.answer.header}
		return nil
	}
	c.Note("status of the integration", strconv.Itoa(c.answer.status))
	c.reply = exchange.Reply{
		Status: c.answer.status, Header: c.answer.header, Body: c.answer.body,
	}
	return pipeline.ErrAnswered
}

// invoke runs a function for at most limit, of the machine's time.
func (a *API) invoke(ctx context.Context, in exchange.Invocation, limit time.Duration) (
	exchange.Invoked, error,
) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := clock.Unmoved(a.deps.Clock).AfterFunc(limit, func() { cancel(errTimeout) })
	defer cancel(nil)
	defer stop()
	out, err := a.deps.Invoker.Invoke(ctx, in)
	if err != nil && errors.Is(context.Cause(ctx), errTimeout) {
		return out, errTimeout
	}
	return out, err
}

// overLimit says that a size is too large.
func overLimit(size, limit int) string {
	return strconv.Itoa(size) + " bytes, allowed are " + strconv.Itoa(limit)
}
