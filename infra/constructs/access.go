package constructs

import "fmt"

// openMetadata is the resource metadata that holds why a route is open to everybody.
const openMetadata = "portico:open"

type accessKind int

const (
	accessUndecided accessKind = iota
	accessAuthorizer
	accessIAM
	accessOpen
)

// Access says who may call a route. Its zero value means that nobody decided, and fails synth.
type Access struct {
	kind   accessKind
	scopes []string
	reason string
}

// Authorized lets in whom the API's authorizer lets in; on an HTTP API the token must also carry
// one of the scopes.
func Authorized(scopes ...string) Access {
	return Access{kind: accessAuthorizer, scopes: scopes}
}

// SignedByIAM lets in callers whose signed request an IAM policy allows.
func SignedByIAM() Access {
	return Access{kind: accessIAM}
}

// Open lets in everybody. The reason is written into the template beside the route.
func Open(reason string) Access {
	return Access{kind: accessOpen, reason: reason}
}

// check returns an error when the route must not be deployed like this.
func (a Access) check(api, route string) error {
	switch {
	case a.kind == accessUndecided:
		return fmt.Errorf("route %q of API %q does not say who may call it: "+
			"give it Authorized, SignedByIAM, or Open with a reason", route, api)
	case a.kind == accessOpen && a.reason == "":
		return fmt.Errorf("route %q of API %q is open to everybody without a reason: "+
			"write down why, or give it Authorized or SignedByIAM", route, api)
	}
	return nil
}
