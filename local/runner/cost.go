package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico/local/cost"
	"portico/local/metrics"
)

// trafficPath is where a runner tells what it has measured.
const trafficPath = knobs + "traffic"

// CostQuestion says which traffic a month is estimated from; without any, from what the runner that
// serves the app has measured.
type CostQuestion struct {
	Rates    string   // a file of rates
	Requests []string // "1000000" for every API, or "public=1000000" for one
	Logs     []string // access logs: "FILE", or "public=FILE"
	URL      string   // of the runner that is asked; that of this folder when ""
	// Over is the time that the recorded traffic counts for; that from its first to its last call
	// when 0.
	Over time.Duration
}

// CostEstimate is what an app costs in a month.
type CostEstimate = cost.Estimate

// EstimateCost estimates what the app costs on AWS in a month.
func EstimateCost(ctx context.Context, o Options, q CostQuestion) (*CostEstimate, error) {
	given := 0
	for _, is := range []bool{q.Rates != "", len(q.Requests) > 0, len(q.Logs) > 0} {
		if is {
			given++
		}
	}
	if given > 1 {
		return nil, errors.New("the traffic comes from one place: name --rates, --requests or --from")
	}
	if q.Over < 0 {
		return nil, fmt.Errorf("--over is %s, want a duration such as 24h", q.Over)
	}
	app, err := Read(ctx, o)
	if err != nil {
		return nil, err
	}
	infrastructure := cost.Read(app.Assembly)
	traffic, err := app.traffic(ctx, infrastructure, q)
	if err != nil {
		return nil, err
	}
	return cost.New(infrastructure, traffic), nil
}

func (a *App) traffic(
	ctx context.Context, i *cost.Infrastructure, q CostQuestion,
) (*cost.Traffic, error) {
	switch {
	case q.Rates != "":
		rates, err := cost.ReadRates(q.Rates)
		if err != nil {
			return nil, err
		}
		return rates.Traffic(i, namingOf(i))
	case len(q.Requests) > 0:
		return requestsOf(i, q.Requests)
	case len(q.Logs) > 0:
		return loggedTraffic(i, q)
	}
	at := q.URL
	if at == "" {
		found, ok := findRunning(ctx, a.options.State)
		if !ok {
			return nil, errors.New("no runner serves this app, so no traffic is recorded; start one with " +
				"portico start, or give --requests, --rates or --from")
		}
		at = found
	}
	var measured measuredTraffic
	path := strings.TrimSuffix(at, "/") + trafficPath
	if err := get(ctx, path, &measured); err != nil {
		return nil, fmt.Errorf("the traffic that %s has measured: %w", at, err)
	}
	return measured.month(q.Over)
}

// namingOf finds what people call by the end of its name: public for portico-dev-public.
func namingOf(i *cost.Infrastructure) cost.Naming {
	var apis, functions []string
	for _, api := range i.APIs {
		apis = append(apis, api.Name)
	}
	for _, f := range i.Functions {
		functions = append(functions, f.Name)
	}
	return cost.Naming{
		API:      func(called string) (string, error) { return named("API", called, apis) },
		Function: func(called string) (string, error) { return named("function", called, functions) },
	}
}

// named returns the one name that somebody means: the whole of it, or its end after a hyphen.
func named(what, called string, names []string) (string, error) {
	if slices.Contains(names, called) {
		return called, nil
	}
	var found []string
	for _, name := range names {
		if strings.HasSuffix(name, "-"+called) {
			found = append(found, name)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", fmt.Errorf("there is no %s %q; there are: %s", what, called,
			strings.Join(names, ", "))
	}
	return "", fmt.Errorf("%s %q may be any of %s", what, called, strings.Join(found, ", "))
}

// requestsOf reads numbers of requests.
func requestsOf(i *cost.Infrastructure, all []string) (*cost.Traffic, error) {
	rates := cost.Rates{APIs: map[string]cost.APIRates{}, Assume: cost.Assumed()}
	for _, one := range all {
		name, text, isNamed := strings.Cut(one, "=")
		if !isNamed {
			name, text = "", one
		}
		count, err := strconv.ParseFloat(text, 64)
		if err != nil || !(count >= 0 && count < 1e15) {
			return nil, fmt.Errorf("--requests %q: want a number of a month such as 1000000, or "+
				"public=1000000", one)
		}
		if _, twice := rates.APIs[name]; twice {
			return nil, fmt.Errorf("--requests %q: %s has a number already", one, name)
		}
		if isNamed {
			rates.APIs[name] = cost.APIRates{Requests: count}
		} else {
			rates.Requests = count
		}
	}
	return rates.Traffic(i, namingOf(i))
}

// measuredTraffic is what a runner has measured since it started.
type measuredTraffic struct {
	Since     time.Time          `json:"since"` // the first minute that something was measured in
	Until     time.Time          `json:"until"` // the end of the last
	APIs      []measuredAPI      `json:"apis"`
	Functions []measuredFunction `json:"functions"`
}

type measuredAPI struct {
	Name        string  `json:"name"`
	Requests    float64 `json:"requests"` // messages, of a WebSocket API
	Connections float64 `json:"connections"`
	Bytes       float64 `json:"bytes"` // that an HTTP API processed, in both directions
}

type measuredFunction struct {
	Name         string  `json:"name"`
	Invocations  float64 `json:"invocations"`
	Milliseconds float64 `json:"milliseconds"` // of all
}

// month makes a month of what was measured, as if it went on like that.
func (m *measuredTraffic) month(over time.Duration) (*cost.Traffic, error) {
	if len(m.APIs)+len(m.Functions) == 0 {
		return nil, errors.New("the runner has measured no traffic yet: make some calls, or give " +
			"--requests, --rates or --from")
	}
	if over == 0 {
		over = max(m.Until.Sub(m.Since), time.Minute)
	}
	scale := cost.Month / over.Hours()
	t := &cost.Traffic{
		Source: fmt.Sprintf("the traffic that the runner measured in %s", over), Assume: cost.Assumed(),
		APIs: map[string]cost.APITraffic{}, Functions: map[string]cost.FunctionTraffic{},
	}
	for _, api := range m.APIs {
		of := cost.APITraffic{Requests: api.Requests * scale, Connections: api.Connections * scale}
		if api.Bytes > 0 && api.Requests > 0 { // of both bodies together: they are not told apart
			kb := api.Bytes / api.Requests / 1024
			of.ResponseKB = &kb
		}
		t.APIs[api.Name] = of
	}
	for _, f := range m.Functions {
		if f.Invocations > 0 {
			t.Functions[f.Name] = cost.FunctionTraffic{
				Invocations: f.Invocations * scale, Milliseconds: f.Milliseconds / f.Invocations,
			}
		}
	}
	return t, nil
}

func (r *Runner) serveTraffic(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, r.measured())
}

// measured adds up what was measured of whole APIs and functions.
func (r *Runner) measured() measuredTraffic {
	names := map[string]string{}
	for _, s := range r.allServed() {
		names[s.ID] = s.Name
	}
	a := adder{
		store: r.metering.store, apis: map[string]*measuredAPI{},
		functions: map[string]*measuredFunction{}, now: r.options.Clock.Now(),
	}
	for _, listed := range a.store.List(r.metering.region()) {
		if len(listed.Dimensions) != 1 {
			continue
		}
		switch d := listed.Dimensions[0]; d.Name {
		case "ApiName":
			a.api(listed.Metric, d.Value)
		case "ApiId":
			if names[d.Value] != "" {
				a.api(listed.Metric, names[d.Value])
			}
		case "FunctionName":
			a.function(listed.Metric, d.Value)
		}
	}
	return a.total()
}

// adder adds series up.
type adder struct {
	store     *metrics.Store
	now       time.Time
	apis      map[string]*measuredAPI
	functions map[string]*measuredFunction

	since, until time.Time
}

// sum returns the sum of a metric over the days that it is kept for.
func (a *adder) sum(m metrics.Metric) float64 {
	const kept = 15 * 24 * time.Hour
	to := a.now.Add(time.Minute)
	total := 0.0
	window := metrics.Window{From: to.Add(-kept).Truncate(time.Minute), To: to, Period: time.Minute}
	for _, point := range a.store.Read(m, window) {
		if a.since.IsZero() || point.At.Before(a.since) {
			a.since = point.At
		}
		if end := point.At.Add(time.Minute); end.After(a.until) {
			a.until = end
		}
		total += point.Sum
	}
	return total
}

func (a *adder) api(m metrics.Metric, name string) {
	if m.Namespace != namespaceAPIGateway {
		return
	}
	of := a.apis[name]
	if of == nil {
		of = &measuredAPI{Name: name}
		a.apis[name] = of
	}
	switch m.Name {
	case "Count", "MessageCount":
		of.Requests += a.sum(m)
	case "ConnectCount":
		of.Connections += a.sum(m)
	case "DataProcessed":
		of.Bytes += a.sum(m)
	}
}

func (a *adder) function(m metrics.Metric, name string) {
	if m.Namespace != namespaceLambda || m.Name != "Invocations" && m.Name != "Duration" {
		return
	}
	of := a.functions[name]
	if of == nil {
		of = &measuredFunction{Name: name}
		a.functions[name] = of
	}
	if m.Name == "Invocations" {
		of.Invocations += a.sum(m)
	} else {
		of.Milliseconds += a.sum(m)
	}
}

func (a *adder) total() measuredTraffic {
	made := measuredTraffic{
		Since: a.since, Until: a.until, APIs: []measuredAPI{}, Functions: []measuredFunction{},
	}
	for _, name := range slices.Sorted(maps.Keys(a.apis)) {
		made.APIs = append(made.APIs, *a.apis[name])
	}
	for _, name := range slices.Sorted(maps.Keys(a.functions)) {
		made.Functions = append(made.Functions, *a.functions[name])
	}
	return made
}
