package firewall

import (
	"bufio"
	"bytes"
	"encoding/json"
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
	acl, err := New(definition(rules...), deps)
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

func TestShareOfAttacksThatManagedGroupsCatch(t *testing.T) {
	usual := usualACL(t)
	windows := groupsOf(t, "Common", "KnownBadInputs", "SQLi", "Windows")
	caught, all := map[string]int{}, map[string]int{}
	for _, r := range corpus(t) {
		acl := usual
		if r.Class == "RCE on Windows" {
			acl = windows
		}
		verdict := acl.Inspect(r.exchanged())
		all[r.Class]++
		switch blocked := verdict.Action == Block; {
		case blocked && r.Class == "benign":
			t.Errorf("%s is ordinary, and %s blocks it: %s %s %s", r.ID,
				verdict.decider(), r.Method, r.Target, r.Body)
		case blocked:
			caught[r.Class]++
		case r.Class != "benign" && testing.Verbose():
			t.Logf("missed %s %s: %s %s %v %s", r.Class, r.ID, r.Method, r.Target, r.Header, r.Body)
		}
		if r.Class == "benign" && windows.Inspect(r.exchanged()).Action == Block {
			t.Errorf("%s is ordinary, and the groups for Windows block it: %s %s", r.ID, r.Target, r.Body)
		}
	}
	for _, class := range []string{"SQLi", "XSS", "LFI", "RCE", "RCE on Windows"} {
		share := 100 * caught[class] / all[class]
		t.Logf("%-14s %3d of %3d caught: %d %%", class, caught[class], all[class], share)
		if share < floor {
			t.Errorf("%s: the groups catch %d %%, want %d at least", class, share, floor)
		}
	}
}
