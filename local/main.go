// Package main is the command portico: it reads flags and hands over to the runner.
//
// It stands outside the way of a call. What the commands do is the runner's; here is only what a
// person types and reads.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
	"github.com/lmittmann/tint"

	"portico/local/runner"
)

// The exit codes scripts can rely on.
const (
	exitFailed  = 1 // the command ran, and found what it looks for: a fixture that differs, …
	exitRefused = 2 // the app cannot be served: template, coverage, ports
	exitUsage   = 64
)

type cli struct {
	Dir         string `short:"C" default:"." help:"The app's root, with portico.yaml and cdk.json." placeholder:"DIR"`
	App         string `xor:"app" help:"A synthesized cloud assembly instead of cdk.json's app." placeholder:"CDK.OUT"`
	Template    string `xor:"app" help:"A CloudFormation template instead of an app." placeholder:"FILE"`
	Environment string `name:"env" help:"The environment to synthesize: the CDK context value env." placeholder:"NAME"`
	Verbose     bool   `short:"v" help:"Say more on the terminal."`

	Start    startCommand       `cmd:"" help:"Serve the app's APIs on this machine."`
	Invoke   invokeCommand      `cmd:"" help:"Run one function with an event."`
	Replay   replayCommand      `cmd:"" help:"Run recorded events and compare the answers."`
	Routes   routesCommand      `cmd:"" help:"Print every route of the app."`
	Token    tokenCommand       `cmd:"" help:"Mint a token of the app's user pool."`
	Keys     credentialsCommand `cmd:"" name:"credentials" help:"Print access keys of a role or user."`
	Trust    trustCommand       `cmd:"" help:"Say how to trust the certificates of custom domain names."`
	Check    checkCommand       `cmd:"" help:"Say which properties of the template are honoured here."`
	Export   exportCommand      `cmd:"" help:"Print an API as an OpenAPI document or a CDK app."`
	Firewall firewallCommand    `cmd:"" help:"Try a web ACL of the app."`
	Clock    clockCommand       `cmd:"" help:"Show and move the time of the runner."`
	Release  releaseCommand     `cmd:"" help:"Shift, promote or take back a release, on AWS or here."`
	Smoke    smokeCommand       `cmd:"" help:"Ask what every client relies on, here, on AWS, or on both."`
	Drift    driftCommand       `cmd:"" help:"Say how what is deployed differs from the template."`
	Cost     costCommand        `cmd:"" help:"Estimate what the app costs on AWS in a month."`
	Explain  explainCommand     `cmd:"" help:"Say what every step of a recent call decided."`
	Version  versionCommand     `cmd:"" help:"Print the version."`
}

const description = `Serves the API Gateway APIs of a CDK app or CloudFormation template on this machine, from the
very template that would be deployed.

Examples:
  portico start                              serve the app in this folder
  portico start --template template.yaml     serve one template
  portico invoke orders -e events/orders/create.json
  portico replay events
  curl -H "Authorization: Bearer $(portico token --scope orders/read)" localhost:3002/orders`

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// session is what every command may use.
type session struct {
	context.Context
	flags          *cli
	stdin          io.Reader
	stdout, stderr io.Writer
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var flags cli
	exited := -1
	parser, err := kong.New(&flags, kong.Name("portico"), kong.Description(description),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exited = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		fmt.Fprintln(stderr, "portico:", err)
		return exitUsage
	}
	command, err := parser.Parse(args)
	if exited >= 0 {
		return exited // help was asked for
	}
	if err != nil {
		fmt.Fprintf(stderr, "portico: %v\n", err)
		fmt.Fprintln(stderr, "see: portico --help")
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err = command.Run(&session{ctx, &flags, stdin, stdout, stderr})
	return code(err, stderr)
}

// failedError is a command's own verdict, already printed: only the exit code is left to give.
type failedError struct{}

func (failedError) Error() string { return "failed" }

// exitError is a verdict that is already printed, with an exit code of its own.
type exitError struct{ code int }

func (exitError) Error() string { return "ended with a verdict" }

func code(err error, stderr io.Writer) int {
	var failed failedError
	var exit exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &failed):
		return exitFailed
	case errors.As(err, &exit):
		return exit.code
	}
	fmt.Fprintln(stderr, "portico:", strings.TrimSpace(err.Error()))
	return exitRefused
}

// options turns the common flags into what the runner takes.
func (s *session) options() runner.Options {
	level := slog.LevelInfo
	if s.flags.Verbose {
		level = slog.LevelDebug
	}
	file, isFile := s.stderr.(*os.File)
	handler := tint.NewTextHandler(s.stderr, &tint.Options{
		Level: level, TimeFormat: time.TimeOnly, NoColor: !isFile || !isTerminal(file),
	})
	return runner.Options{
		Dir:         s.flags.Dir,
		App:         s.flags.App,
		Template:    s.flags.Template,
		Environment: s.flags.Environment,
		Path:        os.Getenv("PATH"),
		Environ:     os.Environ(),
		Log:         slog.New(handler),
		Progress:    func(text string) { fmt.Fprintln(s.stderr, "portico:", text) },
	}
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
