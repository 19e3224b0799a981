package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"portico/local/runner"
)

type replayCommand struct {
	Paths  []string `arg:"" optional:"" help:"Fixtures, or folders of them; events when absent."`
	JUnit  string   `name:"junit" help:"Also write a JUnit report." placeholder:"FILE"`
	Update bool     `help:"Write the answers into the expected files of fixtures that differ."`
	JSON   bool     `help:"Print the results as JSON."`
}

// Help is printed by portico replay --help.
func (replayCommand) Help() string {
	return `Runs <function>/<case>.json through the function's real process and compares the answer with
<case>.expected.json. Exits with 1 when a fixture differs.

Examples:
  portico replay
  portico replay events/orders events/authorizer/token-valid.json --junit report.xml`
}

// Run replays and prints a table, and a line for every difference.
func (c *replayCommand) Run(s *session) error {
	paths := c.Paths
	if len(paths) == 0 {
		paths = []string{filepath.Join(s.flags.Dir, "events")}
	}
	results, err := runner.Replay(s, s.options(), runner.ReplayOptions{Paths: paths, Update: c.Update})
	if err != nil {
		return err
	}
	if err := c.print(s.stdout, results); err != nil {
		return err
	}
	if c.JUnit != "" {
		if err := c.writeJUnit(results); err != nil {
			return err
		}
	}
	if results.Failed() > 0 {
		return failedError{}
	}
	return nil
}

func (c *replayCommand) print(w io.Writer, results runner.ReplayResults) error {
	if c.JSON {
		return printJSON(w, results.Summary())
	}
	results.WriteTable(w)
	return nil
}

func (c *replayCommand) writeJUnit(results runner.ReplayResults) error {
	file, err := os.Create(c.JUnit)
	if err != nil {
		return fmt.Errorf("writing the JUnit report: %w", err)
	}
	if err := results.WriteJUnit(file); err != nil {
		return fmt.Errorf("writing the JUnit report: %w", err)
	}
	return file.Close()
}
