package physical

import "strings"

// entry is what one resource type answers, in the patterns that expand reads.
type entry struct {
	ref        string
	attributes map[string]string
}

// find looks a type up in the tables of all families.
func find(resourceType string) (entry, bool) {
	parts := strings.Split(resourceType, "::")
	if len(parts) < 2 {
		return entry{}, false
	}
	var e entry
	var ok bool
	switch parts[1] {
	case "ApiGateway":
		e, ok = restTypes[resourceType]
	case "ApiGatewayV2":
		e, ok = httpTypes[resourceType]
	case "Lambda":
		e, ok = lambdaTypes[resourceType]
	case "WAFv2":
		e, ok = firewallTypes[resourceType]
	case "ElasticLoadBalancingV2", "ServiceDiscovery":
		e, ok = privateTypes[resourceType]
	case "IAM", "Cognito", "KMS", "SecretsManager", "CertificateManager":
		e, ok = securityTypes[resourceType]
	default:
		e, ok = otherTypes[resourceType]
	}
	return e, ok
}

// id is the entry of a type whose Ref is an id that one attribute answers, too.
func id(pattern string, names ...string) entry {
	e := entry{ref: pattern, attributes: map[string]string{}}
	for _, name := range names {
		e.attributes[name] = "{ref}"
	}
	return e
}

// with adds attributes, as name, pattern, name, pattern …
func (e entry) with(pairs ...string) entry {
	for i := 0; i+1 < len(pairs); i += 2 {
		e.attributes[pairs[i]] = pairs[i+1]
	}
	return e
}
