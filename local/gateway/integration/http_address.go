package integration

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// address is where a URL leads, and what is asked for there.
type address struct {
	destination
	authority string // of the URL, for the Host line
	target    string // path and query as they stand in the request line
}

func (a *address) scheme() string {
	if a.secure {
		return "https"
	}
	return "http"
}

// verify says how the certificate of the backend is judged.
func (a *address) verify(request *HTTPRequest) {
	if a.secure {
		a.trusting, a.named = request.InsecureTLS, request.ServerName
	}
}

const allowedAddress = ", allowed is http://HOST/… or https://HOST/…"

// parseAddress reads a URL that API Gateway would call: http or https, on port 80, 443 or one from
// 1024 up. Mostly it is only cut; what has bytes that a request line cannot have is escaped, as
// net/url does it.
//
// Unlike AWS: nothing is known of what it makes of host names outside ASCII; here they are no
// address.
func parseAddress(text string) (address, error) {
	scheme, rest, _ := strings.Cut(text, "://")
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, target := rest[:end], rest[end:]
	if scheme != "http" && scheme != "https" || !isPlainTarget(target) ||
		strings.IndexByte(authority, '@') >= 0 {
		parsed, err := url.Parse(text)
		if err != nil {
			return address{}, misconfigured(ErrAddress, "Invalid endpoint address: %v", err)
		}
		scheme, authority = parsed.Scheme, parsed.Host
		target = strings.ReplaceAll(parsed.RequestURI(), " ", "%20")
	}
	if target == "" || target[0] != '/' {
		target = "/" + target
	}
	to := address{authority: strings.TrimSuffix(authority, ":"), target: target}
	to.secure = scheme == "https"
	var ok bool
	to.host, to.port, ok = splitAuthority(authority)
	if scheme != "http" && scheme != "https" || !ok {
		return address{}, misconfigured(ErrAddress, "Invalid endpoint address: %q"+allowedAddress, text)
	}
	return to, to.choosePort(text)
}

// choosePort fills in the usual port, and refuses one that API Gateway does not call.
func (a *address) choosePort(text string) error {
	switch a.port {
	case "":
		a.port = "80"
		if a.secure {
			a.port = "443"
		}
		return nil
	case "80", "443":
		return nil
	}
	number, err := strconv.ParseUint(a.port, 10, 16)
	if err != nil || number < 1024 {
		return misconfigured(ErrAddress, "Invalid endpoint address: %q has port %s, allowed are 80, "+
			"443 and 1024 to 65535", text, a.port)
	}
	return nil
}

// splitAuthority returns host and port; an IPv6 address stands in brackets.
func splitAuthority(authority string) (host, port string, ok bool) {
	if after, bracketed := strings.CutPrefix(authority, "["); bracketed {
		host, port, ok = strings.Cut(after, "]")
		parsed, err := netip.ParseAddr(host)
		if !ok || err != nil || !parsed.Is6() || port != "" && port[0] != ':' {
			return "", "", false
		}
		return host, strings.TrimPrefix(port, ":"), true
	}
	host, port, _ = strings.Cut(authority, ":")
	for i := range len(host) {
		if !isUnreserved(host[i]) {
			return "", "", false
		}
	}
	return host, port, host != ""
}

// isPlainTarget reports whether a path with its query may stand in a request line as it is.
func isPlainTarget(target string) bool {
	inQuery := false
	for i := 0; i < len(target); i++ {
		c := target[i]
		switch {
		case isUnreserved(c), c == '/':
		case c == '#', c <= ' ', c >= 0x7f:
			return false
		case inQuery:
		case c == '?':
			inQuery = true
		case c == '%':
			if !isEscape(target[i:]) {
				return false
			}
		case strings.IndexByte("!$&'()*+,;=:@[]", c) < 0:
			return false
		}
	}
	return true
}
