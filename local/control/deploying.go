package control

import (
	"portico/local/control/cloudformation"
	"portico/local/control/s3"
	"portico/local/control/ssm"
)

// deployingOpeners lists the services that a deployment of stacks needs. What stacks describe is put
// into effect before what was created beside them.
func deployingOpeners() []opener {
	return []opener{
		{
			"s3",
			func(o Options, dir string) (Service, error) {
				return s3.Open(s3.Options{Account: o.Account, Dir: dir, Clock: o.Clock})
			},
			&s3.Service{},
		},
		serving("ssm", ssm.Open, func(h *Hosts) ssm.Host { return h.Parameters }, &ssm.Service{}),
		serving("cloudformation", cloudformation.Open,
			func(h *Hosts) cloudformation.Host { return h.Stacks }, &cloudformation.Service{}),
	}
}
