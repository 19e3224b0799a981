package provision

import (
	"maps"
	"slices"
	"strings"

	"portico/local/cloudformation"
)

// byID returns the resources of the given types by physical id, for references to them.
func (r *reader) byID(types ...string) map[string]*cloudformation.Resource {
	found := map[string]*cloudformation.Resource{}
	for _, resource := range r.assembly.ByType(types...) {
		found[resource.PhysicalID] = resource
	}
	return found
}

// attribute returns what Fn::GetAtt answers for a resource.
func (r *reader) attribute(of *cloudformation.Resource, name string) string {
	value, err := of.Attribute(name)
	if err != nil {
		r.problems.add(of, "Fn::GetAtt "+name, nil, err.Error())
		return ""
	}
	text, _ := scalar(value)
	return text
}

// lookUp returns what the property refers to, and notes a reference that leads nowhere.
func lookUp[T any](p properties, name, noun string, among map[string]T) (T, bool) {
	var none T
	if !p.require(name) {
		return none, false
	}
	id := p.text(name)
	found, ok := among[id]
	if !ok && id != "" {
		p.fail(name, "there is no such %s; there is %s", noun, oneOf(among))
	}
	return found, ok
}

// oneOf lists the ids that a reference could have named.
func oneOf[T any](among map[string]T) string {
	if len(among) == 0 {
		return "none"
	}
	return strings.Join(slices.Sorted(maps.Keys(among)), ", ")
}
