package main

import (
	"errors"
	"fmt"

	"portico/local/runner"
)

type exportCommand struct {
	API     string `arg:"" name:"api" help:"Its id or name: of the template, or created by a management API."`
	OpenAPI bool   `name:"openapi" xor:"form" help:"An OpenAPI 3.0 document with API Gateway's extensions."`
	CDK     bool   `name:"cdk" xor:"form" help:"A CDK app in Go that synthesizes to the same API."`
	Stage   string `help:"What this stage serves, instead of the API as it is now." placeholder:"NAME"`
	Swagger bool   `help:"OpenAPI 2.0 instead of 3.0; REST APIs alone."`
	YAML    bool   `name:"yaml" help:"The document as YAML instead of JSON."`
}

// Help is printed by portico export --help.
func (exportCommand) Help() string {
	return `Prints a REST or HTTP API, for a repository or for AWS: as a document that import-rest-api and
import-api take, or as the source of a CDK app. Asks the runner that serves this app, or reads
template and state folder. What a CDK app leaves out (API keys, whose values are secrets, domains, web
ACLs, canaries) its first comment names.

Examples:
  portico export orders --openapi --yaml > orders.yaml
  portico export orders --openapi --swagger --stage dev
  portico export a1b2c3d4e5 --cdk > main.go`
}

// Run prints the API.
func (c *exportCommand) Run(s *session) error {
	if !c.CDK && !c.OpenAPI {
		return errors.New("say what to print: --openapi or --cdk")
	}
	if c.CDK && (c.Swagger || c.YAML) {
		return errors.New("--swagger and --yaml are for --openapi")
	}
	text, err := runner.ExportAPI(s, s.options(), runner.Export{
		API: c.API, Stage: c.Stage, CDK: c.CDK, Swagger: c.Swagger, YAML: c.YAML,
	})
	if err != nil {
		return err
	}
	fmt.Fprint(s.stdout, text)
	return nil
}
