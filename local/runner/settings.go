package runner

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"

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

	path  string         // of the file
	lines map[string]int // of it, by setting: "ports.public"
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

// readSettings reads portico.yaml in dir; without one everything has its default. What is wrong with
// it is named with its line and what is allowed.
func readSettings(dir string) (Settings, error) {
	path := filepath.Join(dir, settingsFile)
	s := Settings{path: path}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("reading the settings: %w", err)
	}
	document, err := settingsDocument(text)
	if err != nil || document == nil {
		return s, within(path, err)
	}
	if s.lines, err = checkShape(document); err != nil {
		return s, within(path, err)
	}
	if err := yaml.Load(text, &s, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return s, within(path, err)
	}
	return s, errors.Join(s.checkPlaces(), s.checkPorts(), s.checkAddresses(), s.checkEndpoint(),
		s.Firewall.check(s.at("firewall")))
}

func within(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}

// at says where a setting stands: the file and its line.
func (s Settings) at(setting string) string {
	path := cmp.Or(s.path, settingsFile)
	if line, ok := s.lines[setting]; ok {
		return fmt.Sprintf("%s: line %d", path, line)
	}
	return path
}

// wrong is the error of a setting, with its place.
func (s Settings) wrong(setting, format string, args ...any) error {
	return fmt.Errorf("%s: %s: %w", s.at(setting), setting, fmt.Errorf(format, args...))
}

// regionShape is a region's name: us-east-1, us-gov-west-1.
var regionShape = regexp.MustCompile(`^[a-z]{2,}(-[a-z]+)+-[0-9]+$`)

// checkPlaces refuses two apps, and accounts and regions that AWS does not have.
func (s Settings) checkPlaces() error {
	var errs []error
	if s.App != "" && s.Template != "" {
		errs = append(errs, s.wrong("template", "there is app too; want one of them"))
	}
	if id := s.Account.ID; id != "" && !accountNumber.MatchString(id) {
		errs = append(errs, s.wrong("account", "%q is no account, want 12 digits, in quotes", id))
	}
	if s.Region != "" && !regionShape.MatchString(s.Region) {
		errs = append(errs, s.wrong("region", "%q is no region, want one like us-east-1", s.Region))
	}
	return errors.Join(errs...)
}

// checkPorts refuses ports that there are not, and those that are wanted twice.
func (s Settings) checkPorts() error {
	wanted := map[string]int{}
	if s.Port != nil {
		wanted["port"] = *s.Port
	}
	if s.TLSPort != nil {
		wanted["tlsPort"] = *s.TLSPort
	}
	for name, port := range s.Ports {
		wanted["ports."+name] = port
	}
	var errs []error
	taken := map[int]string{}
	for _, setting := range slices.Sorted(maps.Keys(wanted)) {
		port := wanted[setting]
		switch other, twice := taken[port]; {
		case port < 0 || port > 65535:
			errs = append(errs, s.wrong(setting, "there is no port %d; allowed are 1 to 65535, and 0 for "+
				"any free one", port))
		case twice && port != 0:
			errs = append(errs, s.wrong(setting, "%s has the port %d already", other, port))
		}
		taken[port] = setting
	}
	return errors.Join(errs...)
}

// checkAddresses refuses addresses that could not be called, before a call finds out. Those of
// backends have no path: it is the call's.
func (s Settings) checkAddresses() error {
	var errs []error
	for _, group := range []struct {
		key       string
		addresses map[string]string
	}{
		{"backends", s.Backends},
		{"endpoints", s.Endpoints},
		{"issuers", s.Issuers},
		{"privateTargets", s.PrivateTargets},
	} {
		for _, name := range slices.Sorted(maps.Keys(group.addresses)) {
			address := group.addresses[name]
			parsed, err := url.Parse(address)
			if err != nil || parsed.Host == "" || parsed.Scheme != "http" && parsed.Scheme != "https" ||
				group.key == "backends" && strings.Trim(parsed.Path, "/") != "" {
				errs = append(errs, s.wrong(group.key+"."+name, "%q is no address, want one like "+
					"http://localhost:9000", address))
			}
		}
	}
	return errors.Join(errs...)
}

// waiting names the settings that are read at the start alone, and differ from those of before.
func (s Settings) waiting(before Settings) []string {
	var names []string
	for _, one := range []struct {
		name        string
		before, now any
	}{
		{"port", before.Port, s.Port},
		{"ports", before.Ports, s.Ports},
		{"tlsPort", before.TLSPort, s.TLSPort},
		{"endpoints", before.Endpoints, s.Endpoints},
		{"verify", before.Verify, s.Verify},
		{"companions", before.Companions, s.Companions},
	} {
		if !reflect.DeepEqual(one.before, one.now) {
			names = append(names, one.name)
		}
	}
	return names
}
