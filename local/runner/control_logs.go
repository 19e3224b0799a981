package runner

import "portico/local/control/logs"

// logsHost knows the log groups that templates describe.
type logsHost struct{ runner *Runner }

var _ logs.Host = logsHost{}

// LogGroups returns the log groups of the app, with their metric filters.
func (h logsHost) LogGroups() []logs.Described {
	app := h.runner.App()
	all := make([]logs.Described, 0, len(app.LogGroups))
	for _, group := range app.LogGroups {
		made := logs.Described{
			Name: group.Name, Region: group.Region, RetentionDays: group.RetentionDays,
			KMSKeyID: group.KMSKeyID, Class: group.Class,
		}
		for _, filter := range group.Filters {
			made.Filters = append(made.Filters, logs.DescribedFilter{
				Name: filter.Name, Pattern: filter.Pattern, Transformations: filter.Transformations,
			})
		}
		all = append(all, made)
	}
	return all
}
