package runner

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"portico/local/gateway/authorize"
	"portico/local/gateway/restapi"
	"portico/local/provision"
)

// PrincipalSettings are a user or role that signs calls and is not in the template.
type PrincipalSettings struct {
	Name string `yaml:"name"` // "partner-7", or with a path "partners/partner-7"
	Kind string `yaml:"kind"` // user, which is the default, or role
	// Account has 12 digits; that of the app when absent.
	Account string `yaml:"account"`
	// Organization is the id of the account's organization: o-a1b2c3d4e5.
	Organization string `yaml:"organization"`
	// Policies are its identity-based policy documents.
	Policies []map[string]any `yaml:"policies"`
	// Boundary is its permissions boundary.
	Boundary map[string]any    `yaml:"boundary"`
	Tags     map[string]string `yaml:"tags"`
	// AccessKeyID and SecretAccessKey are a key of a user; without one `portico credentials` makes it.
	AccessKeyID     string `yaml:"accessKeyId"`
	SecretAccessKey string `yaml:"secretAccessKey"`
}

// member is a role or user, of the template or of the settings.
type member struct {
	name, arn, organization string
	policies                []json.RawMessage
	boundary                json.RawMessage // nil for none
	tags                    map[string]string
	keys                    []provision.AccessKey // of a user
}

func (m *member) isUser() bool { return strings.Contains(m.arn, ":user/") }

// members returns everybody who may sign calls.
func (a *App) members() ([]member, error) {
	var all []member
	for _, p := range slices.Concat(a.Roles, a.Users) {
		all = append(all, member{
			name: p.Name, arn: p.ARN, policies: p.Policies, boundary: p.Boundary, tags: p.Tags,
			keys: p.Keys,
		})
	}
	for i, settings := range a.Settings.Principals {
		setting := fmt.Sprintf("principals[%d]", i)
		made, err := settings.member(a)
		if err != nil {
			return nil, a.Settings.wrong(setting, "%w", err)
		}
		taken := func(other member) bool { return other.arn == made.arn }
		if slices.ContainsFunc(all, taken) {
			return nil, a.Settings.wrong(setting, "%s is there already", made.arn)
		}
		all = append(all, made)
	}
	return all, nil
}

var (
	principalName = regexp.MustCompile(`^([\w+=,.@-]+/)*[\w+=,.@-]+$`)
	accountNumber = regexp.MustCompile(`^[0-9]{12}$`)
)

func (p *PrincipalSettings) member(app *App) (member, error) {
	account, kind := p.Account, p.Kind
	if account == "" {
		account = app.Lambda.Account
	}
	if kind == "" {
		kind = "user"
	}
	switch {
	case !principalName.MatchString(p.Name):
		return member{}, fmt.Errorf("name %q: want letters, digits and +=,.@_-, after a path or not",
			p.Name)
	case kind != "user" && kind != "role":
		return member{}, fmt.Errorf("kind %q: allowed are user and role", p.Kind)
	case !accountNumber.MatchString(account):
		return member{}, fmt.Errorf("account %q: want 12 digits, in quotes", account)
	case (p.AccessKeyID == "") != (p.SecretAccessKey == ""):
		return member{}, fmt.Errorf("want accessKeyId and secretAccessKey, or none of them")
	case p.AccessKeyID != "" && kind == "role":
		return member{}, fmt.Errorf("a role has no access key of its own; leave accessKeyId out")
	}
	partition := app.Lambda.Partition
	if partition == "" {
		partition = "aws"
	}
	made := member{
		name:         p.Name[strings.LastIndexByte(p.Name, '/')+1:],
		arn:          "arn:" + partition + ":iam::" + account + ":" + kind + "/" + p.Name,
		organization: p.Organization, tags: p.Tags,
	}
	if p.AccessKeyID != "" {
		made.keys = []provision.AccessKey{{ID: p.AccessKeyID, Secret: p.SecretAccessKey}}
	}
	return made, made.read(p)
}

// read takes the documents of the settings over.
func (m *member) read(p *PrincipalSettings) error {
	for i, policy := range p.Policies {
		document, err := json.Marshal(policy)
		if err != nil {
			return fmt.Errorf("policies[%d]: %w", i, err)
		}
		m.policies = append(m.policies, document)
	}
	if p.Boundary == nil {
		return nil
	}
	document, err := json.Marshal(p.Boundary)
	if err != nil {
		return fmt.Errorf("boundary: %w", err)
	}
	m.boundary = document
	return nil
}

// grants compiles the policies of everybody.
func grants(everybody []member) (authorize.Principals, error) {
	var granted authorize.Principals
	for _, one := range everybody {
		for _, document := range one.policies {
			if err := granted.Add(one.arn, document); err != nil {
				return granted, err
			}
		}
		if one.boundary == nil {
			continue
		}
		if err := granted.Bound(one.arn, one.boundary); err != nil {
			return granted, err
		}
	}
	return granted, nil
}

// granted returns everybody who may sign calls of an app, and what they may call.
func (a *App) granted() ([]member, authorize.Principals, error) {
	everybody, err := a.members()
	if err != nil {
		return nil, authorize.Principals{}, err
	}
	granted, err := grants(everybody)
	return everybody, granted, err
}

// admit lets these sign calls from now on and nobody else, and what they may call count.
func (r *Runner) admit(everybody []member, granted authorize.Principals) {
	r.secrets.recognise(everybody)
	r.granted.Set(granted)
}

// keysFor returns what finds the keys of user pools: those of the template, and those of others
// that portico.yaml lists under issuers.
func (r *Runner) keysFor(app *App) keySource {
	return keySource{
		pools: r.identity.Load(), issuers: app.Settings.Issuers, client: http.DefaultClient,
	}
}

// endpoint returns where calls of private APIs come in.
func (s *Settings) endpoint() restapi.VPCEndpoint {
	return restapi.VPCEndpoint{ID: s.VPCEndpoint, VPC: s.VPC}
}

// checkEndpoint refuses ids that no VPC endpoint and network have.
func (s Settings) checkEndpoint() error {
	for _, id := range []struct{ key, value, prefix string }{
		{"vpcEndpoint", s.VPCEndpoint, "vpce-"}, {"vpc", s.VPC, "vpc-"},
	} {
		if id.value != "" && !strings.HasPrefix(id.value, id.prefix) {
			return s.wrong(id.key, "%q is no such id, want one like %s0123456789abcdef0", id.value, id.prefix)
		}
	}
	return nil
}
