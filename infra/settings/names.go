package settings

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"portico/shared/names"
)

var (
	hostName   = regexp.MustCompile(`^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]*[a-z0-9])?$`)
	regionName = regexp.MustCompile(`^[a-z]{2,3}(-[a-z]+)+-[0-9]+$`)
)

// checkOrigin refuses what no browser sends as the origin of a page: it would let nobody in.
func checkOrigin(origin string) error {
	at, err := url.Parse(origin)
	if err != nil || at.Host == "" || origin != at.Scheme+"://"+strings.ToLower(at.Host) ||
		strings.HasSuffix(at.Host, ":") {
		return fmt.Errorf("origin %q must be scheme, host and port alone, in small letters, such as "+
			"https://app.example.com", origin)
	}
	return nil
}

// validateAddresses refuses what AWS WAF does not take: it knows every CIDR range but /0.
func (s Settings) validateAddresses() error {
	for _, blocked := range s.BlockedAddresses {
		block, err := netip.ParsePrefix(blocked)
		if err != nil || !block.Addr().Is4() || block.Bits() == 0 {
			return fmt.Errorf("BlockedAddresses has %q: want an IPv4 range such as 192.0.2.0/24, and "+
				"none that blocks everybody", blocked)
		}
	}
	return nil
}

// validateConcurrency refuses reservations that would reserve nothing.
func (s Settings) validateConcurrency() error {
	functions := []string{
		names.Orders, names.Authorizer, names.Realtime, names.Webhooks, names.ReleaseCheck,
	}
	for function, reserved := range s.Concurrency {
		switch {
		case !slices.Contains(functions, function):
			return fmt.Errorf("setting Concurrency has %q: it must be one of %s", function,
				strings.Join(functions, ", "))
		case reserved <= 0:
			return fmt.Errorf("setting Concurrency of %q is %d: it must be above 0", function, reserved)
		}
	}
	return nil
}
