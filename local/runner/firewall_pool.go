package runner

import (
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"portico/local/gateway/exchange"
	"portico/local/gateway/firewall"
)

// guard is a web ACL before a user pool.
type guard struct {
	acl       *firewall.ACL
	pool, arn string // name and ARN of the pool
}

// guards returns what guards the user pools of an app, by the pool's id.
func (a *App) guards(compiled webACLs) map[string]guard {
	all := map[string]guard{}
	for _, pool := range a.UserPools {
		if acl := compiled[a.PoolWebACLs[pool.ARN]]; acl != nil {
			all[pool.ID] = guard{acl: acl, pool: pool.Name, arn: pool.ARN}
		}
	}
	return all
}

// guardPools asks the web ACLs of user pools before their sign-in pages and OAuth 2.0 endpoints.
// What a pool publishes, like its key set, is not guarded.
func (r *Runner) guardPools(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		id, rest, _ := strings.Cut(strings.TrimPrefix(request.URL.Path, "/"), "/")
		before, guarded := guard{}, false
		if all := r.firewalls.guards.Load(); all != nil {
			before, guarded = (*all)[id]
		}
		if !guarded || !isHostedEndpoint(rest) {
			next.ServeHTTP(w, request)
			return
		}
		seen, err := seenByFirewall(request, "/"+rest)
		if err != nil {
			answer(w, http.StatusRequestEntityTooLarge, problem{"reading the body: " + err.Error()})
			return
		}
		verdict := before.acl.Inspect(seen)
		destination, record, ok := before.acl.Log(seen, &verdict, firewall.LogSource{
			Name: "COGNITOIDP", ID: before.arn, RequestID: exchange.NewRequestID(),
		})
		if ok {
			r.accessLog(destination, record)
		}
		if verdict.Allowed() {
			next.ServeHTTP(w, request)
			return
		}
		r.terminal.note("user pool " + before.pool + ": " + verdict.Reason())
		writeVerdict(w, &verdict)
	})
}

func isHostedEndpoint(path string) bool {
	return path == "login" || path == "logout" || strings.HasPrefix(path, "oauth2/")
}

// writeVerdict answers a request that may not come in.
//
// Unlike AWS: how a pool answers a request that is blocked without a custom response is a guess.
func writeVerdict(w http.ResponseWriter, verdict *firewall.Verdict) {
	if verdict.Status == 0 {
		w.Header().Set("x-amzn-ErrorType", "ForbiddenException")
		answer(w, http.StatusForbidden, map[string]string{"message": "Forbidden"})
		return
	}
	for _, line := range verdict.Headers {
		w.Header().Add(line.Name, line.Value)
	}
	w.WriteHeader(verdict.Status)
	_, _ = w.Write(verdict.Body) // the client may have gone: nobody is left to tell
}

// maxPoolBody is the most that anybody may post to a pool.
const maxPoolBody = 64 << 10

// seenByFirewall is what a web ACL is told of a request to a pool.
//
// Unlike AWS: Cognito keeps what identifies people from web ACLs, and does not say what else. Here
// the values of secretFields, credentials and cookies stay untold.
func seenByFirewall(request *http.Request, path string) (*exchange.Request, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, request.Body, maxPoolBody))
	if err != nil {
		return nil, err
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	seen := &exchange.Request{
		Method: request.Method, RawPath: path, RawQuery: withoutSecrets(request.URL.RawQuery),
		Protocol: request.Proto, Host: request.Host, TLS: request.TLS != nil,
		SourceIP: request.RemoteAddr, Header: exchange.Header{{Name: "Host", Value: request.Host}},
	}
	if host, _, err := net.SplitHostPort(request.RemoteAddr); err == nil {
		seen.SourceIP = host
	}
	if text := withoutSecrets(string(body)); text != "" {
		seen.Body = []byte(text)
	}
	for _, name := range slices.Sorted(maps.Keys(request.Header)) {
		if name == "Authorization" || name == "Cookie" {
			continue
		}
		for _, value := range request.Header[name] {
			seen.Header.Add(name, value)
		}
	}
	if cookie, err := request.Cookie("aws-waf-token"); err == nil {
		seen.Header.Add("Cookie", "aws-waf-token="+cookie.Value)
	}
	return seen, nil
}

// secretFields are the fields of forms and queries that identify people or let them in.
var secretFields = []string{
	"username", "password", "email", "phone_number", "login_hint", "code", "code_verifier", "token",
	"access_token", "refresh_token", "id_token_hint", "client_secret", "_csrf",
}

// withoutSecrets empties the secret fields of a form, and leaves what is none as it is.
func withoutSecrets(form string) string {
	fields := strings.Split(form, "&")
	for i, field := range fields {
		name, _, _ := strings.Cut(field, "=")
		if decoded, err := url.QueryUnescape(name); err == nil && slices.Contains(secretFields, decoded) {
			fields[i] = name + "="
		}
	}
	return strings.Join(fields, "&")
}
