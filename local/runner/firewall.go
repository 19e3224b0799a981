package runner

import (
	"errors"
	"fmt"

	"github.com/corazawaf/libinjection-go"

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

// compileFirewalls compiles the web ACLs of an app, by ARN. One that serves many stages counts the
// calls of all of them together, as on AWS.
func (r *Runner) compileFirewalls(app *App) (map[string]*firewall.ACL, error) {
	compiled := make(map[string]*firewall.ACL, len(app.WebACLs))
	var errs []error
	for _, definition := range app.WebACLs {
		acl, err := firewall.New(definition, firewall.Dependencies{
			Clock: r.options.Clock, Injections: detector{},
		})
		if err != nil {
			errs = append(errs, err)
			continue
		}
		compiled[definition.ARN] = acl
	}
	for _, definition := range app.REST {
		for _, stage := range definition.Stages {
			if stage.WebACL != "" && compiled[stage.WebACL] == nil {
				errs = append(errs, fmt.Errorf("stage %s of %s is guarded by the web ACL %s, which is not "+
					"in the template", stage.Name, definition.Name, stage.WebACL))
			}
		}
	}
	return compiled, errors.Join(errs...)
}
