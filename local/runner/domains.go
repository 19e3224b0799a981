package runner

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"portico/local/certificates"
	"portico/local/gateway/api"
	"portico/local/gateway/executeapi"
	"portico/local/gateway/mutualtls"
)

const (
	// tlsPortAbove is where the address for TLS is unless the settings say it: 3443 above 3000.
	tlsPortAbove = 443
	// authorityFolder holds the local certificate authority, in the state folder.
	authorityFolder = "authority"
)

// checkTruststores reads the truststores of mutual TLS, so that one that AWS would not take stops
// the start. What AWS would warn of, log is told.
func checkTruststores(domains []api.Domain, now time.Time, log *slog.Logger) error {
	var errs []error
	for _, domain := range domains {
		_, warnings, err := truststore(domain, now)
		for _, warning := range warnings {
			log.Warn("the truststore of " + domain.Name + ": " + warning)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// truststore reads the truststore of a domain, nil when it wants no mutual TLS.
func truststore(domain api.Domain, now time.Time) (*mutualtls.Truststore, []string, error) {
	if domain.MutualTLS == nil {
		return nil, nil, nil
	}
	text, err := os.ReadFile(domain.MutualTLS.File)
	if err != nil {
		return nil, nil, fmt.Errorf("domain %s (%s): reading its truststore %s: %w", domain.Name,
			domain.LogicalID, domain.MutualTLS.TruststoreURI, err)
	}
	store, warnings, err := mutualtls.Parse(text, now)
	if err != nil {
		return nil, warnings, fmt.Errorf("domain %s (%s): truststore %s (%s): %w", domain.Name,
			domain.LogicalID, domain.MutualTLS.TruststoreURI, domain.MutualTLS.File, err)
	}
	return store, warnings, nil
}

// compileDomains turns the domains of an app into what the server serves.
func (r *Runner) compileDomains(app *App) ([]*executeapi.Domain, error) {
	var compiled []*executeapi.Domain
	for _, definition := range app.Domains {
		store, _, err := truststore(definition, r.options.Clock.Now())
		if err != nil {
			return nil, err
		}
		domain, err := executeapi.NewDomain(definition, store)
		if err != nil {
			return nil, err
		}
		compiled = append(compiled, domain)
	}
	return compiled, nil
}

func domainNames(domains []api.Domain) []string {
	names := make([]string, 0, len(domains))
	for _, domain := range domains {
		names = append(names, domain.Name)
	}
	return names
}

// listenTLS listens for TLS: not without a domain, unless the settings ask for it. Once it does it
// goes on to.
func (r *Runner) listenTLS(app *App) error {
	if len(app.Domains) == 0 && app.Settings.TLSPort == nil || r.options.functionsOnly {
		return nil
	}
	if err := r.openAuthority(app); err != nil {
		return err
	}
	port := 0
	switch {
	case r.port() == 0:
	case app.Settings.TLSPort != nil:
		port = *app.Settings.TLSPort
	default:
		port = r.port() + tlsPortAbove
	}
	return r.server.ListenTLS(executeapi.TLS{Port: port, Certificate: r.certificateOf})
}

// openAuthority makes an authority that vouches for the domains of an app the one that is asked.
func (r *Runner) openAuthority(app *App) error {
	authority, err := certificates.Open(inDir(r.options.State, authorityFolder),
		domainNames(app.Domains), r.options.machine().Now)
	if err != nil {
		return err
	}
	if authority.Created() {
		r.terminal.note("a new local certificate authority was made; how to trust it: portico trust")
	}
	r.authority.Store(authority)
	return nil
}

func (r *Runner) certificateOf(name string) (*tls.Certificate, error) {
	return r.authority.Load().Certificate(name)
}

// swapDomains prepares the domains of an app that is to be served in the place of another.
func (r *Runner) swapDomains(app *App, d difference) ([]*executeapi.Domain, error) {
	if !d.domains {
		r.managed.mu.Lock()
		defer r.managed.mu.Unlock()
		return r.managed.domains, nil
	}
	compiled, err := r.compileDomains(app)
	if err != nil {
		return nil, err
	}
	before := r.server.TLSURL()
	if err := r.listenTLS(app); err != nil {
		return nil, err
	}
	if now := r.server.TLSURL(); now != before {
		r.terminal.note("custom domain names are served with TLS on " + now)
	}
	return compiled, nil
}

// DomainAddress is where a custom domain name is reached.
type DomainAddress struct {
	Name  string `json:"name"`
	URL   string `json:"url"`   // with TLS
	Plain string `json:"plain"` // without TLS; "" for a domain with mutual TLS
}

// Domains returns where the custom domain names are reached, by name.
func (r *Runner) Domains() []DomainAddress {
	var all []DomainAddress
	for _, domain := range r.App().Domains {
		host := domain.Name + ".localhost"
		address := DomainAddress{Name: domain.Name}
		if secure := r.server.TLSURL(); secure != "" {
			address.URL = strings.Replace(secure, "localhost", host, 1)
		}
		if domain.MutualTLS == nil {
			address.Plain = strings.Replace(r.URL(), "localhost", host, 1)
		}
		all = append(all, address)
	}
	slices.SortFunc(all, func(a, b DomainAddress) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// writeDomains prints where the custom domain names are reached, and what leads where.
func (r *Runner) writeDomains(w io.Writer) {
	app := r.App()
	names := map[string]string{}
	for _, d := range app.described() {
		names[d.id] = d.name
	}
	leads := func(from, id, stage string) {
		if stage == "" {
			stage = "of the path"
		}
		fmt.Fprintf(w, "  %s → %s, stage %s\n", from, cmp.Or(names[id], id), stage)
	}
	for _, address := range r.Domains() {
		at := slices.IndexFunc(app.Domains, func(d api.Domain) bool { return d.Name == address.Name })
		domain := app.Domains[at]
		needs := ""
		if domain.MutualTLS != nil {
			needs = ", mutual TLS"
		}
		fmt.Fprintf(w, "%s  domain%s  %s\n", domain.Name, needs, cmp.Or(address.URL, address.Plain))
		for _, rule := range domain.Rules {
			leads(fmt.Sprintf("rule %d", rule.Priority), rule.APIID, rule.Stage)
		}
		for _, mapping := range domain.Mappings {
			leads("/"+mapping.Path, mapping.APIID, mapping.Stage)
		}
	}
}

// AuthorityFile makes the local certificate authority of an app when it is not there yet, and
// returns the file that clients must trust.
func AuthorityFile(ctx context.Context, o Options) (string, error) {
	app, err := Read(ctx, o)
	if err != nil {
		return "", err
	}
	o = app.options
	authority, err := certificates.Open(inDir(o.State, authorityFolder), domainNames(app.Domains),
		o.machine().Now)
	if err != nil {
		return "", err
	}
	return filepath.Abs(authority.Path())
}
