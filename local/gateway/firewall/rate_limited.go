package firewall

import (
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Why Limited cannot tell.
var (
	ErrNoRateRule  = errors.New("there is no such rate-based rule")
	ErrNoAddresses = errors.New("the rule does not count by address alone")
)

// Limited returns the addresses whose requests a rate-based rule matches now, sorted. The rule is
// one of the web ACL's own, or of a rule group that its rule refers to.
func (a *ACL) Limited(name, groupRule string) ([]netip.Addr, error) {
	for i := range a.rules {
		r := &a.rules[i]
		if r.name != name {
			continue
		}
		if groupRule == "" {
			return r.limited(a.clock.Now())
		}
		if r.group == nil {
			break
		}
		for j := range r.group.rules {
			if inner := &r.group.rules[j]; inner.name == groupRule {
				return inner.limited(a.clock.Now())
			}
		}
	}
	return nil, ErrNoRateRule
}

func (r *rule) limited(at time.Time) ([]netip.Addr, error) {
	n, ok := r.match.(*rateNode)
	switch {
	case !ok:
		return nil, ErrNoRateRule
	case n.def.KeyType != "IP" && n.def.KeyType != "FORWARDED_IP":
		return nil, ErrNoAddresses
	}
	now := max(0, at.Unix()/int64(slot/time.Second))
	n.mu.Lock()
	defer n.mu.Unlock()
	var found []netip.Addr
	for key, each := range n.instances {
		each.advance(now)
		if each.total <= n.limit || key == "" {
			continue
		}
		if address, ok := netip.AddrFromSlice([]byte(key[1:])); ok { // its length stands before it
			found = append(found, address)
		}
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return found, nil
}
