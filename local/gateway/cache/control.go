package cache

import (
	"fmt"
	"strings"

	"portico/local/gateway/exchange"
)

// Strategy is what a call gets that asks for a new reply and may not.
type Strategy string

// The strategies, unauthorizedCacheControlHeaderStrategy of a method's settings.
const (
	FailWith403                  Strategy = "FAIL_WITH_403"
	SucceedWithResponseHeader    Strategy = "SUCCEED_WITH_RESPONSE_HEADER"
	SucceedWithoutResponseHeader Strategy = "SUCCEED_WITHOUT_RESPONSE_HEADER"
)

// InvalidateAction is what a caller must be allowed to do to a method to get a new reply.
const InvalidateAction = "execute-api:InvalidateCache"

// The header line of SUCCEED_WITH_RESPONSE_HEADER. AWS documents no text.
const (
	WarningName  = "Warning"
	WarningValue = "199 cache-control header ignored"
)

// Control says who may ask a method for a new reply.
type Control struct {
	RequireAuthorization bool
	Strategy             Strategy
}

// NewControl returns the rule of a method's settings.
func NewControl(requireAuthorization bool, strategy string) (Control, error) {
	switch s := Strategy(strategy); s {
	case FailWith403, SucceedWithResponseHeader, SucceedWithoutResponseHeader:
		return Control{RequireAuthorization: requireAuthorization, Strategy: s}, nil
	}
	return Control{}, fmt.Errorf("unauthorizedCacheControlHeaderStrategy %q: allowed are %s, %s, %s",
		strategy, FailWith403, SucceedWithResponseHeader, SucceedWithoutResponseHeader)
}

// Decision is what becomes of a wish for a new reply.
type Decision string

// The decisions.
const (
	Refresh Decision = "refresh" // fetch, and replace what is kept
	Warn    Decision = "warn"    // as if nothing was asked, with the warning line in the reply
	Ignore  Decision = "ignore"  // as if nothing was asked
	Refuse  Decision = "refuse"  // 403
)

// Decide judges a wish for a new reply; allowed says whether the caller may do InvalidateAction to
// the method, and is only looked at where authorization is required.
func (c Control) Decide(allowed bool) Decision {
	if allowed || !c.RequireAuthorization {
		return Refresh
	}
	switch c.Strategy {
	case SucceedWithResponseHeader:
		return Warn
	case SucceedWithoutResponseHeader:
		return Ignore
	}
	return Refuse
}

// AsksForNew reports whether a request asks for a new reply: "Cache-Control: max-age=0". No other
// directive has a say ("Invalidate an API Gateway cache entry").
func AsksForNew(header exchange.Header) bool {
	for i := range header {
		if !strings.EqualFold(header[i].Name, "Cache-Control") {
			continue
		}
		for directive := range strings.SplitSeq(header[i].Value, ",") {
			name, value, _ := strings.Cut(directive, "=")
			if strings.EqualFold(strings.TrimSpace(name), "max-age") &&
				strings.TrimSpace(value) == "0" {
				return true
			}
		}
	}
	return false
}
