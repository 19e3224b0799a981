package executeapi

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/mutualtls"
)

// Domain is a custom domain name, compiled.
type Domain struct {
	name       string // "api.example.com", "*.example.com"
	truststore *mutualtls.Truststore
	policy     securityPolicy
	rules      []api.RoutingRule // by priority; none where the routing mode asks for none
	mappings   []api.Mapping     // longest path first; likewise
}

// securityPolicy is what a domain takes of TLS.
type securityPolicy struct {
	oldest uint16
	suites []uint16 // of TLS 1.2; nil for the library's
}

// NewDomain compiles a domain. The truststore is that of its mutual TLS, nil without.
func NewDomain(def api.Domain, truststore *mutualtls.Truststore) (*Domain, error) {
	policy, err := policyOf(def.SecurityPolicy)
	if err != nil {
		return nil, fmt.Errorf("domain %s: %w", def.Name, err)
	}
	if def.MutualTLS != nil && truststore == nil {
		return nil, fmt.Errorf("domain %s: mutual TLS needs its truststore %s", def.Name,
			def.MutualTLS.TruststoreURI)
	}
	d := &Domain{name: strings.ToLower(def.Name), truststore: truststore, policy: policy}
	if def.RoutingMode != "API_MAPPING_ONLY" {
		d.rules = slices.SortedFunc(slices.Values(def.Rules), func(a, b api.RoutingRule) int {
			return cmp.Compare(a.Priority, b.Priority)
		})
	}
	if def.RoutingMode != "ROUTING_RULE_ONLY" {
		d.mappings = slices.SortedFunc(slices.Values(def.Mappings), func(a, b api.Mapping) int {
			return cmp.Compare(len(b.Path), len(a.Path))
		})
	}
	return d, nil
}

// policyOf returns what a security policy takes ("Supported security policies").
//
// Unlike AWS: certificates have ECDSA keys alone, so suites of RSA are not offered. The suites of
// TLS 1.3 are the library's, with ChaCha20 also where a FIPS policy excludes it. And what a REST
// API's own policy says is not held against its domains.
func policyOf(name string) (securityPolicy, error) {
	gcm := []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	}
	switch name {
	case "TLS_1_0":
		return securityPolicy{oldest: tls.VersionTLS10}, nil
	case "TLS_1_2":
		return securityPolicy{
			oldest: tls.VersionTLS12,
			suites: append(gcm, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256),
		}, nil
	case "SecurityPolicy_TLS13_1_3_2025_09", "SecurityPolicy_TLS13_1_3_FIPS_2025_09",
		"SecurityPolicy_TLS13_2025_EDGE":
		return securityPolicy{oldest: tls.VersionTLS13}, nil
	case "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_PQ_2025_09", "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09",
		"SecurityPolicy_TLS13_1_2_2021_06", "SecurityPolicy_TLS12_PFS_2025_EDGE",
		"SecurityPolicy_TLS12_2018_EDGE":
		return securityPolicy{oldest: tls.VersionTLS12, suites: gcm}, nil
	}
	return securityPolicy{}, fmt.Errorf("the security policy %q is not known", name)
}

// route finds the API of a call: routing rules first, then the mapping with the longest path. The
// path is compared as the client sent it, case and percent-encoding included.
func (d *Domain) route(
	path string, header exchange.Header,
) (id string, to exchange.Domain, ok bool) {
	for i := range d.rules {
		rule := &d.rules[i]
		base, rest, ok := longest(rule.BasePaths, path)
		if !ok || !meets(rule.Headers, header) {
			continue
		}
		if !rule.StripBasePath {
			rest = path
		}
		return rule.APIID, exchange.Domain{
			Stage: rule.Stage, Path: rest, BasePath: base, RuleID: rule.ID,
		}, true
	}
	for i := range d.mappings {
		mapping := &d.mappings[i]
		if rest, ok := below(mapping.Path, path); ok {
			return mapping.APIID, exchange.Domain{
				Stage: mapping.Stage, Path: rest, BasePath: mapping.Path,
			}, true
		}
	}
	return "", exchange.Domain{}, false
}

// longest returns the longest base path that the path is below, and what remains of it; all of it
// when no base path is asked for.
func longest(bases []string, path string) (base, rest string, ok bool) {
	if len(bases) == 0 {
		return "", path, true
	}
	for _, candidate := range bases {
		if after, below := below(candidate, path); below && (!ok || len(candidate) > len(base)) {
			base, rest, ok = candidate, after, true
		}
	}
	return base, rest, ok
}

// below says whether the path is the base path or continues it with another segment, and what
// follows; that begins with "/".
func below(base, path string) (rest string, ok bool) {
	if base == "" {
		return path, strings.HasPrefix(path, "/")
	}
	rest, ok = strings.CutPrefix(path, "/"+base)
	switch {
	case !ok || rest != "" && rest[0] != '/':
		return "", false
	case rest == "":
		return "/", true
	}
	return rest, true
}

// meets says whether every condition is met by one of its patterns.
func meets(conditions [][]api.HeaderMatch, header exchange.Header) bool {
	for _, anyOf := range conditions {
		met := slices.ContainsFunc(anyOf, func(m api.HeaderMatch) bool {
			return slices.ContainsFunc(header.Values(m.Name), func(value string) bool {
				return globs(m.ValueGlob, value)
			})
		})
		if !met {
			return false
		}
	}
	return true
}

// globs compares a value, case included, with a pattern that may begin and end with "*".
func globs(pattern, value string) bool {
	middle, open := strings.CutPrefix(pattern, "*")
	middle, end := strings.CutSuffix(middle, "*")
	switch {
	case pattern == "*":
		return true
	case open && end:
		return strings.Contains(value, middle)
	case open:
		return strings.HasSuffix(value, middle)
	case end:
		return strings.HasPrefix(value, middle)
	}
	return value == pattern
}

// domains finds the custom domain name that a host is.
type domains map[string]*Domain

func newDomains(all []*Domain) domains {
	found := make(domains, len(all))
	for _, d := range all {
		found[d.name] = d
	}
	return found
}

// find returns the domain of a Host header or server name, nil when it is none, and the host as AWS
// would see it: without port, and without the ".localhost" that leads every name to this machine.
func (all domains) find(host string) (*Domain, string) {
	if len(all) == 0 {
		return nil, ""
	}
	name := plainHost(host)
	name = strings.TrimSuffix(name, ".localhost")
	if d, ok := all[name]; ok {
		return d, name
	}
	_, parent, deep := strings.Cut(name, ".")
	if d, ok := all["*."+parent]; ok && deep {
		return d, name
	}
	return nil, ""
}

// plainHost is the name in a Host header: lower-case, without port and final dot.
func plainHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.TrimSuffix(strings.ToLower(host), ".")
}
