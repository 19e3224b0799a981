package canary

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"portico/infra/release"
	"portico/local/runner"
)

// demo is a runner that is shown, and what is shown of it.
type demo struct {
	out     io.Writer
	reached release.Reached
	records release.Records
	traffic *Traffic
	clock   Clock
	address string
}

// Demo shows a good and a bad release of a stack on a runner of its own: it deploys a REST API,
// calls it without pause, releases version 2, which is promoted, and version 3, which is taken
// back.
func Demo(ctx context.Context, out io.Writer) (err error) {
	began := time.Now()
	dir, err := os.MkdirTemp("", "portico-canary-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	free := 0
	r, err := runner.Open(ctx, runner.Options{Dir: dir, Empty: true, Port: &free})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	d := &demo{out: out, records: release.Records{Dir: filepath.Join(dir, "releases")}}
	if d.reached, err = release.Reach(ctx, "us-east-1", r.URL()); err != nil {
		return err
	}
	start := r.Clock().Now()
	d.say("runner   %s, with nothing in it\n", r.URL())
	if err := d.play(ctx); err != nil {
		return err
	}
	d.say("\ndone in %s; the runner's clock went on by %s\n", time.Since(began).Round(time.Second),
		r.Clock().Now().Sub(start).Round(time.Minute))
	return nil
}

// say prints; who does not read the demonstration misses nothing else.
func (d *demo) say(format string, arguments ...any) { fmt.Fprintf(d.out, format, arguments...) }

func (d *demo) play(ctx context.Context) error {
	if err := d.deploy(ctx, "1", ""); err != nil {
		return err
	}
	e, err := d.engine(ctx)
	if err != nil {
		return err
	}
	stack := e.Target.(*release.Stack)
	if _, err := stack.Pin(ctx); err != nil {
		return err
	}
	at, err := stack.Read(ctx)
	if err != nil {
		return err
	}
	d.say("stack    %s: a REST API, whose stage serves %s (version 1)\n", stackName, at)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	d.traffic = &Traffic{Call: Getter(client, d.address)}
	d.traffic.Start()
	defer d.traffic.Stop()
	d.clock = Clock{Runner: d.reached.Clock.(release.Runner), Traffic: d.traffic, Calls: Rate}
	d.say("traffic  %d calls a second, from now on\n", Rate)
	if err := d.clock.Sleep(ctx, time.Minute); err != nil {
		return err
	}
	d.say("\nA GOOD RELEASE: version 2 answers as version 1 does\n")
	if err := d.release(ctx, "2", "", release.Promoted); err != nil {
		return err
	}
	if err := d.clock.Sleep(ctx, time.Hour); err != nil {
		return err
	}
	d.say("\nA BAD RELEASE, an hour later: version 3 fails every fifth call\n")
	if err := d.release(ctx, "3", EveryFifth, release.RolledBack); err != nil {
		return err
	}
	return d.history()
}

// stackName is the stack that is shown.
const stackName = "orders"

func (d *demo) deploy(ctx context.Context, version, failing string) (err error) {
	d.address, err = Deploy(ctx, d.reached, stackName, Mock(version, failing))
	return err
}

func (d *demo) engine(ctx context.Context) (*release.Engine, error) {
	connection, err := release.Connect(ctx, release.Aim{
		Stack: stackName, Region: "us-east-1", Endpoint: d.reached.Endpoint,
	})
	if err != nil {
		return nil, err
	}
	return &release.Engine{
		Target: connection.Target, Clock: d.clock, Records: d.records, By: "demo",
		Watch: func(entry release.Entry) { d.say("%s\n", entry) },
	}, nil
}

// release deploys a version, which moves no call, releases it, and shows what became of it.
func (d *demo) release(ctx context.Context, version, failing, want string) error {
	if err := d.deploy(ctx, version, failing); err != nil {
		return err
	}
	e, err := d.engine(ctx)
	if err != nil {
		return err
	}
	candidate, err := e.Target.(*release.Stack).Candidate(ctx)
	if err != nil {
		return err
	}
	d.traffic.Answers()
	plan := release.DefaultPlan()
	plan.Steps, plan.Bake, plan.Interval = []float64{10, 50, 100}, 2*time.Minute, time.Minute
	plan.Rules.MinCalls = 15
	shown := false
	told := e.Watch
	e.Watch = func(entry release.Entry) {
		told(entry)
		if shown || entry.Event != release.Looked || entry.Position.Percent < 50 {
			return
		}
		shown = true
		d.status(ctx, e)
	}
	result, err := e.Start(ctx, candidate, plan)
	if err != nil {
		return err
	}
	d.say("%s: the stage serves %s\n", strings.ToUpper(result.Outcome), result.Position)
	if result.Outcome != want {
		return fmt.Errorf("version %s was %s, want it %s: %s", version, result.Outcome, want, result.Why)
	}
	return d.count(version)
}

// status shows the table that portico release status prints, in the middle of a release.
func (d *demo) status(ctx context.Context, e *release.Engine) {
	now, err := e.Status(ctx)
	if err != nil {
		d.say("the status cannot be read: %v\n", err)
		return
	}
	table := &strings.Builder{}
	_ = now.WriteTable(table) // a builder takes everything
	d.say("\n    $ portico release status --stack %s\n", stackName)
	for line := range strings.Lines(table.String()) {
		d.say("    %s", line)
	}
	d.say("\n")
}

// count says what clients saw since the version was deployed, and refuses a failure that was not
// its own.
func (d *demo) count(version string) error {
	all, failed := 0, 0
	for answer, times := range d.traffic.Answers() {
		all += times
		switch {
		case strings.HasPrefix(answer, "200 "):
		case answer == "500 version "+version:
			failed += times
		default:
			return fmt.Errorf("%d calls failed by the release itself: %s", times, answer)
		}
	}
	own := "none failed"
	if failed > 0 {
		own = fmt.Sprintf("%d failed, all of them in version %s", failed, version)
	}
	d.say("of %d calls %s\n", all, own)
	return nil
}

func (d *demo) history() error {
	all, err := d.records.All("")
	if err != nil {
		return err
	}
	d.say("\n$ portico release history\n")
	return release.WriteHistory(d.out, all)
}
