package cloudformation

import (
	"encoding/json"
	"strings"

	"portico/local/control/model"
)

func getTemplate(c *call) (model.Object, error) {
	body := ""
	if c.in.Text("ChangeSetName") != "" {
		_, set, err := c.changeSet()
		if err != nil {
			return nil, err
		}
		body = set.Wanted.Body
	} else {
		one := c.find(c.in.Text("StackName"))
		if one == nil {
			return nil, noStack(c.in.Text("StackName"))
		}
		body = one.Current.Body
	}
	out := model.Object{"StagesAvailable": []any{"Original", "Processed"}}
	if body != "" {
		out["TemplateBody"] = body
	}
	return out, nil
}

// asked returns the template that a call is about: one that it gives, or that of a stack.
func (c *call) asked() (document, error) {
	if name := c.in.Text("StackName"); name != "" {
		one := c.find(name)
		if one == nil {
			return nil, noStack(name)
		}
		return c.parse(one.Current.Body)
	}
	body, err := c.body("")
	if err != nil {
		return nil, err
	}
	return c.parse(body)
}

func getTemplateSummary(c *call) (model.Object, error) {
	if c.in.Text("StackSetName") != "" {
		return nil, model.NotImplemented("cloudformation", "GetTemplateSummary", "stack sets are not served")
	}
	d, err := c.asked()
	if err != nil {
		return nil, err
	}
	out := introduced(d)
	out["ResourceTypes"] = model.TextList(d.types())
	out["Parameters"] = declarations(d, true)
	if version := d.text("AWSTemplateFormatVersion"); version != "" {
		out["Version"] = version
	}
	if metadata, has := d["Metadata"]; has {
		if text, err := json.Marshal(metadata); err == nil {
			out["Metadata"] = string(text)
		}
	}
	return out, nil
}

func validateTemplate(c *call) (model.Object, error) {
	body, err := c.body("")
	if err != nil {
		return nil, err
	}
	d, err := c.parse(body)
	if err != nil {
		return nil, err
	}
	if len(d.section("Resources")) == 0 {
		return nil, invalid("Template format error: At least one Resources member must be defined.")
	}
	out := introduced(d)
	out["Parameters"] = declarations(d, false)
	return out, nil
}

// introduced returns what both summaries of a template say.
func introduced(d document) model.Object {
	out := model.Object{}
	if text := d.text("Description"); text != "" {
		out["Description"] = text
	}
	if names := d.transforms(); len(names) > 0 {
		out["DeclaredTransforms"] = model.TextList(names)
	}
	capabilities, types := required(d)
	if len(capabilities) > 0 {
		out["Capabilities"] = model.TextList(capabilities)
		out["CapabilitiesReason"] = "The following resource(s) require capabilities: [" +
			strings.Join(types, ", ") + "]"
	}
	return out
}

// declarations returns the parameters that a template declares; with their types and constraints
// where these are asked for.
func declarations(d document, whole bool) []any {
	all := []any{}
	declared := d.section("Parameters")
	for _, name := range sortedKeys(declared) {
		declaration, _ := declared[name].(map[string]any)
		one := model.Object{
			"ParameterKey": name, "NoEcho": scalarOf(declaration["NoEcho"]) == "true",
		}
		if value, has := declaration["Default"]; has {
			one["DefaultValue"] = scalarOf(value)
		}
		if text, ok := declaration["Description"].(string); ok {
			one["Description"] = text
		}
		if whole {
			one["ParameterType"] = scalarOf(declaration["Type"])
			constraints := model.Object{}
			if values, ok := declaration["AllowedValues"].([]any); ok {
				var texts []any
				for _, value := range values {
					texts = append(texts, scalarOf(value))
				}
				constraints["AllowedValues"] = texts
			}
			one["ParameterConstraints"] = constraints
		}
		all = append(all, one)
	}
	return all
}
