package usage

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"portico/local/gateway/api"
)

// Errors of reading and updating; their texts are AWS's.
var (
	//lint:ignore ST1005 AWS's words
	ErrUnknownPlan = errors.New("Invalid Usage Plan ID specified")
	//lint:ignore ST1005 AWS's words
	ErrUnknownKey = errors.New("Invalid API Key identifier specified")
)

// Query says what of a plan is read.
type Query struct {
	PlanID   string
	KeyID    string // "" for every key
	From, To string // the first and the last day: "2016-12-31"
}

// Usage is what the keys of a plan used, day by day.
type Usage struct {
	PlanID, From, To string
	// Items holds an entry per key that used the plan, or that was asked for, and day.
	Items map[string][]Day
}

// Day is what a key used on a day, and what it had left of the period at the end of it.
type Day struct{ Used, Remaining int }

// GetUsage reads what was used. Days to come are shown as if nothing was called until then.
func (s *Store) GetUsage(q Query) (Usage, error) {
	from, err := parseDay("start", q.From)
	if err != nil {
		return Usage{}, err
	}
	to, err := parseDay("end", q.To)
	if err != nil {
		return Usage{}, err
	}
	if to < from || to-from >= keptDays {
		return Usage{}, fmt.Errorf("usage from %s to %s: allowed are 1 to %d days", q.From, q.To,
			keptDays)
	}
	p, err := s.known(q.PlanID)
	if err != nil {
		return Usage{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if q.KeyID != "" && p.keys[q.KeyID] == nil {
		return Usage{}, ErrUnknownKey
	}
	used := Usage{PlanID: q.PlanID, From: q.From, To: q.To, Items: map[string][]Day{}}
	for id, t := range p.keys {
		if q.KeyID == "" && t.unused(from, to) || q.KeyID != "" && q.KeyID != id {
			continue
		}
		used.Items[id] = t.read(p.quota, from, to)
	}
	return used, nil
}

// UpdateUsage sets what a key has left in the period under way, in the place of its quota.
func (s *Store) UpdateUsage(planID, keyID string, remaining int) (Usage, error) {
	p, err := s.known(planID)
	if err != nil {
		return Usage{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.keys[keyID]
	switch {
	case t == nil:
		return Usage{}, ErrUnknownKey
	case p.quota == nil:
		return Usage{}, fmt.Errorf("usage plan %s has no quota to extend", planID)
	case remaining < 0:
		return Usage{}, fmt.Errorf("remaining is %d, allowed is 0 and more", remaining)
	}
	today := dayOf(s.options.Clock.Now())
	t.grant(p.quota.Period, today, remaining)
	return Usage{
		PlanID: planID, From: today.String(), To: today.String(),
		Items: map[string][]Day{keyID: t.read(p.quota, today, today)},
	}, nil
}

func (s *Store) known(planID string) (*plan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.plans[planID]; p != nil {
		return p, nil
	}
	return nil, ErrUnknownPlan
}

func parseDay(which, text string) (day, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("%s date %q: want one like 2016-12-31", which, text)
	}
	return dayOf(at), nil
}

func (t *tally) unused(from, to day) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for d := from; d <= to; d++ {
		if t.days[d] > 0 {
			return false
		}
	}
	return true
}

func (t *tally) read(quota *api.Quota, from, to day) []Day {
	t.mu.Lock()
	defer t.mu.Unlock()
	days := make([]Day, 0, to-from+1)
	for d := from; d <= to; d++ {
		entry := Day{Used: t.days[d], Remaining: Unlimited}
		if quota != nil {
			w := t.measure(quota.Period, d)
			for later := d + 1; later < w.to; later++ {
				w.used -= t.days[later]
			}
			entry.Remaining = max(t.limit(quota, &w)-w.used, 0)
		}
		days = append(days, entry)
	}
	return days
}

// grant lets a period have so many more calls than were made.
func (t *tally) grant(period string, today day, remaining int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	w := t.measure(period, today)
	given := grant{Period: period, From: w.from.String(), Limit: w.used + remaining}
	t.grants = slices.DeleteFunc(t.grants, func(g grant) bool {
		return g.Period == period && g.From == given.From
	})
	t.grants = append(t.grants, given)
	t.now = window{} // to be measured anew
	t.plan.touch()
}
