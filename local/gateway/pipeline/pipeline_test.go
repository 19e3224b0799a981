package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/pipeline"
)

type call struct {
	pipeline.Notes
	walked []string
	who    string
}

type refusal struct{ error }

func (refusal) Refusal() string { return "because the test says so" }

func step(name string, err error) pipeline.Step[*call] {
	return pipeline.Step[*call]{Name: name, Do: func(_ context.Context, c *call) error {
		c.walked = append(c.walked, name)
		c.Note("at", name)
		return err
	}}
}

func TestWalk(t *testing.T) {
	tests := []struct {
		name    string
		steps   []pipeline.Step[*call]
		walked  []string
		verdict pipeline.Verdict
		reason  string
	}{
		{
			"every step is taken in order, then what is always done",
			[]pipeline.Step[*call]{step("a", nil), step("b", nil)},
			[]string{"a", "b", "log"},
			pipeline.Passed, "",
		},
		{
			"a failure ends the walk and is refused",
			[]pipeline.Step[*call]{step("a", errors.New("broken")), step("b", nil)},
			[]string{"a", "refuse", "log"},
			pipeline.Failed, "broken",
		},
		{
			"a refusal, even wrapped, shows its reason and not its text",
			[]pipeline.Step[*call]{step("a", fmt.Errorf("wrapped: %w", refusal{errors.New("no")}))},
			[]string{"a", "refuse", "log"},
			pipeline.Refused, "because the test says so",
		},
		{
			"a step that answered ends the walk without a refusal",
			[]pipeline.Step[*call]{step("a", pipeline.ErrAnswered), step("b", nil)},
			[]string{"a", "log"},
			pipeline.Answered, "",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			now := time.Duration(0)
			p := pipeline.Pipeline[*call]{
				Steps:   test.steps,
				Refuse:  func(_ context.Context, c *call, _ error) { c.walked = append(c.walked, "refuse") },
				Always:  []pipeline.Step[*call]{step("log", nil)},
				Elapsed: func() time.Duration { now += time.Second; return now },
			}
			c := &call{}
			marks := p.Walk(t.Context(), c)
			if diff := cmp.Diff(test.walked, c.walked); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			last := marks[len(marks)-2]
			if last.Verdict != test.verdict || last.Reason != test.reason {
				t.Errorf("got %s %q, want %s %q", last.Verdict, last.Reason, test.verdict, test.reason)
			}
			if want := []pipeline.Fact{{Name: "at", Value: last.Step}}; !cmp.Equal(last.Facts, want) {
				t.Errorf("got facts %v, want %v", last.Facts, want)
			}
			if last.Took != time.Second {
				t.Errorf("took %v, want 1s", last.Took)
			}
		})
	}
}

// What a walk leaves in memory that it was lent is what it leaves in its own, however many walks
// had the memory before.
func TestWalksInLentMemory(t *testing.T) {
	var steps []pipeline.Step[*call]
	for i := range 30 { // more than a walk usually takes
		steps = append(steps, pipeline.Step[*call]{
			Name: fmt.Sprint("step ", i),
			Do: func(_ context.Context, c *call) error {
				for j := range (i + len(c.who)) % 3 {
					c.Note(fmt.Sprint("fact ", j), c.who)
				}
				if i == len(c.who)*10 {
					return errors.New(c.who)
				}
				return nil
			},
		})
	}
	p := pipeline.Pipeline[*call]{
		Steps: steps, Refuse: func(_ context.Context, c *call, err error) { c.Note("refused", err.Error()) },
		Always: steps[:1], Elapsed: func() time.Duration { return 0 },
	}
	var memory pipeline.Memory
	var walking sync.WaitGroup
	for _, who := range []string{"a", "bb", "cccc", "dd", "e"} {
		walking.Go(func() {
			want := p.Walk(t.Context(), &call{who: who})
			for range 100 {
				c := &call{who: who}
				memory.Lend(&c.Notes)
				if diff := cmp.Diff(want, p.Walk(t.Context(), c)); diff != "" {
					t.Errorf("%s: -want +got:\n%s", who, diff)
				}
				memory.TakeBack(&c.Notes)
			}
		})
	}
	walking.Wait()
}

func BenchmarkWalkTenSteps(b *testing.B) {
	var steps []pipeline.Step[*call]
	for range 10 {
		steps = append(steps, pipeline.Step[*call]{
			Name: "step", Do: func(context.Context, *call) error { return nil },
		})
	}
	p := pipeline.Pipeline[*call]{Steps: steps}
	for b.Loop() {
		p.Walk(b.Context(), &call{})
	}
}
