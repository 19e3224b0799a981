package cloudwatch

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"portico/local/control/model"
	"portico/local/metrics"
)

// maxDatapoints is how many points GetMetricStatistics returns at most.
const maxDatapoints = 1440

// statistic computes a value of what was measured in a period; ok is false when there is none.
type statistic func(d *metrics.Distribution) (value float64, ok bool)

// parseStatistic reads the name of a statistic: Sum, p99, p99.9.
func parseStatistic(name string) (statistic, error) {
	switch name {
	case "SampleCount":
		return func(d *metrics.Distribution) (float64, bool) { return d.Count, true }, nil
	case "Sum":
		return func(d *metrics.Distribution) (float64, bool) { return d.Sum, true }, nil
	case "Average":
		return func(d *metrics.Distribution) (float64, bool) { return d.Average(), true }, nil
	case "Minimum":
		return func(d *metrics.Distribution) (float64, bool) { return d.Min, true }, nil
	case "Maximum":
		return func(d *metrics.Distribution) (float64, bool) { return d.Max, true }, nil
	}
	if above, upTo, ok := percentileRank(name); ok {
		return func(d *metrics.Distribution) (float64, bool) {
			share, ok := d.Share(above, upTo)
			return 100 * share, ok
		}, nil
	}
	if of := rangeStatistic(name); of != nil {
		return of, nil
	}
	share, ok := percentile(name)
	if !ok {
		return nil, invalidValue(fmt.Sprintf("The value %s for parameter Stat is not supported here; "+
			"there are SampleCount, Sum, Average, Minimum, Maximum, percentiles like p99.9, percentile "+
			"ranks like PR(100:2000), and tm99, TM(10%%:90%%), TC, TS, WM and IQM", name))
	}
	return func(d *metrics.Distribution) (float64, bool) { return d.Quantile(share) }, nil
}

// percentileRank reads PR(100:2000), PR(:300) or PR(80:): how many percent of the values are above
// the first bound and at most the second ("CloudWatch statistics definitions").
func percentileRank(name string) (above, upTo float64, ok bool) {
	bounds, ok := strings.CutPrefix(name, "PR(")
	bounds, closed := strings.CutSuffix(bounds, ")")
	low, high, parted := strings.Cut(bounds, ":")
	if !ok || !closed || !parted || low+high == "" {
		return 0, 0, false
	}
	above, upTo = math.Inf(-1), math.Inf(1)
	for text, bound := range map[string]*float64{low: &above, high: &upTo} {
		if text == "" {
			continue
		}
		number, err := strconv.ParseFloat(text, 64)
		if err != nil || strings.Trim(text, "-0123456789.") != "" {
			return 0, 0, false
		}
		*bound = number
	}
	return above, upTo, above < upTo
}

// percentile reads p0.0 to p100 as a share.
func percentile(name string) (share float64, ok bool) {
	digits, ok := strings.CutPrefix(name, "p")
	number, err := strconv.ParseFloat(digits, 64)
	if !ok || err != nil || number < 0 || number > 100 ||
		strings.Trim(digits, "0123456789.") != "" {
		return 0, false
	}
	return number / 100, true
}

// metricOf reads a metric of an input.
func metricOf(in model.Object, region string) metrics.Metric {
	m := metrics.Metric{
		Region: region, Namespace: in.Text("Namespace"), Name: in.Text("MetricName"),
		Unit: in.Text("Unit"),
	}
	for _, dimension := range in.Objects("Dimensions") {
		m.Dimensions = append(m.Dimensions, metrics.Dimension{
			Name: dimension.Text("Name"), Value: dimension.Text("Value"),
		})
	}
	return m
}

// dimensionsOf prints dimensions.
func dimensionsOf(all []metrics.Dimension) []any {
	list := make([]any, 0, len(all))
	for _, d := range all {
		list = append(list, model.Object{"Name": d.Name, "Value": d.Value})
	}
	return list
}

// period reads a period in seconds.
//
// Unlike AWS: all metrics are kept by the minute, also those of high resolution.
func period(in model.Object, name string) (time.Duration, error) {
	number := in.Int(name)
	if number < 60 || number%60 != 0 || number > 7*24*60*60 {
		return 0, invalidValue(fmt.Sprintf("The parameter %s must be a multiple of 60, of at most "+
			"604800; it is %d", name, number))
	}
	return time.Duration(number) * time.Second, nil
}

// window reads the time that a call is about. AWS begins at the minute in which it begins.
func (c *call) window(per time.Duration) (metrics.Window, error) {
	from, to := timeOf(c.in, "StartTime"), timeOf(c.in, "EndTime")
	if !from.Before(to) {
		return metrics.Window{}, invalidValue("The parameter StartTime must be less than the parameter " +
			"EndTime.")
	}
	return metrics.Window{From: from.Truncate(time.Minute), To: to, Period: per}, nil
}

func getMetricStatistics(c *call) (model.Object, error) {
	plain, extended := c.in.Texts("Statistics"), c.in.Texts("ExtendedStatistics")
	if len(plain)+len(extended) == 0 {
		return nil, refusal("InvalidParameterCombination",
			"Must specify either Statistics or ExtendedStatistics")
	}
	per, err := period(c.in, "Period")
	if err != nil {
		return nil, err
	}
	w, err := c.window(per)
	if err != nil {
		return nil, err
	}
	if n := int(w.To.Sub(w.From) / per); n > maxDatapoints {
		return nil, invalidCombination(fmt.Sprintf("You have requested up to %d datapoints, which "+
			"exceeds the limit of %d. You may reduce the datapoints requested by increasing Period, or "+
			"decreasing the time range.", n, maxDatapoints))
	}
	for _, name := range extended {
		if _, err := parseStatistic(name); err != nil {
			return nil, err
		}
	}
	points := []any{}
	for _, p := range c.options.Metrics.Read(metricOf(c.in, c.region), w) {
		points = append(points, datapoint(&p, plain, extended))
	}
	return model.Object{"Label": c.in.Text("MetricName"), "Datapoints": points}, nil
}

func datapoint(p *metrics.Point, plain, extended []string) model.Object {
	out := model.Object{"Timestamp": seconds(p.At), "Unit": p.Unit}
	for _, name := range plain {
		if of, err := parseStatistic(name); err == nil {
			out[name], _ = of(&p.Distribution)
		}
	}
	percentiles := model.Object{}
	for _, name := range extended {
		if of, err := parseStatistic(name); err == nil {
			if value, ok := of(&p.Distribution); ok {
				percentiles[name] = value
			}
		}
	}
	if len(percentiles) > 0 {
		out["ExtendedStatistics"] = percentiles
	}
	return out
}
