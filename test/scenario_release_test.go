package test

import (
	"context"
	"errors"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"portico/infra/release"
	"portico/test/canary"
)

// reachedBy returns the runner that AWS_ENDPOINT_URL names in a scenario.
func reachedBy(ts *testscript.TestScript) release.Reached {
	reached, err := release.Reach(context.Background(), "us-east-1", ts.Getenv("AWS_ENDPOINT_URL"))
	ts.Check(err)
	return reached
}

// deploy deploys a stack to the runner: a template, or a version of test/canary's, of which every
// fifth call may fail: deploy STACK @FILE|VERSION [failing]. It sets $stage to the stage's address.
func deploy(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: deploy STACK @FILE|VERSION [failing]")
	}
	template, failing := "", ""
	if len(args) > 2 {
		failing = canary.EveryFifth
	}
	if file, found := strings.CutPrefix(args[1], "@"); found {
		template = ts.ReadFile(file)
	} else {
		template = canary.Mock(args[1], failing)
	}
	address, err := canary.Deploy(context.Background(), reachedBy(ts), args[0], template)
	ts.Check(err)
	ts.Setenv("stage", address)
}

// pace calls a stage until the scenario ends, and advances the clock by half a minute for every
// hundred calls: pace URL.
func pace(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: pace URL")
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 16}, Timeout: time.Minute}
	traffic := &canary.Traffic{Call: canary.Getter(client, args[0])}
	clock := canary.Clock{
		Runner: reachedBy(ts).Clock.(release.Runner), Traffic: traffic, Calls: 100,
	}
	ctx, cancel := context.WithCancel(context.Background())
	traffic.Start()
	var advancing sync.WaitGroup
	advancing.Go(func() {
		for ctx.Err() == nil && clock.Sleep(ctx, 30*time.Second) == nil { // until the runner is gone
		}
	})
	ts.Defer(func() {
		cancel()
		advancing.Wait()
		traffic.Stop()
		client.CloseIdleConnections()
	})
}

// eventually runs a command until its standard output matches: eventually REGEXP COMMAND...
func eventually(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: eventually REGEXP COMMAND...")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	ctx, cancel := context.WithTimeout(context.Background(), linePatience)
	defer cancel()
	for {
		err := ts.Exec(args[1], args[2:]...)
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		if errors.Is(err, exec.ErrNotFound) || (release.Machine{}).Sleep(ctx, 100*time.Millisecond) != nil {
			ts.Fatalf("%v does not print %s", args[1:], args[0])
		}
	}
}
