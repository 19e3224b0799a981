package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"portico/local/runner"
)

type invokeCommand struct {
	Function string `arg:"" help:"Its source folder's name, its name, or its logical id."`
	Event    string `short:"e" default:"-" help:"A file with the event; - reads it from standard input." placeholder:"FILE"`
	JSON     bool   `help:"Print the whole answer: payload, error, version, request id."`
}

// Help is printed by portico invoke --help.
func (invokeCommand) Help() string {
	return `Asks the runner that serves this app, or starts what the function needs for as long as it takes.
Placeholders such as {{token scope=orders/read}} in the event are filled in. Exits with 1 when the
function fails.

Examples:
  portico invoke orders -e events/orders/http-create.json
  echo '{"version":"2.0"}' | portico invoke orders -e -`
}

// Run invokes the function and prints its payload.
func (c *invokeCommand) Run(s *session) error {
	event, err := c.read(s.stdin)
	if err != nil {
		return err
	}
	o := s.options()
	o.Console = s.stderr // what the function writes
	answer, err := runner.InvokeOnce(s, o, c.Function, event)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(s.stdout, answer); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(s.stdout, strings.TrimSpace(string(answer.Payload)))
	}
	if answer.FunctionError != "" {
		return failedError{}
	}
	return nil
}

func (c *invokeCommand) read(stdin io.Reader) ([]byte, error) {
	if c.Event == "-" {
		return io.ReadAll(stdin)
	}
	event, err := os.ReadFile(c.Event)
	if err != nil {
		return nil, fmt.Errorf("reading the event: %w", err)
	}
	return event, nil
}
