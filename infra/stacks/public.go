package stacks

import (
	"portico/infra/constructs"
	"portico/shared/names"
)

// Public is the HTTP API for mobile and single-page clients.
func Public(a *Application) error {
	stack := a.stack("public", "HTTP API for mobile and single-page clients.")
	read := constructs.Authorized(names.ScopeRead)
	write := constructs.Authorized(names.ScopeWrite)
	writes := throttle(a.Settings.WriteThrottle)
	api, err := constructs.NewHTTPAPI(stack, constructs.HTTPAPIProps{
		Name:        a.prefix() + "-public",
		Description: "Orders, for mobile and single-page clients.",
		Issuer:      a.issuer(),
		Audience:    a.audience(),
		Origins:     a.Settings.BrowserOrigins,
		Throttle:    throttle(a.Settings.Throttle),
		Logs:        a.logs(),
		Routes: []constructs.HTTPRoute{
			{
				Method: "POST", Path: "/orders", Access: write, Function: a.orderer,
				Throttle: writes,
			},
			{Method: "GET", Path: "/orders", Access: read, Function: a.orderer},
			{Method: "GET", Path: "/orders/{id}", Access: read, Function: a.orderer},
			{
				Method: "PATCH", Path: "/orders/{id}", Access: write, Function: a.orderer,
				Throttle: writes,
			},
			{
				Method: "GET", Path: "/health", Function: a.orderer,
				Access: constructs.Open("monitors ask without credentials whether the API " +
					"answers; it tells nothing about orders"),
			},
		},
	})
	if err != nil {
		return err
	}
	a.public = api
	domain, err := a.domain(stack, "api", false)
	if err != nil {
		return err
	}
	if domain != nil {
		domain.ServeHTTP(api)
	}
	output(stack, "Endpoint", "Where clients call.", *api.Stage.Url())
	return nil
}
