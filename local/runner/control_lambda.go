package runner

import (
	"context"
	"net/http"
	"os"

	"portico/local/control"
	"portico/local/control/lambda"
	"portico/local/gateway/api"
	plane "portico/local/lambda"
	"portico/local/provision"
)

// functionHost serves what the management API of functions describes.
type functionHost struct{ runner *Runner }

var _ lambda.Host = functionHost{}

// functionOwner is whose the functions are that the management API created.
const functionOwner = "lambda"

// Put serves functions and URLs beside the template's.
func (h functionHost) Put(
	ctx context.Context, functions plane.Configuration, urls []api.FunctionURL,
) error {
	return h.runner.Put(ctx, functionOwner, provision.Application{Lambda: functions, URLs: urls})
}

// Functions runs them all.
func (h functionHost) Functions() *plane.Service { return h.runner.functions }

// Described returns what the template says of functions.
func (h functionHost) Described() (plane.Configuration, []api.FunctionURL) {
	app := h.runner.Template()
	return app.Lambda, app.URLs
}

// Object returns what was put to a bucket of S3 here.
func (h functionHost) Object(_ context.Context, bucket, key string) ([]byte, error) {
	file, err := h.runner.stored(bucket, key)
	if err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

// Address is the runner's main address.
func (h functionHost) Address() string { return h.runner.URL() }

// serveCode answers with the code of a function that the management API created.
func (r *Runner) serveCode(w http.ResponseWriter, request *http.Request) {
	functions, ok := control.Opened[*lambda.Service](r.managed.door)
	if !ok {
		http.NotFound(w, request)
		return
	}
	functions.Code(w, request)
}
