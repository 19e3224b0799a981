package runner

import (
	"strings"
	"sync"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/firewall"
	"portico/local/lambda"
	"portico/local/metrics"
)

// functionKey tells calls of functions apart that are counted differently.
type functionKey struct{ function, resource, version string }

// functionMeter has the series of a function's calls: a set for each set of dimensions.
type functionMeter struct{ sets []functionSeries }

type functionSeries struct {
	invocations, errors, throttles, duration, concurrent *metrics.Series
}

// function counts a call of a function, on the runner's clock.
func (m *metering) function(c clock.Clock) func(lambda.Measurement) {
	return func(call lambda.Measurement) {
		meter := m.functionMeter(functionKey{call.Function, call.Resource, call.Version})
		at := c.Now()
		for i := range meter.sets {
			meter.sets[i].add(at, &call)
		}
	}
}

func (s *functionSeries) add(at time.Time, call *lambda.Measurement) {
	s.throttles.Add(at, truth(call.Throttled))
	if call.Throttled {
		return
	}
	s.invocations.Add(at, 1)
	s.errors.Add(at, truth(call.Failed))
	s.duration.Add(at, milliseconds64(call.Took))
	s.concurrent.Add(at, float64(call.Concurrent))
}

func (m *metering) functionMeter(key functionKey) *functionMeter {
	m.mu.RLock()
	meter := m.functions[key]
	m.mu.RUnlock()
	if meter != nil {
		return meter
	}
	meter = m.newFunctionMeter(key)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.functions[key] = meter
	return meter
}

// newFunctionMeter finds the series of a function: of all functions, of the function, of the name
// it was called by, and behind an alias of the version that ran ("Viewing metrics for Lambda
// functions").
func (m *metering) newFunctionMeter(key functionKey) *functionMeter {
	name := metrics.Dimension{Name: "FunctionName", Value: key.function}
	called := metrics.Dimension{Name: "Resource", Value: key.resource}
	all := []dimensions{nil, {name}, {name, called}}
	_, qualifier, _ := strings.Cut(strings.TrimPrefix(key.resource, key.function), ":")
	if qualifier != "" && qualifier != key.version {
		all = append(all, dimensions{{Name: "ExecutedVersion", Value: key.version}, name, called})
	}
	of := metrics.Metric{Region: m.region(), Namespace: namespaceLambda}
	made := &functionMeter{}
	for _, set := range all {
		series := functionSeries{
			invocations: m.series(of, "Invocations", unitCount, set),
			errors:      m.series(of, "Errors", unitCount, set),
			throttles:   m.series(of, "Throttles", unitCount, set),
			duration:    m.series(of, "Duration", unitMilliseconds, set),
		}
		if len(set) == 1 {
			series.concurrent = m.series(of, "ConcurrentExecutions", unitCount, set)
		}
		made.sets = append(made.sets, series)
	}
	return made
}

// The values of the dimension Rule that are no rule's.
const (
	everyRule   = "ALL"
	defaultRule = "Default_Action"
)

// firewallMeter has the series of a web ACL.
type firewallMeter struct {
	metering *metering
	clock    clock.Clock
	of       metrics.Metric
	acl      metrics.Dimension
	rules    map[string]string // names of metrics by names of rules

	mu     sync.Mutex // guards series
	series map[[2]string]*metrics.Series
}

// firewall returns what is told of every request that a web ACL has decided on; nil for a web ACL
// without metrics.
func (m *metering) firewall(c clock.Clock) func(api.WebACL) func(firewall.Verdict) {
	return func(definition api.WebACL) func(firewall.Verdict) {
		if definition.Metric == "" {
			return nil
		}
		meter := &firewallMeter{
			metering: m, clock: c, rules: map[string]string{},
			of: metrics.Metric{
				Region: definition.Account.Region, Namespace: namespaceFirewall,
			},
			acl:    metrics.Dimension{Name: "WebACL", Value: definition.Metric},
			series: map[[2]string]*metrics.Series{},
		}
		for _, rule := range definition.Rules {
			meter.rules[rule.Name] = rule.Metric
		}
		return meter.add
	}
}

// metricOf names what an action is counted as.
func metricOf(action firewall.Action) string {
	switch action {
	case firewall.Block:
		return "BlockedRequests"
	case firewall.Captcha:
		return "CaptchaRequests"
	case firewall.Challenge:
		return "ChallengeRequests"
	}
	return "AllowedRequests"
}

// add counts a request: for the rule that decided, or for the default action, and for the web ACL.
func (f *firewallMeter) add(verdict firewall.Verdict) {
	if verdict.Solved {
		return
	}
	at := f.clock.Now()
	name := metricOf(verdict.Action)
	rule := defaultRule
	if verdict.Rule != firewall.DefaultAction {
		rule = f.rules[verdict.Rule]
	}
	f.count(at, name, rule)
	f.count(at, name, everyRule)
	for i := range verdict.Counted {
		f.count(at, "CountedRequests", f.rules[verdict.Counted[i].Rule])
	}
	if len(verdict.Counted) > 0 {
		f.count(at, "CountedRequests", everyRule)
	}
}

// count adds to a series; a rule without metrics has none.
func (f *firewallMeter) count(at time.Time, name, rule string) {
	if rule == "" {
		return
	}
	key := [2]string{name, rule}
	f.mu.Lock()
	series, known := f.series[key]
	if !known {
		series = f.metering.series(f.of, name, unitCount, dimensions{
			{Name: "Region", Value: f.of.Region}, {Name: "Rule", Value: rule}, f.acl,
		})
		f.series[key] = series
	}
	f.mu.Unlock()
	series.Add(at, 1)
}
