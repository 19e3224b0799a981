package metrics

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// MaxSeries is how many series a Store holds.
const MaxSeries = 10_000

// maxWeight bounds the memory of all series: a unit is a step of 16 bytes.
const maxWeight = 12 << 20

// Dimension is a name and value that tell series of one metric apart.
type Dimension struct{ Name, Value string }

// Metric names a series.
type Metric struct {
	Region, Namespace, Name string
	Dimensions              []Dimension // in any order
	Unit                    string      // Count, Milliseconds; "" is None
}

// key tells a metric, without its unit, from every other.
func (m *Metric) key() string {
	dimensions := m.sorted()
	var b strings.Builder
	for _, part := range []string{m.Region, m.Namespace, m.Name} {
		fmt.Fprintf(&b, "%d:%s", len(part), part)
	}
	for _, d := range dimensions {
		fmt.Fprintf(&b, "%d:%s%d:%s", len(d.Name), d.Name, len(d.Value), d.Value)
	}
	return b.String()
}

func (m *Metric) sorted() []Dimension {
	byName := func(a, b Dimension) int { return cmp.Compare(a.Name, b.Name) }
	if slices.IsSortedFunc(m.Dimensions, byName) {
		return m.Dimensions
	}
	return slices.SortedFunc(slices.Values(m.Dimensions), byName)
}

// Store holds series.
type Store struct {
	weight atomic.Int64 // of all minutes of all series

	mu     sync.RWMutex         // guards what follows
	series map[string][]*Series // by key: one for each unit
	count  int
}

// New returns a store without series.
func New() *Store { return &Store{series: map[string][]*Series{}} }

// FullError says that a series cannot be begun.
type FullError struct{ Metric Metric }

// Error names the metric and the limit.
func (e *FullError) Error() string {
	return fmt.Sprintf("%s %s is not measured: there are %d series of metrics already, which is the "+
		"most that are kept here", e.Metric.Namespace, e.Metric.Name, MaxSeries)
}

// Series returns the series of a metric, which begins if there is none. The error is a *FullError;
// the series is nil then.
func (s *Store) Series(m Metric) (*Series, error) {
	m.Unit = cmp.Or(m.Unit, "None")
	key := m.key()
	s.mu.RLock()
	found := ofUnit(s.series[key], m.Unit)
	s.mu.RUnlock()
	if found != nil {
		return found, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := ofUnit(s.series[key], m.Unit); found != nil {
		return found, nil
	}
	if s.count >= MaxSeries {
		return nil, &FullError{Metric: m}
	}
	m.Dimensions = slices.Clone(m.sorted())
	made := &Series{metric: m, store: s}
	s.series[key] = append(s.series[key], made)
	s.count++
	return made, nil
}

func ofUnit(all []*Series, unit string) *Series {
	for _, s := range all {
		if s.metric.Unit == unit {
			return s
		}
	}
	return nil
}

// Window is a time that is read: From belongs to it, To does not. Minutes belong to the period in
// which they begin.
type Window struct {
	From, To time.Time
	Period   time.Duration // whole minutes
}

// Point is what was measured in a period that begins at At.
type Point struct {
	At   time.Time
	Unit string
	Distribution
}

// Read returns what was measured of a metric in a window, in the order of time. A unit of "" takes
// the values of every unit.
func (s *Store) Read(m Metric, w Window) []Point {
	s.mu.RLock()
	all := s.series[m.key()]
	s.mu.RUnlock()
	periods := map[int]*Distribution{}
	unit := m.Unit
	for _, one := range all {
		if m.Unit == "" || one.metric.Unit == m.Unit {
			one.read(w, periods)
			unit = one.metric.Unit
		}
	}
	points := make([]Point, 0, len(periods))
	for _, period := range slices.Sorted(maps.Keys(periods)) {
		points = append(points, Point{
			At: w.From.Add(time.Duration(period) * w.Period), Unit: unit, Distribution: *periods[period],
		})
	}
	return points
}

// Listed is a metric that something was measured of.
type Listed struct {
	Metric           // without a unit
	Newest time.Time // the last minute that something was measured in
}

// List returns the metrics of a region that something was measured of, by namespace, name and
// dimensions.
func (s *Store) List(region string) []Listed {
	s.mu.RLock()
	byKey := make(map[string]Listed, len(s.series))
	for key, all := range s.series {
		for _, one := range all {
			newest := one.newest()
			if one.metric.Region != region || newest.IsZero() {
				continue
			}
			listed := Listed{Metric: one.metric, Newest: newest}
			if before, ok := byKey[key]; ok && before.Newest.After(newest) {
				listed.Newest = before.Newest
			}
			listed.Unit = ""
			byKey[key] = listed
		}
	}
	s.mu.RUnlock()
	return slices.SortedFunc(maps.Values(byKey), func(a, b Listed) int {
		return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name),
			cmp.Compare(a.key(), b.key()))
	})
}

// Drop forgets the series of the metrics that a function selects. Nobody may add to them any more.
func (s *Store) Drop(selected func(Metric) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, all := range s.series {
		var kept []*Series
		for _, one := range all {
			if selected(one.metric) {
				one.drop()
				s.count--
			} else {
				kept = append(kept, one)
			}
		}
		if s.series[key] = kept; len(kept) == 0 {
			delete(s.series, key)
		}
	}
}
