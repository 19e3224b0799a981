package runner

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"

	"portico/local/gateway/firewall"
)

// FirewallSettings stand for what AWS WAF knows of addresses: AWS's own data is not public, so web
// ACLs know of no address but these. Addresses are ranges, 203.0.113.0/24, or single ones.
type FirewallSettings struct {
	// Countries says where addresses are: 203.0.113.0/24: DE, or with a region, US-CA.
	Countries map[string]string `yaml:"countries"`
	// ASN says in which autonomous system addresses are: 203.0.113.0/24: 64500.
	ASN map[string]int `yaml:"asn"`
	// Reputation, Reconnaissance and DDoS fill the lists of AWSManagedRulesAmazonIpReputationList.
	Reputation     []string `yaml:"reputation"`
	Reconnaissance []string `yaml:"reconnaissance"`
	DDoS           []string `yaml:"ddos"`
	// Anonymous and Hosting fill the lists of AWSManagedRulesAnonymousIpList.
	Anonymous []string `yaml:"anonymous"`
	Hosting   []string `yaml:"hosting"`
}

// check refuses what is no address, country or number of a system.
func (f FirewallSettings) check(path string) error {
	if _, err := f.places(); err != nil {
		return fmt.Errorf("%s: firewall.%w", path, err)
	}
	if _, err := f.addresses(); err != nil {
		return fmt.Errorf("%s: firewall.%w", path, err)
	}
	return nil
}

// countryShape is a country of ISO 3166-1, or a region of ISO 3166-2.
var countryShape = regexp.MustCompile(`^([A-Z]{2})(-[A-Z0-9]{1,3})?$`)

// places makes one table of the two: each range has the country and the system of the narrowest
// range that it lies in.
func (f FirewallSettings) places() ([]firewall.Place, error) {
	table := map[netip.Prefix]firewall.Place{}
	for _, text := range slices.Sorted(maps.Keys(f.Countries)) {
		prefix, err := parseRange(text)
		if err != nil {
			return nil, fmt.Errorf("countries: %w", err)
		}
		parts := countryShape.FindStringSubmatch(f.Countries[text])
		if parts == nil {
			return nil, fmt.Errorf("countries.%s: %q is no country, want one like DE or US-CA", text,
				f.Countries[text])
		}
		place := firewall.Place{Prefix: prefix, Country: parts[1]}
		if parts[2] != "" {
			place.Region = parts[0]
		}
		table[prefix] = place
	}
	systems := map[netip.Prefix]int{}
	for _, text := range slices.Sorted(maps.Keys(f.ASN)) {
		prefix, err := parseRange(text)
		if err != nil {
			return nil, fmt.Errorf("asn: %w", err)
		}
		if number := f.ASN[text]; number < 1 || number > 1<<32-1 {
			return nil, fmt.Errorf("asn.%s: %d is no autonomous system number", text, number)
		}
		systems[prefix] = f.ASN[text]
	}
	return merged(table, systems), nil
}

func merged(table map[netip.Prefix]firewall.Place, systems map[netip.Prefix]int) []firewall.Place {
	all := slices.Collect(maps.Keys(table))
	for prefix := range systems {
		if _, both := table[prefix]; !both {
			all = append(all, prefix)
		}
	}
	var places []firewall.Place
	for _, prefix := range all {
		place, _ := narrowest(table, prefix)
		place.Prefix = prefix
		place.ASN, _ = narrowest(systems, prefix)
		places = append(places, place)
	}
	return places
}

// narrowest returns what a table says of the narrowest range that holds another.
func narrowest[T any](table map[netip.Prefix]T, of netip.Prefix) (value T, ok bool) {
	for bits := of.Bits(); bits >= 0; bits-- {
		wider, err := of.Addr().Prefix(bits)
		if err != nil {
			break
		}
		if value, ok = table[wider]; ok {
			return value, true
		}
	}
	return value, false
}

// addresses are the lists of AWS's managed IP rule groups, by rule.
func (f FirewallSettings) addresses() (map[string][]netip.Prefix, error) {
	lists := map[string][]netip.Prefix{}
	for _, one := range []struct {
		name, rule string
		texts      []string
	}{
		{"reputation", "AWSManagedIPReputationList", f.Reputation},
		{"reconnaissance", "AWSManagedReconnaissanceList", f.Reconnaissance},
		{"ddos", "AWSManagedIPDDoSList", f.DDoS},
		{"anonymous", "AnonymousIPList", f.Anonymous},
		{"hosting", "HostingProviderIPList", f.Hosting},
	} {
		for _, text := range one.texts {
			prefix, err := parseRange(text)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", one.name, err)
			}
			lists[one.rule] = append(lists[one.rule], prefix)
		}
	}
	return lists, nil
}

func parseRange(text string) (netip.Prefix, error) {
	if prefix, err := netip.ParsePrefix(text); err == nil {
		return prefix.Masked(), nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no range of addresses, want one like 203.0.113.0/24",
			text)
	}
	return address.Prefix(address.BitLen())
}
