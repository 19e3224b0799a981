package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"portico/shared/fixture"
	"portico/shared/order"
	"portico/shared/push"
)

const knownOrder = "7b0d4c46-2a70-4a5e-9d0c-5d1c7b2f9a01"

// world is everything around the handler, in memory: orders by id and by key, and the notices.
type world struct {
	orders  map[string]order.Order
	keys    map[string]string
	notices []string
	clash   bool // another caller is always faster
}

func newWorld() *world {
	return &world{
		orders: map[string]order.Order{knownOrder: {
			ID: knownOrder, Customer: "c-1001", Status: order.Placed, Version: 1,
		}},
		keys: map[string]string{},
	}
}

func (w *world) Create(_ context.Context, c order.Creation) (order.Order, bool, error) {
	if id, ok := w.keys[c.Key]; ok {
		return w.orders[id], false, nil
	}
	o := order.Order{ID: c.Key, Customer: c.Customer, Status: order.Placed, Version: 1}
	w.orders[o.ID], w.keys[c.Key] = o, o.ID
	return o, true, nil
}

func (w *world) Get(_ context.Context, id string) (order.Order, error) {
	if o, ok := w.orders[id]; ok {
		return o, nil
	}
	return order.Order{}, order.ErrNotFound
}

func (w *world) SetStatus(_ context.Context, c order.Change) (order.Order, error) {
	o := w.orders[c.ID]
	if w.clash || o.Version != c.Version {
		return order.Order{}, order.ErrConflict
	}
	o.Status, o.Version = c.Status, o.Version+1
	w.orders[c.ID] = o
	return o, nil
}

func (w *world) Publish(_ context.Context, n push.Notice) (push.Report, error) {
	w.notices = append(w.notices, n.OrderID+" "+string(n.Order.(order.Order).Status))
	return push.Report{}, errors.New("the realtime API is away") // must not fail the record
}

func (w *world) handler() *handler {
	return &handler{
		orders: w, publisher: w, log: slog.New(slog.DiscardHandler),
		now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	}
}

func TestEvents(t *testing.T) {
	cases, err := fixture.Load("../../events/webhooks")
	if err != nil {
		t.Fatal(err)
	}
	player := fixture.Player{
		Invoke: func(ctx context.Context, function string, event []byte) ([]byte, error) {
			if function == "orders" { // creates the order the webhook is about
				return []byte(`{"body":"{\"id\":\"` + knownOrder + `\"}"}`), nil
			}
			var e events.SQSEvent
			if err := json.Unmarshal(event, &e); err != nil {
				return nil, err
			}
			answer, err := newWorld().handler().handle(ctx, e)
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

func batch(bodies ...string) events.SQSEvent {
	var e events.SQSEvent
	for i, body := range bodies {
		e.Records = append(e.Records, events.SQSMessage{
			MessageId: string(rune('a' + i)), Body: body,
		})
	}
	return e
}

const (
	placed = `{"source":"acme","caller":"c-1","webhook":{"id":"e-1","type":"order.placed","customer":"c-1",
		"order":{"items":[{"sku":"tea","quantity":1}]}}}`
	paid = `{"source":"acme","caller":"c-1001","webhook":{"id":"e-2","type":"order.status","customer":"c-1001",
		"orderId":"` + knownOrder + `","status":"paid"}}`
)

func TestSubscribersAreToldOncePerChange(t *testing.T) {
	w := newWorld()
	answer, err := w.handler().handle(t.Context(), batch(placed, placed, paid, paid))
	if err != nil || len(answer.BatchItemFailures) > 0 {
		t.Fatalf("answer = %v, %v", answer, err)
	}
	want := []string{"webhook acme e-1 placed", knownOrder + " paid"}
	if diff := cmp.Diff(want, w.notices); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
}

func TestRecordsThatMayWorkLaterComeAgain(t *testing.T) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for name, row := range map[string]struct {
		ctx   context.Context
		clash bool
		want  []string
	}{
		"nothing fails":                    {context.Background(), false, nil},
		"a change at the same time":        {context.Background(), true, []string{"b"}},
		"no time left leaves every record": {ended, false, []string{"a", "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.clash = row.clash
			answer, err := w.handler().handle(row.ctx, batch(placed, paid))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, failure := range answer.BatchItemFailures {
				got = append(got, failure.ItemIdentifier)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("failures (-want +got):\n%s", diff)
			}
		})
	}
}
