package constructs

import "fmt"

// Throttle is a token bucket: calls per second, and how many may come at once.
type Throttle struct {
	Rate  int
	Burst int
}

// check returns an error for a limit that would refuse every call, or none.
func (t Throttle) check(what, api string) error {
	if t.Rate > 0 && t.Burst > 0 {
		return nil
	}
	return fmt.Errorf("%s of API %q is rate %d, burst %d: both must be above 0",
		what, api, t.Rate, t.Burst)
}

// checkRoute is check for the limit of a route, which may have none of its own.
func (t Throttle) checkRoute(route, api string) error {
	if t == (Throttle{}) {
		return nil
	}
	return t.check(fmt.Sprintf("the limit of route %q", route), api)
}
