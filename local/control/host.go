package control

import (
	"net"
	"net/http"
	"slices"
	"strings"
)

// told says what a request is for: what its signature says, else what its host does, as in
// apigateway.localhost:3000 or apigateway.eu-west-1.amazonaws.com.
func (d *Door) told(r *http.Request) (scope, bool) {
	if signed, ok := scopeOf(r); ok {
		return signed, true
	}
	if federated(r) {
		return scope{region: d.options.Account.Region, service: "sts"}, true
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	for _, suffix := range []string{".localhost", ".amazonaws.com", ".amazonaws.com.cn"} {
		labels, ok := strings.CutSuffix(host, suffix)
		if !ok {
			continue
		}
		name, region, _ := strings.Cut(labels, ".")
		if region == "" {
			region = d.options.Account.Region
		}
		known := slices.ContainsFunc(d.services, func(s served) bool {
			return s.Name == name || s.Signing == name && name != "execute-api"
		})
		if known && isRegion(region) {
			return scope{region: region, service: name}, true
		}
	}
	return scope{}, false
}
