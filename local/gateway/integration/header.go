package integration

import "strings"

// illegalMappings are the headers whose mapping makes every call of an AWS or AWS_PROXY
// integration fail, although AWS_PROXY ignores mappings otherwise.
var illegalMappings = []string{
	"Authorization", "Connection", "Content-Length", "Expect", "Proxy-Authenticate", "TE",
	"Transfer-Encoding", "X-Amzn-Trace-Id", "X-Amzn-Apigateway-Api-Id",
}

// IllegalMapping returns the header that the request parameters of an AWS or AWS_PROXY integration
// may not map, or "".
func IllegalMapping(parameters map[string]string) string {
	for _, illegal := range illegalMappings {
		for target := range parameters {
			name, isHeader := strings.CutPrefix(target, "integration.request.header.")
			if isHeader && strings.EqualFold(name, illegal) {
				return illegal
			}
		}
	}
	return ""
}

const remapped = "x-amzn-Remapped-"

// RemapProxy returns the name under which a header of a function's answer goes to the client; ok
// is false for one that is dropped.
func RemapProxy(name string) (sent string, ok bool) {
	switch len(name) {
	case len("Date"):
		ok = isNamed(name, "Date")
	case len("Server"):
		ok = isNamed(name, "Server")
	case len("Connection"):
		ok = isNamed(name, "Connection")
	case len("Content-Length"):
		ok = isNamed(name, "Content-Length")
	case len("WWW-Authenticate"): // and of x-amzn-RequestId
		ok = isNamed(name, "WWW-Authenticate") || isNamed(name, "x-amzn-RequestId")
	case len("Transfer-Encoding"):
		if isNamed(name, "Transfer-Encoding") {
			return "", false
		}
	}
	if ok {
		return renamed(name), true
	}
	return name, true
}

// renamed returns the name under which a line goes on that the gateway writes anew. Those that
// every answer has are not put together each time.
func renamed(name string) string {
	switch name {
	case "Date":
		return remapped + "Date"
	case "Server":
		return remapped + "Server"
	case "Connection":
		return remapped + "Connection"
	case "Content-Length":
		return remapped + "Content-Length"
	}
	return remapped + name
}

// RemapMapped returns the name under which a header that an integration response names goes to the
// client; ok is false for one that is dropped.
func RemapMapped(name string) (sent string, ok bool) {
	switch strings.ToLower(name) {
	case "authorization", "connection", "content-length", "content-md5", "date", "expect", "host",
		"max-forwards", "proxy-authenticate", "server", "trailer", "upgrade", "user-agent",
		"www-authenticate":
		return remapped + name, true
	case "transfer-encoding":
		return "", false
	}
	return name, true
}
