package test

import (
	"bytes"
	"os"
	"testing"

	"portico/local/runner"
)

// TestEventsReplay runs every fixture of events through the functions' own processes.
func TestEventsReplay(t *testing.T) {
	if _, err := os.Stat("../node_modules/dynalite"); err != nil {
		t.Skip("dynalite is not installed, and the functions need its tables; npm ci installs it")
	}
	results, err := runner.Replay(t.Context(), runner.Options{
		Dir: "..", App: assemblyOfDev(t), State: t.TempDir(), Path: os.Getenv("PATH"),
	}, runner.ReplayOptions{Paths: []string{"../events"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) < 24 || results.Failed() > 0 {
		var table bytes.Buffer
		results.WriteTable(&table)
		t.Errorf("%d of %d fixtures failed, want none of at least 24:\n%s", results.Failed(),
			len(results), &table)
	}
}
