package cloudwatch

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"portico/local/control/model"
)

// dashboard is a dashboard as it was put; nothing draws it.
type dashboard struct {
	Body     string
	Modified float64 // in seconds

	template bool // it is described by the template
}

// dashboardName is what a dashboard may be called.
var dashboardName = regexp.MustCompile(`^[0-9A-Za-z_-]{1,255}$`)

// dashboards returns those of the region, by name, and those of the template.
//
// Unlike AWS: what was put in one region is not seen in another.
func (c *call) dashboards() map[string]*dashboard {
	all := maps.Clone(c.world.Dashboards)
	for _, described := range c.options.Host.Dashboards() {
		body, ok := described.Properties["DashboardBody"].(string)
		if !ok {
			text, err := json.Marshal(described.Properties["DashboardBody"])
			if err != nil {
				continue
			}
			body = string(text)
		}
		all[described.Name] = &dashboard{
			Body: body, Modified: seconds(c.watch.begun), template: true,
		}
	}
	return all
}

func (c *call) dashboardARN(name string) string {
	a := c.options.Account
	return "arn:" + a.Partition + ":cloudwatch::" + a.ID + ":dashboard/" + name
}

func putDashboard(c *call) (model.Object, error) {
	name, body := c.in.Text("DashboardName"), c.in.Text("DashboardBody")
	if !dashboardName.MatchString(name) {
		return nil, refusal("InvalidParameterInput", fmt.Sprintf("The value %q for field DashboardName "+
			"contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).",
			name))
	}
	if before := c.dashboards()[name]; before != nil && before.template {
		return nil, ofTemplate("The dashboard", name)
	}
	var parsed map[string]any
	if err := json.Unmarshal([]byte(body), &parsed); err != nil || parsed == nil {
		return nil, refusal("InvalidParameterInput",
			"The field DashboardBody must be a valid JSON object")
	}
	c.world.Dashboards[name] = &dashboard{Body: body, Modified: seconds(c.now)}
	return model.Object{"DashboardValidationMessages": []any{}}, nil
}

func getDashboard(c *call) (model.Object, error) {
	name := c.in.Text("DashboardName")
	d := c.dashboards()[name]
	if d == nil {
		return nil, noDashboard(name)
	}
	return model.Object{
		"DashboardArn": c.dashboardARN(name), "DashboardBody": d.Body, "DashboardName": name,
	}, nil
}

func noDashboard(name string) error {
	return notFound("ResourceNotFound", "Dashboard "+name+" does not exist")
}

func deleteDashboards(c *call) (model.Object, error) {
	all := c.dashboards()
	for _, name := range c.in.Texts("DashboardNames") {
		switch d := all[name]; {
		case d == nil:
			return nil, noDashboard(name)
		case d.template:
			return nil, ofTemplate("The dashboard", name)
		}
	}
	for _, name := range c.in.Texts("DashboardNames") {
		delete(c.world.Dashboards, name)
		delete(c.world.Tags, c.dashboardARN(name))
	}
	return nil, nil
}

func listDashboards(c *call) (model.Object, error) {
	all := c.dashboards()
	var names []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if strings.HasPrefix(name, c.in.Text("DashboardNamePrefix")) {
			names = append(names, name)
		}
	}
	shown, next, err := page(c.in, names, 1000, func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	entries := []any{}
	for _, name := range shown {
		entries = append(entries, model.Object{
			"DashboardName": name, "DashboardArn": c.dashboardARN(name),
			"LastModified": all[name].Modified, "Size": int64(len(all[name].Body)),
		})
	}
	out := model.Object{"DashboardEntries": entries}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
