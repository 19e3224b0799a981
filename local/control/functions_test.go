package control_test

import (
	"context"

	"portico/local/control/lambda"
	"portico/local/gateway/api"
	plane "portico/local/lambda"
)

// functions takes what it is told to run, and runs nothing.
type functions struct{ lambda.Host }

func (functions) Put(context.Context, plane.Configuration, []api.FunctionURL) error { return nil }

func (functions) Described() (plane.Configuration, []api.FunctionURL) {
	return plane.Configuration{}, nil
}
