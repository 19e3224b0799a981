package runner

import "context"

// TB is the part of testing.TB that Start needs.
type TB interface {
	Helper()
	Context() context.Context
	TempDir() string
	Cleanup(func())
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Start serves an app for the length of a test: in-process, on free ports, with a state folder of
// its own, and without watching. It may be called by tests that run in parallel.
func Start(t TB, o Options) *Runner {
	t.Helper()
	free := 0
	o.Port, o.Watch, o.unannounced = &free, false, true
	if o.State == "" {
		o.State = t.TempDir()
	}
	r, err := Open(context.WithoutCancel(t.Context()), o)
	if err != nil {
		t.Fatalf("starting the runner: %v", err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Errorf("closing the runner: %v", err)
		}
	})
	return r
}
