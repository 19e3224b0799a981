package cloudformation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"portico/local/cloudformation/physical"
)

// Existing is a resource that is there already, made by other means than a template.
type Existing struct {
	Type, LogicalID, PhysicalID string
	// Attributes are what Fn::GetAtt answers, where it is not what the type's ids give anyway.
	Attributes map[string]string
	Properties map[string]any // without intrinsic functions; any value that JSON can hold
	Metadata   map[string]any
}

// Compose returns the assembly of one stack of resources that exist: there is nothing to evaluate,
// and their ids are theirs. Its error is of a property that JSON cannot hold.
func Compose(o Options, stack string, all []Existing) (*Assembly, error) {
	made := &Stack{
		Name: stack, Account: cmp.Or(o.Account, defaultAccount), Region: cmp.Or(o.Region, defaultRegion),
		Outputs: map[string]Output{},
	}
	for _, one := range all {
		properties, err := plain(one.Properties)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", one.Type, one.PhysicalID, err)
		}
		r := &Resource{
			Stack: made, LogicalID: one.LogicalID, Type: one.Type, PhysicalID: one.PhysicalID,
			Properties: properties, Metadata: one.Metadata,
		}
		subject := physical.Subject{
			Partition: cmp.Or(o.Partition, defaultPartition), Account: made.Account, Region: made.Region,
			Stack: stack, LogicalID: one.LogicalID, Type: one.Type, ID: one.PhysicalID,
			Property: func(name string) (any, error) { return properties[name], nil },
			Version:  o.Version,
		}
		r.attributes = func(name string) (any, error) {
			if given, ok := one.Attributes[name]; ok {
				return given, nil
			}
			return physical.Attribute(subject, name)
		}
		made.Resources = append(made.Resources, r)
	}
	slices.SortFunc(made.Resources, func(a, b *Resource) int {
		return cmp.Compare(a.LogicalID, b.LogicalID)
	})
	return &Assembly{Stacks: []*Stack{made}}, nil
}

// plain turns properties into what a template's hold: maps, lists, text, numbers and booleans.
func plain(properties map[string]any) (map[string]any, error) {
	text, err := json.Marshal(properties)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	made := map[string]any{}
	if err := decoder.Decode(&made); err != nil {
		return nil, err
	}
	withoutNull(made)
	return made, nil
}

// withoutNull takes away what is not set.
func withoutNull(value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, inner := range value {
			if inner == nil {
				delete(value, key)
			}
			withoutNull(inner)
		}
	case []any:
		for _, inner := range value {
			withoutNull(inner)
		}
	}
}
