package runner

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"portico/local/gateway/clock"
)

// Options say what to serve. The zero value serves the app in the current folder.
type Options struct {
	// Dir is the app's root, where portico.yaml and cdk.json stand; "." when empty.
	Dir string
	// App is a synthesized cloud assembly; Template one CloudFormation file. When both are empty,
	// portico.yaml and then cdk.json say what to serve.
	App, Template string
	// Empty serves nothing from a template: everything is created by the management APIs.
	Empty bool
	// Environment is the CDK context value "env".
	Environment string
	// State is where builds, keys and logs are kept; .portico in Dir when empty.
	State string
	// Port is the main address; nil means portico.yaml's, else 3000. 0 takes free ports everywhere.
	Port *int
	// Lenient serves an app although parts of it are not honoured; each is reported.
	Lenient bool
	// Watch rebuilds and swaps in what is edited.
	Watch bool
	// Verify checks the signatures of management calls, as settings may ask for too.
	Verify bool
	// NoCompanions starts no dynalite and serves no queues; functions that need them then fail.
	NoCompanions bool
	// Path is the PATH of functions; AWS's when empty.
	Path string
	// Environ is the caller's environment ("NAME=value"): the AWS_ENDPOINT_URL_* of AWS services are
	// read from it, and win over portico.yaml's.
	Environ []string

	// Clock is the machine's when nil. A user may move it (portico clock), functions keep it as it is.
	Clock clock.Clock
	Log   *slog.Logger // discards when nil
	// Progress is told what is being done while it takes time; may be nil.
	Progress func(string)
	// Console is where finished calls and function output are printed; nothing when nil.
	Console io.Writer

	unannounced   bool // other commands are not told of this runner
	functionsOnly bool // it is there to run functions: nothing is deployed
}

// machine returns the clock that nobody moves: of functions, companions, backends and certificates.
func (o Options) machine() clock.Clock { return clock.Unmoved(o.Clock) }

func (o Options) withDefaults() (Options, error) {
	if o.Dir == "" {
		o.Dir = "."
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return o, err
	}
	o.Dir = dir
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return o, fmt.Errorf("there is no folder %s", dir)
	}
	if o.State == "" {
		o.State = filepath.Join(dir, ".portico")
	}
	if o.State, err = filepath.Abs(o.State); err != nil {
		return o, err
	}
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if _, movable := o.Clock.(*clock.Movable); !movable {
		o.Clock = clock.NewMovable(o.Clock)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	return o, nil
}
