package test

import (
	"net/http"
	"testing"

	"portico/infra/release"
	"portico/local/runner"
	"portico/test/canary"
)

// TestARetainedDeploymentServesAfterARestart pins a stack to a deployment that its template does not
// have any more, with a canary beside it, and starts the runner anew.
func TestARetainedDeploymentServesAfterARestart(t *testing.T) {
	state := t.TempDir()
	var before, during release.Position
	t.Run("the first runner", func(t *testing.T) {
		r := runner.Start(t, runner.Options{Dir: t.TempDir(), Empty: true, State: state})
		stack, reached := ordersOf(t, r)
		for _, version := range []string{"1", "2"} {
			if _, err := canary.Deploy(t.Context(), reached, "orders", canary.Mock(version, "")); err != nil {
				t.Fatal(err)
			}
			if _, err := stack.Pin(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		before = standsAt(t, stack)
		candidate, err := stack.Candidate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		during = release.Position{Baseline: before.Baseline, Candidate: candidate, Percent: 100}
		if err := stack.Move(t.Context(), before, during); err != nil {
			t.Fatal(err)
		}
	})
	r := runner.Start(t, runner.Options{Dir: t.TempDir(), Empty: true, State: state})
	stack, reached := ordersOf(t, r)
	if at := standsAt(t, stack); at != during {
		t.Errorf("after the restart it serves %s, want %s", at, during)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	call := canary.Getter(client, canary.StageAddress(reached.Endpoint, apiOf(r), "prod"))
	if got := call(1); got != "200 version 2" {
		t.Errorf("the canary answers %s", got)
	}
	if err := stack.Move(t.Context(), during, before); err != nil {
		t.Fatal(err)
	}
	if got := call(2); got != "200 version 1" {
		t.Errorf("the retained deployment answers %s", got)
	}
}

// ordersOf reaches a runner, and the stack orders there.
func ordersOf(t *testing.T, r *runner.Runner) (*release.Stack, release.Reached) {
	t.Helper()
	reached, err := release.Reach(t.Context(), "us-east-1", r.URL())
	if err != nil {
		t.Fatal(err)
	}
	connection, err := release.Connect(t.Context(), release.Aim{
		Stack: "orders", Region: "us-east-1", Endpoint: r.URL(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return connection.Target.(*release.Stack), reached
}

func standsAt(t *testing.T, target release.Target) release.Position {
	t.Helper()
	at, err := target.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// apiOf returns the id of the API that a runner serves.
func apiOf(r *runner.Runner) string {
	for _, address := range r.Addresses() {
		return address.ID
	}
	return ""
}
