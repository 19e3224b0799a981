package lambda

import (
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Metrics are what CloudWatch counts of a version (namespace AWS/Lambda), for calls by one name of
// the function.
type Metrics struct {
	Resource        string // the function's name, or name:qualifier as it was called
	ExecutedVersion string
	Invocations     int64 // that ran
	Errors          int64 // of these
	Throttles       int64 // that did not run
	Duration        Durations
}

// Measurement is one call of a function, as metrics count it.
type Measurement struct {
	Function  string // its name
	Resource  string // the function's name, or name:qualifier as it was called
	Version   string // that served it
	Took      time.Duration
	Failed    bool
	Throttled bool // it did not run
	// Concurrent is how many calls of the function were under way when it ended, itself included.
	Concurrent int64
}

// MetricsQuery selects metrics of a function.
type MetricsQuery struct {
	Function  string // its name
	Qualifier string // as it was called; "" for calls by the bare name
	// From and To bound the minutes that are counted; zero values do not.
	From, To time.Time
}

// minute is the metrics of a calendar minute.
type minute struct {
	at                             int64 // of the epoch
	invocations, errors, throttles int64
	durations                      Durations
}

// keptMinutes is how long metrics are kept.
const keptMinutes = 3 * 60

// meter counts the calls by one name that one version served.
type meter struct {
	function, resource, version string

	tell   func(Measurement) // may be nil
	flying *atomic.Int64     // calls of the function that are under way, by whatever name

	mu      sync.Mutex // guards minutes
	minutes []*minute  // the oldest first
}

// meters has the meters of a service; they outlive deployments.
type meters struct {
	mu     sync.Mutex // guards what follows
	all    map[[3]string]*meter
	flying map[string]*atomic.Int64 // by function
}

// flyingOf returns what counts the calls of a function that are under way; m.mu is held.
func (m *meters) flyingOf(function string) *atomic.Int64 {
	if m.flying == nil {
		m.flying = map[string]*atomic.Int64{}
	}
	if m.flying[function] == nil {
		m.flying[function] = &atomic.Int64{}
	}
	return m.flying[function]
}

// meterOf returns what counts the calls of a function by a qualifier that a version serves.
func (s *Service) meterOf(name, qualifier, version string) *meter {
	s.meters.mu.Lock()
	defer s.meters.mu.Unlock()
	key := [3]string{name, qualifier, version}
	m := s.meters.all[key]
	if m == nil {
		m = &meter{
			function: name, resource: name, version: version, tell: s.options.Measure,
			flying: s.meters.flyingOf(name),
		}
		if qualifier != "" {
			m.resource += ":" + qualifier
		}
		if s.meters.all == nil {
			s.meters.all = map[[3]string]*meter{}
		}
		s.meters.all[key] = m
	}
	return m
}

// now returns the current minute. m.mu is held.
func (m *meter) now(now time.Time) *minute {
	at := now.Unix() / 60
	if last := len(m.minutes) - 1; last >= 0 && m.minutes[last].at >= at {
		return m.minutes[last]
	}
	if len(m.minutes) == keptMinutes {
		m.minutes = slices.Delete(m.minutes, 0, 1)
	}
	m.minutes = append(m.minutes, &minute{at: at})
	return m.minutes[len(m.minutes)-1]
}

func (m *meter) served(now time.Time, took time.Duration, failed bool) {
	if m.tell != nil {
		m.tell(Measurement{
			Function: m.function, Resource: m.resource, Version: m.version, Took: took, Failed: failed,
			Concurrent: m.flying.Load(),
		})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	current := m.now(now)
	current.invocations++
	if failed {
		current.errors++
	}
	current.durations.add(took)
}

func (m *meter) throttled(now time.Time) {
	if m.tell != nil {
		m.tell(Measurement{
			Function: m.function, Resource: m.resource, Version: m.version, Throttled: true,
		})
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now(now).throttles++
}

// count counts a call that was served.
func (e *environment) count(fl *flight, failed bool) {
	now := e.fleet.service.options.Clock.Now()
	fl.meter.served(now, now.Sub(fl.started), failed)
}

// Metrics returns what was counted, for each version that served calls, in the order of versions.
func (s *Service) Metrics(q MetricsQuery) []Metrics {
	resource := q.Function
	if q.Qualifier != "" && q.Qualifier != latest {
		resource += ":" + q.Qualifier
	}
	s.meters.mu.Lock()
	var found []*meter
	for _, m := range s.meters.all {
		if m.resource == resource {
			found = append(found, m)
		}
	}
	s.meters.mu.Unlock()
	slices.SortFunc(found, func(a, b *meter) int {
		if d := len(a.version) - len(b.version); d != 0 { // 9 stands before 10
			return d
		}
		return strings.Compare(a.version, b.version)
	})
	all := make([]Metrics, 0, len(found))
	for _, m := range found {
		all = append(all, m.sum(q))
	}
	return all
}

func (m *meter) sum(q MetricsQuery) Metrics {
	m.mu.Lock()
	defer m.mu.Unlock()
	sum := Metrics{Resource: m.resource, ExecutedVersion: m.version}
	for _, one := range m.minutes {
		begins := time.Unix(one.at*60, 0)
		if !q.From.IsZero() && begins.Add(time.Minute).Compare(q.From) <= 0 ||
			!q.To.IsZero() && !begins.Before(q.To) {
			continue
		}
		sum.Invocations += one.invocations
		sum.Errors += one.errors
		sum.Throttles += one.throttles
		sum.Duration.merge(&one.durations)
	}
	return sum
}

// Durations are how long calls took: their number by steps of five percent.
type Durations struct {
	Count int64
	Sum   time.Duration
	steps []int64
}

// step is by how much the bounds of two neighbours differ, beginning at a tenth of a millisecond.
const (
	step      = 1.05
	firstStep = 100 * time.Microsecond
)

func (d *Durations) add(took time.Duration) {
	at := 0
	if took > firstStep {
		at = int(math.Ceil(math.Log(float64(took)/float64(firstStep)) / math.Log(step)))
	}
	if at >= len(d.steps) {
		d.steps = append(d.steps, make([]int64, at+1-len(d.steps))...)
	}
	d.steps[at]++
	d.Count++
	d.Sum += took
}

func (d *Durations) merge(other *Durations) {
	if missing := len(other.steps) - len(d.steps); missing > 0 {
		d.steps = append(d.steps, make([]int64, missing)...)
	}
	for i, n := range other.steps {
		d.steps[i] += n
	}
	d.Count += other.Count
	d.Sum += other.Sum
}

// Quantile returns the duration that a share q of the calls did not exceed, within five percent; 0
// without calls.
func (d *Durations) Quantile(q float64) time.Duration {
	rank := int64(math.Ceil(q * float64(d.Count)))
	for i, n := range d.steps {
		if rank -= n; rank <= 0 && d.Count > 0 {
			return time.Duration(float64(firstStep) * math.Pow(step, float64(i)))
		}
	}
	return 0
}
