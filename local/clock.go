package main

import (
	"fmt"
	"time"

	"portico/local/runner"
)

type clockCommand struct {
	URL  string `help:"The runner's main address; that of this folder's runner when absent." placeholder:"http://localhost:3000"`
	JSON bool   `help:"Print what it shows as JSON."`

	Show    clockShow    `cmd:"" default:"1" help:"Print the time that the runner goes by."`
	Set     clockSet     `cmd:"" help:"Set it to a time, which may be past, or back to now."`
	Advance clockAdvance `cmd:"" help:"Set it ahead by a duration."`
	Freeze  clockFreeze  `cmd:"" help:"Let it stand still."`
	Resume  clockResume  `cmd:"" help:"Let it go on from where it stands."`
}

// Help is printed by portico clock --help.
func (clockCommand) Help() string {
	return `Moves the time of the runner that serves this app. Throttles, quotas of usage plans, caches
of replies and authorizers, tokens, key sets and the limits of WebSocket connections follow it at once.
Functions, DynamoDB, SQS, backends, certificates and signatures of AWS keep the machine's time.
A runner that starts again goes by the machine's time.

Examples:
  portico clock
  portico clock advance 24h
  portico clock set 2026-12-31T23:59:00Z
  portico clock set now
  portico clock freeze`
}

type (
	clockShow struct{}
	clockSet  struct {
		To string `arg:"" help:"A time of RFC 3339, or now."`
	}
	clockAdvance struct {
		By string `arg:"" help:"A duration: 90s, 36h, 1h30m."`
	}
	clockFreeze struct{}
	clockResume struct{}
)

// Run prints the time.
func (clockShow) Run(s *session) error { return s.moveClock(runner.ClockMove{}) }

// Run sets the time.
func (c *clockSet) Run(s *session) error {
	return s.moveClock(runner.ClockMove{Kind: runner.ClockSet, To: c.To})
}

// Run advances the time.
func (c *clockAdvance) Run(s *session) error {
	return s.moveClock(runner.ClockMove{Kind: runner.ClockAdvance, By: c.By})
}

// Run stops the time.
func (clockFreeze) Run(s *session) error {
	return s.moveClock(runner.ClockMove{Kind: runner.ClockFreeze})
}

// Run lets the time go on.
func (clockResume) Run(s *session) error {
	return s.moveClock(runner.ClockMove{Kind: runner.ClockResume})
}

// moveClock moves the runner's clock and prints what it shows then.
func (s *session) moveClock(move runner.ClockMove) error {
	state, err := runner.MoveClock(s, s.options(), s.flags.Clock.URL, move)
	if err != nil {
		return err
	}
	if s.flags.Clock.JSON {
		return printJSON(s.stdout, state)
	}
	text := state.Now.UTC().Format(time.RFC3339)
	switch ahead := state.Ahead.Round(time.Second); {
	case ahead > 0:
		text += fmt.Sprintf(", %s ahead of this machine", ahead)
	case ahead < 0:
		text += fmt.Sprintf(", %s behind this machine", -ahead)
	}
	if state.Frozen {
		text += ", standing still"
	}
	_, err = fmt.Fprintln(s.stdout, text)
	return err
}
