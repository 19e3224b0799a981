package runner

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"portico/local/cloudformation/coverage"
)

// APIAddress is where one stage of an API is reached.
type APIAddress struct {
	Name  string `json:"name"`
	ID    string `json:"id"`
	Kind  string `json:"kind"`
	Stage string `json:"stage"`
	URL   string `json:"url"`
}

// Addresses returns where every stage is reached, by name of the API.
func (r *Runner) Addresses() []APIAddress {
	var addresses []APIAddress
	for _, s := range r.allServed() {
		base, ok := r.server.APIURL(s.ID)
		if !ok {
			base = strings.Replace(r.server.URL(), "localhost", s.ID+"."+s.zone()+".localhost", 1)
		}
		if s.webSocket != nil {
			base = strings.Replace(base, "http://", "ws://", 1)
		}
		for _, stage := range s.Stages {
			url := base
			if stage.Name != "$default" {
				url += "/" + stage.Name
			}
			addresses = append(addresses, APIAddress{s.Name, s.ID, s.Kind, stage.Name, url})
		}
	}
	slices.SortFunc(addresses, func(a, b APIAddress) int { return cmp.Compare(a.Name, b.Name) })
	return addresses
}

// Routes returns the routes of every API, by name of the API, in the API's own order.
func (r *Runner) Routes() []RouteLine {
	var lines []RouteLine
	for _, s := range r.allServed() {
		lines = append(lines, s.Routes...)
	}
	slices.SortStableFunc(lines, func(a, b RouteLine) int { return cmp.Compare(a.API, b.API) })
	return lines
}

// WriteTable prints what is served where, and what is not honoured.
func (r *Runner) WriteTable(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	routes := r.Routes()
	for _, a := range r.Addresses() {
		fmt.Fprintf(table, "%s\t%s\t%s\t\n", a.Name, a.describe(), a.URL)
		for _, line := range routes {
			if line.API == a.Name {
				fmt.Fprintf(table, "  %s\t%s\t%s\t→ %s\n", line.Method, line.Path, line.Authorizer, line.Target)
			}
		}
	}
	_ = table.Flush()
	r.writeDomains(w)
	writeKeys(w, r.App())
	r.writeCertificates(w)
	r.writeSignIn(w)
	writeNotHonoured(w, r.App().NotHonoured())
	fmt.Fprintf(w, "everything: %s\n", r.URL())
}

// writeKeys prints the API keys of the template: AWS would show them in its console.
func writeKeys(w io.Writer, app *App) {
	printed := map[string]bool{}
	for _, definition := range app.REST {
		for _, plan := range definition.UsagePlans {
			for _, key := range plan.Keys {
				if !printed[key.ID] {
					fmt.Fprintf(w, "API key %s (usage plan %s): %s\n", key.Name, plan.Name, key.Value)
				}
				printed[key.ID] = true
			}
		}
	}
}

// writeNotHonoured prints one line for each reason, with how many properties it concerns.
func writeNotHonoured(w io.Writer, findings []coverage.Finding) {
	if len(findings) == 0 {
		return
	}
	counts := map[string]int{}
	var reasons []string
	for _, f := range findings {
		if counts[f.Why]++; counts[f.Why] == 1 {
			reasons = append(reasons, f.Why)
		}
	}
	slices.Sort(reasons)
	fmt.Fprintf(w, "not honoured (%d properties; portico check lists them):\n", len(findings))
	for _, why := range reasons {
		fmt.Fprintf(w, "  %s (%d)\n", why, counts[why])
	}
}

// WriteCoverage prints the coverage table: every property the template sets that is not simply
// honoured, or with all also those.
func (a *App) WriteCoverage(w io.Writer, all bool) {
	table := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	fmt.Fprintf(table, "STATUS\tSTACK\tRESOURCE\tPROPERTY\tWHY\n")
	for _, f := range a.Findings {
		if f.Status == coverage.Honoured && !all {
			continue
		}
		property := f.Type
		if f.Property != "" {
			property += "." + f.Property
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", f.Status, f.Stack, f.Resource, property, f.Why)
	}
	_ = table.Flush()
	fmt.Fprintln(w, coverage.Summary(a.Findings))
}
