package cloudformation

import (
	"cmp"
	"slices"
	"strings"

	"portico/local/cloudformation/document"
	"portico/local/cloudformation/intrinsic"
	"portico/local/cloudformation/physical"
)

// draft is a resource while its template is evaluated.
type draft struct {
	id, kind   string
	node       *document.Node
	settled    bool // the declaration is sound, and included is known
	included   bool // its condition is true
	properties []document.Entry
	values     map[string]*answer
	dependsOn  []string
	needs      map[string]bool // logical ids of this template that it refers to or depends on
}

func (d *draft) conditionName() string {
	if c := d.node.Get("Condition"); c != nil {
		return c.Text
	}
	return ""
}

// listResources reads what surrounds the properties of every resource.
func (t *template) listResources() {
	entries := t.section("Resources")
	for _, e := range entries {
		if strings.HasPrefix(e.Key, "Fn::") {
			t.fail("", "Resources", e.At, "%s is not served yet", e.Key)
			continue
		}
		d := &draft{
			id: e.Key, node: e.Value,
			values: make(map[string]*answer), needs: make(map[string]bool),
		}
		t.drafts[e.Key] = d
		d.settled = t.readDraft(d)
	}
	for _, e := range entries {
		if d := t.drafts[e.Key]; d != nil && d.settled {
			t.readDependsOn(d)
		}
	}
}

func (t *template) readDraft(d *draft) bool {
	if d.node.Kind != document.Map {
		t.fail(d.id, "", d.node.At, "a resource must be an object, not %s", d.node.Kind)
		return false
	}
	known := []string{
		"Type", "Properties", "DependsOn", "Condition", "Metadata", "DeletionPolicy",
		"UpdateReplacePolicy", "CreationPolicy", "UpdatePolicy",
	}
	for _, e := range d.node.Entries {
		if !slices.Contains(known, e.Key) {
			t.fail(d.id, e.Key, e.At, "a resource has no such attribute; it has %s",
				strings.Join(known, ", "))
		}
	}
	kind := d.node.Get("Type")
	if kind == nil || kind.Kind != document.String || !strings.Contains(kind.Text, "::") {
		t.fail(d.id, "Type", d.node.At, "a resource wants a Type such as AWS::SQS::Queue")
		return false
	}
	d.kind = kind.Text
	included, ok := t.holds(d.node, d.id, "Condition")
	if !ok {
		return false
	}
	d.included = included
	return t.readPropertyNames(d) && t.served(d)
}

func (t *template) readPropertyNames(d *draft) bool {
	properties := d.node.Get("Properties")
	if properties == nil {
		return true
	}
	if properties.Kind != document.Map {
		t.fail(d.id, "Properties", properties.At, "must be an object, not %s", properties.Kind)
		return false
	}
	for _, e := range properties.Entries {
		if strings.HasPrefix(e.Key, "Fn::") {
			t.fail(d.id, "Properties", e.At, "%s cannot stand for all properties", e.Key)
			return false
		}
	}
	d.properties = properties.Entries
	return true
}

// served refuses the types that stand for more resources.
func (t *template) served(d *draft) bool {
	switch {
	case !d.included:
		return true
	case d.kind == "AWS::CloudFormation::Stack":
		t.fail(d.id, "", d.node.At, "nested stacks (AWS::CloudFormation::Stack) are not served yet")
	case strings.HasSuffix(d.kind, "::MODULE"):
		t.fail(d.id, "", d.node.At, "modules (%s) are not served: they are expanded on AWS", d.kind)
	default:
		return true
	}
	return false
}

func (t *template) readDependsOn(d *draft) {
	n := d.node.Get("DependsOn")
	if n == nil {
		return
	}
	items := []*document.Node{n}
	if n.Kind == document.List {
		items = n.Items
	}
	for _, item := range items {
		if item.Kind != document.String || t.drafts[item.Text] == nil {
			t.fail(d.id, "DependsOn", item.At, "%q is not a resource of the template", item.Text)
			continue
		}
		if t.drafts[item.Text].included {
			d.dependsOn = append(d.dependsOn, item.Text)
			d.needs[item.Text] = true
		}
	}
}

// subject describes d to the table of ids; its properties are evaluated as they are asked for.
func (t *template) subject(d *draft) physical.Subject {
	return physical.Subject{
		Partition: t.reader.options.Partition, Account: t.stack.Account, Region: t.stack.Region,
		Stack: t.stack.Name, LogicalID: d.id, Type: d.kind,
		Property: func(name string) (any, error) { return t.property(d, name) },
		Version:  t.reader.options.Version,
	}
}

// property answers one property of d, nil when it is absent. A property that is being evaluated is
// part of a circle, which checkCycles reports.
func (t *template) property(d *draft, name string) (any, error) {
	at := slices.IndexFunc(d.properties, func(e document.Entry) bool { return e.Key == name })
	if at < 0 {
		return nil, nil
	}
	a := d.values[name]
	if a == nil {
		a = &answer{busy: true}
		d.values[name] = a
		t.settle(d, d.properties[at], a)
	}
	if a.busy || !a.ok {
		return nil, intrinsic.ErrReported
	}
	return a.value, nil
}

func (t *template) settle(d *draft, e document.Entry, a *answer) {
	path := intrinsic.Join("Properties", e.Key)
	value, faults, ok := t.evaluator(d.id).Value(e.Value, path)
	t.report(d.id, faults)
	if _, removed := value.(intrinsic.Removed); removed {
		value = nil
	}
	if ok {
		value, ok = t.resolve(d, e.Value, path, value)
	}
	a.value, a.ok, a.busy = value, ok, false
}

// evaluateResources settles every included resource.
func (t *template) evaluateResources() {
	for _, d := range t.drafts {
		if d.settled && d.included {
			t.stack.Resources = append(t.stack.Resources, t.resource(d))
		}
	}
	slices.SortFunc(t.stack.Resources, func(a, b *Resource) int {
		return cmp.Compare(a.LogicalID, b.LogicalID)
	})
}

func (t *template) resource(d *draft) *Resource {
	r := &Resource{
		Stack: t.stack, LogicalID: d.id, Type: d.kind, DependsOn: d.dependsOn,
		Properties: make(map[string]any, len(d.properties)),
	}
	r.attributes = func(name string) (any, error) {
		return physical.Attribute(t.subject(d), name)
	}
	for _, e := range d.properties {
		value, err := t.property(d, e.Key)
		if err != nil {
			t.incomplete = true
		} else if value != nil {
			r.Properties[e.Key] = value
		}
	}
	r.Metadata, _ = d.node.Get("Metadata").Plain().(map[string]any)
	r.Path, _ = r.Metadata["aws:cdk:path"].(string)
	r.Path = cmp.Or(r.Path, t.source.paths[d.id])
	var err error
	r.PhysicalID, err = physical.Ref(t.subject(d))
	t.incomplete = t.incomplete || err != nil
	return r
}
