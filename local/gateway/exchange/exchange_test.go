package exchange_test

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
)

func TestHeader(t *testing.T) {
	header := exchange.Header{{Name: "A", Value: "1"}, {Name: "b", Value: "2"}, {Name: "a", Value: "3"}}
	if got := header.Get("a"); got != "1" {
		t.Errorf("got %q, want the first value", got)
	}
	if diff := cmp.Diff([]string{"1", "3"}, header.Values("a")); diff != "" {
		t.Error(diff)
	}
	set := header.Clone(1)
	set.Set("a", "4")
	if diff := cmp.Diff(exchange.Header{{Name: "a", Value: "4"}, {Name: "b", Value: "2"}}, set); diff != "" {
		t.Error(diff)
	}
	deleted := header.Clone(0)
	deleted.Del("A")
	if diff := cmp.Diff(exchange.Header{{Name: "b", Value: "2"}}, deleted); diff != "" {
		t.Error(diff)
	}
	if len(header) != 3 || header.Has("c") || !header.Has("B") {
		t.Errorf("the original changed: %v", header)
	}
}

func TestIDs(t *testing.T) {
	extended := regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{14}=$`)
	for range 1000 {
		if id := exchange.NewExtendedID(); !extended.MatchString(id) {
			t.Fatalf("extended id %q does not match %v", id, extended)
		}
	}
	if first, second := exchange.NewExtendedID(), exchange.NewExtendedID(); first == second {
		t.Errorf("two extended ids are %s", first)
	}
}

func TestRecordReasonIsTheFirst(t *testing.T) {
	record := exchange.Record{Marks: []pipeline.Mark{{Step: "a"}, {Step: "b", Reason: "no"}, {Step: "c", Reason: "late"}}}
	if got := record.Reason(); got != "no" {
		t.Errorf("got %q, want %q", got, "no")
	}
}
