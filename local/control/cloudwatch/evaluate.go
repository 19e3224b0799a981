package cloudwatch

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico/local/metrics"
)

// The states of alarms.
const (
	stateOK      = "OK"
	stateAlarm   = "ALARM"
	stateUnknown = "INSUFFICIENT_DATA"
)

// extraPeriods is how many periods more than its evaluation periods an alarm looks at, so that one
// that has no data is not missed ("Configuring how CloudWatch alarms treat missing data"; for three
// periods its examples have two more, for other numbers this is a guess).
const extraPeriods = 2

// point is the value of a period; ok is false where there is none.
type point struct {
	at    time.Time
	value float64
	ok    bool
}

// judgement is what an evaluation finds. The state is "" when it stays as it is.
type judgement struct{ state, reason, data string }

// evaluate judges the periods that end at a time.
func (c *compiled) evaluate(store *metrics.Store, at time.Time) judgement {
	count := c.periods + extraPeriods
	from := at.Add(-time.Duration(count) * c.period)
	values, err := c.plan.compute(store, from, at)
	if err != nil {
		return judgement{state: stateUnknown, reason: err.Error()}
	}
	if v := values[c.watched]; v.is != isSeries {
		return judgement{state: stateUnknown, reason: fmt.Sprintf("The expression returns %s, and must "+
			"return a time series", v.is)}
	}
	points := make([]point, count)
	for i := range points {
		p := &points[i]
		p.at = from.Add(time.Duration(i) * c.period)
		p.value, p.ok = values[c.watched].one[p.at.Unix()]
	}
	if c.enough > 0 && !c.hasEnough(store, from, at) {
		return judgement{}
	}
	return c.judge(points)
}

// hasEnough says whether each period that has data has enough of it for a percentile.
func (c *compiled) hasEnough(store *metrics.Store, from, to time.Time) bool {
	w := metrics.Window{From: from, To: to, Period: c.period}
	return !slices.ContainsFunc(store.Read(c.metric, w), func(p metrics.Point) bool {
		return p.Count < c.enough
	})
}

// judge finds the state of points, of which the last is the newest, by AWS's tables of missing
// data.
func (c *compiled) judge(points []point) judgement {
	var real []point
	oldest := 0 // age of the oldest breaching point, 1 for the newest
	for i, p := range points {
		if !p.ok {
			continue
		}
		real = append(real, p)
		if oldest == 0 && c.breaching(p.value, c.threshold) {
			oldest = len(points) - i
		}
	}
	if len(real) > c.periods {
		real = real[len(real)-c.periods:]
	}
	breaches := c.count(real)
	filled := c.periods - len(real)
	onlyBreaches := breaches == len(real)
	switch {
	case breaches >= c.breaches:
		return c.crossed(stateAlarm, real, breaches)
	case c.missing == "breaching" && breaches+filled >= c.breaches:
		return c.crossed(stateAlarm, real, breaches)
	case filled == 0 || c.missing == "breaching" || c.missing == "notBreaching":
		return c.crossed(stateOK, real, breaches)
	case c.missing == "ignore" && onlyBreaches:
		return judgement{}
	case len(real) == 0:
		return judgement{state: stateUnknown, reason: c.unknown(), data: c.describe(real)}
	case onlyBreaches && oldest >= c.breaches: // what comes next can only confirm it
		return c.crossed(stateAlarm, real, breaches)
	}
	return c.crossed(stateOK, real, breaches)
}

func (c *compiled) count(real []point) int {
	breaches := 0
	for _, p := range real {
		if c.breaching(p.value, c.threshold) {
			breaches++
		}
	}
	return breaches
}

func (c *compiled) unknown() string {
	if c.periods == 1 {
		return "Insufficient Data: 1 datapoint was unknown."
	}
	return fmt.Sprintf("Insufficient Data: %d datapoints were unknown.", c.periods)
}

// crossed tells of a state in AWS's words.
func (c *compiled) crossed(state string, real []point, breaches int) judgement {
	if len(real) == 0 {
		return judgement{
			state: state, data: c.describe(real),
			reason: fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s "+
				"missing %s treated as [%s].", plural(c.periods, "period"), plural(c.periods, ""),
				datapoints(c.periods), treated(c.missing)),
		}
	}
	shown, number := []string{}, breaches
	words, change := "was", "OK -> ALARM"
	needed := c.breaches
	if breaches != 1 {
		words = "were"
	}
	if state == stateOK {
		number, change = len(real)-breaches, "ALARM -> OK"
		needed = c.periods - c.breaches + 1
		words = "was not"
		if number != 1 {
			words = "were not"
		}
	}
	for _, p := range slices.Backward(real) {
		if c.breaching(p.value, c.threshold) == (state == stateAlarm) {
			shown = append(shown, fmt.Sprintf("%s (%s)", decimal(p.value),
				p.at.Format("02/01/06 15:04:05")))
		}
	}
	return judgement{
		state: state, data: c.describe(real),
		reason: fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints [%s] %s %s the "+
			"threshold (%s) (minimum %s for %s transition).", number, c.periods,
			strings.Join(shown, ", "), words, c.compares, decimal(c.threshold),
			plural(needed, "datapoint"), change),
	}
}

func treated(how string) string {
	if how == "breaching" {
		return "Breaching"
	}
	return "NonBreaching"
}

func datapoints(n int) string {
	if n == 1 {
		return "datapoint was"
	}
	return "datapoints were"
}

func plural(n int, what string) string {
	switch {
	case what == "":
		return strconv.Itoa(n)
	case n == 1:
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// decimal prints a number as Java does: 5.0.
func decimal(number float64) string {
	text := strconv.FormatFloat(number, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}

// describe is the machine-readable reason of a state.
func (c *compiled) describe(real []point) string {
	type evaluated struct {
		Timestamp string  `json:"timestamp"`
		Value     float64 `json:"value"`
	}
	out := struct {
		Version    string      `json:"version"`
		Period     int         `json:"period"`
		Recent     []float64   `json:"recentDatapoints"`
		Threshold  float64     `json:"threshold"`
		Datapoints []evaluated `json:"evaluatedDatapoints"`
	}{
		Version: "1.0", Period: int(c.period.Seconds()), Threshold: c.threshold, Recent: []float64{},
		Datapoints: []evaluated{},
	}
	for _, p := range real {
		out.Recent = append(out.Recent, p.value)
		out.Datapoints = append(out.Datapoints, evaluated{p.at.Format(awsTime), p.value})
	}
	text, err := json.Marshal(out)
	if err != nil { // a number that JSON does not have
		return ""
	}
	return string(text)
}

// awsTime is how CloudWatch writes times within JSON.
const awsTime = "2006-01-02T15:04:05.000-0700"
