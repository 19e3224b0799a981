package proxy

import (
	"net/url"
	"strings"
)

// routePath takes the path out of a route key such as "GET /orders/{id}"; $default has none.
func routePath(routeKey string) string {
	_, path, _ := strings.Cut(routeKey, " ")
	return path
}

// cutToRoute removes what stands before the routed part of a path: an HTTP API leaves the stage
// (unless it is $default) and the base path of a custom domain in it. A route without a greedy
// part tells how many segments belong to it, so whatever comes before is cut; for the others only
// the stage can be recognised.
func cutToRoute(path, route, stage string) string {
	if strings.HasPrefix(route, "/") && !strings.Contains(route, "+}") {
		extra := strings.Count(path, "/") - strings.Count(route, "/")
		for ; extra > 0; extra-- {
			path = path[1+strings.IndexByte(path[1:], '/'):]
		}
		return path
	}
	if stage == "" || stage == "$default" {
		return path
	}
	return cutBase(path, []string{"/" + stage})
}

// cutBase removes the first base path that is a whole-segment prefix of path.
func cutBase(path string, bases []string) string {
	for _, base := range bases {
		base = "/" + strings.Trim(base, "/")
		rest, ok := strings.CutPrefix(path, base)
		switch {
		case base == "/" || !ok:
			continue
		case rest == "":
			return "/"
		case rest[0] == '/':
			return rest
		}
	}
	return path
}

// escape encodes what may not stand in a URL path and leaves the rest, percent signs of valid
// escapes included: HTTP APIs hand over a decoded path, REST APIs an encoded one.
func escape(path string) string {
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		switch {
		case c == '%' && !isEscape(path[i:]), c == '?', c == '#', c <= ' ', c >= 0x7f,
			strings.IndexByte("\"<>\\^`{|}", c) >= 0:
			const hex = "0123456789ABCDEF"
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func isEscape(s string) bool {
	if len(s) < 3 {
		return false
	}
	_, err := url.PathUnescape(s[:3])
	return err == nil
}
