package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime/debug"
	"text/tabwriter"
	"time"

	"portico/local/runner"
)

type routesCommand struct {
	JSON bool `help:"Print them as JSON."`
}

// Run prints the routes of the app, without serving it.
func (c *routesCommand) Run(s *session) error {
	app, err := runner.Read(s, s.options())
	if err != nil {
		return err
	}
	routes, err := app.Routes()
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.stdout, routes)
	}
	table := tabwriter.NewWriter(s.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(table, "API\tKIND\tMETHOD\tPATH\tAUTHORIZER\tTARGET")
	for _, r := range routes {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", r.API, r.Kind, r.Method, r.Path, r.Authorizer, r.Target)
	}
	return table.Flush()
}

type checkCommand struct {
	JSON bool `help:"Print the findings as JSON."`
	All  bool `help:"Also the properties that are honoured."`
	APIs bool `name:"apis" help:"The operations of AWS's management APIs instead: which are implemented."`
}

// Help is printed by portico check --help.
func (checkCommand) Help() string {
	return `Every property the template sets is honoured, irrelevant on this machine (with the reason), or not
honoured. Exits with 1 when a property is not honoured: portico start would refuse the app; with 2 when
the app cannot be read or compiled.

Examples:
  portico check
  portico check --all
  portico check --json | jq '.[] | select(.status=="not honoured")'
  portico check --apis --all`
}

// Run judges the template.
func (c *checkCommand) Run(s *session) error {
	if c.APIs {
		return c.listOperations(s)
	}
	app, err := runner.Read(s, s.options())
	if err != nil {
		return err
	}
	if c.JSON {
		if err := printJSON(s.stdout, app.Findings); err != nil {
			return err
		}
	} else {
		app.WriteCoverage(s.stdout, c.All)
	}
	if _, err := app.Routes(); err != nil { // what does not compile no start could serve
		return err
	}
	if len(app.NotHonoured()) > 0 {
		return failedError{}
	}
	return nil
}

// listOperations prints what the management APIs of the runner can do; it needs no app.
func (c *checkCommand) listOperations(s *session) error {
	if !c.JSON {
		return runner.WriteOperations(s.stdout, c.All)
	}
	operations, err := runner.Operations()
	if err != nil {
		return err
	}
	return printJSON(s.stdout, operations)
}

type tokenCommand struct {
	Pool     string            `help:"The user pool, by id or name; needed when there are several."`
	Client   string            `help:"The app client, by id or name; the first when absent."`
	Scope    []string          `help:"A scope of an access token; may be repeated." placeholder:"orders/read"`
	Claim    map[string]string `help:"Another claim." placeholder:"NAME=VALUE"`
	Subject  string            `help:"The user: claim sub." placeholder:"ID"`
	Use      string            `enum:"access,id" default:"access" help:"access or id."`
	Lifetime time.Duration     `default:"1h" help:"How long it is valid; negative mints an expired one."`
	JSON     bool              `help:"Print token, issuer and client as JSON."`
}

// Help is printed by portico token --help.
func (tokenCommand) Help() string {
	return `The token is signed with the key of the local user pool and carries the issuer that the template
names. It is accepted by the runner of this folder, and by nothing else.

Examples:
  portico token --scope orders/read --scope orders/write
  portico token --scope orders/read --claim custom:tier=gold --lifetime=-1m`
}

// Run prints a token.
func (c *tokenCommand) Run(s *session) error {
	token, err := runner.Token(s, s.options(), runner.TokenRequest{
		Pool: c.Pool, Client: c.Client, Scopes: c.Scope, Claims: c.Claim, Subject: c.Subject,
		Use: c.Use, Lifetime: c.Lifetime,
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.stdout, token)
	}
	_, err = fmt.Fprintln(s.stdout, token.Token)
	return err
}

type credentialsCommand struct {
	Role string `required:"" xor:"who" help:"The role: its name or ARN."`
	User string `required:"" xor:"who" help:"The user: its name or ARN."`
	JSON bool   `help:"Print what credential_process of an AWS profile reads."`
}

// Help is printed by portico credentials --help.
func (credentialsCommand) Help() string {
	return `The keys sign calls that the runner of this folder verifies and judges by the policies of the role
or user; they mean nothing to AWS. Roles and users are those of the template and of portico.yaml.

Examples:
  eval "$(portico credentials --role portico-dev-partner-admin)"
  portico credentials --role portico-dev-partner-admin --json
  portico credentials --user partner-7`
}

// Run prints the keys as shell variables.
func (c *credentialsCommand) Run(s *session) error {
	find, who := runner.Credentials, c.Role
	if c.User != "" {
		find, who = runner.UserCredentials, c.User
	}
	keys, err := find(s, s.options(), who)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.stdout, keys)
	}
	token := "export AWS_SESSION_TOKEN=" + keys.SessionToken
	if keys.SessionToken == "" {
		token = "unset AWS_SESSION_TOKEN" // a user's keys have none, and another's would spoil them
	}
	_, err = fmt.Fprintf(s.stdout, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n%s\n",
		keys.AccessKeyID, keys.SecretAccessKey, token)
	return err
}

type explainCommand struct {
	RequestID string `arg:"" optional:"" help:"The x-amzn-RequestId or apigw-requestid of the answer; the newest call when absent."`
	URL       string `help:"The runner's main address; that of this folder's runner when absent." placeholder:"http://localhost:3000"`
	JSON      bool   `help:"Print the record as JSON."`
}

// Help is printed by portico explain --help.
func (explainCommand) Help() string {
	return `Asks the runner that serves this app what every step of one of its last 2,000 calls decided, and why.

Examples:
  portico explain
  portico explain 6f2d4f0e-8d5c-4a38-9f57-0a5b0f6e4c11`
}

// Run prints the marks of a call.
func (c *explainCommand) Run(s *session) error {
	record, err := runner.Explain(s, s.options(), c.URL, c.RequestID)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.stdout, record)
	}
	runner.WriteRecord(s.stdout, record)
	return nil
}

type versionCommand struct {
	JSON bool `help:"Print it as JSON."`
}

// Run prints the version the binary was built from.
func (c *versionCommand) Run(s *session) error {
	version := map[string]string{"version": "0.1.0"}
	if info, ok := debug.ReadBuildInfo(); ok {
		version["go"] = info.GoVersion
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				version["revision"] = setting.Value
			}
		}
	}
	if c.JSON {
		return printJSON(s.stdout, version)
	}
	_, err := fmt.Fprintf(s.stdout, "portico %s (%s)\n", version["version"], version["go"])
	return err
}

func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(value)
}
