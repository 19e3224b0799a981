package runner

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/corazawaf/libinjection-go"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/firewall"
)

// detector finds injections for web ACLs, with the library that ModSecurity made known.
type detector struct{}

var _ firewall.Injections = detector{}

// SQLi says whether a text, put into a SQL statement, changes what it does.
func (detector) SQLi(text string) bool {
	found, _ := libinjection.IsSQLi(text)
	return found
}

// XSS says whether a text, put into a page, runs a script.
func (detector) XSS(text string) bool { return libinjection.IsXSS(text) }

// webACLs are compiled web ACLs, by ARN.
type webACLs map[string]*firewall.ACL

func (w webACLs) find(arn string) *firewall.ACL { return w[arn] }

// firewallKeeper keeps compiled web ACLs for as long as nothing of them changes, so that what their
// rate-based rules have counted outlives a reload.
type firewallKeeper struct {
	// guards are the web ACLs before user pools, by the pool's id.
	guards atomic.Pointer[map[string]guard]

	mu   sync.Mutex // guards kept
	kept map[string]keptFirewall
}

type keptFirewall struct {
	definition api.WebACL
	settings   FirewallSettings
	acl        *firewall.ACL
}

// find returns a web ACL of the app that is served, nil for one that there is not.
func (k *firewallKeeper) find(arn string) *firewall.ACL {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.kept[arn].acl
}

// compileFirewalls compiles the web ACLs of an app. One that serves many stages counts the calls of
// all of them together, as on AWS.
func (r *Runner) compileFirewalls(app *App) (webACLs, error) {
	k := &r.firewalls
	k.mu.Lock()
	defer k.mu.Unlock()
	compiled, err := app.firewalls(firewallParts{
		clock: r.options.Clock, secret: r.secrets.firewall(), kept: k.kept,
		decided: r.metering.firewall(r.options.Clock),
	})
	errs := []error{err}
	for _, definition := range app.REST {
		for _, stage := range definition.Stages {
			if stage.WebACL != "" && compiled[stage.WebACL] == nil {
				errs = append(errs, fmt.Errorf("stage %s of %s is guarded by the web ACL %s, which is not "+
					"in the template", stage.Name, definition.Name, stage.WebACL))
			}
		}
	}
	for _, pool := range app.UserPools {
		if arn := app.PoolWebACLs[pool.ARN]; arn != "" && compiled[arn] == nil {
			errs = append(errs, fmt.Errorf("user pool %s is guarded by the web ACL %s, which is not in "+
				"the template", pool.Name, arn))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	k.kept = make(map[string]keptFirewall, len(compiled))
	for _, definition := range app.WebACLs {
		k.kept[definition.ARN] = keptFirewall{
			definition: definition, settings: app.Settings.Firewall, acl: compiled[definition.ARN],
		}
	}
	guarded := app.guards(compiled)
	k.guards.Store(&guarded)
	return compiled, nil
}

// firewallParts are what web ACLs are compiled with.
type firewallParts struct {
	clock   clock.Clock
	secret  []byte
	kept    map[string]keptFirewall
	decided func(api.WebACL) func(firewall.Verdict) // nil where nothing is measured
}

// firewalls compiles the web ACLs with what the settings know of addresses, but those that are kept
// and did not change.
func (a *App) firewalls(with firewallParts) (webACLs, error) {
	places, err := a.Settings.Firewall.places()
	if err != nil {
		return nil, err
	}
	addresses, err := a.Settings.Firewall.addresses()
	if err != nil {
		return nil, err
	}
	compiled := make(webACLs, len(a.WebACLs))
	var errs []error
	for _, definition := range a.WebACLs {
		before, known := with.kept[definition.ARN]
		if known && reflect.DeepEqual(before.definition, definition) &&
			reflect.DeepEqual(before.settings, a.Settings.Firewall) {
			compiled[definition.ARN] = before.acl
			continue
		}
		needs := firewall.Dependencies{
			Clock: with.clock, Injections: detector{}, Places: places, Addresses: addresses,
			Secret: with.secret,
		}
		if with.decided != nil {
			needs.Decided = with.decided(definition)
		}
		acl, err := firewall.New(definition, needs)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		compiled[definition.ARN] = acl
	}
	return compiled, errors.Join(errs...)
}

// firewall returns what signs the tokens of web ACLs, which outlive a restart; nil without a seed.
func (c *credentials) firewall() []byte {
	if len(c.seed) == 0 {
		return nil
	}
	mac := hmac.New(sha256.New, c.seed)
	mac.Write([]byte("tokens of web ACLs"))
	return mac.Sum(nil)
}
