package release

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// TestARollbackDuringALookEndsTheRelease has another process take the release back while this one
// reads metrics: what this one found then must not open the release again.
func TestARollbackDuringALookEndsTheRelease(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	other := engineFor(f, dir)
	other.By = "bob"
	asked := false
	f.alarms = func(f *fake) []string {
		if f.at.Percent == 25 && !asked {
			asked = true
			if _, err := other.Rollback(t.Context(), "customers call"); err != nil {
				t.Error(err)
			}
		}
		return nil
	}
	_, err := engineFor(f, dir).Start(t.Context(), "d2", DefaultPlan())
	if !errors.As(err, new(*Refusal)) || !strings.Contains(err.Error(), "rolled back by bob meanwhile") {
		t.Errorf("got %v", err)
	}
	if f.at != (Position{Baseline: "d1"}) {
		t.Errorf("it ends with %s", f.at)
	}
	if record := lastOf(t, dir); record.Open() || record.last().Event != RolledBack {
		t.Errorf("the record ends with %+v", record.last())
	}
}

// TestAResumedReleaseIsWalkedByOneProcess resumes a release whose process has not ended.
func TestAResumedReleaseIsWalkedByOneProcess(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	other := engineFor(f, dir)
	other.By = "bob"
	asked := false
	f.onSleep = func(f *fake) {
		if f.at.Percent != 25 || asked {
			return
		}
		asked = true
		other.Watch = func(entry Entry) { // bob's process goes on later
			if entry.Event == Moved {
				runtime.Goexit()
			}
		}
		var resuming sync.WaitGroup
		resuming.Go(func() { _, _ = other.Resume(t.Context()) })
		resuming.Wait()
	}
	_, err := engineFor(f, dir).Start(t.Context(), "d2", DefaultPlan())
	if !errors.As(err, new(*Refusal)) || !strings.Contains(err.Error(), "resumed by bob meanwhile") {
		t.Errorf("the process that began it: %v", err)
	}
	if want := (Position{Baseline: "d1", Candidate: "d2", Percent: 25}); f.at != want {
		t.Errorf("it left %s, want %s", f.at, want)
	}
	if record := lastOf(t, dir); !record.Open() {
		t.Errorf("it ended bob's release: %+v", record.last())
	}
	other.Watch = nil
	if result, err := other.Resume(t.Context()); err != nil || result.Outcome != Promoted {
		t.Errorf("bob's process: %+v %v", result, err)
	}
}

// TestALineThatWasNotWrittenToItsEnd is what a kill or a full disk leaves of a record.
func TestALineThatWasNotWrittenToItsEnd(t *testing.T) {
	f, dir := newFake(), t.TempDir()
	killed(t, f, dir, func(e Entry) bool { return e.Event == Looked && e.Position.Percent == 25 })
	path := lastOf(t, dir).path
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, `{"time":"2026-11-22T12:0`...), 0o644); err != nil {
		t.Fatal(err)
	}
	result, err := engineFor(f, dir).Resume(t.Context())
	if err != nil || result.Outcome != Promoted || f.at != (Position{Baseline: "d2"}) {
		t.Errorf("got %+v %v, and %s", result, err, f.at)
	}
	if record := lastOf(t, dir); record.Open() {
		t.Errorf("the record ends with %+v", record.last())
	}
}

// TestARecordWithoutItsFirstLine is what is left of a release that was killed before it began.
func TestARecordWithoutItsFirstLine(t *testing.T) {
	for name, text := range map[string]string{"nothing": "", "half a line": `{"time":"20`} {
		t.Run(name, func(t *testing.T) {
			f, dir := newFake(), t.TempDir()
			left := filepath.Join(dir, "20261122T110000.000Z-stage-prod-of-partner.jsonl")
			if err := os.WriteFile(left, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			result, err := engineFor(f, dir).Start(t.Context(), "d2", DefaultPlan())
			if err != nil || result.Outcome != Promoted {
				t.Errorf("got %+v %v", result, err)
			}
		})
	}
}

// TestACandidateThatGetsAllCallsAtOnce is held against what served before it.
func TestACandidateThatGetsAllCallsAtOnce(t *testing.T) {
	f, plan := newFake(), DefaultPlan()
	plan.Steps = []float64{100}
	f.errors = func(*fake) float64 { return 0.05 }
	result, err := engineFor(f, t.TempDir()).Start(t.Context(), "d2", plan)
	if err != nil || result.Outcome != RolledBack || !strings.Contains(result.Why, "calls failed") {
		t.Errorf("got %+v %v", result, err)
	}
	if f.at != (Position{Baseline: "d1"}) {
		t.Errorf("it ends with %s", f.at)
	}
}
