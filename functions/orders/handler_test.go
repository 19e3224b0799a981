package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/shared/fixture"
	"portico/shared/names"
	"portico/shared/order"
	"portico/shared/proxy"
	"portico/shared/push"
)

// memory is a book in memory.
type memory struct {
	mu     sync.Mutex // guards orders and drafts
	orders []order.Order
	drafts map[string]order.Draft // by order id
	keys   map[string]string      // order ids by customer and key
	// meanwhile runs between a read and a write, as another caller would.
	meanwhile func()
}

func newMemory() *memory {
	return &memory{drafts: map[string]order.Draft{}, keys: map[string]string{}}
}

func (m *memory) Create(_ context.Context, c order.Creation) (order.Order, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id, ok := m.keys[c.Customer+" "+c.Key]; ok && c.Key != "" {
		if !cmp.Equal(m.drafts[id], c.Draft) {
			return order.Order{}, false, order.ErrKeyReused
		}
		return *m.find(id), false, nil
	}
	o := order.Order{
		ID:       fmt.Sprintf("00000000-0000-4000-8000-%012d", len(m.orders)+1),
		Customer: c.Customer, Status: order.Placed, Items: c.Items, Reference: c.Reference,
		Version: 1, CreatedAt: c.At, UpdatedAt: c.At,
	}
	m.orders = append(m.orders, o)
	m.drafts[o.ID], m.keys[c.Customer+" "+c.Key] = c.Draft, o.ID
	return o, true, nil
}

func (m *memory) find(id string) *order.Order {
	if i := slices.IndexFunc(m.orders, func(o order.Order) bool { return o.ID == id }); i >= 0 {
		return &m.orders[i]
	}
	return nil
}

func (m *memory) Get(_ context.Context, id string) (order.Order, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if o := m.find(id); o != nil {
		return *o, nil
	}
	return order.Order{}, order.ErrNotFound
}

func (m *memory) List(_ context.Context, l order.Listing) (order.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	page := order.Page{Orders: []order.Order{}}
	begun := l.After == order.Cursor{}
	for _, o := range slices.Backward(m.orders) {
		switch {
		case o.Customer != l.Customer:
		case !begun:
			begun = o.ID == l.After.ID
		case len(page.Orders) == int(l.Limit):
			last := page.Orders[l.Limit-1]
			page.Next = order.Cursor{ID: last.ID, CreatedAt: last.CreatedAt}
			return page, nil
		default:
			page.Orders = append(page.Orders, o)
		}
	}
	return page, nil
}

func (m *memory) SetStatus(_ context.Context, c order.Change) (order.Order, error) {
	if m.meanwhile != nil {
		m.meanwhile()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.find(c.ID)
	if o == nil || o.Version != c.Version {
		return order.Order{}, order.ErrConflict
	}
	o.Status, o.Version, o.UpdatedAt = c.Status, c.Version+1, c.At
	return *o, nil
}

// notices keeps what was published, and fails when told to.
type notices struct {
	list []push.Notice
	err  error
}

func (n *notices) Publish(_ context.Context, notice push.Notice) (push.Report, error) {
	n.list = append(n.list, notice)
	return push.Report{}, n.err
}

func newHandler() (*handler, *memory, *notices) {
	orders, told := newMemory(), &notices{}
	return &handler{
		orders: orders, publisher: told, log: slog.New(slog.DiscardHandler),
		now: func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
	}, orders, told
}

func TestEvents(t *testing.T) {
	cases, err := fixture.Load("../../events/orders")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			h, _, _ := newHandler()
			adapter := proxy.New(h.routes(), proxy.Options{BasePaths: []string{"/v1"}})
			player := fixture.Player{
				Invoke: func(ctx context.Context, _ string, event []byte) ([]byte, error) {
					answer, err := adapter.Handle(ctx, event)
					if err != nil {
						return nil, err
					}
					return json.Marshal(answer)
				},
			}
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

// call makes a request as a customer that may do everything with its orders.
func call(h *handler, line, body string, header ...string) *httptest.ResponseRecorder {
	method, target, _ := strings.Cut(line, " ")
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	r = r.WithContext(proxy.With(r.Context(), proxy.Origin{Claims: map[string]string{
		"customer": "c-1", "scope": names.ScopeRead + " " + names.ScopeWrite,
	}}))
	w := httptest.NewRecorder()
	h.routes().ServeHTTP(w, r)
	return w
}

const draft = `{"items":[{"sku":"tea","quantity":1}]}`

// place creates an order and returns its path.
func place(t *testing.T, h *handler) string {
	t.Helper()
	w := call(h, "POST /orders", draft)
	if w.Code != http.StatusCreated {
		t.Fatalf("create: %d %s", w.Code, w.Body)
	}
	return "/" + w.Header().Get("Location")
}

func TestIfMatchDecidesWhetherToUpdate(t *testing.T) {
	for name, row := range map[string]struct {
		header string
		want   int
	}{
		"the current version":        {`"1"`, http.StatusOK},
		"one of several versions":    {`"9", "1"`, http.StatusOK},
		"any version":                {`*`, http.StatusOK},
		"an old version":             {`"0"`, http.StatusPreconditionFailed},
		"a weak tag never matches":   {`W/"1"`, http.StatusPreconditionFailed},
		"a version without quotes":   {`1`, http.StatusPreconditionFailed},
		"no header asks for the tag": {``, http.StatusPreconditionRequired},
	} {
		t.Run(name, func(t *testing.T) {
			h, _, _ := newHandler()
			w := call(h, "PATCH "+place(t, h), `{"status":"paid"}`, "If-Match", row.header)
			if w.Code != row.want {
				t.Errorf("status = %d, want %d: %s", w.Code, row.want, w.Body)
			}
		})
	}
}

func TestChangeMadeMeanwhileIsAConflict(t *testing.T) {
	h, orders, told := newHandler()
	path := place(t, h)
	orders.meanwhile = func() {
		orders.meanwhile = nil
		if w := call(h, "PATCH "+path, `{"status":"cancelled"}`, "If-Match", "*"); w.Code != 200 {
			t.Errorf("the faster caller got %d", w.Code)
		}
	}
	w := call(h, "PATCH "+path, `{"status":"paid"}`, "If-Match", `"1"`)
	if w.Code != http.StatusConflict || !strings.Contains(w.Body.String(), "concurrent-change") {
		t.Errorf("the slower caller got %d %s, want 409", w.Code, w.Body)
	}
	if got := told.list[len(told.list)-1].Order.(order.Order).Status; got != order.Cancelled {
		t.Errorf("the last notice says %s, want cancelled", got)
	}
}

func TestSubscribersAreToldOfChanges(t *testing.T) {
	h, _, told := newHandler()
	told.err = errors.New("the realtime API is away") // must not trouble the caller
	path := place(t, h)
	if w := call(h, "PATCH "+path, `{"status":"paid"}`, "If-Match", "*"); w.Code != 200 {
		t.Fatalf("update: %d %s", w.Code, w.Body)
	}
	call(h, "GET "+path, "")
	var got []string
	for _, n := range told.list {
		o := n.Order.(order.Order)
		got = append(got, fmt.Sprintf("%s %s %s %d", n.Customer, n.OrderID, o.Status, o.Version))
	}
	id := strings.TrimPrefix(path, "/orders/")
	want := []string{"c-1 " + id + " placed 1", "c-1 " + id + " paid 2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
}

func TestRepeatedCreateIsToldOnce(t *testing.T) {
	h, _, told := newHandler()
	for range 2 {
		call(h, "POST /orders", draft, "Idempotency-Key", "k")
	}
	if n := len(told.list); n != 1 {
		t.Errorf("%d notices, want 1", n)
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	h, _, _ := newHandler()
	for range 5 {
		place(t, h)
	}
	var ids []string
	next := ""
	for range 3 {
		w := call(h, "GET /orders?limit=2&after="+next, "")
		var page struct {
			Orders []order.Order
			Next   string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Orders {
			ids = append(ids, o.ID[len(o.ID)-1:])
		}
		next = page.Next
	}
	if diff := cmp.Diff([]string{"5", "4", "3", "2", "1"}, ids); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	if next != "" {
		t.Errorf("the last page has next %q", next)
	}
}

// broken is a book that fails.
type broken struct{ *memory }

func (broken) Get(context.Context, string) (order.Order, error) {
	return order.Order{}, errors.New("password=secret")
}

func TestFailureKeepsItsWordsFromTheClient(t *testing.T) {
	h, orders, _ := newHandler()
	h.orders = broken{memory: orders}
	w := call(h, "GET /orders/1", "")
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("answer = %d %s, want 500 without the cause", w.Code, w.Body)
	}
}

func TestWithoutPublisherNobodyIsTold(t *testing.T) {
	h, _, _ := newHandler()
	h.publisher = nil
	place(t, h)
}
