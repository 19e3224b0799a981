package runner

import (
	"net/http"
	"net/http/httputil"
	"net/url"

	"portico/local/services"
)

// forwarded marks a request that was handed on once: one that comes back would go round for ever.
const forwarded = "X-Portico-Forwarded"

// forwarding hands requests for a companion, of clients that know the main address alone, on to it.
func forwarding(address string) (http.Handler, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(target)
		r.Out.Header.Set(forwarded, "1")
	}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
		answer(w, http.StatusBadGateway, map[string]string{
			"__type": noEndpoint, "message": "the endpoint " + address + " does not answer: " + err.Error(),
		})
	}}, nil
}

// openEndpoints learns where AWS services are that somebody runs elsewhere.
func (r *Runner) openEndpoints() error {
	given, err := services.NewEndpoints(r.options.Environ, r.app.Settings.Endpoints)
	if err != nil {
		return err
	}
	r.endpoints = given
	return r.forwardGiven(given)
}

// forwardTables makes the endpoint of DynamoDB, here or given, that which the main address leads to.
func (r *Runner) forwardTables(address string) error {
	handler, err := forwarding(address)
	if err == nil {
		r.tables.Store(&handler)
	}
	return err
}

// forwardGiven hands on to the endpoints of SQS and DynamoDB that somebody gave by their names.
func (r *Runner) forwardGiven(given services.Endpoints) error {
	if address := given["DYNAMODB"]; address != "" {
		if err := r.forwardTables(address); err != nil {
			return err
		}
	}
	if address := given["SQS"]; address != "" {
		handler, err := forwarding(address)
		if err != nil {
			return err
		}
		r.queuesGiven = handler
	}
	return nil
}

// companion returns what answers for a service beside the runner; nil for none.
func (r *Runner) companion(service string, request *http.Request) http.Handler {
	if request.Header.Get(forwarded) != "" {
		return nil
	}
	switch service {
	case "dynamodb":
		if handler := r.tables.Load(); handler != nil {
			return *handler
		}
	case "sqs":
		if serving := r.queues.Load(); serving != nil {
			return serving
		}
		return r.queuesGiven
	}
	return nil
}
