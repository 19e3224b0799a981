package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"portico/infra/drift"
	"portico/local/runner"
)

// exitCannotTell is the exit code of portico drift when something could not be read.
const exitCannotTell = 2

type driftCommand struct {
	Stack   []string `help:"A stack of the app; all of them when absent. May be repeated." placeholder:"NAME"`
	Region  string   `help:"The region; that of the app when absent." placeholder:"NAME"`
	Records string   `help:"The folder of the releases' audit records; releases in the state folder when absent." placeholder:"DIR"`
	JSON    bool     `name:"json" help:"Print the findings as JSON."`
}

// Help is printed by portico drift --help.
func (driftCommand) Help() string {
	return `Compares the synthesized templates with the deployed ones, the deployed ones with the stages, routes,
methods and aliases that are there, and releases with their records. It changes nothing. It asks AWS, or
a runner when AWS_ENDPOINT_URL is its address.

Exit codes: 0 no drift, 1 drift, 2 it cannot tell.

Examples:
  portico drift --env prod
  portico drift --env prod --stack portico-prod-partner --json
  AWS_ENDPOINT_URL=http://localhost:3000 portico drift`
}

// Run prints the differences.
func (c *driftCommand) Run(s *session) error {
	stacks, err := runner.Stacks(s, s.options())
	if err != nil {
		return err
	}
	if stacks, err = c.chosen(stacks); err != nil {
		return err
	}
	region := c.Region
	if region == "" && len(stacks) > 0 {
		region = stacks[0].Region
	}
	clients, err := drift.Connect(s, region)
	if err != nil {
		return err
	}
	checker := drift.Checker{
		Clients: clients, Parse: runner.ParseTemplate, Records: s.recordsIn(c.Records),
	}
	compared := make([]drift.Stack, 0, len(stacks))
	for _, one := range stacks {
		compared = append(compared, drift.Stack(one))
	}
	return c.print(s, checker.Check(s, compared))
}

// chosen returns the stacks that are named.
func (c *driftCommand) chosen(all []runner.StackTemplate) ([]runner.StackTemplate, error) {
	if len(c.Stack) == 0 {
		return all, nil
	}
	var names []string
	var chosen []runner.StackTemplate
	for _, one := range all {
		names = append(names, one.Name)
		if slices.Contains(c.Stack, one.Name) {
			chosen = append(chosen, one)
		}
	}
	for _, name := range c.Stack {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("the app has no stack %q; it has %s", name, strings.Join(names, ", "))
		}
	}
	return chosen, nil
}

func (c *driftCommand) print(s *session, report *drift.Report) error {
	if c.JSON {
		if err := printJSON(s.stdout, report); err != nil {
			return err
		}
	} else {
		writeDrift(s, report)
	}
	for _, text := range report.Unknown {
		fmt.Fprintln(s.stderr, "portico: it cannot be told:", text)
	}
	switch {
	case len(report.Unknown) > 0:
		return exitError{exitCannotTell}
	case len(report.Findings) > 0:
		return failedError{}
	}
	return nil
}

func writeDrift(s *session, report *drift.Report) {
	table := tabwriter.NewWriter(s.stdout, 0, 8, 2, ' ', 0)
	for _, f := range report.Findings {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", f.Kind, f.Stack, f.Resource, f.What)
		if f.Do != "" {
			fmt.Fprintf(table, "\t\t\t  → %s\n", f.Do)
		}
	}
	_ = table.Flush() // what stdout refuses, the lines after it report
	var parts []string
	counts := report.Counts()
	for _, kind := range []string{
		drift.NotDeployed, drift.ChangedByHand, drift.CanaryLeft, drift.NotReleased, drift.Disagrees,
	} {
		if counts[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", counts[kind], kind))
		}
	}
	text := strings.Join(parts, ", ")
	if text == "" {
		text = "no drift"
	}
	fmt.Fprintf(s.stdout, "%d stacks: %s\n", len(report.Stacks), text)
}
