package cloudformation

import (
	"maps"
	"slices"
	"time"

	"portico/local/control/model"
)

func sortedKeys[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }

// shown returns a resource as lists show it, with the time under the name that the operation has.
func (r resource) shown(timeName string, created time.Time) model.Object {
	at := r.At
	if at.IsZero() {
		at = created
	}
	return model.Object{
		"LogicalResourceId": r.LogicalID, "ResourceType": r.Type, timeName: written(at),
		"ResourceStatus":   r.Status,
		"DriftInformation": model.Object{"StackResourceDriftStatus": "NOT_CHECKED"},
	}.Take(model.Object{
		"PhysicalResourceId": orNil(r.PhysicalID), "ResourceStatusReason": orNil(r.Reason),
	}, "PhysicalResourceId", "ResourceStatusReason")
}

func describeResource(c *call) (model.Object, error) {
	name, id := c.in.Text("StackName"), c.in.Text("LogicalResourceId")
	one := c.find(name)
	if one == nil {
		return nil, invalid("Stack '%s' does not exist", name)
	}
	for _, r := range one.Resources {
		if r.LogicalID != id {
			continue
		}
		out := r.shown("LastUpdatedTimestamp", one.Created)
		out["StackId"], out["StackName"] = one.ID, one.Name
		out["Metadata"] = "{}"
		if r.Metadata != "" {
			out["Metadata"] = r.Metadata
		}
		return model.Object{"StackResourceDetail": out}, nil
	}
	return nil, invalid("Resource %s does not exist for stack %s", id, name)
}

func describeResources(c *call) (model.Object, error) {
	name, physical := c.in.Text("StackName"), c.in.Text("PhysicalResourceId")
	if (name == "") == (physical == "") {
		return nil, invalid("Exactly one of StackName and PhysicalResourceId must be specified.")
	}
	one := c.find(name)
	if name == "" {
		if one = c.owner(physical); one == nil {
			return nil, invalid("Stack for %s does not exist", physical)
		}
	}
	if one == nil {
		return nil, noStack(name)
	}
	id, found := c.in.Text("LogicalResourceId"), []any{}
	for _, r := range one.Resources {
		if id != "" && r.LogicalID != id {
			continue
		}
		out := r.shown("Timestamp", one.Created)
		out["StackId"], out["StackName"] = one.ID, one.Name
		if found = append(found, out); len(found) == 100 {
			break // AWS shows so many
		}
	}
	if id != "" && len(found) == 0 {
		return nil, invalid("Resource %s does not exist for stack %s", id, name)
	}
	return model.Object{"StackResources": found}, nil
}

// owner returns the stack that a physical id belongs to; nil for none.
func (c *call) owner(physical string) *stack {
	for _, one := range c.all() {
		if slices.ContainsFunc(one.Resources, func(r resource) bool { return r.PhysicalID == physical }) {
			return one
		}
	}
	return nil
}

func listResources(c *call) (model.Object, error) {
	one := c.find(c.in.Text("StackName"))
	if one == nil {
		return nil, noStack(c.in.Text("StackName"))
	}
	page, next, err := paged(c, one.Resources, 100)
	if err != nil {
		return nil, err
	}
	summaries := make([]any, 0, len(page))
	for _, r := range page {
		summaries = append(summaries, r.shown("LastUpdatedTimestamp", one.Created))
	}
	return withNext(model.Object{"StackResourceSummaries": summaries}, next), nil
}

func listExports(c *call) (model.Object, error) {
	exports := map[string]model.Object{}
	for _, one := range c.all() {
		for _, o := range one.Outputs {
			if o.Export != "" && one.Served {
				exports[o.Export] = model.Object{
					"ExportingStackId": one.ID, "Name": o.Export, "Value": o.Value,
				}
			}
		}
	}
	var all []any
	for _, name := range sortedKeys(exports) {
		all = append(all, exports[name])
	}
	page, next, err := paged(c, all, 100)
	if err != nil {
		return nil, err
	}
	return withNext(model.Object{"Exports": append([]any{}, page...)}, next), nil
}

func listImports(c *call) (model.Object, error) {
	name := c.in.Text("ExportName")
	var stacks []string
	for _, one := range c.all() {
		if one.Served && slices.Contains(one.Imports, name) {
			stacks = append(stacks, one.Name)
		}
	}
	if len(stacks) == 0 {
		return nil, invalid("Export '%s' is not imported by any stack.", name)
	}
	slices.Sort(stacks)
	page, next, err := paged(c, stacks, 100)
	if err != nil {
		return nil, err
	}
	return withNext(model.Object{"Imports": model.TextList(page)}, next), nil
}
