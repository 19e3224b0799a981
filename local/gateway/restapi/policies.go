package restapi

import (
	"encoding/json"
	"fmt"
	"strings"

	"portico/local/gateway/policy"
)

// RolePolicies are the policies of roles by the roles' names.
type RolePolicies map[string][]*policy.Policy

var _ Policies = RolePolicies(nil)

// Add parses a policy document of a role.
func (p RolePolicies) Add(role string, document json.RawMessage) error {
	parsed, err := policy.Parse(document)
	if err != nil {
		return fmt.Errorf("a policy of role %s: %w", role, err)
	}
	p[role] = append(p[role], parsed)
	return nil
}

// Evaluate says what the policies of a role decide together, for its ARN or that of a session of
// it: an explicit deny wins. Anybody else may do nothing.
func (p RolePolicies) Evaluate(principalARN string, r policy.Request) policy.Decision {
	_, role, found := strings.Cut(principalARN, ":role/")
	if found {
		role = role[strings.LastIndexByte(role, '/')+1:]
	} else if name, ok := assumedRole(principalARN); ok {
		role, _, _ = strings.Cut(name, "/")
	}
	decision := policy.Decision{Effect: policy.NoMatch}
	for _, each := range p[role] {
		switch d := each.Evaluate(r); d.Effect {
		case policy.Deny:
			return d
		case policy.Allow:
			decision = d
		}
	}
	return decision
}
