// Package order is the order: what it consists of, the way its status may go, and its table.
//
// The functions orders and webhooks change orders through the Store, which keeps two promises:
// the same key creates one order, and no change is lost to another made at the same time. It does
// not know who calls, nor who wants to hear of a change.
package order

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Order is one customer's order.
type Order struct {
	ID        string `dynamodbav:"id"                  json:"id"`
	Customer  string `dynamodbav:"customer"            json:"customer"`
	Status    Status `dynamodbav:"status"              json:"status"`
	Items     []Item `dynamodbav:"items"               json:"items"`
	Reference string `dynamodbav:"reference,omitempty" json:"reference,omitempty"`
	// Version is 1 for a new order and grows by one with every change.
	Version   int64 `dynamodbav:"version"   json:"version"`
	CreatedAt Time  `dynamodbav:"createdAt" json:"createdAt"`
	UpdatedAt Time  `dynamodbav:"updatedAt" json:"updatedAt"`
}

// Item is one line of an order.
type Item struct {
	SKU      string `dynamodbav:"sku"      json:"sku"`
	Quantity int    `dynamodbav:"quantity" json:"quantity"`
}

// Time is a moment as RFC 3339 text with milliseconds in UTC, so that text sorts as time does.
type Time string

// At writes a moment.
func At(t time.Time) Time { return Time(t.UTC().Format("2006-01-02T15:04:05.000Z")) }

// Status is where an order stands.
type Status string

// The statuses of an order.
const (
	Placed    Status = "placed"
	Paid      Status = "paid"
	Shipped   Status = "shipped"
	Delivered Status = "delivered"
	Cancelled Status = "cancelled"
)

// next lists the statuses that may follow one.
func (s Status) next() []Status {
	switch s {
	case Placed:
		return []Status{Paid, Cancelled}
	case Paid:
		return []Status{Shipped, Cancelled}
	case Shipped:
		return []Status{Delivered}
	}
	return nil
}

// ParseStatus reads a status.
func ParseStatus(text string) (Status, error) {
	all := []Status{Placed, Paid, Shipped, Delivered, Cancelled}
	if s := Status(text); slices.Contains(all, s) {
		return s, nil
	}
	return "", fmt.Errorf("status is %q; allowed: %s", text, list(all))
}

// TransitionError says that a status cannot follow the present one.
type TransitionError struct{ From, To Status }

// Error names both statuses and what may follow.
func (e *TransitionError) Error() string {
	may := "nothing"
	if next := e.From.next(); len(next) > 0 {
		may = list(next)
	}
	return fmt.Sprintf("a %s order cannot become %s; after %s may come: %s", e.From, e.To, e.From, may)
}

// CanBecome returns a *TransitionError unless the order may take the status.
func (o Order) CanBecome(s Status) error {
	if !slices.Contains(o.Status.next(), s) {
		return &TransitionError{From: o.Status, To: s}
	}
	return nil
}

// Draft is what a customer wants to order.
type Draft struct {
	Items     []Item `json:"items"`
	Reference string `json:"reference,omitempty"`
}

// Limits of a draft.
const (
	MaxItems     = 50
	MaxQuantity  = 999
	MaxSKU       = 64
	MaxReference = 128
)

// Fault is one thing wrong with a draft.
type Fault struct {
	Field  string `json:"field"` // a JSON pointer into the draft
	Detail string `json:"detail"`
}

// Check returns everything that is wrong with a draft.
func (d Draft) Check() []Fault {
	var faults []Fault
	if n := len(d.Items); n < 1 || n > MaxItems {
		faults = append(faults, Fault{
			Field: "/items", Detail: fmt.Sprintf("has %d items; allowed: 1 to %d", n, MaxItems),
		})
	}
	for i, item := range d.Items {
		if n := len(item.SKU); n < 1 || n > MaxSKU {
			faults = append(faults, Fault{
				Field:  fmt.Sprintf("/items/%d/sku", i),
				Detail: fmt.Sprintf("has %d characters; allowed: 1 to %d", n, MaxSKU),
			})
		}
		if q := item.Quantity; q < 1 || q > MaxQuantity {
			faults = append(faults, Fault{
				Field:  fmt.Sprintf("/items/%d/quantity", i),
				Detail: fmt.Sprintf("is %d; allowed: 1 to %d", q, MaxQuantity),
			})
		}
	}
	if n := len(d.Reference); n > MaxReference {
		faults = append(faults, Fault{
			Field:  "/reference",
			Detail: fmt.Sprintf("has %d characters; allowed: at most %d", n, MaxReference),
		})
	}
	return faults
}

func list[T ~string](values []T) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return strings.Join(texts, ", ")
}
