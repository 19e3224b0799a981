package cloudformation

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"portico/local/control/model"
)

// The longest templates: in a call, and fetched from S3.
const (
	maxBody    = 51_200
	maxFetched = 1_000_000
)

// document is a parsed template.
type document map[string]any

// section returns the entries of a section that is an object.
func (d document) section(name string) map[string]any {
	section, _ := d[name].(map[string]any)
	return section
}

func (d document) text(name string) string { text, _ := d[name].(string); return text }

// attribute returns what a resource declares beside its properties: DeletionPolicy.
func (d document) attribute(logicalID, name string) string {
	declared, _ := d.section("Resources")[logicalID].(map[string]any)
	text, _ := declared[name].(string)
	return text
}

// types returns the types of the resources, sorted, each once.
func (d document) types() []string {
	found := map[string]bool{}
	for _, declared := range d.section("Resources") {
		declared, _ := declared.(map[string]any)
		if text, ok := declared["Type"].(string); ok {
			found[text] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// transforms returns the macros that the template names.
func (d document) transforms() []string {
	all, isList := d["Transform"].([]any)
	if !isList && d["Transform"] != nil {
		all = []any{d["Transform"]}
	}
	var names []string
	for _, one := range all {
		switch one := one.(type) {
		case string:
			names = append(names, one)
		case map[string]any:
			names = append(names, fmt.Sprint(one["Name"]))
		}
	}
	return names
}

// body returns the template that a call gives; before is that of the stack, which it may keep.
func (c *call) body(before string) (string, error) {
	body, url := c.in.Text("TemplateBody"), c.in.Text("TemplateURL")
	given := 0
	for _, is := range []bool{body != "", url != "", c.in.Bool("UsePreviousTemplate")} {
		if is {
			given++
		}
	}
	switch {
	case given != 1:
		return "", invalid("Either Template URL or Template Body must be specified.")
	case len(body) > maxBody:
		return "", invalid("1 validation error detected: Value at 'templateBody' failed to satisfy "+
			"constraint: Member must have length less than or equal to %d", maxBody)
	case body != "":
		return body, nil
	case url == "":
		return before, nil
	}
	fetched, err := c.service.options.Host.Fetch(url)
	if err != nil {
		return "", invalid("%s", err)
	}
	if len(fetched) > maxFetched {
		return "", invalid("Template may not exceed %d bytes in size.", maxFetched)
	}
	return fetched, nil
}

// parse reads a template.
func (c *call) parse(body string) (document, error) {
	if strings.TrimSpace(body) == "" {
		return nil, invalid("Either Template URL or Template Body must be specified.")
	}
	parsed, err := c.service.options.Host.Parse(body)
	if err != nil {
		return nil, invalid("Template format error: %s", err)
	}
	return parsed, nil
}

// wanted is what a call asks a stack to be.
type wanted struct {
	revision
	document document
}

// wanted reads the template, the parameters and all that goes with them; before is what the stack is
// so far, nil for a new one.
func (c *call) wanted(before *revision) (wanted, error) {
	if before == nil {
		before = &revision{}
	}
	body, err := c.body(before.Body)
	if err != nil {
		return wanted{}, err
	}
	parsed, err := c.parse(body)
	if err != nil {
		return wanted{}, err
	}
	made := wanted{document: parsed, revision: revision{
		Body: body, Summary: parsed.text("Description"),
		Tags: before.Tags, Notifications: before.Notifications, Role: before.Role,
		Capabilities: c.in.Texts("Capabilities"), Minutes: c.in.Int("TimeoutInMinutes"),
	}}
	if c.in.Has("Tags") {
		made.Tags = nil
		for _, t := range c.in.Objects("Tags") {
			made.Tags = append(made.Tags, tag{t.Text("Key"), t.Text("Value")})
		}
	}
	if c.in.Has("NotificationARNs") {
		made.Notifications = c.in.Texts("NotificationARNs")
	}
	if c.in.Has("RoleARN") {
		made.Role = c.in.Text("RoleARN")
	}
	if made.Parameters, err = c.parameters(parsed, before.Parameters); err != nil {
		return wanted{}, err
	}
	return made, checkCapabilities(parsed, made.Capabilities)
}

// parameters gives every parameter of a template its value: the call's, the one before where the
// call says so, else the default.
func (c *call) parameters(d document, before []parameter) ([]parameter, error) {
	declared := d.section("Parameters")
	values := map[string]string{}
	for name, declaration := range declared {
		if declaration, ok := declaration.(map[string]any); ok && declaration["Default"] != nil {
			values[name] = scalarOf(declaration["Default"])
		}
	}
	var unknown, missing []string
	for _, given := range c.in.Objects("Parameters") {
		name := given.Text("ParameterKey")
		if declared[name] == nil {
			unknown = append(unknown, name)
			continue
		}
		if !given.Bool("UsePreviousValue") {
			values[name] = given.Text("ParameterValue")
			continue
		}
		at := slices.IndexFunc(before, func(p parameter) bool { return p.Key == name })
		if at < 0 {
			return nil, invalid("Invalid input for parameter key %s. Cannot specify usePreviousValue as "+
				"true for a parameter key not in the previous template", name)
		}
		values[name] = before[at].Value
	}
	if len(unknown) > 0 {
		return nil, invalid("Parameters: [%s] do not exist in the template", strings.Join(unknown, ", "))
	}
	all := make([]parameter, 0, len(declared))
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		value, given := values[name]
		if !given {
			missing = append(missing, name)
		}
		all = append(all, c.parameter(name, value, declared[name]))
	}
	if len(missing) > 0 {
		return nil, invalid("Parameters: [%s] must have values", strings.Join(missing, ", "))
	}
	return all, nil
}

func (c *call) parameter(name, value string, declared any) parameter {
	p := parameter{Key: name, Value: value}
	declaration, _ := declared.(map[string]any)
	kind, _ := declaration["Type"].(string)
	if strings.HasPrefix(kind, "AWS::SSM::Parameter::Value<") {
		p.Resolved, _ = c.service.options.Host.Parameter(c.region, value)
	}
	p.Secret = scalarOf(declaration["NoEcho"]) == "true"
	return p
}

// scalarOf writes a value of a template as a parameter's.
func scalarOf(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return fmt.Sprint(value)
}

// shown returns parameters as DescribeStacks shows them.
func shown(all []parameter) []any {
	list := make([]any, 0, len(all))
	for _, p := range all {
		value := p.Value
		if p.Secret {
			value = "****"
		}
		one := model.Object{"ParameterKey": p.Key, "ParameterValue": value}
		if p.Resolved != "" {
			one["ResolvedValue"] = p.Resolved
		}
		list = append(list, one)
	}
	return list
}

// required returns the capabilities that a template asks for, and the types that do.
func required(d document) (capabilities, types []string) {
	found := map[string]bool{}
	named := false
	for _, declared := range d.section("Resources") {
		declared, _ := declared.(map[string]any)
		kind, _ := declared["Type"].(string)
		property, isIAM := namesOfIAM()[kind]
		if !isIAM {
			continue
		}
		found[kind] = true
		properties, _ := declared["Properties"].(map[string]any)
		named = named || property != "" && properties[property] != nil
	}
	switch {
	case named:
		capabilities = append(capabilities, "CAPABILITY_NAMED_IAM")
	case len(found) > 0:
		capabilities = append(capabilities, "CAPABILITY_IAM")
	}
	if len(d.transforms()) > 0 {
		capabilities = append(capabilities, "CAPABILITY_AUTO_EXPAND")
	}
	return capabilities, slices.Sorted(maps.Keys(found))
}

// namesOfIAM returns the types that want a capability, and the property that names such a resource.
func namesOfIAM() map[string]string {
	return map[string]string{
		"AWS::IAM::AccessKey": "", "AWS::IAM::Policy": "", "AWS::IAM::UserToGroupAddition": "",
		"AWS::IAM::Group": "GroupName", "AWS::IAM::InstanceProfile": "InstanceProfileName",
		"AWS::IAM::ManagedPolicy": "ManagedPolicyName", "AWS::IAM::Role": "RoleName",
		"AWS::IAM::User": "UserName",
	}
}

func checkCapabilities(d document, given []string) error {
	wants, _ := required(d)
	for _, capability := range wants {
		has := slices.Contains(given, capability) ||
			capability == "CAPABILITY_IAM" && slices.Contains(given, "CAPABILITY_NAMED_IAM") ||
			capability == "CAPABILITY_AUTO_EXPAND" // macros of AWS are expanded here, or refused
		if !has {
			return model.Refuse("InsufficientCapabilitiesException", 400, "Requires capabilities : [%s]",
				capability)
		}
	}
	return nil
}
