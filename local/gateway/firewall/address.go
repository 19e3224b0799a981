package firewall

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"portico/local/gateway/api"
)

// Place says where addresses are: a line of the table that stands for AWS's own data.
type Place struct {
	Prefix  netip.Prefix
	Country string // ISO 3166-1: "US"; "" for unknown
	Region  string // ISO 3166-2: "US-CA"; "" for unknown
	ASN     int    // 0 for unknown
}

// ranges finds the narrowest range that holds an address, in time independent of their number.
type ranges[T any] struct {
	bits4, bits6 []int // the lengths there are, longest first
	values       map[netip.Prefix]T
}

func (r *ranges[T]) add(prefix netip.Prefix, value T) {
	if r.values == nil {
		r.values = map[netip.Prefix]T{}
	}
	r.values[prefix.Masked()] = value
	lengths := &r.bits6
	if prefix.Addr().Is4() {
		lengths = &r.bits4
	}
	if !slices.Contains(*lengths, prefix.Bits()) {
		*lengths = append(*lengths, prefix.Bits())
		slices.SortFunc(*lengths, func(a, b int) int { return b - a })
	}
}

func (r *ranges[T]) find(address netip.Addr) (value T, ok bool) {
	lengths := r.bits6
	if address.Is4() {
		lengths = r.bits4
	}
	for _, bits := range lengths {
		prefix, err := address.Prefix(bits)
		if err != nil {
			continue
		}
		if value, ok = r.values[prefix]; ok {
			return value, true
		}
	}
	return value, false
}

// addressSet compiles an IP set. AWS takes every length but zero.
func addressSet(set api.IPSet) (*ranges[struct{}], error) {
	compiled := &ranges[struct{}]{}
	for _, text := range set.Addresses {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("IP set %s: address %q: want CIDR notation, like 192.0.2.0/24",
				set.ARN, text)
		}
		if prefix.Bits() == 0 {
			return nil, fmt.Errorf("IP set %s: address %q: AWS takes every range but /0", set.ARN, text)
		}
		if prefix.Addr().Is4() != (set.Version == "IPV4") {
			return nil, fmt.Errorf("IP set %s: address %q is none of %s", set.ARN, text, set.Version)
		}
		compiled.add(prefix, struct{}{})
	}
	return compiled, nil
}

// forwarded reads the client's address from a header.
type forwarded struct {
	header   string
	fallback bool // what a text that is no address counts as
	position string
}

func compileForwarded(config *api.ForwardedIP) (*forwarded, error) {
	if config == nil {
		return nil, nil
	}
	if config.Header == "" {
		return nil, errors.New("a forwarded IP configuration wants a header name")
	}
	return &forwarded{
		header: config.Header, fallback: config.Fallback == "MATCH", position: config.Position,
	}, nil
}

// maxForwarded is how many addresses of a header AWS looks at.
const maxForwarded = 10

// addresses returns those the header holds at the position. present is false when there is no such
// header: the rule is not applied then. valid is false when a text is no address.
func (f *forwarded) addresses(in *inspection) (all []netip.Addr, present, valid bool) {
	if !in.request.Header.Has(f.header) {
		return nil, false, false
	}
	list := strings.Split(strings.Join(in.request.Header.Values(f.header), ","), ",")
	switch f.position {
	case "LAST":
		list = list[len(list)-1:]
	case "ANY":
		list = list[max(0, len(list)-maxForwarded):]
	default:
		list = list[:1]
	}
	for _, text := range list {
		address, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil {
			return all, true, false
		}
		all = append(all, address.Unmap().WithZone(""))
	}
	return all, true, true
}

// matchAddress asks about the client's address, or the forwarded ones.
func (in *inspection) matchAddress(from *forwarded, is func(netip.Addr) bool) bool {
	if from == nil {
		return is(in.client)
	}
	all, present, valid := from.addresses(in)
	if !present {
		return false
	}
	if slices.ContainsFunc(all, is) {
		return true
	}
	return !valid && from.fallback
}

type ipSetNode struct {
	set  *ranges[struct{}]
	from *forwarded
}

func (n *ipSetNode) matches(in *inspection) bool {
	return in.matchAddress(n.from, func(address netip.Addr) bool {
		_, found := n.set.find(address)
		return found
	})
}

type geoNode struct {
	countries []string
	from      *forwarded
}

// matches also labels the request with its place, whether or not it is one of the countries.
func (n *geoNode) matches(in *inspection) bool {
	return in.matchAddress(n.from, func(address netip.Addr) bool {
		place, _ := in.acl.places.find(address)
		country := unknownOr(place.Country, "XX")
		region := unknownOr(place.Region, country+"-XX")
		source := labelSource(n.from)
		in.label(source + "geo:country:" + country)
		in.label(source + "geo:region:" + region)
		return slices.Contains(n.countries, country)
	})
}

func unknownOr(text, unknown string) string {
	if text == "" {
		return unknown
	}
	return text
}

// labelSource is the namespace of what AWS knows of an address.
func labelSource(from *forwarded) string {
	if from == nil {
		return "awswaf:clientip:"
	}
	return "awswaf:forwardedip:"
}

type asnNode struct {
	asns []int
	from *forwarded
}

func (n *asnNode) matches(in *inspection) bool {
	return in.matchAddress(n.from, func(address netip.Addr) bool {
		place, _ := in.acl.places.find(address)
		in.label(labelSource(n.from) + "asn:" + strconv.Itoa(place.ASN))
		return slices.Contains(n.asns, place.ASN)
	})
}
