package cloudwatch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"portico/local/control/model"
)

// How much of the history of alarms is kept: AWS keeps it for two weeks.
const (
	maxHistory  = 5000 // items of a region
	keptHistory = 14 * 24 * time.Hour
)

// item is an item of an alarm's history.
type item struct {
	at                time.Time
	alarm, kind, what string
	composite         bool
	data              any
	token             string // of a page that it ends
}

// record writes a change of state into the history.
func (r *watched) record(name string, a *alarm, before *status, found judgement) {
	type told struct {
		Value  string          `json:"stateValue"`
		Reason string          `json:"stateReason"`
		Data   json.RawMessage `json:"stateReasonData,omitempty"`
	}
	r.history = append(r.history, item{
		at: r.upTo, alarm: name, composite: a.Composite, kind: "StateUpdate",
		what: "Alarm updated from " + before.value + " to " + found.state,
		data: map[string]any{
			"version":  "1.0",
			"oldState": told{before.value, before.reason, json.RawMessage(before.data)},
			"newState": told{found.state, found.reason, json.RawMessage(found.data)},
		},
	})
}

func (r *watched) trim(now time.Time) {
	drop := max(len(r.history)-maxHistory, 0)
	for drop < len(r.history) && r.history[drop].at.Before(now.Add(-keptHistory)) {
		drop++
	}
	r.history = slices.Delete(r.history, 0, drop)
}

// configured tells of an alarm that was put.
func (w *watch) configured(region, name string, created bool, now time.Time, a *alarm) {
	what := "Alarm \"" + name + "\" updated"
	if created {
		what = "Alarm \"" + name + "\" created"
	}
	w.note(region, name, a, now, what)
}

// deleted tells of an alarm that was deleted.
func (w *watch) deleted(region, name string, a *alarm, now time.Time) {
	w.note(region, name, a, now, "Alarm \""+name+"\" deleted")
}

func (w *watch) note(region, name string, a *alarm, now time.Time, what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.region(region)
	r.history = append(r.history, item{
		at: now, alarm: name, composite: a.Composite, kind: "ConfigurationUpdate", what: what,
		data: map[string]any{"version": "1.0", "type": what[len(what)-6:]},
	})
}

// items returns the history of a region, the newest first.
func (w *watch) items(region string) []item {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := slices.Clone(w.region(region).history)
	slices.SortStableFunc(all, func(a, b item) int { return a.at.Compare(b.at) })
	slices.Reverse(all)
	return all
}

// printed is an item as the API shows it.
func (i *item) printed() model.Object {
	data, err := json.Marshal(i.data)
	if err != nil {
		data = []byte("{}")
	}
	return model.Object{
		"AlarmName": i.alarm, "AlarmType": kindOf(i.composite), "Timestamp": seconds(i.at),
		"HistoryItemType": i.kind, "HistorySummary": i.what, "HistoryData": string(data),
	}
}

func kindOf(composite bool) string {
	if composite {
		return "CompositeAlarm"
	}
	return "MetricAlarm"
}

func describeAlarmHistory(c *call) (model.Object, error) {
	c.watch.catchUp(c.region, c.now)
	from, to := timeOf(c.in, "StartDate"), timeOf(c.in, "EndDate")
	var all []item
	for i, one := range c.watch.items(c.region) {
		if name := c.in.Text("AlarmName"); name != "" && name != one.alarm ||
			!c.isAsked(one.composite) ||
			c.in.Has("HistoryItemType") && c.in.Text("HistoryItemType") != one.kind ||
			!from.IsZero() && one.at.Before(from) || !to.IsZero() && one.at.After(to) {
			continue
		}
		one.token = fmt.Sprintf("%d-%d", one.at.UnixNano(), i)
		all = append(all, one)
	}
	if c.in.Text("ScanBy") == "TimestampAscending" {
		slices.Reverse(all)
	}
	shown, next, err := page(c.in, all, cmp.Or(c.in.Int("MaxRecords"), 100),
		func(i item) string { return i.token })
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, one := range shown {
		items = append(items, one.printed())
	}
	out := model.Object{"AlarmHistoryItems": items}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
