package control_test

import (
	"log/slog"
	"maps"
	"sync"

	"portico/local/cloudformation"
	"portico/local/control/apigatewayv2"
	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/httpapi"
	"portico/local/gateway/websocketapi"
	"portico/local/provision"
)

// v2Host makes definitions as the runner does, and keeps what it is asked to serve, once httpapi or
// websocketapi has taken it.
type v2Host struct {
	mu        sync.Mutex // guards what follows
	serving   map[string]apigatewayv2.Definition
	frozen    func(string) (apigatewayv2.Definition, bool) // of what was served last
	domains   []api.Domain
	described apigatewayv2.Described
}

func (h *v2Host) read(
	account api.Account, resources []apigatewayv2.Resource,
) (*provision.Application, error) {
	var all []cloudformation.Existing
	for _, r := range resources {
		all = append(all, cloudformation.Existing{
			Type: r.Type, LogicalID: r.ID + r.Type[len("AWS::ApiGatewayV2::"):], PhysicalID: r.ID,
			Properties: r.Properties,
		})
	}
	assembly, err := cloudformation.Compose(cloudformation.Options{
		Account: account.ID, Region: account.Region,
	}, "v2", all)
	if err != nil {
		return nil, err
	}
	return provision.Read(assembly, provision.Options{Unfinished: true})
}

func (h *v2Host) Define(
	account api.Account, resources []apigatewayv2.Resource,
) (apigatewayv2.Definition, error) {
	made, err := h.read(account, resources)
	if err != nil {
		return apigatewayv2.Definition{}, err
	}
	if len(made.HTTP) > 0 {
		return apigatewayv2.Definition{HTTP: &made.HTTP[0]}, nil
	}
	return apigatewayv2.Definition{WebSocket: &made.WebSocket[0]}, nil
}

func (h *v2Host) DefineDomain(
	account api.Account, domain apigatewayv2.Resource,
) (api.Domain, error) {
	made, err := h.read(account, []apigatewayv2.Resource{domain})
	if err != nil {
		return api.Domain{}, err
	}
	return made.Domains[0], nil
}

func (h *v2Host) Serve(
	d apigatewayv2.Definition, frozen func(string) (apigatewayv2.Definition, bool),
) error {
	var err error
	if d.HTTP != nil {
		_, err = httpapi.New(*d.HTTP, httpapi.Dependencies{Clock: clock.System{}, Invoker: &host{}})
	} else {
		_, err = websocketapi.New(*d.WebSocket, websocketapi.Dependencies{
			Clock: clock.System{}, Invoker: &host{}, Log: slog.New(slog.DiscardHandler),
		})
	}
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.serving[d.ID()], h.frozen = d, frozen
	return nil
}

func (h *v2Host) Remove(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.serving, id)
}

func (h *v2Host) Lead(domains []api.Domain) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.domains = domains
	return nil
}

func (h *v2Host) Described() apigatewayv2.Described { return h.described }

// served returns what is served, by id.
func (h *v2Host) served() map[string]apigatewayv2.Definition {
	h.mu.Lock()
	defer h.mu.Unlock()
	return maps.Clone(h.serving)
}
