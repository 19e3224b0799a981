package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"portico/local/runner"
)

type startCommand struct {
	Port    *int `help:"The main address; each API gets a port above it. 0 takes free ports." placeholder:"3000"`
	Empty   bool `help:"Serve nothing from a template: everything is created by AWS's management APIs, as by cdk deploy."`
	Lenient bool `help:"Serve although parts of the template are not honoured; each is listed."`
	Watch   bool `default:"true" negatable:"" help:"Rebuild and swap in what is edited."`
	Verify  bool `help:"Verify the signatures of AWS's management APIs, instead of taking any credentials."`
}

// Help is printed by portico start --help.
func (startCommand) Help() string {
	return `Reads portico.yaml, synthesizes the CDK app when it changed, builds the functions for this machine,
and serves every API until interrupted. A template that asks for something Portico does not honour
stops the start (exit code 2), unless --lenient.

Examples:
  portico start
  portico start --port 4000 --lenient
  portico start --app cdk.out --no-watch
  portico start --empty                      then: AWS_ENDPOINT_URL=http://localhost:3000 npx cdk deploy`
}

// Run serves until the session is interrupted.
func (c *startCommand) Run(s *session) error {
	began := time.Now()
	o := s.options()
	o.Port, o.Lenient, o.Watch, o.Console = c.Port, c.Lenient, c.Watch, s.stdout
	o.Verify, o.Empty = c.Verify, c.Empty
	r, err := runner.Open(s, o)
	if err != nil && s.Err() != nil {
		return errors.New("interrupted before the app was ready")
	}
	if err != nil {
		return err
	}
	r.WriteTable(s.stdout)
	fmt.Fprintf(s.stdout, "ready in %.1f s; end with Ctrl-C\n", time.Since(began).Seconds())
	debug.FreeOSMemory() // that synthesis and compilation took
	<-s.Done()
	fmt.Fprintln(s.stderr, "portico: stopping")
	hurry, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return r.Shutdown(hurry)
}
