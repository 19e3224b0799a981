package main

import (
	"errors"
	"fmt"
	"io"
	"os/user"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"portico/infra/release"
)

// The exit codes of releases, for pipelines.
const (
	exitRolledBack = 3 // the release was taken back
	exitNotMoved   = 4 // it was refused: somebody else moves, nothing to do
)

type releaseCommand struct {
	Stack    string   `help:"The stack whose REST stage is released; it moves by the stack's parameters." placeholder:"NAME"`
	API      string   `name:"api" help:"A REST API that no stack owns, by its id; with --stage." placeholder:"ID"`
	Stage    string   `help:"Its stage." placeholder:"NAME"`
	Function string   `help:"A function that CodeDeploy does not shift; with --alias." placeholder:"NAME"`
	Alias    string   `default:"live" help:"Its alias." placeholder:"NAME"`
	Alarm    []string `help:"An alarm that takes a release back, besides those of the stack." placeholder:"NAME"`
	Region   string   `help:"The region; the SDK's own when absent." placeholder:"NAME"`
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
	History  releaseHistory  `cmd:"" help:"List past releases, and why each ended as it did."`
}

// Help is printed by portico release --help.
func (releaseCommand) Help() string {
	return `Moves a release on AWS, or on a runner when AWS_ENDPOINT_URL is its address. A candidate is worse
when Fisher's exact test, one-sided, finds more failed or slow calls than the baseline's at --alpha;
alarms, too few calls, and metrics that cannot be read take it back too.

Exit codes: 0 promoted or done, 1 failed, 3 taken back, 4 refused (somebody else moves it).

Examples:
  portico release start --stack partner-prod --steps 5,25,50,100 --bake 5m
  portico release status --stack partner-prod --watch
  portico release rollback --stack partner-prod --why "customers call"
  AWS_ENDPOINT_URL=http://localhost:3000 portico release start --function orders --to 7`
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
	f := &s.flags.Release
	aim := release.Aim{
		Stack: f.Stack, API: f.API, Stage: f.Stage, Function: f.Function, Alarms: f.Alarm,
		Region: f.Region,
	}
	if f.Function != "" {
		aim.Alias = f.Alias
	}
	connection, err := release.Connect(s, aim)
	if err != nil {
		return nil, err
	}
	return &release.Engine{
		Target: connection.Target, Clock: connection.Clock, By: s.by(), Watch: s.watch,
		Records: s.records(),
	}, nil
}

func (s *session) records() release.Records {
	if folder := s.flags.Release.Records; folder != "" {
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

// watch prints what happens in a release.
func (s *session) watch(entry release.Entry) {
	if s.flags.Release.JSON {
		_ = printJSON(s.stdout, entry) // the release goes on, whoever reads it or not
		return
	}
	text := entry.Position.String()
	switch {
	case entry.Samples != nil:
		text = fmt.Sprintf("%g %%  %s", entry.Position.Percent, columns(*entry.Samples))
	case entry.Event == release.Started:
		text = entry.Target + ": " + entry.Position.Candidate + " in the place of " +
			entry.Position.Baseline
	}
	if entry.Verdict != nil {
		text += "  " + string(entry.Verdict.Outcome)
		if entry.Verdict.Outcome == release.Worse {
			text += ": " + entry.Verdict.Why
		}
	}
	if entry.Why != "" {
		text += " (" + entry.Why + ")"
	}
	fmt.Fprintf(s.stdout, "%s  %-12s  %s\n", entry.Time.UTC().Format(time.TimeOnly), entry.Event, text)
}

// columns says the samples of both sides on one line.
func columns(of release.Samples) string {
	side := func(of release.Sample) string {
		return fmt.Sprintf("%d calls, %d errors, p50 %s, p99 %s", of.Calls, of.Errors,
			of.P50.Round(time.Millisecond/10), of.P99.Round(time.Millisecond/10))
	}
	return "candidate " + side(of.Candidate) + "; baseline " + side(of.Baseline)
}

// conclude prints how a release ended; the exit code says it too.
func (s *session) conclude(result release.Result, err error) error {
	if err != nil {
		return s.refused(err)
	}
	if s.flags.Release.JSON {
		err = printJSON(s.stdout, result)
	} else {
		_, err = fmt.Fprintf(s.stdout, "release %s %s: %s\n", result.Release, result.Outcome, result.Why)
	}
	if err == nil && result.Outcome == release.RolledBack {
		return exitError{exitRolledBack}
	}
	return err
}

func (s *session) refused(err error) error {
	var refusal *release.Refusal
	if errors.As(err, &refusal) && refusal.Nothing {
		_, err := fmt.Fprintln(s.stdout, refusal.Why)
		return err
	}
	if errors.As(err, &refusal) {
		fmt.Fprintln(s.stderr, "portico:", err)
		return exitError{exitNotMoved}
	}
	return err
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
func (c *releasePlan) Run(s *session) error {
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
		return s.refused(err)
	}
	if s.flags.Release.JSON {
		return printJSON(s.stdout, struct {
			Status    release.Status `json:"status"`
			Candidate string         `json:"candidate"`
			Plan      release.Plan   `json:"plan"`
		}{status, to, plan})
	}
	fmt.Fprintf(s.stdout, "%s serves %s; %s is released in its place, in at least %s:\n",
		status.Target, status.Position, to, plan.Duration())
	for _, step := range plan.Steps {
		fmt.Fprintf(s.stdout, "  %5g %%  for %s, looked at every %s\n", step, plan.Bake, plan.Interval)
	}
	return nil
}

// Run releases.
func (c *releaseStart) Run(s *session) error {
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
			_, err = fmt.Fprintf(s.stdout, "%s serves its newest deployment, and is pinned to it now: the "+
				"next deployment is released step by step\n", stack.Name())
			return err
		}
	}
	to, err := s.candidate(e, c.To)
	if err != nil {
		return err
	}
	return s.conclude(e.Start(s, to, plan))
}

// Run goes on with a release.
func (releaseResume) Run(s *session) error {
	e, err := s.engine()
	if err != nil {
		return err
	}
	return s.conclude(e.Resume(s))
}

// Run shows where the target stands.
func (c *releaseStatus) Run(s *session) error {
	e, err := s.engine()
	if err != nil {
		return err
	}
	for {
		status, err := e.Status(s)
		if err != nil {
			return s.refused(err)
		}
		if err := s.writeStatus(status); err != nil || !c.Watch {
			return err
		}
		if (release.Machine{}).Sleep(s, 2*time.Second) != nil {
			return nil // the person has seen enough
		}
	}
}

func (s *session) writeStatus(status release.Status) error {
	if s.flags.Release.JSON {
		return printJSON(s.stdout, status)
	}
	fmt.Fprintf(s.stdout, "%s: %s\n", status.Target, status.Position)
	writeSides(s.stdout, status)
	if status.Release != "" {
		fmt.Fprintf(s.stdout, "release %s: %s\n", status.Release, status.Event)
	}
	if status.Verdict != nil {
		fmt.Fprintf(s.stdout, "%s: %s\n", status.Verdict.Outcome, status.Verdict.Why)
	}
	if len(status.Alarms) > 0 {
		fmt.Fprintf(s.stdout, "in ALARM: %s\n", strings.Join(status.Alarms, ", "))
	}
	return nil
}

func writeSides(w io.Writer, status release.Status) {
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "\tSERVES\tSHARE\tREQUESTS\tERRORS\tP50\tP99")
	row := func(name, serves string, share float64, of release.Sample) {
		fmt.Fprintf(table, "%s\t%s\t%g %%\t%d\t%d\t%s\t%s\n", name, serves, share, of.Calls, of.Errors,
			of.P50.Round(time.Millisecond/10), of.P99.Round(time.Millisecond/10))
	}
	at := status.Position
	row("baseline", at.Baseline, 100-at.Percent, status.Samples.Baseline)
	if at.Candidate != "" {
		row("canary", at.Candidate, at.Percent, status.Samples.Candidate)
	}
	_ = table.Flush() // what w refuses, the lines after it report
}

// Run gives the candidate another share.
func (c *releaseShift) Run(s *session) error {
	e, err := s.engine()
	if err != nil {
		return err
	}
	return s.refused(e.Shift(s, c.Percent, c.Why))
}

// Run makes the candidate serve alone.
func (c *releasePromote) Run(s *session) error {
	e, err := s.engine()
	if err != nil {
		return err
	}
	return s.conclude(e.Promote(s, c.Why))
}

// Run takes the release back, which is what was asked for: the exit code is 0.
func (c *releaseRollback) Run(s *session) error {
	e, err := s.engine()
	if err != nil {
		return err
	}
	err = s.conclude(e.Rollback(s, c.Why))
	var exit exitError
	if errors.As(err, &exit) && exit.code == exitRolledBack {
		return nil
	}
	return err
}

// Run lists the audit records.
func (releaseHistory) Run(s *session) error {
	all, err := s.records().All("")
	if err != nil {
		return err
	}
	if s.flags.Release.JSON {
		return printJSON(s.stdout, all)
	}
	table := tabwriter.NewWriter(s.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "RELEASE\tTARGET\tBY\tENDED\tWHY")
	for _, record := range all {
		first, last := record.Entries[0], record.Entries[len(record.Entries)-1]
		ended, why := last.Event, last.Why
		if record.Open() {
			ended = "under way, last " + last.Event
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", record.ID, first.Target, first.By, ended, why)
	}
	return table.Flush()
}
