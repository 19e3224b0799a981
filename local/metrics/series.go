package metrics

import (
	"slices"
	"sort"
	"sync"
	"time"
)

// keptMinutes is how long AWS keeps what is measured by the minute: fifteen days.
const keptMinutes = 15 * 24 * 60

// bucketWeight is what a minute weighs beside its steps, of which each weighs 1.
const bucketWeight = 5

// Series takes the values of one metric. Its methods may be called by many at once; those of a nil
// Series drop what they are told.
type Series struct {
	metric Metric
	store  *Store

	mu      sync.Mutex // guards minutes
	minutes []minute   // the oldest first
}

// minute is what was measured within a minute.
type minute struct {
	at int64 // minutes since the epoch
	Distribution
}

// Add counts a value.
func (s *Series) Add(at time.Time, value float64) { s.AddMany(at, value, 1) }

// AddMany counts a value so many times.
func (s *Series) AddMany(at time.Time, value, times float64) {
	if s == nil || times <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.minute(at.Unix() / 60); m != nil {
		if grown := m.add(value, times); grown > 0 {
			s.store.weight.Add(int64(grown))
		}
	}
}

// AddSet counts values of which no more is known than d says. Where that is all there is to know,
// because they are equal, they count as values.
func (s *Series) AddSet(at time.Time, d Distribution) {
	if s == nil || d.Count <= 0 {
		return
	}
	if d.Min == d.Max {
		s.AddMany(at, d.Min, d.Count)
		return
	}
	d.Blind, d.steps = true, nil
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.minute(at.Unix() / 60); m != nil {
		m.Merge(&d)
	}
}

// minute returns a minute, which begins if nothing was measured in it; nil for one that would not
// be kept. s.mu is held.
func (s *Series) minute(at int64) *minute {
	last := len(s.minutes) - 1
	if last >= 0 && s.minutes[last].at == at {
		return &s.minutes[last]
	}
	if last < 0 || s.minutes[last].at < at {
		s.minutes = append(s.minutes, minute{at: at})
		s.store.weight.Add(bucketWeight)
		s.forget(at - keptMinutes)
		return &s.minutes[len(s.minutes)-1]
	}
	if at <= s.minutes[last].at-keptMinutes {
		return nil
	}
	place := s.first(at)
	if s.minutes[place].at != at {
		if s.store.weight.Load() > maxWeight { // the past goes first
			return nil
		}
		s.minutes = slices.Insert(s.minutes, place, minute{at: at})
		s.store.weight.Add(bucketWeight)
	}
	return &s.minutes[place]
}

// first returns the place of the first minute that is not before at.
func (s *Series) first(at int64) int {
	return sort.Search(len(s.minutes), func(i int) bool { return s.minutes[i].at >= at })
}

// forget drops the minutes up to one, and as many more as are too many for the store, but the
// newest. s.mu is held.
func (s *Series) forget(upTo int64) {
	var freed int64
	drop := 0
	for drop < len(s.minutes)-1 {
		old := &s.minutes[drop]
		if old.at > upTo && s.store.weight.Load()-freed <= maxWeight {
			break
		}
		freed += bucketWeight + int64(len(old.steps))
		drop++
	}
	if drop > 0 {
		s.minutes = slices.Delete(s.minutes, 0, drop)
		s.store.weight.Add(-freed)
	}
}

// drop forgets everything.
func (s *Series) drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.minutes {
		s.store.weight.Add(-bucketWeight - int64(len(s.minutes[i].steps)))
	}
	s.minutes = nil
}

// newest returns the last minute that something was measured in.
func (s *Series) newest() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.minutes) == 0 {
		return time.Time{}
	}
	return time.Unix(s.minutes[len(s.minutes)-1].at*60, 0).UTC()
}

// read merges what was measured in a window into its periods, by their number.
func (s *Series) read(w Window, into map[int]*Distribution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := s.first(ceilMinutes(w.From)); i < len(s.minutes); i++ {
		m := &s.minutes[i]
		at := time.Unix(m.at*60, 0)
		if !at.Before(w.To) {
			return
		}
		period := int(at.Sub(w.From) / w.Period)
		if into[period] == nil {
			into[period] = &Distribution{}
		}
		into[period].Merge(&m.Distribution)
	}
}

func ceilMinutes(at time.Time) int64 { return (at.Unix() + 59) / 60 }
