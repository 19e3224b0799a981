package cloudformation

import (
	"fmt"
	"slices"
	"strings"

	"portico/local/cloudformation/document"
	"portico/local/cloudformation/intrinsic"
)

// template is a stack while its template is evaluated. Everything in it is evaluated once, when
// it is first asked for.
type template struct {
	reader     *reader
	source     source
	stack      *Stack
	root       *document.Node // nil when the file could not be parsed
	usable     bool           // the sections can be evaluated
	extensions bool           // Transform: AWS::LanguageExtensions
	parameters map[string]settled
	conditions map[string]*answer
	outputs    map[string]*answer
	drafts     map[string]*draft
	failures   failures
	incomplete bool // a value is missing; the reason is among the failures of some template
}

// settled is a value, or the knowledge that there is none for a reason already reported.
type settled struct {
	value any
	ok    bool
}

// answer is a value that is evaluated when it is first asked for.
type answer struct {
	settled
	busy bool
}

func newTemplate(r *reader, s source, root *document.Node) *template {
	return &template{
		reader: r, source: s, root: root,
		stack: &Stack{
			Name: s.name, Account: s.account, Region: s.region, File: s.file,
			Outputs: make(map[string]Output), Assets: s.assets,
		},
		parameters: make(map[string]settled),
		conditions: make(map[string]*answer),
		outputs:    make(map[string]*answer),
		drafts:     make(map[string]*draft),
	}
}

// fail reports what is wrong at a place of the template.
func (t *template) fail(
	resource, path string, at document.Position, format string, args ...any,
) {
	e := Error{
		Stack: t.stack.Name, Resource: resource, Path: path,
		Message: fmt.Sprintf(format, args...),
	}
	t.failures.add(e.place(t.reader.dir, t.stack.File, at))
}

func (t *template) report(resource string, faults []intrinsic.Fault) {
	for _, f := range faults {
		t.fail(resource, f.Path, f.At, "%s", f.Message)
	}
}

// evaluator evaluates values that belong to owner, a logical id or "" outside of resources.
func (t *template) evaluator(owner string) *intrinsic.Evaluator {
	return &intrinsic.Evaluator{
		Names:      names{template: t, owner: owner},
		Condition:  t.condition,
		Mappings:   t.root.Get("Mappings"),
		Region:     t.stack.Region,
		Extensions: t.extensions,
	}
}

// declare reads all sections but what resources and outputs hold.
func (t *template) declare() {
	if t.root == nil {
		return
	}
	if t.root.Kind != document.Map {
		t.fail("", "", t.root.At, "a template must be an object, not %s", t.root.Kind)
		return
	}
	t.usable = t.checkSections() && t.checkTransform()
	if !t.usable {
		return
	}
	t.readParameters()
	for _, c := range t.section("Conditions") {
		_, _ = t.condition(c.Key) // for its faults
	}
	t.checkRules()
	t.listResources()
}

// evaluate settles every resource and output.
func (t *template) evaluate() {
	if !t.usable {
		return
	}
	t.evaluateResources()
	t.checkCycles()
	for _, e := range t.section("Outputs") {
		_, _ = t.output(e.Key)
	}
}

// section returns the entries of a section, none when it is absent or no object.
func (t *template) section(name string) []document.Entry {
	n := t.root.Get(name)
	if n == nil {
		return nil
	}
	if n.Kind != document.Map {
		t.fail("", name, n.At, "this section must be an object, not %s", n.Kind)
		return nil
	}
	return n.Entries
}

func (t *template) checkSections() bool {
	known := []string{
		"AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions",
		"Transform", "Resources", "Outputs", "Rules", "Hooks", "Globals",
	}
	for _, e := range t.root.Entries {
		if !slices.Contains(known, e.Key) {
			t.fail("", e.Key, e.At, "a template has no such section; it has %s",
				strings.Join(known[:len(known)-1], ", "))
		}
	}
	if v := t.root.Get("AWSTemplateFormatVersion"); v != nil && v.Text != "2010-09-09" {
		t.fail("", "AWSTemplateFormatVersion", v.At, "must be 2010-09-09, not %q", v.Text)
	}
	resources := t.root.Get("Resources")
	if resources == nil || resources.Kind == document.Map && len(resources.Entries) == 0 {
		t.fail("", "Resources", t.root.At, "at least one resource must be declared")
		return false
	}
	return true
}

// checkTransform refuses the macros that only AWS can run.
func (t *template) checkTransform() bool {
	n := t.root.Get("Transform")
	if n == nil {
		return true
	}
	macros := []*document.Node{n}
	if n.Kind == document.List {
		macros = n.Items
	}
	served := true
	for _, m := range macros {
		switch m.Text {
		case "AWS::LanguageExtensions":
			t.extensions = true
			continue
		case "AWS::Serverless-2016-10-31":
			t.fail("", "Transform", m.At, "SAM templates (AWS::Serverless-2016-10-31) are not served "+
				"yet; give the template that the transform makes of this one")
		default:
			name := m.Text
			if m.Kind == document.Map && m.Get("Name") != nil {
				name = m.Get("Name").Text
			}
			t.fail("", "Transform", m.At, "the macro %q is not served: macros run on AWS only", name)
		}
		served = false
	}
	return served
}
