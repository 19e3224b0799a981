package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"portico/infra/release"
)

// The exit codes of releases, for pipelines.
const (
	exitRolledBack = 3 // the release was taken back
	exitNotMoved   = 4 // it was refused: somebody else moves it
)

type releaseCommand struct {
	Stack    string   `help:"The stack whose REST stage is released; it moves by the stack's parameters." placeholder:"NAME"`
	API      string   `name:"api" help:"A REST API that no stack owns, by its id; with --stage." placeholder:"ID"`
	Stage    string   `help:"Its stage." placeholder:"NAME"`
	Function string   `help:"A function that CodeDeploy does not shift; with --alias." placeholder:"NAME"`
	Alias    string   `default:"live" help:"Its alias." placeholder:"NAME"`
	Alarm    []string `help:"An alarm that takes a release back, besides those of the stack." placeholder:"NAME"`
	Region   string   `help:"The region; the SDK's own when absent." placeholder:"NAME"`
	Endpoint string   `name:"endpoint-url" help:"A runner's main address; AWS_ENDPOINT_URL's when absent." placeholder:"URL"`
	Records  string   `help:"The folder of the audit records; releases in the state folder when absent." placeholder:"DIR"`
	By       string   `help:"Who asks, for the audit record; this machine's user when absent." placeholder:"NAME"`
	JSON     bool     `name:"json" help:"Print JSON, one line per event."`

	Plan     releasePlan     `cmd:"" help:"Say what a release would do, and move nothing."`
	Start    releaseStart    `cmd:"" help:"Release: shift step by step, judge each step, promote or take back."`
	Resume   releaseResume   `cmd:"" help:"Go on with a release whose process was killed."`
	Status   releaseStatus   `cmd:"" help:"Show shares, requests, errors and latencies of both sides."`
	Shift    releaseShift    `cmd:"" help:"Give the candidate another share, by hand."`
	Promote  releasePromote  `cmd:"" help:"Make the candidate serve alone, by hand."`
	Rollback releaseRollback `cmd:"" help:"Take the release back, or the last one that was promoted."`
	History  releaseHistory  `cmd:"" help:"List past releases, of all targets when none is named, and why each ended as it did."`
}

// Help is printed by portico release --help.
func (releaseCommand) Help() string {
	return `Moves a release on AWS, or on a runner when AWS_ENDPOINT_URL is its address. A candidate is worse
when Fisher's exact test, one-sided, finds more failed or slow calls than the baseline's at --alpha;
alarms, too few calls, and metrics that cannot be read take it back too.

A release that was killed is gone on with by resume; one that is interrupted (Ctrl-C) is taken back.

Exit codes: 0 promoted or done, 1 failed, 3 taken back, 4 refused (somebody else moves it).

Examples:
  portico release start --stack partner-prod --steps 5,25,50,100 --bake 5m
  portico release status --stack partner-prod --watch
  portico release rollback --stack partner-prod --why "customers call"
  portico release start --function orders --to 7 --endpoint-url http://localhost:3000`
}

type planFlags struct {
	To        string        `help:"The deployment or version to release; a stack's newest when absent." placeholder:"ID"`
	Steps     string        `default:"5,25,50,100" help:"Shares of the calls, in percent."`
	Bake      time.Duration `default:"5m" help:"How long each step is looked at."`
	Interval  time.Duration `help:"How long between two looks; a fifth of the bake when absent."`
	Patience  time.Duration `default:"15m" help:"How much longer a step waits for enough calls."`
	MinCalls  int64         `default:"50" help:"How many calls the candidate must serve at each step."`
	Alpha     float64       `default:"0.01" help:"How often, per look, a good release may be taken back."`
	MaxErrors float64       `default:"0.5" help:"The share of failed calls that is never accepted."`
	Slowdown  float64       `default:"2" help:"By how much the share of slow calls must grow to count."`
}

func (f *planFlags) plan() (release.Plan, error) {
	steps, err := release.ParseSteps(f.Steps)
	if err != nil {
		return release.Plan{}, err
	}
	plan := release.Plan{
		Steps: steps, Bake: f.Bake, Interval: f.Interval, Patience: f.Patience,
		Rules: release.Rules{
			Alpha: f.Alpha, MinCalls: f.MinCalls, MaxErrors: f.MaxErrors, Slowdown: f.Slowdown,
		},
	}
	if plan.Interval == 0 {
		plan.Interval = f.Bake / 5
	}
	return plan, plan.Check()
}

type (
	releasePlan   struct{ planFlags }
	releaseStart  struct{ planFlags }
	releaseResume struct{}
	releaseStatus struct {
		Watch bool `help:"Show it again every two seconds, until stopped."`
	}
	releaseShift struct {
		Percent float64 `arg:"" help:"The share of the calls, in percent."`
		Why     string  `default:"by hand" help:"For the audit record."`
	}
	releasePromote struct {
		Why string `default:"by hand" help:"For the audit record."`
	}
	releaseRollback struct {
		Why string `default:"by hand" help:"For the audit record."`
	}
	releaseHistory struct{}
)

// engine connects to what the flags name.
func (s *session) engine() (*release.Engine, error) {
	connection, err := release.Connect(s, s.aim())
	if err != nil {
		return nil, err
	}
	return &release.Engine{
		Target: connection.Target, Clock: connection.Clock, By: s.by(), Watch: s.watch,
		Records: s.records(),
	}, nil
}

// aim is what the flags name.
func (s *session) aim() release.Aim {
	f := &s.flags.Release
	aim := release.Aim{
		Stack: f.Stack, API: f.API, Stage: f.Stage, Function: f.Function, Alarms: f.Alarm,
		Region: f.Region, Endpoint: f.Endpoint,
	}
	if f.Function != "" {
		aim.Alias = f.Alias
	}
	return aim
}

func (s *session) records() release.Records { return s.recordsIn(s.flags.Release.Records) }

// recordsIn returns the audit records of a folder; "" is that of the state folder.
func (s *session) recordsIn(folder string) release.Records {
	if folder != "" {
		return release.Records{Dir: folder}
	}
	return release.Records{Dir: filepath.Join(s.flags.Dir, ".portico", "releases")}
}

func (s *session) by() string {
	if by := s.flags.Release.By; by != "" {
		return by
	}
	if me, err := user.Current(); err == nil {
		return me.Username
	}
	return "unknown"
}

// watch prints what happens in a release, which goes on whoever reads it or not.
func (s *session) watch(entry release.Entry) {
	if s.flags.Release.JSON {
		_ = printLine(s.stdout, entry)
		return
	}
	fmt.Fprintln(s.stdout, entry)
}

// printLine prints JSON on one line, for pipelines that read events as they come.
func printLine(w io.Writer, value any) error { return json.NewEncoder(w).Encode(value) }

// conclude prints how a release ended; the exit code says it too.
func (s *session) conclude(result release.Result, err error) error {
	if err != nil {
		return err
	}
	if s.flags.Release.JSON {
		err = printLine(s.stdout, result)
	} else {
		_, err = fmt.Fprintf(s.stdout, "release %s %s: %s\n", result.Release, result.Outcome, result.Why)
	}
	if err == nil && result.Outcome == release.RolledBack {
		return exitError{exitRolledBack}
	}
	return err
}

// ended gives an error of a release its exit code.
func (s *session) ended(err error) error {
	var refusal *release.Refusal
	var exit exitError
	switch {
	case err == nil, errors.As(err, &exit):
		return err
	case errors.As(err, &refusal) && refusal.Nothing:
		_, err := fmt.Fprintln(s.stdout, refusal.Why)
		return err
	}
	fmt.Fprintln(s.stderr, "portico:", err)
	if refusal != nil {
		return exitError{exitNotMoved}
	}
	return failedError{}
}

// candidate returns what the flags name to be released, else a stack's newest.
func (s *session) candidate(e *release.Engine, to string) (string, error) {
	if stack, ok := e.Target.(*release.Stack); ok && to == "" {
		return stack.Candidate(s)
	}
	if to == "" {
		return "", errors.New("say what to release with --to: the id of a deployment, or a version")
	}
	return to, nil
}

// Run prints the steps.
func (c *releasePlan) Run(s *session) error { return s.ended(c.print(s)) }

func (c *releasePlan) print(s *session) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	e, err := s.engine()
	if err != nil {
		return err
	}
	to, err := s.candidate(e, c.To)
	if err != nil {
		return err
	}
	status, err := e.Status(s)
	if err != nil {
		return err
	}
	if s.flags.Release.JSON {
		return printLine(s.stdout, struct {
			Status    release.Status `json:"status"`
			Candidate string         `json:"candidate"`
			Plan      release.Plan   `json:"plan"`
		}{status, to, plan})
	}
	if status.Position == (release.Position{Baseline: to}) {
		_, err := fmt.Fprintf(s.stdout, "%s serves %s: there is nothing to release\n", status.Target, to)
		return err
	}
	fmt.Fprintf(s.stdout, "%s serves %s; %s is released in its place, in at least %s:\n",
		status.Target, status.Position, to, plan.Duration())
	for _, step := range plan.Steps {
		fmt.Fprintf(s.stdout, "  %5g %%  for %s, looked at every %s\n", step, plan.Bake, plan.Interval)
	}
	return nil
}

// Run releases.
func (c *releaseStart) Run(s *session) error { return s.ended(c.start(s)) }

func (c *releaseStart) start(s *session) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	e, err := s.engine()
	if err != nil {
		return err
	}
	if stack, ok := e.Target.(*release.Stack); ok {
		pinned, err := stack.Pin(s)
		if err != nil {
			return err
		}
		if pinned {
			return s.tellPinned(stack)
		}
	}
	to, err := s.candidate(e, c.To)
	if err != nil {
		return err
	}
	return s.conclude(e.Start(s, to, plan))
}

// tellPinned says that there was nothing to release, and what will be from now on.
func (s *session) tellPinned(stack *release.Stack) error {
	why := stack.Name() + " serves its newest deployment, and is pinned to it now: the next " +
		"deployment is released step by step"
	if s.flags.Release.JSON {
		return printLine(s.stdout, map[string]any{"pinned": true, "why": why})
	}
	_, err := fmt.Fprintln(s.stdout, why)
	return err
}

// Run goes on with a release.
func (releaseResume) Run(s *session) error {
	e, err := s.engine()
	if err != nil {
		return s.ended(err)
	}
	return s.ended(s.conclude(e.Resume(s)))
}

// Run shows where the target stands.
func (c *releaseStatus) Run(s *session) error { return s.ended(c.show(s)) }

func (c *releaseStatus) show(s *session) error {
	e, err := s.engine()
	if err != nil {
		return err
	}
	file, isFile := s.stdout.(*os.File)
	redraw := c.Watch && !s.flags.Release.JSON && isFile && isTerminal(file)
	for {
		status, err := e.Status(s)
		switch {
		case s.Err() != nil && c.Watch:
			return nil // the person has seen enough
		case err != nil:
			return err
		case redraw:
			fmt.Fprint(s.stdout, clearScreen)
		}
		if err := s.writeStatus(status); err != nil || !c.Watch {
			return err
		}
		if (release.Machine{}).Sleep(s, showEvery) != nil {
			return nil
		}
	}
}

const (
	showEvery = 2 * time.Second
	// clearScreen is ECMA-48's: the cursor goes home, and what is below it is erased.
	clearScreen = "\x1b[H\x1b[J"
)

func (s *session) writeStatus(status release.Status) error {
	if s.flags.Release.JSON {
		return printLine(s.stdout, status)
	}
	return status.WriteTable(s.stdout)
}

// Run gives the candidate another share.
func (c *releaseShift) Run(s *session) error {
	e, err := s.engine()
	if err != nil {
		return s.ended(err)
	}
	return s.ended(e.Shift(s, c.Percent, c.Why))
}

// Run makes the candidate serve alone.
func (c *releasePromote) Run(s *session) error {
	e, err := s.engine()
	if err != nil {
		return s.ended(err)
	}
	return s.ended(s.conclude(e.Promote(s, c.Why)))
}

// Run takes the release back, which is what was asked for: the exit code is 0.
func (c *releaseRollback) Run(s *session) error {
	e, err := s.engine()
	if err != nil {
		return s.ended(err)
	}
	err = s.ended(s.conclude(e.Rollback(s, c.Why)))
	var exit exitError
	if errors.As(err, &exit) && exit.code == exitRolledBack {
		return nil
	}
	return err
}

// Run lists the audit records, of one target when flags name it.
func (releaseHistory) Run(s *session) error {
	of, err := s.aim().Name()
	if err != nil {
		return s.ended(err)
	}
	all, err := s.records().All(of)
	if err != nil {
		return s.ended(err)
	}
	if s.flags.Release.JSON {
		for _, record := range all {
			if err := printLine(s.stdout, record); err != nil {
				return err
			}
		}
		return nil
	}
	return release.WriteHistory(s.stdout, all)
}
