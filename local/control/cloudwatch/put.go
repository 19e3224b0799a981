package cloudwatch

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"portico/local/control/model"
	"portico/local/metrics"
)

// What a client may send.
const (
	maxData   = 1000
	maxValues = 150
	keptPast  = 14 * 24 * time.Hour
	maxFuture = 2 * time.Hour
)

// largest is the greatest value that is taken, and its negative the least.
var largest = math.Pow(2, 360)

// isReserved says whether a namespace is AWS's own.
func isReserved(namespace string) bool { return strings.HasPrefix(namespace, "AWS/") }

// datum is one item of what a client sends, and what it is called in errors.
type datum struct {
	model.Object
	path string
}

func putMetricData(c *call) (model.Object, error) {
	namespace := c.in.Text("Namespace")
	if isReserved(namespace) {
		return nil, invalidValue("The value AWS/ for parameter Namespace is invalid.")
	}
	var all []datum
	for i, item := range c.in.Objects("MetricData") {
		all = append(all, datum{item, fmt.Sprintf("MetricData.member.%d.", i+1)})
	}
	for i, entity := range c.in.Objects("EntityMetricData") {
		for j, item := range entity.Objects("MetricData") {
			all = append(all, datum{item, fmt.Sprintf("EntityMetricData.member.%d.MetricData.member.%d.",
				i+1, j+1)})
		}
	}
	switch {
	case len(all) == 0:
		return nil, missing("MetricData")
	case len(all) > maxData:
		return nil, invalidValue(fmt.Sprintf("The collection MetricData must not have a size greater "+
			"than %d.", maxData))
	}
	for _, d := range all {
		if err := d.check(c.now); err != nil {
			return nil, err
		}
	}
	for _, d := range all {
		if err := c.take(namespace, d); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (d *datum) invalid(name string, value any) error {
	return invalidValue(fmt.Sprintf("The value %v for parameter %s%s is invalid.", value, d.path,
		name))
}

func (d *datum) check(now time.Time) error {
	given := 0
	for _, name := range []string{"Value", "Values", "StatisticValues"} {
		if d.Has(name) {
			given++
		}
	}
	switch {
	case given == 0:
		return missing(d.path + "Value")
	case given > 1:
		return invalidCombination("The parameters " + d.path + "Value, " + d.path + "Values and " +
			d.path + "StatisticValues are mutually exclusive and you have specified more than one.")
	}
	if at := timeOf(d.Object, "Timestamp"); !at.IsZero() {
		if at.Before(now.Add(-keptPast)) {
			return invalidValue("The parameter " + d.path + "Timestamp must specify a time no more than " +
				"two weeks in the past.")
		}
		if at.After(now.Add(maxFuture)) {
			return invalidValue("The parameter " + d.path + "Timestamp must specify a time no more than " +
				"two hours in the future.")
		}
	}
	if r := d.Int("StorageResolution"); r != 0 && r != 1 && r != 60 {
		return d.invalid("StorageResolution", r)
	}
	return d.checkValues()
}

func (d *datum) checkValues() error {
	if value := d.Number("Value"); !isSound(value) {
		return d.invalid("Value", value)
	}
	values, counts := d.List("Values"), d.List("Counts")
	if len(counts) > 0 && len(counts) != len(values) || len(values) > maxValues {
		return invalidValue(fmt.Sprintf("The parameters %sValues and %sCounts must have the same size, "+
			"of at most %d.", d.path, d.path, maxValues))
	}
	for i := range max(len(values), len(counts)) {
		if value := number(values, i); !isSound(value) {
			return d.invalid("Values", value)
		}
		if count := d.count(i); !isSound(count) || count <= 0 {
			return d.invalid("Counts", count)
		}
	}
	set := d.Object.Object("StatisticValues")
	for _, name := range []string{"SampleCount", "Sum", "Minimum", "Maximum"} {
		if value := set.Number(name); !isSound(value) || name == "SampleCount" && value < 0 {
			return d.invalid("StatisticValues."+name, value)
		}
	}
	if set.Number("Maximum") < set.Number("Minimum") {
		return d.invalid("StatisticValues.Maximum", set.Number("Maximum"))
	}
	return nil
}

func isSound(value float64) bool { return !math.IsNaN(value) && math.Abs(value) <= largest }

func number(list []any, at int) float64 {
	if at >= len(list) {
		return 0
	}
	return model.Object{"": list[at]}.Number("")
}

func (d *datum) count(at int) float64 {
	if counts := d.List("Counts"); len(counts) > 0 {
		return number(counts, at)
	}
	return 1
}

// take adds a datum to its series.
func (c *call) take(namespace string, d datum) error {
	m := metricOf(d.Object, c.region)
	m.Namespace = namespace
	names := map[string]bool{}
	for i, dimension := range m.Dimensions {
		if names[dimension.Name] || dimension.Name == "" || dimension.Value == "" {
			return d.invalid(fmt.Sprintf("Dimensions.member.%d", i+1), dimension.Name)
		}
		names[dimension.Name] = true
	}
	series, err := c.options.Metrics.Series(m)
	if err != nil {
		return refusal("LimitExceeded", err.Error())
	}
	at := timeOf(d.Object, "Timestamp")
	if at.IsZero() {
		at = c.now
	}
	if d.Has("Value") {
		series.Add(at, d.Number("Value"))
	}
	for i := range d.List("Values") {
		series.AddMany(at, number(d.List("Values"), i), d.count(i))
	}
	if set := d.Object.Object("StatisticValues"); set != nil {
		series.AddSet(at, metrics.Distribution{
			Count: set.Number("SampleCount"), Sum: set.Number("Sum"),
			Min: set.Number("Minimum"), Max: set.Number("Maximum"),
		})
	}
	return nil
}

// listedAtOnce is how many metrics a page has.
const listedAtOnce = 500

func listMetrics(c *call) (model.Object, error) {
	namespace, name := c.in.Text("Namespace"), c.in.Text("MetricName")
	since := c.now.Add(-keptPast)
	if c.in.Text("RecentlyActive") != "" {
		since = c.now.Add(-3 * time.Hour)
	}
	all := slices.DeleteFunc(c.options.Metrics.List(c.region), func(m metrics.Listed) bool {
		return namespace != "" && m.Namespace != namespace || name != "" && m.Name != name ||
			m.Newest.Before(since) || !c.selects(m)
	})
	shown, next, err := page(c.in, all, listedAtOnce, func(m metrics.Listed) string {
		return fmt.Sprintf("%s %s %v", m.Namespace, m.Name, m.Dimensions)
	})
	if err != nil {
		return nil, err
	}
	listed := []any{}
	for _, m := range shown {
		listed = append(listed, model.Object{
			"Namespace": m.Namespace, "MetricName": m.Name, "Dimensions": dimensionsOf(m.Dimensions),
		})
	}
	out := model.Object{"Metrics": listed}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// selects says whether a metric has the dimensions that a call asks for.
func (c *call) selects(m metrics.Listed) bool {
	for _, wanted := range c.in.Objects("Dimensions") {
		found := slices.ContainsFunc(m.Dimensions, func(d metrics.Dimension) bool {
			return d.Name == wanted.Text("Name") && (!wanted.Has("Value") || d.Value == wanted.Text("Value"))
		})
		if !found {
			return false
		}
	}
	return true
}
