package control

import (
	"errors"
	"io"
	"net/http"

	"portico/local/control/model"
)

// Raw is a service that reads its requests itself, because their bodies are streamed.
type Raw interface {
	// Serve answers a request. The error says why the caller is refused, nil when it is not.
	Serve(w http.ResponseWriter, r *http.Request, call model.Call, refused error)
}

// Opened returns the service of a type that the door has open.
func Opened[T Service](d *Door) (opened T, ok bool) {
	for _, service := range d.open {
		if opened, ok = service.(T); ok {
			return opened, true
		}
	}
	return opened, false
}

// raw returns the service of a name, if it reads its requests itself.
func (d *Door) raw(name string) Raw {
	for i, service := range openers() {
		if raw, ok := d.open[i].(Raw); ok && service.name == name {
			return raw
		}
	}
	return nil
}

// Close ends what the services have at work.
func (d *Door) Close() error {
	var errs []error
	for _, service := range d.open {
		if closer, ok := service.(io.Closer); ok {
			errs = append(errs, closer.Close())
		}
	}
	return errors.Join(errs...)
}
