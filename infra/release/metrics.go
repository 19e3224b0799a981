package release

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// CloudWatch is the part of its client that targets read.
type CloudWatch interface {
	cloudwatch.GetMetricDataAPIClient
	cloudwatch.DescribeAlarmsAPIClient
}

// series says where the metrics of one side are.
type series struct {
	namespace             string
	dimensions            map[string]string
	calls, errors, taking string // names of the metrics; taking is in milliseconds
	counted               string // the statistic of calls
}

// byMinute is how metrics are read: how CloudWatch aligns longer periods need not be known then.
const byMinute = int32(time.Minute / time.Second)

// sample reads what sides served, in one request, so that all are of the same moment. A window is
// counted in whole minutes, as CloudWatch does.
func sample(ctx context.Context, from CloudWatch, q Query, sides ...series) ([]Sample, error) {
	input := &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(q.From.Truncate(time.Minute)),
		EndTime:   aws.Time(q.To.Truncate(time.Minute).Add(time.Minute)),
	}
	for i, side := range sides {
		input.MetricDataQueries = append(input.MetricDataQueries, side.queries(i, q.Slow)...)
	}
	values := map[string]map[int64]float64{} // by the id of the query, and the minute
	for pages := cloudwatch.NewGetMetricDataPaginator(from, input); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading metrics of %s: %w", sides[0].namespace, said(err))
		}
		for _, result := range page.MetricDataResults {
			id := aws.ToString(result.Id)
			if values[id] == nil {
				values[id] = map[int64]float64{}
			}
			for i := range min(len(result.Timestamps), len(result.Values)) {
				values[id][result.Timestamps[i].Unix()] = result.Values[i]
			}
		}
	}
	all := make([]Sample, len(sides))
	for i := range sides {
		all[i] = tally(func(what string) map[int64]float64 { return values[queryID(i, what)] })
	}
	return all, nil
}

func queryID(side int, what string) string { return "side" + strconv.Itoa(side) + "_" + what }

// queries asks for what a sample is made of.
func (s series) queries(side int, slow time.Duration) []types.MetricDataQuery {
	read := func(metric string) *types.Metric {
		of := &types.Metric{Namespace: aws.String(s.namespace), MetricName: aws.String(metric)}
		for _, name := range slices.Sorted(maps.Keys(s.dimensions)) {
			of.Dimensions = append(of.Dimensions, types.Dimension{
				Name: aws.String(name), Value: aws.String(s.dimensions[name]),
			})
		}
		return of
	}
	var all []types.MetricDataQuery
	ask := func(what, metric, statistic string) {
		all = append(all, types.MetricDataQuery{
			Id: aws.String(queryID(side, what)),
			MetricStat: &types.MetricStat{
				Metric: read(metric), Period: aws.Int32(byMinute), Stat: aws.String(statistic),
			},
		})
	}
	ask("calls", s.calls, s.counted)
	ask("errors", s.errors, "Sum")
	ask("p50", s.taking, "p50")
	ask("p99", s.taking, "p99")
	if slow > 0 {
		ask("slow", s.taking, "PR("+strconv.FormatFloat(slow.Seconds()*1000, 'f', -1, 64)+":)")
	}
	return all
}

// tally adds minutes up. Percentiles are the means of the minutes', by how many calls each has.
func tally(of func(what string) map[int64]float64) Sample {
	var s Sample
	var calls, slow, p50, p99 float64
	for at, n := range of("calls") {
		calls += n
		s.Errors += int64(of("errors")[at])
		slow += of("slow")[at] / 100 * n
		p50 += of("p50")[at] * n
		p99 += of("p99")[at] * n
	}
	if calls > 0 {
		s.P50, s.P99 = milliseconds(p50/calls), milliseconds(p99/calls)
	}
	s.Calls, s.Slow = int64(calls), int64(math.Round(slow))
	return s
}

func milliseconds(value float64) time.Duration {
	return time.Duration(value * float64(time.Millisecond))
}

// without takes the calls of a part out of what was counted with them. Percentiles cannot be taken
// apart and stay as they are. A whole that has fewer calls than its part did not count them.
func (s Sample) without(part Sample) Sample {
	if s.Calls < part.Calls {
		return s
	}
	s.Calls -= part.Calls
	s.Errors = min(max(s.Errors-part.Errors, 0), s.Calls)
	s.Slow = min(max(s.Slow-part.Slow, 0), s.Calls)
	return s
}

// alarming returns which of the alarms are in ALARM. One that does not exist is an error: it would
// watch nothing.
func alarming(ctx context.Context, from CloudWatch, names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	known := map[string]bool{}
	var ringing []string
	pages := cloudwatch.NewDescribeAlarmsPaginator(from, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: names,
		AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading alarms: %w", said(err))
		}
		states := map[string]types.StateValue{}
		for _, alarm := range page.MetricAlarms {
			states[aws.ToString(alarm.AlarmName)] = alarm.StateValue
		}
		for _, alarm := range page.CompositeAlarms {
			states[aws.ToString(alarm.AlarmName)] = alarm.StateValue
		}
		for name, state := range states {
			known[name] = true
			if state == types.StateValueAlarm {
				ringing = append(ringing, name)
			}
		}
	}
	for _, name := range names {
		if !known[name] {
			return nil, fmt.Errorf("the alarm %s does not exist", name)
		}
	}
	slices.Sort(ringing)
	return ringing, nil
}
