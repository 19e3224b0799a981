package main

import (
	"io"
	"slices"

	"portico/local/runner"
)

type firewallCommand struct {
	Test firewallTestCommand `cmd:"" help:"Run a web ACL over recorded requests, and say what each rule would do."`
}

type firewallTestCommand struct {
	Paths []string `arg:"" optional:"" help:"Files of requests; - reads standard input."`
	ACL   string   `name:"acl" help:"The web ACL, by name or ARN; needed when there are several." placeholder:"NAME"`
	Calls bool     `help:"Also the calls that the runner of this folder remembers."`
	URL   string   `help:"That runner's main address, when it is not this folder's." placeholder:"http://localhost:3000"`
	All   bool     `help:"Also the rules that matched nothing."`
	JSON  bool     `help:"Print the report as JSON."`
}

// Help is printed by portico firewall test --help.
func (firewallTestCommand) Help() string {
	return `A file holds raw HTTP requests (### between them), an HTTP archive (HAR), or an access log with a
line of JSON or of the common log format for each request; records of AWS WAF's own log are read too.
What a recording does not tell, no rule can see: the report says what that is. Rate-based rules go by
the recorded times. Nothing is served, and nothing is called.

Exits with 1 when a request would not come in, with 2 when the web ACL cannot be run.

Examples:
  portico firewall test attacks.http
  portico firewall test --acl public access.log --json | jq '.rules[] | select(.decided > 0)'
  portico firewall test --calls`
}

// Run tries the web ACL and prints the report.
func (c *firewallTestCommand) Run(s *session) error {
	trial := runner.FirewallTrial{
		WebACL: c.ACL, Files: c.Paths, Calls: c.Calls || c.URL != "", URL: c.URL,
	}
	if slices.Contains(c.Paths, "-") {
		input, err := io.ReadAll(s.stdin)
		if err != nil {
			return err
		}
		trial.Input = input
	}
	report, err := runner.TryFirewall(s, s.options(), trial)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(s.stdout, report); err != nil {
			return err
		}
	} else {
		report.WriteTable(s.stdout, c.All)
	}
	if report.Refused > 0 {
		return failedError{}
	}
	return nil
}
