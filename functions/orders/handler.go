package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portico/shared/order"
	"portico/shared/push"
)

// Page sizes of a list.
const (
	defaultLimit = 20
	maxLimit     = 100
)

// maxKey is the longest Idempotency-Key.
const maxKey = 128

// book is where orders are kept; *order.Store is one.
type book interface {
	Create(ctx context.Context, c order.Creation) (o order.Order, created bool, err error)
	Get(ctx context.Context, id string) (order.Order, error)
	List(ctx context.Context, l order.Listing) (order.Page, error)
	SetStatus(ctx context.Context, c order.Change) (order.Order, error)
}

// publisherOfChanges tells subscribers of a change; *push.Sender is one.
type publisherOfChanges interface {
	Publish(ctx context.Context, n push.Notice) (push.Report, error)
}

// handler answers the calls.
type handler struct {
	orders    book
	publisher publisherOfChanges // nil tells nobody
	log       *slog.Logger
	now       func() time.Time
}

func (h *handler) create(w http.ResponseWriter, r *http.Request, c caller) error {
	key := r.Header.Get("Idempotency-Key")
	if len(key) > maxKey {
		return badRequest(fmt.Sprintf("Idempotency-Key has %d characters; allowed: at most %d.",
			len(key), maxKey))
	}
	var draft order.Draft
	if err := readJSON(r, &draft); err != nil {
		return err
	}
	if faults := draft.Check(); faults != nil {
		return unprocessable("The order cannot be placed as it is.", faults)
	}
	o, created, err := h.orders.Create(r.Context(), order.Creation{
		Draft: draft, Customer: c.customer, Key: key, At: order.At(h.now()),
	})
	if errors.Is(err, order.ErrKeyReused) {
		return keyReused()
	}
	if err != nil {
		return err
	}
	if created {
		h.publish(r.Context(), o)
	} else {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	// Relative to the request, because the APIs serve orders below different paths.
	w.Header().Set("Location", "orders/"+o.ID)
	return writeOrder(w, http.StatusCreated, o)
}

func (h *handler) get(w http.ResponseWriter, r *http.Request, c caller) error {
	o, err := h.find(r, c)
	if err != nil {
		return err
	}
	return writeOrder(w, http.StatusOK, o)
}

// find reads the order of the path. Someone else's order is answered like none at all, so that
// ids cannot be probed.
func (h *handler) find(r *http.Request, c caller) (order.Order, error) {
	id := r.PathValue("id")
	o, err := h.orders.Get(r.Context(), id)
	if errors.Is(err, order.ErrNotFound) || err == nil && o.Customer != c.customer {
		return order.Order{}, notFound("There is no order " + id + ".")
	}
	return o, err
}

func (h *handler) list(w http.ResponseWriter, r *http.Request, c caller) error {
	return h.listOf(w, r, c.customer)
}

// listAny lists the orders of the customer named in the query.
func (h *handler) listAny(w http.ResponseWriter, r *http.Request, _ caller) error {
	customer := r.URL.Query().Get("customer")
	if customer == "" {
		return badRequest("Name the customer in the query: ?customer=…")
	}
	return h.listOf(w, r, customer)
}

func (h *handler) listOf(w http.ResponseWriter, r *http.Request, customer string) error {
	query := r.URL.Query()
	limit := defaultLimit
	if text := query.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			return badRequest(fmt.Sprintf("limit is %q; allowed: 1 to %d.", text, maxLimit))
		}
	}
	after, err := order.ParseCursor(query.Get("after"))
	if err != nil {
		return badRequest(err.Error() + "; take it from next of the page before.")
	}
	page, err := h.orders.List(r.Context(), order.Listing{
		Customer: customer, Limit: int32(limit), After: after,
	})
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, struct {
		Orders []order.Order `json:"orders"`
		Next   string        `json:"next,omitempty"`
	}{Orders: page.Orders, Next: page.Next.String()})
}

// update changes the status: 412 when the caller's version is old already, 409 when someone else
// is faster between reading and writing.
func (h *handler) update(w http.ResponseWriter, r *http.Request, c caller) error {
	var patch struct {
		Status string `json:"status"`
	}
	if err := readJSON(r, &patch); err != nil {
		return err
	}
	status, err := order.ParseStatus(patch.Status)
	if err != nil {
		return unprocessable("The order cannot be changed so.",
			[]order.Fault{{Field: "/status", Detail: err.Error()}})
	}
	o, err := h.find(r, c)
	if err != nil {
		return err
	}
	if err := matches(r.Header.Get("If-Match"), etag(o)); err != nil {
		return err
	}
	if err := o.CanBecome(status); err != nil {
		return conflict("status-transition", sentence(err))
	}
	o, err = h.orders.SetStatus(r.Context(), order.Change{
		ID: o.ID, Status: status, Version: o.Version, At: order.At(h.now()),
	})
	if errors.Is(err, order.ErrConflict) {
		return conflict("concurrent-change",
			"Someone else changed the order at the same time; read it again.")
	}
	if err != nil {
		return err
	}
	h.publish(r.Context(), o)
	return writeOrder(w, http.StatusOK, o)
}

func (h *handler) health(w http.ResponseWriter, _ *http.Request, _ caller) error {
	return writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}

func (h *handler) unknown(_ http.ResponseWriter, r *http.Request, _ caller) error {
	return notFound("There is no " + r.Method + " " + r.URL.Path + ".")
}

// publish tells the subscribers. The order is stored by now, so a push that fails is logged and
// not the caller's trouble.
func (h *handler) publish(ctx context.Context, o order.Order) {
	if h.publisher == nil {
		return
	}
	report, err := h.publisher.Publish(ctx, push.Notice{
		OrderID: o.ID, Customer: o.Customer, Order: o,
	})
	log := h.log.With("order", o.ID, "version", o.Version, "sent", report.Sent, "gone", report.Gone)
	if err != nil {
		log.WarnContext(ctx, "push failed", "error", err)
		return
	}
	log.DebugContext(ctx, "pushed")
}

// readJSON reads a body into v; members v does not know are refused, for they are misspelt.
func readJSON(r *http.Request, v any) error {
	body := json.NewDecoder(r.Body)
	body.DisallowUnknownFields()
	if err := body.Decode(v); err != nil {
		return badRequest("The body is not the expected JSON: " + err.Error() + ".")
	}
	if _, err := body.Token(); !errors.Is(err, io.EOF) {
		return badRequest("The body has more than one JSON value.")
	}
	return nil
}

func writeOrder(w http.ResponseWriter, status int, o order.Order) error {
	w.Header()["ETag"] = []string{etag(o)} // Set would write Etag
	return writeJSON(w, status, o)
}

func writeJSON(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, err = w.Write(body)
	return err
}

func etag(o order.Order) string { return strconv.Quote(strconv.FormatInt(o.Version, 10)) }

// matches compares If-Match with the order's tag as RFC 9110 13.1.1 says: a list of strong tags,
// or * for any version.
func matches(header, tag string) error {
	if header == "" {
		return preconditionRequired()
	}
	for candidate := range strings.SplitSeq(header, ",") {
		if candidate = strings.TrimSpace(candidate); candidate == tag || candidate == "*" {
			return nil
		}
	}
	return stale(tag)
}

// sentence writes an error for a person.
func sentence(err error) string {
	text := err.Error()
	return strings.ToUpper(text[:1]) + text[1:] + "."
}
