package cloudformation

import (
	"fmt"
	"slices"

	"portico/local/cloudformation/intrinsic"
	"portico/local/cloudformation/physical"
)

// names answers what the values of one owner refer to, and remembers on which resources it depends.
type names struct {
	template *template
	owner    string // logical id, "" outside of resources
}

var _ intrinsic.Names = names{}

// Ref answers a pseudo parameter, a parameter, or the physical id of a resource.
func (n names) Ref(name string) (any, error) {
	if value, known, err := n.template.literal(name); known {
		return value, err
	}
	d, err := n.resource(name)
	if err != nil {
		return nil, err
	}
	return physical.Ref(n.template.subject(d))
}

// Attribute answers Fn::GetAtt.
func (n names) Attribute(resource, attribute string) (any, error) {
	d, err := n.resource(resource)
	if err != nil {
		return nil, err
	}
	return physical.Attribute(n.template.subject(d), attribute)
}

// resource finds a resource that the owner depends on.
func (n names) resource(name string) (*draft, error) {
	d := n.template.drafts[name]
	if d == nil {
		return nil, fmt.Errorf("%s is neither a parameter nor a resource of the template", name)
	}
	switch {
	case !d.settled:
		return nil, intrinsic.ErrReported
	case !d.included:
		return nil, fmt.Errorf(
			"unresolved resource dependencies [%s]: its condition %s is false", name, d.conditionName())
	}
	if owner := n.template.drafts[n.owner]; owner != nil {
		owner.needs[name] = true
	}
	return d, nil
}

// Import answers the export of a stack that is deployed before this one.
func (n names) Import(name string) (any, error) {
	t := n.template
	r := t.reader
	e, ok := r.exports[exportKey{t.stack.Account, t.stack.Region, name}]
	if !ok && r.broken() {
		return nil, intrinsic.ErrReported
	}
	if !ok {
		return nil, fmt.Errorf("no export named %s found: no stack of the assembly in account %s "+
			"and region %s exports it", name, t.stack.Account, t.stack.Region)
	}
	later := slices.Index(r.templates, e.template) >= slices.Index(r.templates, t)
	if later && !r.options.Deployed {
		return nil, fmt.Errorf("no export named %s found: stack %s exports it, which is not deployed "+
			"before %s", name, e.template.stack.Name, t.stack.Name)
	}
	if !slices.Contains(t.stack.Imports, name) {
		t.stack.Imports = append(t.stack.Imports, name)
	}
	o, err := e.template.output(e.output)
	return o.Value, err
}

// literal answers a pseudo parameter or parameter.
func (t *template) literal(name string) (value any, known bool, err error) {
	if p, ok := t.parameters[name]; ok {
		if !p.ok {
			return nil, true, intrinsic.ErrReported
		}
		if list, ok := p.value.([]any); ok {
			return slices.Clone(list), true, nil
		}
		return p.value, true, nil
	}
	partition := t.reader.options.Partition
	switch name {
	case "AWS::AccountId":
		value = t.stack.Account
	case "AWS::Region":
		value = t.stack.Region
	case "AWS::Partition":
		value = partition
	case "AWS::URLSuffix":
		value = physical.Suffix(partition)
	case "AWS::StackName":
		value = t.stack.Name
	case "AWS::StackId":
		value = physical.StackID(partition, t.stack.Account, t.stack.Region, t.stack.Name)
	case "AWS::NotificationARNs":
		value = []any{}
	default:
		return nil, false, nil
	}
	return value, true, nil
}

// literals answer where no resource may be named: conditions and rules.
type literals struct{ template *template }

var _ intrinsic.Names = literals{}

// Ref answers a pseudo parameter or parameter.
func (l literals) Ref(name string) (any, error) {
	value, known, err := l.template.literal(name)
	if !known {
		return nil, fmt.Errorf("%s is not a parameter of the template", name)
	}
	return value, err
}

// Attribute refuses: conditions are decided before anything is created.
func (literals) Attribute(resource, _ string) (any, error) {
	return nil, fmt.Errorf("conditions and rules cannot use Fn::GetAtt of %s", resource)
}

// Import refuses.
func (literals) Import(export string) (any, error) {
	return nil, fmt.Errorf("conditions and rules cannot import %s", export)
}
