package main

import (
	"time"

	"portico/local/cost"
	"portico/local/runner"
)

type costCommand struct {
	Rates    string        `help:"A file with what a month brings (docs/rest-or-http.md)." placeholder:"FILE"`
	From     []string      `help:"An access log to make a month of; may be repeated." placeholder:"[API=]FILE"`
	Requests []string      `help:"How many calls a month brings, to every API or to one; may be repeated." placeholder:"[API=]N"`
	Over     time.Duration `help:"The time that recorded traffic counts for; from its first to its last call when absent." placeholder:"24h"`
	URL      string        `help:"The runner whose traffic is taken; that of this folder when absent." placeholder:"http://localhost:3000"`
	Prices   bool          `help:"Print the table of prices instead."`
	JSON     bool          `help:"Print it as JSON."`
}

// Help is printed by portico cost --help.
func (costCommand) Help() string {
	return `Estimates what the app, with all of its stacks, costs on AWS in a month: from the traffic that the
runner of this folder has measured, from access logs, or from given rates. What is not known is assumed,
and every assumption is printed. The calls of REST and HTTP APIs are priced on either kind.

Examples:
  portico cost                                          of what the runner has measured
  portico cost --env prod --requests public=20000000 --requests partner=3000000
  portico cost --from .portico/logs/portico-dev-public.log --over 24h
  portico cost --rates rates.yaml --json
  portico cost --prices`
}

// Run prints the estimate, or the prices.
func (c *costCommand) Run(s *session) error {
	if c.Prices {
		if c.JSON {
			return printJSON(s.stdout, struct {
				Region string       `json:"region"`
				ReadOn string       `json:"readOn"`
				Prices []cost.Price `json:"prices"`
			}{cost.Region, cost.ReadOn, cost.Prices()})
		}
		return cost.WritePrices(s.stdout)
	}
	estimate, err := runner.EstimateCost(s, s.options(), runner.CostQuestion{
		Rates: c.Rates, Logs: c.From, Requests: c.Requests, Over: c.Over, URL: c.URL,
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.stdout, estimate)
	}
	estimate.WriteTable(s.stdout)
	return nil
}
