package cloudformation

import (
	"portico/local/cloudformation/document"
	"portico/local/cloudformation/intrinsic"
)

// exportNames announces what the template exports, before any stack imports it.
func (t *template) exportNames() {
	if !t.usable {
		return
	}
	for _, e := range t.section("Outputs") {
		name := e.Value.Get("Export").Get("Name")
		if name == nil {
			continue
		}
		path := "Outputs." + e.Key
		if truth, ok := t.holds(e.Value, "", path+".Condition"); !ok || !truth {
			continue
		}
		text, ok := t.outputText(name, path+".Export.Name")
		if !ok {
			continue
		}
		key := exportKey{t.stack.Account, t.stack.Region, text}
		if other, taken := t.reader.exports[key]; taken {
			t.fail("", path+".Export.Name", name.At, "stack %s exports %s already",
				other.template.stack.Name, text)
			continue
		}
		t.reader.exports[key] = export{template: t, output: e.Key}
	}
}

func (t *template) outputText(n *document.Node, path string) (string, bool) {
	value, faults, ok := t.evaluator("").Value(n, path)
	t.report("", faults)
	if !ok {
		return "", false
	}
	text, ok := intrinsic.Text(value)
	if !ok {
		t.fail("", path, n.At, "an output must be a string")
	}
	return text, ok
}

// output answers an output by its name, and puts it into the stack when it is first asked for. The
// output of a false condition is absent.
func (t *template) output(name string) (Output, error) {
	if a := t.outputs[name]; a != nil {
		if !a.ok {
			return Output{}, intrinsic.ErrReported
		}
		return t.stack.Outputs[name], nil
	}
	a := &answer{}
	t.outputs[name] = a
	n, path := t.root.Get("Outputs").Get(name), "Outputs."+name
	truth, ok := t.holds(n, "", path+".Condition")
	if !ok || !truth {
		a.ok = ok
		return Output{}, intrinsic.ErrReported
	}
	value := n.Get("Value")
	if value == nil {
		t.fail("", path, n.At, "an output wants a Value")
		return Output{}, intrinsic.ErrReported
	}
	text, ok := t.outputText(value, path+".Value")
	if !ok {
		return Output{}, intrinsic.ErrReported
	}
	o := Output{Value: text}
	for key, e := range t.reader.exports {
		if e.template == t && e.output == name {
			o.Export = key.name
		}
	}
	if d := n.Get("Description"); d != nil {
		o.Description = d.Text
	}
	t.stack.Outputs[name] = o
	a.ok = true
	return o, nil
}
