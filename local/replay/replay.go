package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"portico/local/lambda"
)

// Invoke runs a function by its name or source folder's name.
type Invoke func(ctx context.Context, function string, payload []byte) (lambda.Output, error)

// Options say how fixtures are run.
type Options struct {
	Invoke  Invoke
	Token   TokenFunc
	Workers int // how many fixtures at a time; 1 when 0
	// Update writes the answers into the expected files of fixtures that differ.
	Update bool
}

// Result is what came of one fixture.
type Result struct {
	Fixture     Fixture
	Got         json.RawMessage
	Differences []string // none when the answer is the expected one
	Err         error    // the fixture could not be run
	Updated     bool
	Took        time.Duration
}

// Failed reports whether the fixture did not get its expected answer.
func (r Result) Failed() bool { return r.Err != nil || len(r.Differences) > 0 && !r.Updated }

// Run replays fixtures and returns a result for each, in the order given.
func Run(ctx context.Context, fixtures []Fixture, o Options) []Result {
	results := make([]Result, len(fixtures))
	next := make(chan int)
	var workers sync.WaitGroup
	for range max(1, min(o.Workers, len(fixtures))) {
		workers.Go(func() {
			for i := range next {
				results[i] = o.run(ctx, fixtures[i])
			}
		})
	}
	for i := range fixtures {
		next <- i
	}
	close(next)
	workers.Wait()
	return results
}

func (o Options) run(ctx context.Context, f Fixture) Result {
	began := time.Now()
	result := Result{Fixture: f}
	got, failed, err := o.invoke(ctx, f)
	result.Took = time.Since(began)
	if err != nil {
		result.Err = err
		return result
	}
	result.Got = got
	want := f.Expected.Answer
	switch {
	case failed && f.Expected.Answer != nil:
		result.Differences = []string{"the function failed: " + string(got)}
	case !failed && f.Expected.Error != nil:
		result.Differences = []string{"the function should have failed, but answered: " + string(got)}
	default:
		if failed {
			want = f.Expected.Error
		}
		result.Differences = Compare(want, got)
	}
	if o.Update && len(result.Differences) > 0 {
		result.Err = update(f, got, failed)
		result.Updated = result.Err == nil
	}
	return result
}

// invoke runs the fixture's event after those that come before it.
func (o Options) invoke(ctx context.Context, f Fixture) (got json.RawMessage, failed bool, err error) {
	var before []json.RawMessage
	for _, earlier := range f.before {
		answer, failed, err := o.invokeEvent(ctx, earlier, before)
		if err != nil {
			return nil, false, fmt.Errorf("before, %s: %w", earlier.Name, err)
		}
		if failed {
			return nil, false, fmt.Errorf("before, %s failed: %s", earlier.Name, answer)
		}
		before = append(before, answer)
	}
	return o.invokeEvent(ctx, f, before)
}

func (o Options) invokeEvent(
	ctx context.Context, f Fixture, before []json.RawMessage,
) (json.RawMessage, bool, error) {
	event, err := Expand(f.Event, o.Token, before)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", f.Path, err)
	}
	out, err := o.Invoke(ctx, f.Function, event)
	if err != nil {
		return nil, false, err
	}
	return out.Payload, out.FunctionError != "", nil
}

func update(f Fixture, got json.RawMessage, failed bool) error {
	expected := Expected{Before: f.Expected.Before, Answer: got}
	if failed {
		expected.Answer, expected.Error = nil, got
	}
	encoded, err := json.MarshalIndent(expected, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the answer of %s: %w", f.Path, err)
	}
	path := strings.TrimSuffix(f.Path, ".json") + expectedSuffix
	return os.WriteFile(path, append(encoded, '\n'), 0o644)
}
