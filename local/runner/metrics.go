package runner

import (
	"strings"
	"sync"
	"time"

	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
	"portico/local/metrics"
)

// The namespaces of what is measured here.
const (
	namespaceAPIGateway = "AWS/ApiGateway"
	namespaceLambda     = "AWS/Lambda"
	namespaceFirewall   = "AWS/WAFV2"
)

// The units of what is measured here.
const (
	unitCount        = "Count"
	unitMilliseconds = "Milliseconds"
	unitBytes        = "Bytes"
)

// metering keeps the metrics that AWS has of calls: it is told of every finished call, and adds to
// series that it has at hand, so that a call waits for it less than a microsecond. Which series
// those are follows from what is served, and is forgotten when that changes.
type metering struct {
	store *metrics.Store
	// served returns what is served; it may take the runner's locks.
	served func() []*served
	region func() string // of what does not say where it is
	warn   func(error)

	full sync.Once // says that there are too many series

	mu         sync.RWMutex // guards what follows
	calls      map[callKey]*callMeter
	functions  map[functionKey]*functionMeter
	generation int // of what is served
}

func newMetering(r *Runner) *metering {
	return &metering{
		store: metrics.New(), served: r.allServed,
		region: func() string { return r.App().account().Region },
		warn: func(err error) {
			r.options.Log.Warn("measuring", "error", err)
		},
		calls: map[callKey]*callMeter{}, functions: map[functionKey]*functionMeter{},
	}
}

// forget has the series of calls looked for anew: other APIs are served.
func (m *metering) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = map[callKey]*callMeter{}
	m.generation++
}

// series returns the series of a metric; nil, which drops values, when there are too many.
func (m *metering) series(
	of metrics.Metric, name, unit string, dimensions []metrics.Dimension,
) *metrics.Series {
	of.Name, of.Unit, of.Dimensions = name, unit, dimensions
	series, err := m.store.Series(of)
	if err != nil {
		m.full.Do(func() { m.warn(err) })
	}
	return series
}

// callKey tells calls apart that are counted differently.
type callKey struct {
	kind, api, stage, route, method string
	canary                          bool
}

// callMeter has the series of calls: a set for each set of dimensions.
type callMeter struct{ sets []callSeries }

// callSeries are series of one set of dimensions; those that a kind of API does not have are nil.
type callSeries struct {
	count, clientErrors, serverErrors, latency, integration *metrics.Series
	hits, misses                                            *metrics.Series // REST
	data                                                    *metrics.Series // HTTP
	connects, integrationErrors, executionErrors            *metrics.Series // WebSocket
}

// call counts a finished call.
func (m *metering) call(record *exchange.Record) {
	key := callKey{
		kind: record.APIKind, api: record.APIID, stage: record.Stage, canary: record.Measured.Canary,
		route: record.Route,
	}
	switch record.APIKind {
	case "REST":
		key.route = record.Measured.Resource
		key.method = knownMethod(record.Method)
	case "WEBSOCKET", "HTTP":
	case kindURL:
		key.route = record.Function
	default:
		return
	}
	meter := m.callMeter(key, record)
	at := record.Received.Add(record.Took)
	for i := range meter.sets {
		meter.sets[i].add(at, record)
	}
}

// knownMethod keeps what clients may choose from making series without end.
func knownMethod(method string) string {
	switch method {
	case "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS":
		return method
	}
	return "ANY"
}

func (m *metering) callMeter(key callKey, record *exchange.Record) *callMeter {
	m.mu.RLock()
	meter, generation := m.calls[key], m.generation
	m.mu.RUnlock()
	if meter != nil {
		return meter
	}
	meter, ok := m.newCallMeter(key, record)
	if !ok {
		return meter
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.generation == generation {
		m.calls[key] = meter
	}
	return meter
}

func milliseconds64(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func truth(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// add counts a call.
//
// Unlike AWS: durations keep their fractions of a millisecond.
func (s *callSeries) add(at time.Time, r *exchange.Record) {
	if s.connects != nil {
		s.addMessage(at, r)
		return
	}
	s.count.Add(at, 1)
	s.clientErrors.Add(at, truth(r.Status >= 400 && r.Status < 500))
	s.serverErrors.Add(at, truth(r.Status >= 500))
	s.latency.Add(at, milliseconds64(r.Took))
	if r.Measured.Integrated {
		s.integration.Add(at, milliseconds64(r.Measured.Integration))
	}
	if r.Measured.Cached || r.Measured.CacheMissed {
		s.hits.Add(at, truth(r.Measured.Cached))
		s.misses.Add(at, truth(r.Measured.CacheMissed))
	}
	s.data.Add(at, float64(r.Measured.Data))
}

// addMessage counts what happens to a WebSocket API. Of messages to clients those of @connections
// are counted.
//
// Unlike AWS: a route response is not counted as a message of its own.
func (s *callSeries) addMessage(at time.Time, r *exchange.Record) {
	refusedBy := refusedStep(r.Marks)
	called := refusedBy == "call integration"
	if s.count != nil && (r.Method == "MESSAGE" || r.Method == "POST" && refusedBy == "") {
		s.count.Add(at, 1)
	}
	if r.Method == "CONNECT" {
		s.connects.Add(at, 1)
	}
	s.clientErrors.Add(at, truth(refusedBy != "" && !called && r.Status >= 400 && r.Status < 500))
	failed := called || refusedBy == "" && r.Status >= 400
	s.integrationErrors.Add(at, truth(failed && r.Measured.Answered))
	s.executionErrors.Add(at, truth(failed && !r.Measured.Answered))
	if r.Measured.Integrated {
		s.integration.Add(at, milliseconds64(r.Measured.Integration))
	}
}

// refusedStep returns the step that ended a call; "" when all passed.
func refusedStep(marks []pipeline.Mark) string {
	for i := range marks {
		if v := marks[i].Verdict; v == pipeline.Refused || v == pipeline.Failed {
			return marks[i].Step
		}
	}
	return ""
}

// plainName is an API's name as a dimension: CloudWatch takes ASCII alone ("Amazon API Gateway
// dimensions").
func plainName(name, id string) string {
	plain := strings.Map(func(r rune) rune {
		if r > 126 || r < 32 {
			return -1
		}
		return r
	}, name)
	if strings.TrimSpace(plain) == "" {
		return id
	}
	return plain
}
