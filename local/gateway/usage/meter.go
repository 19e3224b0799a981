package usage

import (
	"sync"

	"portico/local/gateway/api"
)

// Unlimited is what is left of a usage plan without a quota. AWS documents nothing for it.
const Unlimited = -1

// Meter counts the calls of an API key in a usage plan.
type Meter struct {
	tally *tally
	quota *api.Quota // nil counts without an end
}

// tally is what a key has used of a plan.
type tally struct {
	plan  *plan
	since day

	mu     sync.Mutex // guards what follows
	days   map[day]int
	grants []grant
	now    window // of the call that was counted last
}

// window is the period under way, so that a call need not add its days up.
type window struct {
	span
	period      string
	used        int
	granted     bool
	grantedUpTo int // the limit that UpdateUsage set for the period
}

// grant is what UpdateUsage set: the limit of one period.
type grant struct {
	Period string `json:"period"`
	From   string `json:"from"`
	Limit  int    `json:"limit"`
}

// Take counts a call. It returns how many are left, and false when there was none left: then the
// call is not counted.
func (m *Meter) Take() (left int, ok bool) {
	t := m.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	today := dayOf(t.plan.store.options.Clock.Now())
	if m.quota == nil {
		t.count(today)
		return Unlimited, true
	}
	w := t.window(m.quota.Period, today)
	left = t.limit(m.quota, w) - w.used
	if left <= 0 {
		return 0, false
	}
	t.count(today)
	return left - 1, true
}

// count counts a call. mu is held.
func (t *tally) count(today day) {
	if t.now.holds(today) {
		t.now.used++
	} else {
		t.now = window{}
	}
	t.days[today]++
	t.plan.touch()
}

// window returns the period around a day. mu is held.
func (t *tally) window(period string, d day) *window {
	if t.now.period == period && t.now.holds(d) {
		return &t.now
	}
	t.now = t.measure(period, d)
	return &t.now
}

// measure adds up what was used in the period around a day.
func (t *tally) measure(period string, d day) window {
	w := window{span: periodOf(period, d), period: period}
	for each := w.from; each < w.to; each++ {
		w.used += t.days[each]
	}
	for _, g := range t.grants {
		if g.Period == period && g.From == w.from.String() {
			w.granted, w.grantedUpTo = true, g.Limit
		}
	}
	return w
}

// limit returns how many calls a period has: what was granted for it, else what the quota says.
// The offset is taken off in the period that the plan began in.
//
// Unlike AWS: there the bounds of an offset (none for a day, 0 to 6 for a week, 0 to 27 for a
// month) read as if it were days; its documentation says requests, and so it is here.
func (t *tally) limit(quota *api.Quota, w *window) int {
	switch {
	case w.granted:
		return w.grantedUpTo
	case w.holds(t.since):
		return max(quota.Limit-quota.Offset, 0)
	}
	return quota.Limit
}
