package release

import (
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestEntriesAreReadAsLines(t *testing.T) {
	samples := &Samples{
		Baseline:  Sample{Calls: 400, Errors: 2, P50: 10 * time.Millisecond, P99: 81234 * time.Microsecond},
		Candidate: Sample{Calls: 21, P50: 9 * time.Millisecond, P99: 123456 * time.Microsecond},
	}
	for want, entry := range map[string]Entry{
		"12:00:00  started       stack partner: d2 in the place of d1": {
			Event: Started, Target: "stack partner", Position: Position{Baseline: "d1", Candidate: "d2"},
		},
		"12:00:00  moving        d1, and d2 with 5 %": {Event: Moving, Position: Position{"d1", "d2", 5}},
		"12:00:00  looked          5 %: canary 0 of 21 failed, p99 123ms; baseline 2 of 400 failed, " +
			"p99 81.2ms: too few calls": {
			Event: Looked, Position: Position{"d1", "d2", 5}, Samples: samples,
			Verdict: &Verdict{TooFew, "the candidate served 21 calls, 50 are needed"},
		},
		"12:00:00  looked        100 %: canary no calls; baseline no calls: worse, in ALARM: a": {
			Event: Looked, Position: Position{"d1", "d2", 100}, Samples: &Samples{},
			Verdict: &Verdict{Worse, "in ALARM: a"},
		},
		"12:00:00  rolled back   d1 alone (customers call)": {
			Event: RolledBack, Position: Position{Baseline: "d1"}, Why: "customers call",
		},
	} {
		entry.Time = noon
		same(t, "the line", want, entry.String())
	}
}

func TestTheTableOfAStatus(t *testing.T) {
	status := Status{
		Target: "stack partner", Position: Position{"abc123", "def4567", 25}, Release: "r1",
		Event: Looked, Steps: []float64{5, 25, 100}, Since: noon, Now: noon.Add(7 * time.Minute),
		Samples: Samples{
			Baseline: Sample{
				Calls: 11304, Errors: 12, P50: 12 * time.Millisecond, P99: 1234567 * time.Microsecond,
			},
			Candidate: Sample{Calls: 2911, Errors: 3, P50: 12340 * time.Microsecond, P99: 240 * time.Millisecond},
		},
		Verdict: &Verdict{Healthy, "3 of 2911 calls failed, of the baseline's 12 of 11304"},
		Alarms:  []string{"a", "b"},
	}
	const want = `
stack partner serves abc123, and def4567 with 25 %
calls since 12:00:00 (7m0s)
          SERVES     SHARE   REQUESTS            ERRORS       P50       P99
baseline  abc123      75 %      11304       12 (0.11 %)      12ms     1.23s
canary    def4567     25 %       2911        3 (0.10 %)    12.3ms     240ms
release r1: looked, step 2 of 3
healthy: 3 of 2911 calls failed, of the baseline's 12 of 11304
in ALARM: a, b
`
	out := &strings.Builder{}
	if err := status.WriteTable(out); err != nil {
		t.Fatal(err)
	}
	same(t, "the table", strings.TrimPrefix(want, "\n"), out.String())
}

func TestHistory(t *testing.T) {
	records := Records{Dir: t.TempDir()}
	plan := DefaultPlan()
	begin := func(at time.Time, candidate string) *Record {
		record, err := records.create(Entry{
			Time: at, Event: Started, By: "ann", Target: "stack partner", Plan: &plan,
			Begin:    &Position{Baseline: "d1"},
			Position: Position{Baseline: "d1", Candidate: candidate},
		})
		if err != nil {
			t.Fatal(err)
		}
		return record
	}
	ended := begin(noon, "d2")
	if err := ended.add(Entry{
		Time: noon.Add(20 * time.Minute), Event: RolledBack, By: "bob", Why: "customers call",
	}); err != nil {
		t.Fatal(err)
	}
	begin(noon.Add(-time.Hour), "d3") // the clock was set back
	all, err := records.All("")
	if err != nil {
		t.Fatal(err)
	}
	out := &strings.Builder{}
	if err := WriteHistory(out, all); err != nil {
		t.Fatal(err)
	}
	same(t, "the table", `BEGAN                TOOK   TARGET         CANDIDATE  BY   ENDED               WHY
2026-11-22 12:00:00  20m0s  stack partner  d2         bob  rolled back         customers call
2026-11-22 11:00:00  0s     stack partner  d3         ann  under way: started  
`, out.String())
	latest, err := records.latest("stack partner")
	if err != nil || latest.first().Position.Candidate != "d3" {
		t.Errorf("the latest is %+v %v", latest, err)
	}
}
