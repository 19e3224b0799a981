package drift

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

func sorted[V any](of map[string]V) []string { return slices.Sorted(maps.Keys(of)) }

// ofBootstrap are what the CDK adds to every template, which says nothing about the application.
func ofBootstrap(name string) bool {
	return name == "CDKMetadata" || name == "BootstrapVersion" || name == "CheckBootstrapVersion" ||
		name == "CDKMetadataAvailable"
}

// compareTemplates says what a deployment would change.
func (c *comparison) compareTemplates() {
	before := len(c.report.Findings)
	for _, section := range []string{"Resources", "Outputs", "Parameters", "Conditions", "Mappings"} {
		wanted, there := object(c.stack.Template[section]), object(c.template[section])
		names := maps.Clone(wanted)
		if names == nil {
			names = map[string]any{}
		}
		maps.Copy(names, there)
		for _, name := range sorted(names) {
			if !ofBootstrap(name) {
				c.compareEntry(section, name, wanted[name], there[name])
			}
		}
	}
	for i := before; i < len(c.report.Findings); i++ {
		c.report.Findings[i].Do = "cdk deploy " + c.stack.Name
	}
}

func (c *comparison) compareEntry(section, name string, wanted, there any) {
	kind := strings.ToLower(strings.TrimSuffix(section, "s"))
	switch {
	case there == nil:
		what := kind
		if section == "Resources" {
			what = text(object(wanted)["Type"])
		}
		c.find(NotDeployed, name, "it is in the template, and was not deployed: %s", what)
	case wanted == nil:
		c.find(NotDeployed, name, "it is deployed, and no longer in the template: %s", kind)
	default:
		if section == "Resources" {
			wanted, there = withoutMetadata(wanted), withoutMetadata(there)
		}
		if paths := differences("", wanted, there); len(paths) > 0 {
			c.find(NotDeployed, name, "the template has another %s", some(paths))
		}
	}
}

// withoutMetadata leaves out what makes no difference to what is deployed.
func withoutMetadata(resource any) any {
	own := maps.Clone(object(resource))
	delete(own, "Metadata")
	return own
}

// some names up to five places.
func some(paths []string) string {
	if len(paths) > 5 {
		return fmt.Sprintf("%s and %d more", strings.Join(paths[:5], ", "), len(paths)-5)
	}
	return strings.Join(paths, ", ")
}

// differences returns the places in which two values differ.
func differences(path string, a, b any) []string {
	x, isObject := a.(map[string]any)
	y, areObjects := b.(map[string]any)
	if !isObject || !areObjects {
		if same(a, b) {
			return nil
		}
		return []string{strings.TrimPrefix(path, ".")}
	}
	names := maps.Clone(x)
	maps.Copy(names, y)
	var all []string
	for _, name := range sorted(names) {
		if strings.HasPrefix(name, "Fn::") || name == "Ref" { // the place is the property's
			if !same(a, b) {
				return []string{strings.TrimPrefix(path, ".")}
			}
			return nil
		}
		all = append(all, differences(path+"."+name, x[name], y[name])...)
	}
	return all
}

// same compares values as JSON: 5 and 5.0, which parsers tell apart, are the same.
func same(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}
