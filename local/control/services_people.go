package control

import (
	"portico/local/control/iam"
	"portico/local/control/sts"
	"portico/local/control/wafv2"
)

// peopleOpeners are the services that say who may call, and what is let in.
func peopleOpeners() []opener {
	return []opener{
		serving("iam", iam.Open, func(h *Hosts) iam.Host { return h.IAM }, &iam.Service{}),
		serving("sts", sts.Open, func(h *Hosts) sts.Host { return h.STS }, &sts.Service{}),
		serving("wafv2", wafv2.Open, func(h *Hosts) wafv2.Host { return h.WAF }, &wafv2.Service{}),
	}
}
