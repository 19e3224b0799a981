package replay

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"portico/local/lambda"
	"portico/shared/fixture"
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
	result.Differences = f.Expected.Differences(got, failed)
	if o.Update && len(result.Differences) > 0 {
		result.Err = update(f, got, failed)
		result.Updated = result.Err == nil
	}
	return result
}

// invoke runs the fixture's event after those that come before it.
func (o Options) invoke(ctx context.Context, f Fixture) (got json.RawMessage, failed bool, err error) {
	runner := fixture.Runner{
		Token: o.Token.words(),
		Invoke: func(ctx context.Context, function string, event []byte) ([]byte, bool, error) {
			out, err := o.Invoke(ctx, function, event)
			return out.Payload, out.FunctionError != "", err
		},
	}
	return runner.Run(ctx, f)
}

func update(f Fixture, got json.RawMessage, failed bool) error {
	expected := f.Expected
	expected.Answer, expected.Error = got, nil
	if failed {
		expected.Answer, expected.Error = nil, got
	}
	encoded, err := json.MarshalIndent(expected, "", "  ")
	if err != nil {
		return fmt.Errorf("encoding the answer of %s: %w", f.Path, err)
	}
	return os.WriteFile(fixture.ExpectedPath(f.Path), append(encoded, '\n'), 0o644)
}
