package authorize

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"portico/local/gateway/policy"
)

// maxResourcePolicy is the longest resource policy ("Quotas"), without its white space.
const maxResourcePolicy = 8192

// ResourcePolicy is the policy of a REST API, compiled.
type ResourcePolicy struct {
	policy  *policy.Policy
	someone bool // it names principals
}

// NewResourcePolicy compiles the policy of the API with the given execute-api ARN. Its resources may
// be written short, as execute-api:/stage/METHOD/path.
func NewResourcePolicy(document []byte, apiARN string) (*ResourcePolicy, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, document); err != nil {
		return nil, fmt.Errorf("resource policy: %w", err)
	}
	if compact.Len() > maxResourcePolicy {
		return nil, fmt.Errorf("resource policy: it has %d characters, allowed are %d",
			compact.Len(), maxResourcePolicy)
	}
	parsed, err := policy.ParseFor(compact.Bytes(), func(resource string) string {
		if path, short := strings.CutPrefix(resource, "execute-api:/"); short {
			return apiARN + "/" + path
		}
		return resource
	})
	if err != nil {
		return nil, fmt.Errorf("resource policy: %w", err)
	}
	return &ResourcePolicy{policy: parsed, someone: parsed.NamesPrincipals()}, nil
}

// Policy returns the document, for calls that are signed.
func (p *ResourcePolicy) Policy() *policy.Policy {
	if p == nil {
		return nil
	}
	return p.policy
}

// ForSigners reports whether the policy names principals: AWS then denies every method that takes
// calls which nobody signed.
func (p *ResourcePolicy) ForSigners() bool { return p.someone }

// Anonymous says what the policy decides about a call that nobody signed, and why.
func (p *ResourcePolicy) Anonymous(r policy.Request) (policy.Decision, string) {
	decision := p.policy.Evaluate(r)
	if decision.Effect != policy.Deny && p.someone {
		return policy.Decision{Effect: policy.NoMatch}, "the resource policy names principals, which " +
			"lets in signed calls (AWS_IAM) only"
	}
	return decision, "the resource policy: " + p.policy.Explain(r).String()
}
