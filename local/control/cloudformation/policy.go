package cloudformation

import (
	"fmt"

	"portico/local/gateway/policy"
)

// readPolicy reads a stack policy; an empty text is none, which allows all.
func readPolicy(body string) (*policy.Policy, error) {
	if body == "" {
		return nil, nil
	}
	return policy.Parse([]byte(body))
}

// checkPolicy holds an update against the policy of its stack: what it does not allow, or denies, may
// not be changed.
func (s *Service) checkPolicy(o operation, is Evaluated) error {
	one := s.store.Read(o.region).Stacks[o.name]
	if one == nil || o.kind != "UPDATE" {
		return nil
	}
	p, err := readPolicy(one.Policy)
	if p == nil || err != nil {
		return err
	}
	var faults Faults
	for _, ch := range changesOf(one.plainResources(), is.Resources, o.was, o.wanted.document) {
		action, resource := actionOf(ch), "LogicalResourceId/"+ch.resource().LogicalID
		decision := p.Evaluate(policy.Request{
			Action: action, Resource: resource,
			Conditions: map[string][]string{"ResourceType": {ch.resource().Type}},
		})
		if action != "" && decision.Effect != policy.Allow {
			faults = append(faults, Fault{
				Stack: o.name, Resource: ch.resource().LogicalID,
				Reason: fmt.Sprintf("Action denied by stack policy: it does not allow [%s] for resource "+
					"[%s]", action, resource),
			})
		}
	}
	if faults == nil {
		return nil
	}
	return faults
}

// actionOf returns what a policy calls a change; "" for additions, which are always allowed.
func actionOf(ch change) string {
	switch {
	case ch.Action == "Remove":
		return "Update:Delete"
	case ch.Action == "Modify" && ch.Replacement == "True":
		return "Update:Replace"
	case ch.Action == "Modify":
		return "Update:Modify"
	}
	return ""
}
