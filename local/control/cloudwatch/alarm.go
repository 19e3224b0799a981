package cloudwatch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"portico/local/control/model"
	"portico/local/metrics"
)

// alarm is an alarm as it was put: a metric alarm, or a composite one.
type alarm struct {
	Definition model.Object // the input of its put operation, without tags
	Composite  bool
	Updated    float64 // when its configuration was, in seconds

	template bool // it is described by the template
}

// text tells a configuration from every other.
func (a *alarm) text() string {
	text, err := json.Marshal(a.Definition)
	if err != nil { // of a number that JSON does not have
		return err.Error()
	}
	return string(text)
}

// alarmed are the properties that an alarm keeps, those of both kinds first.
func alarmed(composite bool) []string {
	both := []string{
		"AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions",
		"InsufficientDataActions",
	}
	if composite {
		return append(both, "AlarmRule", "ActionsSuppressor", "ActionsSuppressorWaitPeriod",
			"ActionsSuppressorExtensionPeriod")
	}
	return append(both, "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions",
		"Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator",
		"TreatMissingData", "EvaluateLowSampleCountPercentile", "Metrics")
}

// fromTemplate reads an alarm that a template describes.
func fromTemplate(described Described) *alarm {
	from, _ := objectOf(described.Properties).(model.Object)
	a := &alarm{
		Composite: described.Composite, template: true,
		Definition: model.Object{}.Take(from, append(alarmed(described.Composite),
			"ThresholdMetricId")...),
	}
	a.Definition["AlarmName"] = described.Name
	a.Definition["Region"] = described.Region
	a.fillIn()
	return a
}

// objectOf turns plain data into that of a model.
func objectOf(from any) any {
	switch from := from.(type) {
	case map[string]any:
		made := model.Object{}
		for name, value := range from {
			made[name] = objectOf(value)
		}
		return made
	case []any:
		made := make([]any, 0, len(from))
		for _, item := range from {
			made = append(made, objectOf(item))
		}
		return made
	}
	return from
}

// fillIn gives an alarm what AWS shows of one that does not say it.
func (a *alarm) fillIn() {
	d := a.Definition
	if !d.Has("ActionsEnabled") {
		d["ActionsEnabled"] = true
	}
	for _, name := range []string{"OKActions", "AlarmActions", "InsufficientDataActions"} {
		if !d.Has(name) {
			d[name] = []any{}
		}
	}
	if !a.Composite && !d.Has("Metrics") && !d.Has("Dimensions") {
		d["Dimensions"] = []any{}
	}
}

// compiled is an alarm that can be evaluated.
type compiled struct {
	plan              *plan
	watched           string // the id of the query that is held against the threshold
	period            time.Duration
	periods, breaches int
	threshold         float64
	breaching         func(value, threshold float64) bool
	compares          string // in words
	missing           string
	// statistic and enough are of a percentile that is not judged by few samples; 0 judges always.
	enough float64
	metric metrics.Metric
	rule   condition // of a composite alarm
}

// comparisons are what operators ask, and their words in reasons of states.
func comparisons() map[string]struct {
	holds func(value, threshold float64) bool
	words string
} {
	type comparison = struct {
		holds func(value, threshold float64) bool
		words string
	}
	return map[string]comparison{
		"GreaterThanOrEqualToThreshold": {
			func(v, t float64) bool { return v >= t }, "greater than or equal to",
		},
		"GreaterThanThreshold": {func(v, t float64) bool { return v > t }, "greater than"},
		"LessThanThreshold":    {func(v, t float64) bool { return v < t }, "less than"},
		"LessThanOrEqualToThreshold": {
			func(v, t float64) bool { return v <= t }, "less than or equal to",
		},
	}
}

// compileAlarm reads an alarm, and refuses what AWS would, or what is not evaluated here.
func compileAlarm(a *alarm) (*compiled, error) {
	d := a.Definition
	if a.Composite {
		rule, err := parseRule(d.Text("AlarmRule"))
		return &compiled{rule: rule}, err
	}
	comparison, ok := comparisons()[d.Text("ComparisonOperator")]
	switch {
	case d.Has("ThresholdMetricId") || d.Text("ComparisonOperator") != "" && !ok:
		return nil, invalid("Alarms on anomaly detection are not evaluated here")
	case !ok:
		return nil, missing("ComparisonOperator")
	case !d.Has("EvaluationPeriods"):
		return nil, missing("EvaluationPeriods")
	case !d.Has("Threshold"):
		return nil, missing("Threshold")
	case d.Has("EvaluationCriteria"):
		return nil, invalid("Alarms on PromQL queries are not evaluated here")
	}
	c := &compiled{
		periods: d.Int("EvaluationPeriods"), breaches: d.Int("DatapointsToAlarm"),
		threshold: d.Number("Threshold"), breaching: comparison.holds, compares: comparison.words,
		missing: cmp.Or(d.Text("TreatMissingData"), "missing"),
	}
	c.breaches = cmp.Or(c.breaches, c.periods)
	if err := c.checkCounts(); err != nil {
		return nil, err
	}
	var err error
	if d.Has("Metrics") {
		err = c.compileQueries(d)
	} else {
		err = c.compileMetric(d)
	}
	if err == nil && c.period*time.Duration(c.periods) > 7*24*time.Hour {
		err = invalid("Metrics cannot be checked across more than 7 days (EvaluationPeriods * Period " +
			"must be <= 604800).")
	}
	return c, err
}

func (c *compiled) checkCounts() error {
	switch {
	case c.periods < 1 || c.periods > 7*24*60:
		return invalid(fmt.Sprintf("The value %d of EvaluationPeriods must be 1 to 10080.", c.periods))
	case c.breaches < 1 || c.breaches > c.periods:
		return invalid(fmt.Sprintf("The value %d of DatapointsToAlarm must be 1 to EvaluationPeriods, "+
			"which is %d.", c.breaches, c.periods))
	case !slices.Contains([]string{"breaching", "notBreaching", "ignore", "missing"}, c.missing):
		return invalid(fmt.Sprintf("The value %s of TreatMissingData must be one of breaching, "+
			"notBreaching, ignore, missing", c.missing))
	}
	return nil
}

// compileMetric reads an alarm on one metric.
func (c *compiled) compileMetric(d model.Object) error {
	stat := d.Text("Statistic")
	switch {
	case !d.Has("MetricName"):
		return missing("MetricName")
	case !d.Has("Namespace"):
		return missing("Namespace")
	case stat != "" && d.Has("ExtendedStatistic"):
		return invalidCombination("Statistic and ExtendedStatistic cannot both be given")
	case stat == "" && !d.Has("ExtendedStatistic"):
		return missing("Statistic")
	}
	stat = cmp.Or(stat, d.Text("ExtendedStatistic"))
	var err error
	c.plan, err = compilePlan([]model.Object{{"Id": "m", "MetricStat": model.Object{
		"Metric": d, "Stat": stat, "Period": int64(d.Int("Period")), "Unit": d["Unit"],
	}}}, d.Text("Region"))
	if err != nil {
		return err
	}
	c.watched, c.period, c.metric = "m", c.plan.period, c.plan.queries[0].metric
	if share, ok := percentile(stat); ok && d.Text("EvaluateLowSampleCountPercentile") == "ignore" {
		c.enough = 10 / max(min(share, 1-share), 1e-6)
	}
	return nil
}

// compileQueries reads an alarm on several metrics, of which one query is watched.
func (c *compiled) compileQueries(d model.Object) error {
	for _, name := range []string{"MetricName", "Namespace", "Statistic", "Period", "Dimensions"} {
		if len(d.List(name)) > 0 || d.Has(name) && name != "Dimensions" {
			return invalidCombination(name + " and Metrics cannot both be given")
		}
	}
	var err error
	if c.plan, err = compilePlan(d.Objects("Metrics"), d.Text("Region")); err != nil {
		return err
	}
	for _, q := range c.plan.queries {
		if !q.returned {
			continue
		}
		if c.watched != "" {
			return invalid("Exactly one element of the metrics list should return data.")
		}
		c.watched, c.period = q.id, q.period
	}
	if c.watched == "" {
		return invalid("Exactly one element of the metrics list should return data.")
	}
	return nil
}

func putMetricAlarm(c *call) (model.Object, error) { return c.putAlarm(false) }

func putCompositeAlarm(c *call) (model.Object, error) { return c.putAlarm(true) }

func (c *call) putAlarm(composite bool) (model.Object, error) {
	name := c.in.Text("AlarmName")
	before := c.alarms()[name]
	switch {
	case strings.TrimSpace(name) == "":
		return nil, missing("AlarmName")
	case before != nil && before.template:
		return nil, ofTemplate("The alarm", name)
	case before != nil && before.Composite != composite:
		return nil, invalid("An alarm of another kind has the name " + name)
	}
	a := &alarm{
		Composite: composite, Updated: seconds(c.now),
		Definition: model.Object{}.Take(c.in, append(alarmed(composite), "ThresholdMetricId",
			"EvaluationCriteria")...),
	}
	a.Definition["Region"] = c.region
	if _, err := compileAlarm(a); err != nil {
		return nil, err
	}
	a.fillIn()
	if composite {
		if err := c.checkRule(a); err != nil {
			return nil, err
		}
	}
	c.world.Alarms[name] = a
	if before == nil {
		c.tag(c.arn(c.region, name), c.in.Objects("Tags"))
	}
	c.watch.configured(c.region, name, before == nil, c.now, a)
	return nil, nil
}

// checkRule refuses a rule that names alarms that there are not.
func (c *call) checkRule(a *alarm) error {
	rule, err := parseRule(a.Definition.Text("AlarmRule"))
	if err != nil {
		return err
	}
	all := c.alarms()
	for _, name := range rule.names() {
		if all[name] == nil || name == a.Definition.Text("AlarmName") {
			return invalid("Could not save the composite alarm as alarms [" + name + "] in the alarm rule " +
				"do not exist or cannot be used in it")
		}
	}
	return nil
}

// own refuses a change of alarms of the template among those that a call names.
func (c *call) own() error {
	all := c.alarms()
	for _, name := range c.in.Texts("AlarmNames") {
		if a := all[name]; a != nil && a.template {
			return ofTemplate("The alarm", name)
		}
	}
	return nil
}

func deleteAlarms(c *call) (model.Object, error) {
	if err := c.own(); err != nil {
		return nil, err
	}
	for _, name := range c.in.Texts("AlarmNames") {
		if a := c.world.Alarms[name]; a != nil {
			delete(c.world.Alarms, name)
			delete(c.world.Tags, c.arn(c.region, name))
			c.watch.deleted(c.region, name, a, c.now)
		}
	}
	return nil, nil
}

func enableActions(c *call) (model.Object, error) { return c.switchActions(true) }

func disableActions(c *call) (model.Object, error) { return c.switchActions(false) }

func (c *call) switchActions(enabled bool) (model.Object, error) {
	if err := c.own(); err != nil {
		return nil, err
	}
	for _, name := range c.in.Texts("AlarmNames") {
		if a := c.world.Alarms[name]; a != nil {
			a.Definition["ActionsEnabled"] = enabled
			a.Updated = seconds(c.now)
		}
	}
	return nil, nil
}
