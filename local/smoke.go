package main

import (
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"

	"portico/infra/release"
	"portico/local/runner"
)

type smokeCommand struct {
	Cases        []string          `arg:"" optional:"" help:"Files of cases, or folders of them; smoke when absent."`
	URL          []string          `name:"url" help:"Where an API is, by its name; or a runner's main address. May be repeated." sep:"none" placeholder:"[API=]URL"`
	Stage        []string          `help:"A stack whose outputs say where its API is, or a pattern; may be repeated." sep:"none" placeholder:"STACK"`
	Against      []string          `help:"What is asked too, and compared: addresses as with --url, or runner." sep:"none" placeholder:"[API=]URL"`
	Set          map[string]string `help:"The value of a variable of the cases." placeholder:"NAME=VALUE"`
	APIKey       string            `name:"api-key" env:"PORTICO_API_KEY" help:"An API key of what is no runner." placeholder:"VALUE"`
	Token        string            `env:"PORTICO_TOKEN" help:"A token for what is no runner." placeholder:"JWT"`
	ClientID     string            `name:"client-id" env:"PORTICO_CLIENT_ID" help:"An app client that gets tokens by its secret." placeholder:"ID"`
	ClientSecret string            `name:"client-secret" env:"PORTICO_CLIENT_SECRET" help:"That secret." placeholder:"SECRET"`
	Issuer       string            `help:"Who issues its tokens; the stacks' output Issuer when absent." placeholder:"URL"`
	Region       string            `help:"The region of the stacks; the SDK's own when absent." placeholder:"NAME"`
	JSON         bool              `help:"Print the report as JSON, with every answer."`
}

// Help is printed by portico smoke --help.
func (smokeCommand) Help() string {
	return `Asks the cases of smoke/*.yaml (smoke/README.md describes them): of the runner that serves this
folder, of addresses, or of deployed stacks. With --against the same cases are asked of both, and what
differs between the answers is printed: status, the headers that clients look at, bodies; ids and times
are masked. A case that needs a token or a key that is not given is skipped, and says so.

Exit codes: 0 all as expected, 1 something differs, 2 it cannot be asked.

Examples:
  portico smoke
  portico smoke --stage 'portico-prod-*' --against runner
  portico smoke --url public=https://api.example.com --token "$TOKEN" smoke/public.yaml
  portico smoke --url http://localhost:4000 --set origin=http://localhost:5173`
}

// Run asks the cases.
func (c *smokeCommand) Run(s *session) error {
	report, err := runner.Smoke(s, s.options(), runner.SmokeQuestion{
		Cases: c.Cases, URLs: c.URL, Stacks: c.Stage, Against: c.Against, Variables: c.Set,
		Key: c.APIKey, Token: c.Token, Issuer: c.Issuer, ClientID: c.ClientID,
		ClientSecret: c.ClientSecret,
		Reach: func() (cloudformation.DescribeStacksAPIClient, string, error) {
			reached, err := release.Reach(s, c.Region, "")
			if err != nil {
				return nil, "", err
			}
			return cloudformation.NewFromConfig(reached.Config), reached.Endpoint, nil
		},
	})
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(s.stdout, report); err != nil {
			return err
		}
	} else {
		report.WriteTable(s.stdout)
	}
	if report.Differ() > 0 {
		return failedError{}
	}
	return nil
}
