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
		{
			"ssm",
			func(o Options, dir string) (Service, error) {
				return ssm.Open(ssm.Options{
					Account: o.Account, Dir: dir, Clock: o.Clock, Host: o.Hosts.Parameters,
				})
			},
			&ssm.Service{},
		},
		{
			"cloudformation",
			func(o Options, dir string) (Service, error) {
				return cloudformation.Open(cloudformation.Options{
					Account: o.Account, Dir: dir, Clock: o.Clock, Host: o.Hosts.Stacks,
				})
			},
			&cloudformation.Service{},
		},
	}
}
