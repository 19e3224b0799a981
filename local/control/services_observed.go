package control

import (
	"portico/local/control/cloudwatch"
	"portico/local/control/logs"
)

// observingOpeners are the services that show what was logged and measured.
func observingOpeners() []opener {
	return []opener{
		{
			"logs",
			func(o Options, dir string) (Service, error) {
				return logs.Open(logs.Options{
					Account: o.Account, Dir: dir, Clock: o.Clock, Host: o.Hosts.Logs,
					Journal: o.Hosts.Journal, Metrics: o.Hosts.Metrics,
				})
			},
			&logs.Service{},
		},
		{
			"cloudwatch",
			func(o Options, dir string) (Service, error) {
				return cloudwatch.Open(cloudwatch.Options{
					Account: o.Account, Dir: dir, Clock: o.Clock, Host: o.Hosts.Watch,
					Metrics: o.Hosts.Metrics,
				})
			},
			&cloudwatch.Service{},
		},
	}
}
