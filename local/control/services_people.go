package control

import (
	"portico/local/control/iam"
	"portico/local/control/sts"
	"portico/local/control/wafv2"
)

// peopleOpeners are the services that say who may call, and what is let in.
func peopleOpeners() []opener {
	return []opener{
		{
			"iam",
			func(o Options, dir string) (Service, error) {
				return iam.Open(iam.Options{
					Account: o.Account, Dir: dir, Clock: o.Clock, Host: o.Hosts.IAM,
				})
			},
			&iam.Service{},
		},
		{
			"sts",
			func(o Options, dir string) (Service, error) {
				return sts.Open(sts.Options{
					Account: o.Account, Dir: dir, Clock: o.Clock, Host: o.Hosts.STS,
				})
			},
			&sts.Service{},
		},
		{
			"wafv2",
			func(o Options, dir string) (Service, error) {
				return wafv2.Open(wafv2.Options{
					Account: o.Account, Dir: dir, Clock: o.Clock, Host: o.Hosts.WAF,
				})
			},
			&wafv2.Service{},
		},
	}
}
