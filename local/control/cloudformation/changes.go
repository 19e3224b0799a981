package cloudformation

import (
	"maps"
	"slices"

	"portico/local/control/model"
)

// change is what becomes of one resource.
type change struct {
	Action      string // Add, Modify or Remove
	Before      Resource
	After       Resource
	Policy      string // PolicyAction, "" for none
	Replacement string // of Modify: True, False or Conditional
	Details     []detail
}

// detail is one property that differs.
type detail struct {
	Attribute, Name string // Properties and a name, or Metadata
	Recreation      string // Never, Conditionally or Always
	Kind            string // Add, Remove or Modify
	Before, After   string
}

// resource returns the resource that a change is about.
func (ch change) resource() Resource {
	if ch.Action == "Remove" {
		return ch.Before
	}
	return ch.After
}

// changesOf compares what there is with what is wanted, in the order of logical ids; was and is are
// the templates of both.
func changesOf(before, after []Resource, was, is document) []change {
	old, now := map[string]Resource{}, map[string]Resource{}
	for _, r := range before {
		old[r.LogicalID] = r
	}
	for _, r := range after {
		now[r.LogicalID] = r
	}
	all := maps.Clone(old)
	maps.Copy(all, now)
	var changes []change
	for _, id := range slices.Sorted(maps.Keys(all)) {
		b, existed := old[id]
		a, exists := now[id]
		switch {
		case !existed:
			changes = append(changes, change{Action: "Add", After: a})
		case !exists:
			changes = append(changes, change{
				Action: "Remove", Before: b, Policy: policyOf(was.attribute(id, "DeletionPolicy"), ""),
			})
		default:
			if ch, differs := modification(b, a, is); differs {
				changes = append(changes, ch)
			}
		}
	}
	return changes
}

func policyOf(declared, replace string) string {
	switch declared {
	case "Retain":
		return replace + "Retain"
	case "Snapshot":
		return replace + "Snapshot"
	}
	return replace + "Delete"
}

func modification(before, after Resource, is document) (change, bool) {
	ch := change{Action: "Modify", Before: before, After: after, Replacement: "False"}
	names := maps.Clone(before.Properties)
	if names == nil {
		names = map[string]string{}
	}
	maps.Copy(names, after.Properties)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		b, had := before.Properties[name]
		a, has := after.Properties[name]
		if had == has && a == b {
			continue
		}
		ch.Details = append(ch.Details, detail{
			Attribute: "Properties", Name: name, Before: b, After: a, Kind: kindOf(had, has),
			Recreation: recreation(after.Type, name),
		})
	}
	if before.Metadata != after.Metadata {
		ch.Details = append(ch.Details, detail{
			Attribute: "Metadata", Recreation: "Never", Before: before.Metadata, After: after.Metadata,
			Kind: kindOf(before.Metadata != "", after.Metadata != ""),
		})
	}
	for _, d := range ch.Details {
		switch {
		case d.Recreation == "Always":
			ch.Replacement = "True"
		case d.Recreation == "Conditionally" && ch.Replacement == "False":
			ch.Replacement = "Conditional"
		}
	}
	if before.Type != after.Type {
		ch.Replacement = "True"
	}
	if ch.Replacement == "True" {
		ch.Policy = policyOf(is.attribute(after.LogicalID, "UpdateReplacePolicy"), "ReplaceAnd")
	}
	return ch, len(ch.Details) > 0 || before.Type != after.Type
}

func kindOf(had, has bool) string {
	switch {
	case !had:
		return "Add"
	case !has:
		return "Remove"
	}
	return "Modify"
}

// shown returns a change as DescribeChangeSet shows it.
func (ch change) shown(values bool) model.Object {
	r := ch.resource()
	made := model.Object{
		"Action": ch.Action, "LogicalResourceId": r.LogicalID, "ResourceType": r.Type,
		"Scope": []any{}, "Details": []any{},
	}
	if ch.Action != "Add" {
		made["PhysicalResourceId"] = ch.Before.PhysicalID
	}
	if ch.Policy != "" {
		made["PolicyAction"] = ch.Policy
	}
	if values && ch.Action != "Add" {
		made["BeforeContext"] = ch.Before.context()
	}
	if values && ch.Action != "Remove" {
		made["AfterContext"] = ch.After.context()
	}
	if ch.Action == "Modify" {
		made["Replacement"] = ch.Replacement
		made["Scope"], made["Details"] = ch.scope(), ch.details(values)
	}
	return model.Object{"Type": "Resource", "ResourceChange": made}
}

func (ch change) scope() []any {
	var all []string
	for _, d := range ch.Details {
		if !slices.Contains(all, d.Attribute) {
			all = append(all, d.Attribute)
		}
	}
	return model.TextList(all)
}

func (ch change) details(values bool) []any {
	all := make([]any, 0, len(ch.Details))
	for _, d := range ch.Details {
		target := model.Object{
			"Attribute": d.Attribute, "RequiresRecreation": d.Recreation,
			"AttributeChangeType": d.Kind,
		}
		if d.Name != "" {
			target["Name"], target["Path"] = d.Name, "/Properties/"+d.Name
		}
		if values {
			target.Take(model.Object{"BeforeValue": orNil(d.Before), "AfterValue": orNil(d.After)},
				"BeforeValue", "AfterValue")
		}
		all = append(all, model.Object{
			"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification",
		})
	}
	return all
}

// context returns a resource as a change set shows it before or after.
func (r Resource) context() string {
	text := `{"Properties":` + propertiesText(r.Properties)
	if r.Metadata != "" {
		text += `,"Metadata":` + r.Metadata
	}
	return text + "}"
}

// orNil returns nil for an empty text: what is absent is not printed.
func orNil(text string) any {
	if text == "" {
		return nil
	}
	return text
}
