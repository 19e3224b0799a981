package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// FirewallTrial says which web ACL is tried on what.
type FirewallTrial struct {
	WebACL string   // by name, logical ARN or part of it; "" when the template has only one
	Files  []string // requests and access logs; "-" is Input
	Input  []byte
	Calls  bool   // also the calls that a runner remembers
	URL    string // of that runner; that of this folder when ""
}

// TryFirewall runs a web ACL of the template over recorded requests, without serving it.
func TryFirewall(ctx context.Context, o Options, trial FirewallTrial) (FirewallReport, error) {
	app, err := Read(ctx, o)
	if err != nil {
		return FirewallReport{}, err
	}
	name, arn, err := app.webACL(trial.WebACL)
	if err != nil {
		return FirewallReport{}, err
	}
	var recorded recording
	for _, path := range trial.Files {
		if err := recorded.read(path, trial.Input); err != nil {
			return FirewallReport{}, err
		}
	}
	if trial.Calls {
		if err := recorded.ask(ctx, app, trial.URL, arn); err != nil {
			return FirewallReport{}, err
		}
	}
	switch {
	case len(recorded.requests) > 0:
	case trial.Calls:
		return FirewallReport{}, fmt.Errorf("there is no request to try web ACL %s on: of the stages "+
			"that it protects, the runner remembers no call", name)
	default:
		return FirewallReport{}, fmt.Errorf("there is no request to try web ACL %s on; name a file of "+
			"requests, - for the standard input, or --calls", name)
	}
	return app.try(name, arn, &recorded)
}

// webACL finds a web ACL by its name or ARN.
func (a *App) webACL(called string) (name, arn string, err error) {
	var names []string
	for _, one := range a.WebACLs {
		if one.Name == called || one.ARN == called || called == "" && len(a.WebACLs) == 1 {
			return one.Name, one.ARN, nil
		}
		names = append(names, one.Name)
	}
	switch {
	case len(names) == 0:
		return "", "", errors.New("the template has no web ACL of a regional resource")
	case called == "":
		return "", "", fmt.Errorf("which web ACL? The template has %s", strings.Join(names, ", "))
	}
	return "", "", fmt.Errorf("the template has no web ACL %q; it has %s", called,
		strings.Join(names, ", "))
}

// try inspects the requests in the order of their time, which rate-based rules go by.
func (a *App) try(name, arn string, recorded *recording) (FirewallReport, error) {
	requests := recorded.requests
	slices.SortStableFunc(requests, func(x, y trialRequest) int {
		return x.Received.Compare(y.Received)
	})
	first := slices.IndexFunc(requests, func(r trialRequest) bool { return !r.Received.IsZero() })
	now := a.options.Clock.Now()
	if first >= 0 {
		now = requests[first].Received
	}
	recordedTime := clock.NewManual(now)
	compiled, err := a.firewalls(firewallParts{clock: recordedTime})
	if err != nil {
		return FirewallReport{}, err
	}
	acl := compiled[arn]
	report := newFirewallReport(name, acl, recorded)
	for i := range requests {
		r := &requests[i]
		if later := r.Received.Sub(recordedTime.Now()); later > 0 {
			recordedTime.Advance(later)
		}
		verdict := acl.Inspect(&r.Request)
		report.add(r, &verdict)
	}
	report.finish()
	return report, nil
}

// ask adds the calls that a runner remembers, of the stages that the web ACL protects.
func (c *recording) ask(ctx context.Context, app *App, at, arn string) error {
	if at == "" {
		found, ok := findRunning(ctx, app.options.State)
		if !ok {
			return errors.New("no runner serves this app, so there are no calls to ask for; " +
				"start one with: portico start")
		}
		at = found
	}
	var records []exchange.Record
	path := strings.TrimSuffix(at, "/") + knobs + fmt.Sprintf("calls?count=%d", keptCalls)
	if err := get(ctx, path, &records); err != nil {
		return fmt.Errorf("the calls that %s remembers: %w", at, err)
	}
	for i := range records {
		r := &records[i]
		if !app.protects(arn, r) {
			continue
		}
		c.add(trialRequest{
			Request: exchange.Request{
				Method: r.Method, RawPath: r.Path, Received: r.Received, Protocol: "HTTP/1.1",
			},
			Source: "call " + r.RequestID,
			Lacks:  lackAddress | lackHeaders | lackQuery | lackBody,
		})
	}
	return nil
}

// protects says whether a call was one of a stage that a web ACL stands before.
func (a *App) protects(arn string, r *exchange.Record) bool {
	for _, definition := range a.REST {
		for _, stage := range definition.Stages {
			if definition.ID == r.APIID && stage.Name == r.Stage && stage.WebACL == arn {
				return true
			}
		}
	}
	return false
}

// lack is what a recording does not tell of a request.
type lack uint8

const (
	lackAddress lack = 1 << iota
	lackHeaders
	lackQuery
	lackBody
	lackTime
)

// lacks are the kinds, with the parts of requests that rules cannot see then.
var lacks = []struct {
	kind  lack
	name  string
	parts []string
}{
	{lackAddress, "source address", nil},
	{lackHeaders, "headers", []string{"SingleHeader", "Headers", "Cookies", "HeaderOrder"}},
	{lackQuery, "query string", []string{"QueryString", "SingleQueryArgument", "AllQueryArguments"}},
	{lackBody, "body", []string{"Body", "JsonBody"}},
	{lackTime, "time", nil},
}

// trialRequest is a recorded request.
type trialRequest struct {
	exchange.Request
	Source string // access.log:12
	Lacks  lack
}

// recording is what files and runners tell of requests.
type recording struct {
	requests []trialRequest
	unread   int    // lines that are no request
	example  string // the first of them, with its place
	first    string // the first of the file under way
}

// unknownAgent stands for the header that rules take the absence of for an attack.
const unknownAgent = "not recorded"

// add completes a request with what no request is without.
func (c *recording) add(r trialRequest) {
	if r.RawPath == "" {
		r.RawPath = "/"
	}
	if r.Lacks&lackHeaders != 0 && !r.Header.Has("User-Agent") {
		r.Header.Add("User-Agent", unknownAgent)
	}
	if !r.Header.Has("Host") {
		r.Header.Add("Host", cmp.Or(r.Host, "api.invalid"))
	}
	r.Host = r.Header.Get("Host")
	if r.Received.IsZero() {
		r.Lacks |= lackTime
	}
	if r.SourceIP == "" { // one of its own, so that nobody's requests are counted together
		r.Lacks |= lackAddress
		r.SourceIP = fmt.Sprintf("2001:db8:ffff::%x:%x", len(c.requests)>>16, len(c.requests)&0xffff)
	}
	c.requests = append(c.requests, r)
}

// setTarget splits what a request line or an access log calls the target: a path or a URL.
func (r *trialRequest) setTarget(target string) {
	if whole, err := url.Parse(target); err == nil && whole.Host != "" {
		r.Host = whole.Host
		target = whole.EscapedPath()
		if whole.RawQuery != "" {
			target += "?" + whole.RawQuery
		}
	}
	target, _, _ = strings.Cut(target, "#")
	r.RawPath, r.RawQuery, _ = strings.Cut(target, "?")
}

// parseTime reads the times of logs: RFC 3339, the common log format's, Unix seconds, milliseconds.
func parseTime(text string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "02/Jan/2006:15:04:05 -0700"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC()
		}
	}
	var number int64
	if _, err := fmt.Sscanf(text, "%d", &number); err != nil || number <= 0 {
		return time.Time{}
	}
	if number > 1e11 {
		return time.UnixMilli(number).UTC()
	}
	return time.Unix(number, 0).UTC()
}
