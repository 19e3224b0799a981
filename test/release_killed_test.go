package test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"portico/infra/release"
)

// TestAReleaseThatIsKilledWhileShifting kills the process of a release with SIGKILL at a moment of
// its record, wants that no other begins, and goes on with it in another process.
func TestAReleaseThatIsKilledWhileShifting(t *testing.T) {
	command := buildCommand(t)
	for _, row := range []struct {
		name string
		at   func(release.Entry) bool
	}{
		{"while it shifts", func(e release.Entry) bool {
			return e.Event == release.Moving && e.Position.Percent == 50
		}},
		{"while it promotes", func(e release.Entry) bool {
			return e.Event == release.Moving && e.Position.Candidate == ""
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			onEveryTarget(t, func(r *releasable) {
				r.call()
				r.kill(command, row.at)
				_, err := r.engine("bob").Start(r.t.Context(), r.candidate, releasePlan())
				if !errors.As(err, new(*release.Refusal)) || !strings.Contains(err.Error(), "resume it") {
					r.t.Errorf("a release beside it: %v", err)
				}
				out, err := r.command(command, "resume").Output()
				if r.check(err); !bytes.Contains(out, []byte(`"outcome":"promoted"`)) {
					r.t.Errorf("resume prints %s", out)
				}
				r.last(release.Promoted, "calls failed")
				r.served(false)
				r.alone(r.candidate)
			})
		})
	}
}

// command is portico release with flags of its own; the clock goes on until the test is over.
func (r *releasable) command(binary, verb string, flags ...string) *exec.Cmd {
	arguments := []string{
		"release", verb, "--json", "--records", r.records.Dir, "--endpoint-url", r.reached.Endpoint,
		"--by", "ann",
	}
	switch {
	case r.aim.Stack != "":
		arguments = append(arguments, "--stack", r.aim.Stack)
	case r.aim.API != "":
		arguments = append(arguments, "--api", r.aim.API, "--stage", r.aim.Stage)
	default:
		arguments = append(arguments, "--function", r.aim.Function, "--alias", r.aim.Alias)
	}
	command := exec.CommandContext(r.t.Context(), binary, append(arguments, flags...)...)
	command.Stderr = os.Stderr
	ctx, stop := context.WithCancel(r.t.Context())
	var advancing sync.WaitGroup
	advancing.Go(func() {
		for ctx.Err() == nil {
			if err := r.clock.Sleep(ctx, 30*time.Second); err != nil && ctx.Err() == nil {
				r.t.Errorf("advancing the clock: %v", err)
				return
			}
		}
	})
	r.t.Cleanup(func() {
		stop()
		advancing.Wait()
	})
	return command
}

// kill begins a release, and kills its process when an entry of its record is printed.
func (r *releasable) kill(binary string, at func(release.Entry) bool) {
	r.t.Helper()
	command := r.command(binary, "start", "--to", r.candidate, "--steps", "25,50,100", "--bake", "2m",
		"--interval", "1m", "--min-calls", "20", "--alpha", "0.00001", "--slowdown", "4")
	out, err := command.StdoutPipe()
	r.check(err)
	r.check(command.Start())
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	found := false
	for !found && lines.Scan() {
		var entry release.Entry
		r.check(json.Unmarshal(lines.Bytes(), &entry))
		found = at(entry)
	}
	r.check(command.Process.Kill())
	if err := command.Wait(); !found || err == nil {
		r.t.Fatalf("it was not killed at its moment: %v", err)
	}
}
