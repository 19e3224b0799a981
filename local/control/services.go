package control

import (
	"path/filepath"
	"slices"

	"portico/local/control/apigateway"
	"portico/local/control/apigatewayv2"
	"portico/local/control/cloudformation"
	"portico/local/control/cloudwatch"
	"portico/local/control/iam"
	"portico/local/control/lambda"
	"portico/local/control/logs"
	"portico/local/control/model"
	"portico/local/control/ssm"
	"portico/local/control/state"
	"portico/local/control/sts"
	"portico/local/control/wafv2"
	"portico/local/journal"
	"portico/local/metrics"
)

// Service is the behaviour of one AWS service.
type Service interface {
	// Handlers returns the operations that are implemented; also of a service that is not open.
	Handlers() model.Handlers
	// Refresh puts what was created before into effect; what cannot be any more is in its error.
	Refresh() error
	// Reset forgets everything that was created.
	Reset() error
}

// Hosts are what the services need of the runner.
type Hosts struct {
	REST apigateway.Host
	V2   apigatewayv2.Host
	IAM  iam.Host
	STS  sts.Host
	// Lambda serves functions.
	Lambda lambda.Host
	WAF    wafv2.Host

	Watch      cloudwatch.Host
	Logs       logs.Host
	Metrics    *metrics.Store   // what is measured here; nil measures nothing
	Journal    *journal.Journal // the log groups; nil keeps none
	Parameters ssm.Host
	Stacks     cloudformation.Host
}

// opener opens a service; closed stands for it where nothing is open, as in Coverage.
type opener struct {
	name   string // botocore's
	open   func(o Options, dir string) (Service, error)
	closed Service
}

// serving is how a service is opened that has the usual options, and a host that serves it.
func serving[H any, S Service](
	name string, open func(state.Options[H]) (S, error), host func(*Hosts) H, closed S,
) opener {
	return opener{name, func(o Options, dir string) (Service, error) {
		return open(state.Options[H]{
			Account: o.Account, Dir: dir, Clock: o.Clock, Host: host(&o.Hosts),
		})
	}, closed}
}

// openers lists the services in the order in which they are put into effect: functions and roles
// before the APIs that name them.
func openers() []opener {
	return slices.Concat(deployingOpeners(), peopleOpeners(), observingOpeners(), []opener{
		serving("lambda", lambda.Open, func(h *Hosts) lambda.Host { return h.Lambda },
			&lambda.Service{}),
		serving("apigateway", apigateway.Open, func(h *Hosts) apigateway.Host { return h.REST },
			&apigateway.Service{}),
		serving("apigatewayv2", apigatewayv2.Open, func(h *Hosts) apigatewayv2.Host { return h.V2 },
			&apigatewayv2.Service{}),
		{
			"apigatewaymanagementapi",
			func(Options, string) (Service, error) { return apigatewayv2.Connections{}, nil },
			apigatewayv2.Connections{},
		},
	})
}

// folder returns where a service keeps what it was told; "" keeps nothing.
func (o *Options) folder(service string) string {
	if o.State == "" {
		return ""
	}
	return filepath.Join(o.State, service)
}
