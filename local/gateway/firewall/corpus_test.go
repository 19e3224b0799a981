package firewall

import (
	"bufio"
	"bytes"
	"encoding/json"
	"hash/crc32"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/corazawaf/libinjection-go"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// libinjectionDetector is what the runner gives web ACLs.
type libinjectionDetector struct{}

var _ Injections = libinjectionDetector{}

func (libinjectionDetector) SQLi(text string) bool {
	found, _ := libinjection.IsSQLi(text)
	return found
}

func (libinjectionDetector) XSS(text string) bool { return libinjection.IsXSS(text) }

// crsRequest is a line of testdata/crs/requests.jsonl; its NOTICE says how lines were chosen.
type crsRequest struct {
	ID, Class, Method, Target, Body string
	Header                          map[string]string
}

func corpus(t testing.TB) []crsRequest {
	t.Helper()
	text, err := os.ReadFile("testdata/crs/requests.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var all []crsRequest
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var r crsRequest
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		all = append(all, r)
	}
	return all
}

// exchanged is the request as it reaches a web ACL.
func (r *crsRequest) exchanged() *exchange.Request {
	path, query, _ := strings.Cut(r.Target, "?")
	made := &exchange.Request{
		Method: r.Method, RawPath: path, RawQuery: query, SourceIP: "203.0.113.9",
		Protocol: "HTTP/1.1", Header: exchange.Header{
			{Name: "Host", Value: "api.example.com"},
			{Name: "User-Agent", Value: "OWASP CRS test agent"},
			{Name: "Accept", Value: "text/html,application/json;q=0.9,*/*;q=0.5"},
		},
	}
	if r.Body != "" {
		made.Body = []byte(r.Body)
		made.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		made.Header.Set(name, r.Header[name])
	}
	return made
}

// groupsOf are managed rule groups by what follows AWSManagedRules and comes before RuleSet.
func groupsOf(t testing.TB, names ...string) *ACL {
	t.Helper()
	var rules []api.FirewallRule
	for i, name := range names {
		rule := managed(name + "RuleSet")
		rule.Priority = i
		rules = append(rules, rule)
	}
	deps := dependencies(start())
	deps.Injections = libinjectionDetector{}
	acl, err := New(sampling(rules...), deps)
	if err != nil {
		t.Fatal(err)
	}
	return acl
}

// usualACL has the five groups that most web ACLs before servers with Linux have.
func usualACL(t testing.TB) *ACL {
	t.Helper()
	return groupsOf(t, "Common", "KnownBadInputs", "SQLi", "Linux", "Unix")
}

// floor is the share of each class that the groups must block, in percent.
const floor = 80

// isHeldOut says whether nobody may shape a pattern after a request: one in five, by its id. What
// the groups make of those tells what they make of attacks that nobody has shown them.
func isHeldOut(r *crsRequest) bool { return crc32.ChecksumIEEE([]byte(r.ID))%5 == 0 }

// share counts how many requests of a class were blocked.
type share struct{ caught, all int }

func (s *share) count(blocked bool) {
	s.all++
	if blocked {
		s.caught++
	}
}

func (s *share) percent() int { return 100 * s.caught / max(s.all, 1) }

func TestShareOfAttacksThatManagedGroupsCatch(t *testing.T) {
	usual := usualACL(t)
	windows := groupsOf(t, "Common", "KnownBadInputs", "SQLi", "Windows")
	tuned, heldOut := map[string]*share{}, map[string]*share{}
	classes := []string{"SQLi", "XSS", "LFI", "RCE", "RCE on Windows"}
	for _, class := range classes {
		tuned[class], heldOut[class] = &share{}, &share{}
	}
	for _, r := range corpus(t) {
		if r.Class == "benign" {
			passes(t, usual, &r)
			passes(t, windows, &r)
			continue
		}
		acl, shares := usual, tuned
		if r.Class == "RCE on Windows" {
			acl = windows
		}
		if isHeldOut(&r) {
			shares = heldOut
		}
		blocked := acl.Inspect(r.exchanged()).Action == Block
		shares[r.Class].count(blocked)
		if !blocked && !isHeldOut(&r) && testing.Verbose() {
			t.Logf("missed %s %s: %s %s %v %s", r.Class, r.ID, r.Method, r.Target, r.Header, r.Body)
		}
	}
	for _, class := range classes {
		of, held := tuned[class], heldOut[class]
		t.Logf("%-14s %3d of %3d caught: %d %%; held out %2d of %2d: %d %%", class,
			of.caught, of.all, of.percent(), held.caught, held.all, held.percent())
		if of.percent() < floor || held.percent() < floor {
			t.Errorf("%s: the groups catch %d %%, and of what is held out %d %%; want %d at least",
				class, of.percent(), held.percent(), floor)
		}
	}
}

// passes wants an ordinary request to come in.
func passes(t *testing.T, acl *ACL, r *crsRequest) {
	t.Helper()
	if verdict := acl.Inspect(r.exchanged()); verdict.Action == Block {
		t.Errorf("%s is ordinary, and %s blocks it: %s %s %s", r.ID, verdict.decider(),
			r.Method, r.Target, r.Body)
	}
}
