package runner

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v4"
)

// settingsFile stands at the app's root. Everything in it has a default.
const settingsFile = "portico.yaml"

// Settings are what a template cannot say: where the app runs on this machine.
type Settings struct {
	// App is a folder with a synthesized cloud assembly, instead of synthesizing cdk.json's app.
	App string `yaml:"app"`
	// Template is one CloudFormation file, instead of an assembly.
	Template string `yaml:"template"`
	// Environment is the context value "env" the CDK app is synthesized with; "dev" when absent.
	Environment string `yaml:"environment"`
	// Account and Region stand in for those of an environment-agnostic stack; Account holds the quotas
	// of the account too.
	Account AccountSettings `yaml:"account"`
	Region  string          `yaml:"region"`
	// Port is the main address; 3000 when absent.
	Port *int `yaml:"port"`
	// Ports gives APIs, by name, ports of their own; the others get the next free ones above Port.
	Ports map[string]int `yaml:"ports"`
	// TLSPort is the main address for TLS; 443 above Port when absent, and then only opened for an app
	// with custom domain names.
	TLSPort *int `yaml:"tlsPort"`
	// Parameters are values of template parameters; SSM of those read from Parameter Store.
	Parameters map[string]string `yaml:"parameters"`
	SSM        map[string]string `yaml:"ssm"`
	// Functions holds what is particular to one function, by name, logical id or source folder.
	Functions map[string]FunctionSettings `yaml:"functions"`
	// Endpoints says where AWS services are reached: sqs: http://localhost:9324.
	Endpoints map[string]string `yaml:"endpoints"`
	// PrivateTargets says where the load balancers behind VPC links listen on this machine, by ARN,
	// logical id, id of the link or DNS name: orders.internal: http://localhost:9000.
	PrivateTargets map[string]string `yaml:"privateTargets"`
	// Backends says where hosts that HTTP integrations name are reached: orders.example:
	// http://localhost:9000. A host off this machine that is not listed is not called.
	Backends map[string]string `yaml:"backends"`
	// Issuers says where the discovery document of a JWT issuer is fetched; an issuer that is
	// neither here nor a user pool of the template is not asked, so its tokens are refused.
	Issuers map[string]string `yaml:"issuers"`
	// Documents are files in the place of OpenAPI documents and truststores in S3: bucket/key:
	// openapi.yaml.
	Documents map[string]string `yaml:"documents"`
	// VPCEndpoint is where calls of private APIs come in that name no endpoint themselves, in the
	// header x-amzn-vpce-id; VPC is the network it is in.
	VPCEndpoint string `yaml:"vpcEndpoint"`
	VPC         string `yaml:"vpc"`
	// Principals are users and roles that are not in the template: partners of other accounts.
	Principals []PrincipalSettings `yaml:"principals"`
	// Firewall is what AWS WAF knows of addresses, and nobody else does.
	Firewall FirewallSettings `yaml:"firewall"`
	// Verify checks the signatures of calls of AWS's management APIs, which otherwise take any
	// credentials.
	Verify bool `yaml:"verify"`
	// Companions turns supervised companions off: dynalite: false.
	Companions Companions `yaml:"companions"`
}

// FunctionSettings belong to one function.
type FunctionSettings struct {
	Source      string            `yaml:"source"` // folder of its main package
	Environment map[string]string `yaml:"environment"`
}

// Companions are the servers the runner starts beside the functions.
type Companions struct {
	// Dynalite serves the DynamoDB tables of the template; true when absent.
	Dynalite *bool `yaml:"dynalite"`
	// SQS serves the queues of the template; true when absent.
	SQS *bool `yaml:"sqs"`
}

// readSettings reads portico.yaml in dir; without one everything has its default. An unknown key
// is an error with its line.
func readSettings(dir string) (Settings, error) {
	var s Settings
	path := filepath.Join(dir, settingsFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading the settings: %w", err)
	}
	if len(text) == 0 {
		return s, nil
	}
	if err := yaml.Load(text, &s, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return s, fmt.Errorf("%s: %w", path, err)
	}
	return s, errors.Join(s.checkAddresses(path), s.checkEndpoint(path), s.Firewall.check(path))
}

// checkAddresses refuses addresses that could not be called, before a call finds out.
func (s Settings) checkAddresses(path string) error {
	for key, addresses := range map[string]map[string]string{
		"issuers": s.Issuers, "privateTargets": s.PrivateTargets,
	} {
		for name, address := range addresses {
			parsed, err := url.Parse(address)
			if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" {
				return fmt.Errorf("%s: %s.%s: %q is no address, want one like http://localhost:9000",
					path, key, name, address)
			}
		}
	}
	return nil
}
