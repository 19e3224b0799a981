package firewall

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// compiler makes the rules of one web ACL.
type compiler struct {
	def      api.WebACL
	deps     Dependencies
	views    []view
	viewOf   map[string]int // by field and transformations
	capacity int            // WCU so far
	parts    []string       // that the rule under way looks at
	captchas bool           // some rule has the action Captcha
	samples  *sampler
	// context is where the rules under way stand.
	context context
}

// context is a web ACL or rule group while its rules are compiled.
type context struct {
	prefix  string // of labels: "awswaf:123456789012:webacl:name:"
	bodies  map[string]api.CustomResponseBody
	managed bool // the patterns are ours: AWS's limits on customers' patterns do not hold
	inGroup bool
}

func newCompiler(def api.WebACL, deps Dependencies) *compiler {
	return &compiler{
		def: def, deps: deps, viewOf: map[string]int{}, samples: &sampler{},
		context: context{
			prefix: "awswaf:" + def.Account.ID + ":webacl:" + def.Name + ":",
			bodies: def.CustomResponseBodies,
		},
	}
}

func (c *compiler) compile(a *ACL) error {
	switch c.def.DefaultAction.Type {
	case "Allow", "Block":
	default:
		return fmt.Errorf("default action %q, allowed are Allow, Block", c.def.DefaultAction.Type)
	}
	switch c.def.BodyLimit {
	case 16 << 10, 32 << 10, 48 << 10, 64 << 10:
	default:
		return fmt.Errorf("body inspection limit of %d bytes, allowed are 16384, 32768, 49152, 65536",
			c.def.BodyLimit)
	}
	hide, err := compileMasks(&c.def)
	if err != nil {
		return err
	}
	if a.log, err = compileLog(c.def.Log, hide); err != nil {
		return err
	}
	hide.redactions = nil // they are of the log alone
	c.samples.masks, c.samples.byDefault = hide, c.samples.of(c.def.Samples)
	a.samples = c.samples
	if a.defaultAction, err = compileAction(c.def.DefaultAction, c.context.bodies); err != nil {
		return err
	}
	a.rules, err = c.rules(c.def.Rules)
	return err
}

// rules compiles rules in the order of their priority, which must differ like their names.
func (c *compiler) rules(defs []api.FirewallRule) ([]rule, error) {
	sorted := slices.Clone(defs)
	slices.SortStableFunc(sorted, func(a, b api.FirewallRule) int {
		return cmp.Compare(a.Priority, b.Priority)
	})
	names := map[string]bool{}
	compiled := make([]rule, 0, len(sorted))
	for i := range sorted {
		def := &sorted[i]
		if i > 0 && sorted[i-1].Priority == def.Priority {
			return nil, fmt.Errorf("rules %s and %s have the same priority %d",
				sorted[i-1].Name, def.Name, def.Priority)
		}
		if names[def.Name] {
			return nil, fmt.Errorf("two rules have the name %s", def.Name)
		}
		names[def.Name] = true
		made, err := c.rule(def)
		if err != nil {
			return nil, fmt.Errorf("rule %s: %w", def.Name, err)
		}
		compiled = append(compiled, made)
	}
	return compiled, nil
}

func (c *compiler) rule(def *api.FirewallRule) (rule, error) {
	made := rule{
		name: def.Name, kind: kindOf(&def.Statement), samples: c.samples.of(def.Samples),
	}
	var err error
	if made.captcha, made.challenge, err = c.immunity(def.Immunity); err != nil {
		return made, err
	}
	if def.Statement.RuleGroup != nil || def.Statement.ManagedRuleGroup != nil {
		made.group, err = c.groupRule(def)
		return made, err
	}
	if def.Action == nil {
		return made, errors.New("a rule that refers to no rule group wants an action")
	}
	if made.action, err = c.action(*def.Action); err != nil {
		return made, err
	}
	if made.labels, err = c.labels(def.Labels); err != nil {
		return made, err
	}
	c.parts = nil
	made.match, err = c.top(&def.Statement)
	made.parts = c.parts
	if limited, ok := made.match.(*rateNode); ok {
		limited.name = def.Name
	}
	return made, err
}

// kindOf is how AWS's logs name the type of a rule with that statement.
func kindOf(s *api.Statement) string {
	switch {
	case s.RateBased != nil:
		return "RATE_BASED"
	case s.RuleGroup != nil:
		return "GROUP"
	case s.ManagedRuleGroup != nil:
		return "MANAGED_RULE_GROUP"
	}
	return "REGULAR"
}

// action compiles the action of a rule.
func (c *compiler) action(def api.RuleAction) (*action, error) {
	act, err := compileAction(def, c.context.bodies)
	if err == nil && act.kind == Captcha {
		c.captchas = true
	}
	return act, err
}

// top compiles the statement of a rule: rate-based statements stand nowhere else.
func (c *compiler) top(s *api.Statement) (node, error) {
	if s.RateBased != nil {
		return c.rateBased(s.RateBased)
	}
	return c.statement(s)
}

var (
	labelShape = regexp.MustCompile(`^[0-9A-Za-z_\-:]+$`)
	// reservedLabels may be no part of a label ("Label syntax and naming requirements in AWS WAF").
	reservedLabels = []string{
		"awswaf", "aws", "waf", "rulegroup", "webacl", "regexpatternset", "ipset", "managed",
	}
)

// labels returns the labels of a rule with their namespace.
func (c *compiler) labels(names []string) ([]string, error) {
	full := make([]string, len(names))
	for i, name := range names {
		parts := strings.Split(name, ":")
		if !labelShape.MatchString(name) || len(name) > 1_024 ||
			slices.Contains(parts, "") || len(parts) > 6 {
			return nil, fmt.Errorf("label %q: want letters, digits, _ and -, with up to five namespaces "+
				"before colons", name)
		}
		for _, part := range parts {
			if len(part) > 128 || slices.Contains(reservedLabels, part) {
				return nil, fmt.Errorf("label %q: %q is reserved or longer than 128 characters", name, part)
			}
		}
		full[i] = c.context.prefix + name
	}
	return full, nil
}

// qualified returns the full name of a label or namespace that a rule of this context refers to.
func (c *compiler) qualified(key string) string {
	if strings.HasPrefix(key, "awswaf:") {
		return key
	}
	return c.context.prefix + key
}
