package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/shared/fixture"
	"portico/shared/push"
)

const knownOrder = "7b0d4c46-2a70-4a5e-9d0c-5d1c7b2f9a01"

// world is everything around the handler, in memory: what was done to the rows, and pushed.
type world struct {
	rows    []string
	pushed  []string
	pushErr error
}

func (w *world) Connect(_ context.Context, c push.Connection) error {
	w.rows = append(w.rows, fmt.Sprintf("connect %s %s %s", c.ID, c.Customer,
		c.Expires.UTC().Format(time.RFC3339)))
	return nil
}

func (w *world) Subscribe(_ context.Context, c push.Connection, orderID string) error {
	w.rows = append(w.rows, fmt.Sprintf("subscribe %s %s %s", c.ID, c.Customer, orderID))
	return nil
}

func (w *world) Unsubscribe(_ context.Context, id, orderID string) error {
	w.rows = append(w.rows, fmt.Sprintf("unsubscribe %s %s", id, orderID))
	return nil
}

func (w *world) Disconnect(_ context.Context, id string) error {
	w.rows = append(w.rows, "disconnect "+id)
	return nil
}

func (w *world) Send(_ context.Context, id string, message any) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	w.pushed = append(w.pushed, id+" "+string(text))
	return w.pushErr
}

func (w *world) handler() *handler {
	return &handler{
		connections: w, sender: w, log: slog.New(slog.DiscardHandler),
	}
}

func TestEvents(t *testing.T) {
	cases, err := fixture.Load("../../events/realtime")
	if err != nil {
		t.Fatal(err)
	}
	player := fixture.Player{
		Invoke: func(ctx context.Context, _ string, event []byte) ([]byte, error) {
			var r request
			if err := json.Unmarshal(event, &r); err != nil {
				return nil, err
			}
			answer, err := (&world{}).handler().handle(ctx, r)
			if err != nil {
				return nil, err
			}
			return json.Marshal(answer)
		},
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			differences, err := player.Play(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			for _, difference := range differences {
				t.Error(difference)
			}
		})
	}
}

func event(route, body string) request {
	var r request
	r.RequestContext.RouteKey = route
	r.RequestContext.ConnectionID = "one="
	r.RequestContext.ConnectedAt = 1767225600000
	r.RequestContext.Authorizer = map[string]any{"principalId": "u-1", "customer": "c-1001"}
	r.Body = body
	return r
}

func TestRoutesKeepTheirRows(t *testing.T) {
	about := `{"orderId":"` + knownOrder + `"}`
	for name, row := range map[string]struct {
		event request
		want  []string
	}{
		"$connect stores the connection for two hours": {
			event("$connect", ""), []string{"connect one= c-1001 2026-01-01T02:00:00Z"},
		},
		"$disconnect forgets it": {event("$disconnect", ""), []string{"disconnect one="}},
		"subscribe stores the order": {
			event("subscribe", about), []string{"subscribe one= c-1001 " + knownOrder},
		},
		"unsubscribe forgets the order": {
			event("unsubscribe", about), []string{"unsubscribe one= " + knownOrder},
		},
		"subscribe to no order stores nothing": {event("subscribe", `{}`), nil},
		"$default stores nothing":              {event("$default", about), nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{}
			if _, err := w.handler().handle(t.Context(), row.event); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(row.want, w.rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMessagesWithoutARouteAreAnsweredByPush(t *testing.T) {
	for name, row := range map[string]struct {
		body, want string
		pushErr    error
	}{
		"a ping":            {`{"action":"ping"}`, `{"type":"pong"}`, nil},
		"no JSON":           {`hello`, `{"type":"error","message":"the message is no JSON"}`, nil},
		"a gone client":     {`{"action":"ping"}`, `{"type":"pong"}`, push.ErrGone},
		"a push that fails": {`{"action":"ping"}`, `{"type":"pong"}`, errors.New("no route to host")},
		"an unknown action": {
			`{"action":"dance"}`, `{"type":"error","message":"action is \"dance\"; ` +
				`allowed: subscribe, unsubscribe, ping"}`, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{pushErr: row.pushErr}
			answer, err := w.handler().handle(t.Context(), event("$default", row.body))
			if err != nil || answer.StatusCode != 200 || answer.Body != "" {
				t.Fatalf("answer = %v, %v, want an empty 200", answer, err)
			}
			if diff := cmp.Diff([]string{"one= " + row.want}, w.pushed); diff != "" {
				t.Errorf("pushed (-want +got):\n%s", diff)
			}
		})
	}
}
