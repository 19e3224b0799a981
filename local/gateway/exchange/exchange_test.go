package exchange_test

import (
	"encoding/json"
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

func TestAKeptRecordIsNotTheLentOne(t *testing.T) {
	record := func(path string, marks ...pipeline.Mark) *exchange.Record {
		return &exchange.Record{Path: path, Marks: marks}
	}
	mark := func(step string, facts ...pipeline.Fact) pipeline.Mark {
		return pipeline.Mark{Step: step, Facts: facts}
	}
	one, two := pipeline.Fact{Name: "one", Value: "1"}, pipeline.Fact{Name: "two", Value: "2"}
	var kept exchange.Record
	for _, r := range []struct {
		name string
		lent *exchange.Record
	}{
		{"the first", record("/a", mark("x", one), mark("y"))},
		{"a longer one", record("/b", mark("x", one, two), mark("y", two), mark("z", one))},
		{"a shorter one", record("/c", mark("z", two))},
		{"as long as before", record("/d", mark("a", one, two), mark("b", two, one))},
		{"without facts", record("/e", mark("a"), mark("b"), mark("c"))},
		{"again a longer one", record("/g", mark("x", two), mark("y", one), mark("z"), mark("w", one))},
	} {
		r.lent.Keep(&kept)
		want, err := json.Marshal(r.lent)
		if err != nil {
			t.Fatal(err)
		}
		for i := range r.lent.Marks { // as another call does, once the record is given back
			for j := range r.lent.Marks[i].Facts {
				r.lent.Marks[i].Facts[j].Value = "of another call"
			}
			r.lent.Marks[i].Step = "of another call"
		}
		got, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", r.name, diff)
		}
	}
}
