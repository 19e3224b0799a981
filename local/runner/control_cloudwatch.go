package runner

import "portico/local/control/cloudwatch"

// watchHost knows the alarms and dashboards that templates describe.
type watchHost struct{ runner *Runner }

var _ cloudwatch.Host = watchHost{}

// Alarms returns the alarms of the app.
func (h watchHost) Alarms() []cloudwatch.Described {
	app := h.runner.App()
	all := make([]cloudwatch.Described, 0, len(app.Alarms))
	for _, alarm := range app.Alarms {
		all = append(all, cloudwatch.Described{
			Name: alarm.Name, Region: alarm.Region, Composite: alarm.Composite,
			Properties: alarm.Properties,
		})
	}
	return all
}

// Dashboards returns the dashboards of the app.
func (h watchHost) Dashboards() []cloudwatch.Described {
	app := h.runner.App()
	all := make([]cloudwatch.Described, 0, len(app.Dashboards))
	for _, dashboard := range app.Dashboards {
		all = append(all, cloudwatch.Described{
			Name: dashboard.Name, Region: dashboard.Region,
			Properties: map[string]any{"DashboardBody": dashboard.Body},
		})
	}
	return all
}
