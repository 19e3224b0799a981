package cloudwatch

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"portico/local/control/model"
)

// maxCatchUp is for how many minutes alarms are evaluated when time has passed: when more have,
// only the last of them count.
const maxCatchUp = 6 * 60

// watch holds alarms against metrics.
type watch struct {
	service *Service

	mu      sync.Mutex // guards what follows
	regions map[string]*watched
	begun   time.Time
}

// watched are the alarms of a region.
type watched struct {
	upTo    time.Time // the minute that alarms were evaluated for last
	states  map[string]*status
	history []item // the oldest first
}

// status is the state of an alarm.
type status struct {
	value, reason, data   string
	updated, transitioned time.Time

	of   *compiled // nil when it cannot be evaluated
	from string    // what it was compiled from
}

func newWatch(s *Service, now time.Time) *watch {
	return &watch{service: s, regions: map[string]*watched{}, begun: now}
}

func (w *watch) reset(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.regions, w.begun = map[string]*watched{}, now
}

// region returns what is watched in a region; w.mu is held.
func (w *watch) region(name string) *watched {
	r := w.regions[name]
	if r == nil {
		r = &watched{upTo: w.begun.Truncate(time.Minute), states: map[string]*status{}}
		w.regions[name] = r
	}
	return r
}

// catchUp evaluates the alarms of a region for every minute that has passed.
func (w *watch) catchUp(region string, now time.Time) {
	alarms := w.service.alarmsOf(w.service.worlds.Read(region), region)
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.region(region)
	r.adopt(alarms, now)
	upTo := now.Truncate(time.Minute)
	if r.upTo.After(upTo) { // the clock was set back
		r.upTo = upTo
	}
	if oldest := upTo.Add(-maxCatchUp * time.Minute); r.upTo.Before(oldest) {
		r.upTo = oldest
	}
	names := slices.Sorted(maps.Keys(alarms))
	for r.upTo.Before(upTo) {
		r.upTo = r.upTo.Add(time.Minute)
		for _, name := range names {
			r.evaluate(w.service, name, alarms[name])
		}
		r.compose(names, alarms)
	}
	r.trim(now)
}

// adopt makes the states fit the alarms there are.
func (r *watched) adopt(alarms map[string]*alarm, now time.Time) {
	for name := range r.states {
		if alarms[name] == nil {
			delete(r.states, name)
		}
	}
	for name, a := range alarms {
		s := r.states[name]
		if s == nil {
			s = &status{
				value: stateUnknown, reason: "Unchecked: Initial alarm creation", updated: now,
				transitioned: now,
			}
			r.states[name] = s
		}
		if from := a.text(); s.from != from {
			of, err := compileAlarm(a)
			if err != nil {
				of, s.reason = nil, err.Error()
			}
			s.of, s.from = of, from
		}
	}
}

// evaluate judges a metric alarm at the minute that is up to.
func (r *watched) evaluate(service *Service, name string, a *alarm) {
	s := r.states[name]
	if a.Composite || s.of == nil {
		return
	}
	if found := s.of.evaluate(service.options.Metrics, r.upTo); found.state != "" {
		r.change(name, a, found)
	}
}

// compose judges the composite alarms, until none changes another.
func (r *watched) compose(names []string, alarms map[string]*alarm) {
	states := func(name string) string {
		if s := r.states[name]; s != nil {
			return s.value
		}
		return stateUnknown
	}
	for range len(names) {
		changed := false
		for _, name := range names {
			a, s := alarms[name], r.states[name]
			if !a.Composite || s.of == nil {
				continue
			}
			found := judgement{state: stateOK, reason: name + " transitioned to OK: its rule does not hold"}
			if s.of.rule.holds(states) {
				found = judgement{state: stateAlarm, reason: name + " transitioned to ALARM: its rule holds"}
			}
			changed = r.change(name, a, found) || changed
		}
		if !changed {
			return
		}
	}
}

// change gives an alarm the state that was found, and reports whether it had another.
func (r *watched) change(name string, a *alarm, found judgement) bool {
	s := r.states[name]
	if s.value == found.state {
		return false
	}
	r.record(name, a, s, found)
	s.value, s.reason, s.data = found.state, found.reason, found.data
	s.updated, s.transitioned = r.upTo, r.upTo
	r.act(name, a, found.state)
	return true
}

// act writes down the actions of a state, which nobody carries out.
//
// Unlike AWS: no notification is sent.
func (r *watched) act(name string, a *alarm, state string) {
	list := map[string]string{
		stateOK: "OKActions", stateAlarm: "AlarmActions", stateUnknown: "InsufficientDataActions",
	}[state]
	if !a.Definition.Bool("ActionsEnabled") || r.isSuppressed(a) {
		return
	}
	for _, action := range a.Definition.Texts(list) {
		r.history = append(r.history, item{
			at: r.upTo, alarm: name, composite: a.Composite, kind: "Action",
			what: "Failed to execute action " + action,
			data: map[string]any{
				"actionState": "Failed", "stateUpdateTimestamp": r.upTo.UnixMilli(),
				"notificationResource": action, "error": "actions of alarms are not carried out here",
			},
		})
	}
}

// isSuppressed says whether the alarm that suppresses the actions of another is in alarm.
func (r *watched) isSuppressed(a *alarm) bool {
	by := nameOf(a.Definition.Text("ActionsSuppressor"))
	return by != "" && r.states[by] != nil && r.states[by].value == stateAlarm
}

// set gives an alarm a state until it is evaluated next.
func (w *watch) set(region, name string, a *alarm, found judgement, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.region(region)
	s := r.states[name]
	if s.value != found.state {
		r.record(name, a, s, found)
		r.history[len(r.history)-1].at = now
		r.act(name, a, found.state)
		s.transitioned = now
	}
	s.value, s.reason, s.data, s.updated = found.state, found.reason, found.data, now
}

// status returns the state of an alarm.
func (w *watch) status(region, name string) status {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s := w.region(region).states[name]; s != nil {
		return *s
	}
	return status{value: stateUnknown}
}

func setAlarmState(c *call) (model.Object, error) {
	c.watch.catchUp(c.region, c.now)
	name := c.in.Text("AlarmName")
	a := c.alarms()[name]
	if a == nil {
		return nil, notFound("ResourceNotFound", "No alarm has the name "+name)
	}
	data := c.in.Text("StateReasonData")
	if data != "" && !json.Valid([]byte(data)) {
		return nil, refusal("InvalidFormat", "StateReasonData is no JSON: "+data)
	}
	c.watch.set(c.region, name, a, judgement{
		state: c.in.Text("StateValue"), reason: c.in.Text("StateReason"), data: data,
	}, c.now)
	return nil, nil
}
