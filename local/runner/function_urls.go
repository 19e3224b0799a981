package runner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/httpapi"
)

// kindURL is what tables call the URL of a function.
const kindURL = "FUNCTION_URL"

// compileURL turns the definition of a function URL into what answers its calls.
func (r *Runner) compileURL(
	app *App, definition api.FunctionURL, granted authorize.Principals,
) (*served, error) {
	compiled, err := httpapi.NewFunctionURL(definition, httpapi.Dependencies{
		Clock: r.options.Clock, Invoker: r.invoker(app), Observer: r.calls, Log: r.options.Log,
		Secrets: r.secrets, Principals: granted,
	})
	if err != nil {
		return nil, fmt.Errorf("function URL %s: %w", definition.Name, err)
	}
	return &served{
		ID: definition.ID, Name: definition.Name, Kind: kindURL,
		Stages: []api.Stage{{Name: "$default"}},
		Routes: lines(definition.Name, kindURL, compiled.Routes()),
		api:    compiled,
	}, nil
}

// describedURLs returns the function URLs of an app by name.
func (a *App) describedURLs() []described {
	var all []described
	for i := range a.URLs {
		all = append(all, described{a.URLs[i].ID, a.URLs[i].Name})
	}
	slices.SortFunc(all, func(a, b described) int { return cmp.Compare(a.name, b.name) })
	return all
}

// urlEndpoints returns the local addresses of the function URLs, by the host AWS would give them.
func (r *Runner) urlEndpoints(app *App) endpoints {
	local := endpoints{}
	for i := range app.URLs {
		definition := &app.URLs[i]
		url, ok := r.server.APIURL(definition.ID)
		if !ok {
			url = strings.Replace(r.server.URL(), "localhost", definition.ID+".lambda-url.localhost", 1)
		}
		local[definition.Host()] = url
	}
	return local
}

// zone is what stands in a host name after the id.
func (s *served) zone() string {
	if s.Kind == kindURL {
		return "lambda-url"
	}
	return "execute-api"
}

// describe says what is reached at an address.
func (a *APIAddress) describe() string {
	if a.Kind == kindURL {
		return "function URL, " + a.ID
	}
	return a.Kind + " API, stage " + a.Stage + ", " + a.ID
}
