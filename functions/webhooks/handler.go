package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"portico/shared/order"
	"portico/shared/push"
)

// book is where orders are kept; *order.Store is one.
type book interface {
	Create(ctx context.Context, c order.Creation) (o order.Order, created bool, err error)
	Get(ctx context.Context, id string) (order.Order, error)
	SetStatus(ctx context.Context, c order.Change) (order.Order, error)
}

// publisherOfChanges tells subscribers of a change; *push.Sender is one.
type publisherOfChanges interface {
	Publish(ctx context.Context, n push.Notice) (push.Report, error)
}

// handler works off batches.
type handler struct {
	orders    book
	publisher publisherOfChanges // nil tells nobody
	log       *slog.Logger
	now       func() time.Time
}

// message is what the API makes of a webhook.
type message struct {
	Source    string  `json:"source"` // the part of the path behind webhooks/
	Caller    string  `json:"caller"` // the customer that the authorizer let in
	RequestID string  `json:"requestId"`
	Webhook   webhook `json:"webhook"`
}

// webhook is what a partner sends.
type webhook struct {
	ID       string      `json:"id"`   // the partner's own, the same when it sends again
	Type     string      `json:"type"` // order.placed or order.status
	Customer string      `json:"customer"`
	Order    order.Draft `json:"order"`   // of order.placed
	OrderID  string      `json:"orderId"` // of order.status
	Status   string      `json:"status"`  // of order.status
}

// handle works off a batch record by record, in its order, and reports those that failed.
func (h *handler) handle(ctx context.Context, e events.SQSEvent) (events.SQSEventResponse, error) {
	answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
	for i := range e.Records {
		record := &e.Records[i]
		log := h.log.With("message", record.MessageId)
		if err := h.work(ctx, record); err != nil {
			log.ErrorContext(ctx, "failed", "error", err,
				"received", record.Attributes["ApproximateReceiveCount"])
			answer.BatchItemFailures = append(answer.BatchItemFailures,
				events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
			continue
		}
		log.InfoContext(ctx, "worked off")
	}
	return answer, nil
}

func (h *handler) work(ctx context.Context, record *events.SQSMessage) error {
	if err := ctx.Err(); err != nil { // no time left: the rest of the batch comes again
		return err
	}
	var m message
	if err := json.Unmarshal([]byte(record.Body), &m); err != nil {
		return fmt.Errorf("reading the message: %w", err)
	}
	hook := &m.Webhook
	if m.Source == "" {
		return errors.New("the message names no source")
	}
	if hook.ID == "" || hook.Customer == "" {
		return fmt.Errorf("the webhook has id %q and customer %q; both are needed",
			hook.ID, hook.Customer)
	}
	if m.Caller != hook.Customer {
		return fmt.Errorf("caller %q sent a webhook of customer %q; each may send its own alone",
			m.Caller, hook.Customer)
	}
	switch hook.Type {
	case "order.placed":
		return h.place(ctx, m.Source, hook)
	case "order.status":
		return h.setStatus(ctx, hook)
	}
	return fmt.Errorf("the webhook has type %q; allowed: order.placed, order.status", hook.Type)
}

// place stores an order. SQS delivers at least once, and partners repeat themselves: source and
// id make one order.
func (h *handler) place(ctx context.Context, source string, hook *webhook) error {
	if faults := hook.Order.Check(); faults != nil {
		return fmt.Errorf("the order is invalid: %v", faults)
	}
	o, created, err := h.orders.Create(ctx, order.Creation{
		Draft: hook.Order, Customer: hook.Customer, Key: "webhook " + source + " " + hook.ID,
		At: order.At(h.now()),
	})
	if err != nil {
		return err
	}
	if created {
		h.publish(ctx, o)
	}
	return nil
}

// setStatus gives an order a status; one it has already is a repetition and no fault.
func (h *handler) setStatus(ctx context.Context, hook *webhook) error {
	status, err := order.ParseStatus(hook.Status)
	if err != nil {
		return err
	}
	o, err := h.orders.Get(ctx, hook.OrderID)
	if err == nil && o.Customer != hook.Customer {
		err = fmt.Errorf("order %s of customer %s: %w", hook.OrderID, hook.Customer,
			order.ErrNotFound)
	}
	if err != nil {
		return err
	}
	if o.Status == status {
		return nil
	}
	if err := o.CanBecome(status); err != nil {
		return fmt.Errorf("order %s: %w", o.ID, err)
	}
	o, err = h.orders.SetStatus(ctx, order.Change{
		ID: o.ID, Status: status, Version: o.Version, At: order.At(h.now()),
	})
	if errors.Is(err, order.ErrConflict) {
		return fmt.Errorf("leaving the record for the next delivery: %w", err)
	}
	if err != nil {
		return err
	}
	h.publish(ctx, o)
	return nil
}

// publish tells the subscribers. The order is stored by now, so a push that fails is only logged.
func (h *handler) publish(ctx context.Context, o order.Order) {
	if h.publisher == nil {
		return
	}
	_, err := h.publisher.Publish(ctx, push.Notice{OrderID: o.ID, Customer: o.Customer, Order: o})
	if err != nil {
		h.log.WarnContext(ctx, "push failed", "order", o.ID, "error", err)
	}
}
