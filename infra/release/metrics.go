package release

import (
	"context"
	"fmt"
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
}

// sample reads what one side served. A window is counted in whole minutes, as CloudWatch does.
func (s series) sample(ctx context.Context, from CloudWatch, q Query) (Sample, error) {
	start := q.From.Truncate(time.Minute)
	period := q.To.Sub(start)
	if rest := period % time.Minute; rest > 0 || period == 0 {
		period += time.Minute - rest
	}
	asked := []types.MetricDataQuery{
		s.query("calls", s.calls, "Sum", period), s.query("errors", s.errors, "Sum", period),
		s.query("p50", s.taking, "p50", period), s.query("p99", s.taking, "p99", period),
	}
	if q.Slow > 0 {
		atLeast := strconv.FormatFloat(q.Slow.Seconds()*1000, 'f', -1, 64)
		asked = append(asked, s.query("slow", s.taking, "PR("+atLeast+":)", period))
	}
	out, err := from.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(start), EndTime: aws.Time(start.Add(period)), MetricDataQueries: asked,
	})
	if err != nil {
		return Sample{}, fmt.Errorf("reading the metrics of %s: %w", s.name(), err)
	}
	values := map[string]float64{}
	for _, result := range out.MetricDataResults {
		for _, value := range result.Values {
			id := aws.ToString(result.Id)
			if id == "calls" || id == "errors" {
				values[id] += value
				continue
			}
			values[id] = max(values[id], value)
		}
	}
	calls := int64(values["calls"])
	return Sample{
		Calls: calls, Errors: int64(values["errors"]),
		Slow: int64(values["slow"] / 100 * float64(calls)),
		P50:  milliseconds(values["p50"]), P99: milliseconds(values["p99"]),
	}, nil
}

func (s series) name() string { return fmt.Sprintf("%s %v", s.namespace, s.dimensions) }

func milliseconds(value float64) time.Duration {
	return time.Duration(value * float64(time.Millisecond))
}

func (s series) query(id, metric, stat string, period time.Duration) types.MetricDataQuery {
	read := &types.Metric{Namespace: aws.String(s.namespace), MetricName: aws.String(metric)}
	for name, value := range s.dimensions {
		read.Dimensions = append(read.Dimensions, types.Dimension{
			Name: aws.String(name), Value: aws.String(value),
		})
	}
	return types.MetricDataQuery{
		Id: aws.String(id),
		MetricStat: &types.MetricStat{
			Metric: read, Period: aws.Int32(int32(period / time.Second)), Stat: aws.String(stat),
		},
	}
}

// both samples the two sides.
func both(
	ctx context.Context, from CloudWatch, baseline, candidate series, q Query,
) (Samples, error) {
	before, err := baseline.sample(ctx, from, q)
	if err != nil {
		return Samples{}, err
	}
	after, err := candidate.sample(ctx, from, q)
	return Samples{Baseline: before, Candidate: after}, err
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
			return nil, fmt.Errorf("reading alarms: %w", err)
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
	return ringing, nil
}
