package control

import (
	"path/filepath"

	"portico/local/control/apigateway"
	"portico/local/control/model"
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
}

// opener opens a service; closed stands for it where nothing is open, as in Coverage.
type opener struct {
	name   string // botocore's
	open   func(o Options, dir string) (Service, error)
	closed Service
}

// openers lists the services in the order in which they are put into effect: functions and roles
// before the APIs that name them.
func openers() []opener {
	return []opener{
		{
			"apigateway",
			func(o Options, dir string) (Service, error) {
				return apigateway.Open(apigateway.Options{
					Account: o.Account, Dir: dir, Clock: o.Clock, Host: o.Hosts.REST,
				})
			},
			&apigateway.Service{},
		},
	}
}

// folder returns where a service keeps what it was told; "" keeps nothing.
func (o *Options) folder(service string) string {
	if o.State == "" {
		return ""
	}
	return filepath.Join(o.State, service)
}
