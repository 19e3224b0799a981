package order_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/shared/order"
)

func TestStatusGoesItsWay(t *testing.T) {
	all := []order.Status{
		order.Placed, order.Paid, order.Shipped, order.Delivered, order.Cancelled,
	}
	allowed := map[[2]order.Status]bool{
		{order.Placed, order.Paid}:       true,
		{order.Placed, order.Cancelled}:  true,
		{order.Paid, order.Shipped}:      true,
		{order.Paid, order.Cancelled}:    true,
		{order.Shipped, order.Delivered}: true,
	}
	for _, from := range all {
		for _, to := range all {
			err := order.Order{Status: from}.CanBecome(to)
			var refused *order.TransitionError
			if want := allowed[[2]order.Status{from, to}]; want != (err == nil) {
				t.Errorf("%s to %s: %v, want allowed %v", from, to, err, want)
			} else if !want && !errors.As(err, &refused) {
				t.Errorf("%s to %s: error is %T", from, to, err)
			}
		}
	}
}

func TestUnknownStatusNamesTheAllowedOnes(t *testing.T) {
	_, err := order.ParseStatus("lost")
	want := `status is "lost"; allowed: placed, paid, shipped, delivered, cancelled`
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

func TestCheckNamesEveryFault(t *testing.T) {
	item := order.Item{SKU: "tea", Quantity: 1}
	with := func(items ...order.Item) order.Draft { return order.Draft{Items: items} }
	for name, row := range map[string]struct {
		draft order.Draft
		want  []string // fields
	}{
		"one item is enough":      {with(item), nil},
		"no items":                {with(), []string{"/items"}},
		"too many items":          {with(slices.Repeat([]order.Item{item}, 51)...), []string{"/items"}},
		"an item without SKU":     {with(order.Item{Quantity: 1}), []string{"/items/0/sku"}},
		"a quantity of zero":      {with(order.Item{SKU: "a"}), []string{"/items/0/quantity"}},
		"the second item's fault": {with(item, order.Item{SKU: "a"}), []string{"/items/1/quantity"}},
		"a quantity above 999": {
			with(order.Item{SKU: "a", Quantity: 1000}), []string{"/items/0/quantity"},
		},
		"a long reference": {
			order.Draft{Items: []order.Item{item}, Reference: strings.Repeat("x", 129)},
			[]string{"/reference"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range row.draft.Check() {
				got = append(got, f.Field)
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTimesSortAsText(t *testing.T) {
	early := order.At(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	late := order.At(time.Date(2026, 1, 2, 3, 4, 5, 1e6, time.UTC))
	if early != "2026-01-02T03:04:05.000Z" || early >= late {
		t.Errorf("times are %s and %s", early, late)
	}
}

func TestCursorComesBack(t *testing.T) {
	want := order.Cursor{ID: "o-1", CreatedAt: "2026-01-02T03:04:05.000Z"}
	got, err := order.ParseCursor(want.String())
	if err != nil || got != want {
		t.Errorf("ParseCursor(%q) = %v, %v", want.String(), got, err)
	}
	for _, bad := range []string{"%", "bm8", "e30"} { // no base64url, no JSON, an empty object
		if _, err := order.ParseCursor(bad); err == nil {
			t.Errorf("cursor %q is accepted", bad)
		}
	}
}

func FuzzParseCursor(f *testing.F) {
	f.Add(order.Cursor{ID: "o-1", CreatedAt: "2026-01-02T03:04:05.000Z"}.String())
	f.Add("e30")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := order.ParseCursor(s)
		if err != nil || s == "" {
			return
		}
		if again, err := order.ParseCursor(c.String()); err != nil || again != c {
			t.Errorf("%q read as %v, written and read again as %v, %v", s, c, again, err)
		}
	})
}
