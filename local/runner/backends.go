package runner

import (
	"fmt"
	"net/netip"
	"net/url"
	"strings"

	"portico/local/gateway/integration"
)

// backends say where the HTTP backends of a template are reached: nothing leaves the machine
// unless portico.yaml asks for it.
type backends map[string]string // by host, or host:port

var _ integration.Backends = backends(nil)

// Backend returns the origin to call in the place of the one that the template names.
func (b backends) Backend(origin string) (string, error) {
	parsed, err := url.Parse(origin)
	if err != nil {
		return "", err
	}
	for _, name := range []string{parsed.Host, parsed.Hostname()} {
		if address, listed := b[name]; listed {
			return strings.TrimSuffix(address, "/"), nil
		}
	}
	if isLoopback(parsed.Hostname()) {
		return origin, nil
	}
	return "", fmt.Errorf("nothing is sent off this machine unless asked: set backends in %s, as in "+
		"backends: {%s: http://localhost:9000}, or to %s itself", settingsFile, parsed.Host, origin)
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.IsLoopback()
}
