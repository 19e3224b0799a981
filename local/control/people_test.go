package control_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"portico/local/control/iam"
	"portico/local/control/sts"
	"portico/local/control/wafv2"
	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/exchange"
	"portico/local/gateway/firewall"
	"portico/local/provision"
)

// people stand for a runner's roles, users and sessions.
type people struct {
	mu       sync.Mutex // guards what follows
	roles    map[string]iam.Role
	users    map[string]provision.Principal
	sessions map[string]sts.Session

	described iam.Described
}

func (p *people) Serve(_ context.Context, roles []iam.Role, users []provision.Principal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.roles, p.users = map[string]iam.Role{}, map[string]provision.Principal{}
	for _, one := range roles {
		p.roles[one.ARN] = one
	}
	for _, one := range users {
		p.users[one.Name] = one
	}
	return nil
}

func (p *people) Described() iam.Described { return p.described }

func (p *people) Caller(accessKeyID string) (string, bool) {
	found, ok := signers{p}.Caller(accessKeyID)
	return found.PrincipalARN, ok
}

// signers are people as STS sees them.
type signers struct{ *people }

func (s signers) Caller(accessKeyID string) (authorize.Credential, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, ok := s.sessions[accessKeyID]; ok {
		return authorize.Credential{
			PrincipalARN: one.PrincipalARN, IdentityOf: one.IdentityOf, AccountID: one.Account,
			SessionToken: one.SessionToken, Expires: one.Expires,
		}, true
	}
	for _, one := range s.users {
		for _, key := range one.Keys {
			if key.ID == accessKeyID {
				return authorize.Credential{PrincipalARN: one.ARN, AccountID: "123456789012"}, true
			}
		}
	}
	return authorize.Credential{}, false
}

func (s signers) Role(arn string) (sts.Role, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.roles[arn]
	return sts.Role{ARN: arn, Trust: found.Trust, MaxSession: found.MaxSession}, ok
}

// Allows lets sessions assume roles, and users who have a policy.
func (s signers) Allows(caller authorize.Credential, _, _ string) (allowed, denied bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.users {
		if one.ARN == caller.PrincipalARN {
			return len(one.Policies) > 0, false
		}
	}
	return caller.IdentityOf != "", false
}

func (s signers) Recognise(sessions []sts.Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.people.sessions = map[string]sts.Session{}
	for _, one := range sessions {
		s.people.sessions[one.AccessKeyID] = one
	}
}

// Claims takes the token "good".
func (s signers) Claims(_ context.Context, token string) (map[string]string, error) {
	if token != "good" {
		return nil, errors.New("the token does not hold")
	}
	return map[string]string{"iss": "https://issuer.example", "sub": "ada", "aud": "app"}, nil
}

// walls stand for a runner's web ACLs: each rule of one takes a unit.
type walls struct {
	mu           sync.Mutex // guards what follows
	all          map[string][]wafv2.Resource
	associations map[string]string
}

const stageOfOrders = "arn:aws:apigateway:us-east-1::/restapis/orders1234/stages/dev"

func (w *walls) Capacity(_ api.Account, all []wafv2.Resource, webACL string) (int, error) {
	for _, one := range all {
		if one.ARN == webACL {
			rules, _ := one.Properties["Rules"].([]any)
			return len(rules), nil
		}
	}
	return 0, fmt.Errorf("there is no web ACL %s", webACL)
}

func (w *walls) Serve(
	_ context.Context, all map[string][]wafv2.Resource, associations map[string]string,
) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all, w.associations = all, associations
	return nil
}

func (w *walls) Described(string) []wafv2.Resource { return nil }

func (w *walls) Associations() map[string]string { return nil }

func (w *walls) Protectable(string) []string { return []string{stageOfOrders} }

func (w *walls) Limited(_, rule, _ string) ([]netip.Addr, error) {
	if rule != "rate" {
		return nil, firewall.ErrNoRateRule
	}
	return []netip.Addr{netip.MustParseAddr("203.0.113.9")}, nil
}

// Samples are one request, whatever is asked for.
func (w *walls) Samples(_ string, of wafv2.Sampling) firewall.Samples {
	return firewall.Samples{
		Begin: of.From, End: of.To, Population: of.Most,
		Requests: []firewall.Sample{{
			At: of.To, Weight: 3, Action: firewall.Captcha, Overrides: firewall.Block, GroupRule: "g#r",
			ClientIP: "203.0.113.9", Country: "DE", URI: "/x", Method: "GET", Version: "HTTP/1.1",
			Headers:  exchange.Header{{Name: "Host", Value: "h"}},
			Inserted: exchange.Header{{Name: "x-amzn-waf-a", Value: "b"}},
			Labels:   []string{"awswaf:a"}, Status: 405,
			Captcha: &firewall.TokenResponse{Code: 405, Failure: "TOKEN_EXPIRED", Solved: 7},
		}},
	}
}

// step is a call, and what its answer must hold. The call is "Action?Member=value&…" of the protocol
// Query, or "Operation {…}" of the protocol JSON; <name> stands for what was taken before.
type step struct {
	call   string
	status int
	want   string
	take   string // name=before|after: what stands between the two in the answer
}

// run makes the calls of a service one after the other, signed with a key.
func (c *client) run(service, target string, steps []step) {
	c.t.Helper()
	for _, s := range steps {
		status, text := c.ask(service, target, s.call)
		if status != s.status || !strings.Contains(text, c.filled(s.want)) {
			c.t.Errorf("%s answers %d %s\nwant %d %s", c.filled(s.call), status, text, s.status,
				c.filled(s.want))
		}
		name, around, ok := strings.Cut(s.take, "=")
		if !ok {
			continue
		}
		before, after, _ := strings.Cut(around, "|")
		_, rest, found := strings.Cut(text, before)
		taken, _, closed := strings.Cut(rest, after)
		if !found || !closed {
			c.t.Fatalf("%s answers %s, which has no %s", s.call, text, name)
		}
		c.names[name] = taken
	}
}

func (c *client) ask(service, target, call string) (int, string) {
	key := c.names["key"]
	if key == "" {
		key = "AKIA"
	}
	body := ""
	if target == "" {
		action, members, _ := strings.Cut(call, "?")
		form := url.Values{"Action": {action}}
		for member := range strings.SplitSeq(members, "&") {
			name, value, _ := strings.Cut(member, "=")
			form.Set(name, c.filled(value))
		}
		body = form.Encode()
	} else {
		_, body, _ = strings.Cut(call, " ")
		body = c.filled(body)
	}
	request := httptest.NewRequest("POST", "/", strings.NewReader(body))
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+key+
		"/20261122/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	if target != "" {
		operation, _, _ := strings.Cut(call, " ")
		request.Header.Set("X-Amz-Target", target+"."+operation)
	} else {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	recorder := httptest.NewRecorder()
	c.door.ServeHTTP(recorder, request)
	text, _ := io.ReadAll(recorder.Result().Body)
	return recorder.Code, string(text)
}

// documents are what the calls of tests name.
func documents(t *testing.T) *client {
	t.Helper()
	c := newClient(t, "")
	c.names["trust"] = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",` +
		`"Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	c.names["invoke"] = `{"Version":"2012-10-17","Statement":{"Effect":"Allow",` +
		`"Action":"execute-api:Invoke","Resource":"*"}}`
	return c
}
