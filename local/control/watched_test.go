package control_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/control/cloudwatch"
	"portico/local/metrics"
)

// orders is a metric of tests, and a query of it.
func orders(stat string) tree {
	return tree{"Id": "m", "MetricStat": tree{
		"Metric": tree{"Namespace": "Own", "MetricName": "Orders"}, "Period": 60, "Stat": stat,
	}}
}

// measure adds values to the metric of tests, now.
func (d *desk) measure(values ...float64) {
	d.t.Helper()
	for _, value := range values {
		d.do("monitoring", "PutMetricData", tree{"Namespace": "Own", "MetricData": []any{
			tree{"MetricName": "Orders", "Value": value},
		}})
	}
}

// minute lets a minute pass.
func (d *desk) minute() { d.clock.Advance(time.Minute) }

func TestMetricDataIsComputed(t *testing.T) {
	d := newDesk(t)
	for _, values := range [][]float64{{1, 2, 3}, {}, {10}} {
		d.measure(values...)
		d.minute()
	}
	for _, row := range []struct {
		does    string
		queries []any
		want    []any // of the first result
	}{
		{"a statistic", []any{orders("Sum")}, []any{6.0, 10.0}},
		{"a percentile", []any{orders("p50")}, []any{2.0, 10.0}},
		{"a share of the values", []any{orders("PR(:3)")}, []any{100.0, 0.0}},
		{"values above another", []any{orders("PR(9:)")}, []any{0.0, 100.0}},
		{
			"gaps that are filled",
			[]any{tree{"Id": "e", "Expression": "FILL(m, 0)"}, orders("Sum")},
			[]any{6.0, 0.0, 10.0},
		},
		{"gaps that are filled with what was before", []any{
			tree{"Id": "e", "Expression": "FILL(m, REPEAT) * 2 + 1"}, orders("Sum"),
		}, []any{13.0, 13.0, 21.0}},
		{
			"a line through a gap",
			[]any{tree{"Id": "e", "Expression": "FILL(m, LINEAR)"}, orders("Sum")},
			[]any{6.0, 8.0, 10.0},
		},
		{
			"a share",
			[]any{tree{"Id": "e", "Expression": "100 * m / SUM(m)"}, orders("Sum")},
			[]any{37.5, 62.5},
		},
		{
			"a condition",
			[]any{tree{"Id": "e", "Expression": "IF(m > 7 AND m < 11, 1, -m)"}, orders("Sum")},
			[]any{-6.0, 1.0},
		},
		{"a rate", []any{tree{"Id": "e", "Expression": "RATE(m)"}, orders("Sum")}, []any{4.0 / 120}},
		{"a sum of several", []any{
			tree{"Id": "e", "Expression": "SUM([m, n]) - MAX(METRICS())"},
			orders("Sum"),
			tree{"Id": "n", "ReturnData": false, "MetricStat": tree{
				"Metric": tree{"Namespace": "Own", "MetricName": "Orders"}, "Period": 60, "Stat": "SampleCount",
			}},
		}, []any{3.0, 1.0}},
		{
			"a division by nothing",
			[]any{tree{"Id": "e", "Expression": "m / (m - 6)"}, orders("Sum")},
			[]any{2.5},
		},
		{
			"precedence",
			[]any{tree{"Id": "e", "Expression": "(m - -2 * 2 ^ 2) / 2"}, orders("Sum")},
			[]any{7.0, 9.0},
		},
	} {
		t.Run(row.does, func(t *testing.T) {
			out := d.do("monitoring", "GetMetricData", tree{
				"MetricDataQueries": row.queries, "ScanBy": "TimestampAscending",
				"StartTime": noon.Unix(), "EndTime": noon.Add(150 * time.Second).Unix(),
			})
			first := list(out, "MetricDataResults")[0]
			if diff := cmp.Diff(row.want, first["Values"]); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestMetricDataComesInPages(t *testing.T) {
	d := newDesk(t)
	for i := range 5 {
		d.measure(float64(i))
		d.minute()
	}
	var all []any
	in := tree{
		"MetricDataQueries": []any{orders("Sum"), tree{"Id": "e", "Expression": "m * 10"}},
		"StartTime":         noon.Unix(), "EndTime": noon.Add(time.Hour).Unix(), "MaxDatapoints": 3,
	}
	for {
		out := d.do("monitoring", "GetMetricData", in)
		for _, result := range list(out, "MetricDataResults") {
			all = append(all, result["Values"].([]any)...)
		}
		if in["NextToken"] = out["NextToken"]; in["NextToken"] == nil {
			break
		}
	}
	want := []any{4.0, 3.0, 2.0, 1.0, 0.0, 40.0, 30.0, 20.0, 10.0, 0.0}
	if diff := cmp.Diff(want, all); diff != "" {
		t.Errorf("the newest come first (-want +got)\n%s", diff)
	}
}

func TestWhatIsNotComputedIsNamed(t *testing.T) {
	d := newDesk(t)
	for expression, words := range map[string]string{
		"ANOMALY_DETECTION_BAND(m)":     "the function ANOMALY_DETECTION_BAND is not supported here",
		"SEARCH('{a}', 'Sum')":          "the function SEARCH is not supported here",
		"SELECT SUM(x) FROM y":          "Metrics Insights",
		"m +":                           "it ends too early",
		"m n":                           `"n" is not expected`,
		"(m":                            `")" is missing`,
		"IF(m)":                         "takes 2 to 3 arguments, not 1",
		"x + 1":                         "there is no metric with the id x",
		"e + 1":                         "it refers to itself",
		"SUM(m)":                        "it returns a number, and must return a time series",
		"m $ 2":                         `'$' is not expected`,
		strings.Repeat("(", 1000):       "it ends too early",
		"m + " + strings.Repeat("-", 9): "it ends too early",
	} {
		d.refused("monitoring", "GetMetricData", tree{
			"MetricDataQueries": []any{tree{"Id": "e", "Expression": expression}, orders("Sum")},
			"StartTime":         noon.Unix(), "EndTime": noon.Add(time.Hour).Unix(),
		}, "ValidationError", words)
	}
}

func TestBadMetricsAreRefused(t *testing.T) {
	d := newDesk(t)
	for _, row := range []struct {
		datum       tree
		code, words string
	}{
		{tree{}, "MissingRequiredParameterException", "MetricData.member.1.Value is required"},
		{tree{"Value": 1, "Values": []any{1.0}}, "InvalidParameterCombinationException", "mutually exclusive"},
		{tree{"Value": 1e300}, "InvalidParameterValueException", "MetricData.member.1.Value is invalid"},
		{tree{"Values": []any{1.0, 2.0}, "Counts": []any{1.0}}, "InvalidParameterValueException", "same size"},
		{
			tree{"Value": 1, "Timestamp": noon.AddDate(0, 0, -15).Unix()},
			"InvalidParameterValueException",
			"two weeks in the past",
		},
		{
			tree{"Value": 1, "Timestamp": noon.Add(3 * time.Hour).Unix()},
			"InvalidParameterValueException",
			"two hours in the future",
		},
		{tree{"Value": 1, "Unit": "Bananas"}, "ValidationError", "Member must satisfy enum value set"},
	} {
		row.datum["MetricName"] = "m"
		d.refused("monitoring", "PutMetricData", tree{
			"Namespace": "Own", "MetricData": []any{row.datum},
		}, row.code, row.words)
	}
}

func TestMetricsAreListed(t *testing.T) {
	d := newDesk(t)
	d.measure(1)
	d.do("monitoring", "PutMetricData", tree{"Namespace": "Own", "MetricData": []any{tree{
		"MetricName": "Orders", "Value": 1, "Dimensions": []any{tree{"Name": "Kind", "Value": "rush"}},
	}}})
	for _, row := range []struct {
		in   tree
		want int
	}{
		{tree{}, 2},
		{tree{"Namespace": "Own"}, 2},
		{tree{"Namespace": "Other"}, 0},
		{tree{"Dimensions": []any{tree{"Name": "Kind"}}}, 1},
		{tree{"Dimensions": []any{tree{"Name": "Kind", "Value": "slow"}}}, 0},
		{tree{"MetricName": "Orders", "RecentlyActive": "PT3H"}, 2},
	} {
		if got := list(d.do("monitoring", "ListMetrics", row.in), "Metrics"); len(got) != row.want {
			t.Errorf("%v lists %v, want %d", row.in, got, row.want)
		}
	}
	d.clock.Advance(4 * time.Hour)
	if got := list(d.do("monitoring", "ListMetrics", tree{"RecentlyActive": "PT3H"}), "Metrics"); len(got) != 0 {
		t.Errorf("after four hours there are %v", got)
	}
	if err := d.door.Reset(); err != nil {
		t.Fatal(err)
	}
	if got := list(d.do("monitoring", "ListMetrics", tree{}), "Metrics"); len(got) != 0 {
		t.Errorf("after a reset there are %v", got)
	}
}

// alarm puts an alarm on the sum of the metric of tests.
func (d *desk) alarm(name string, settings tree) {
	d.t.Helper()
	in := tree{
		"AlarmName": name, "Namespace": "Own", "MetricName": "Orders", "Statistic": "Sum", "Period": 60,
		"EvaluationPeriods": 1, "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold",
		"AlarmActions": []any{"arn:aws:sns:us-east-1:123456789012:pager"},
	}
	for member, value := range settings {
		if in[member] = value; value == nil {
			delete(in, member)
		}
	}
	d.do("monitoring", "PutMetricAlarm", in)
}

// states returns the states of all alarms, by name.
func (d *desk) states() map[string]string {
	d.t.Helper()
	out := d.do("monitoring", "DescribeAlarms", tree{"AlarmTypes": []any{"MetricAlarm", "CompositeAlarm"}})
	states := map[string]string{}
	for _, a := range append(list(out, "MetricAlarms"), list(out, "CompositeAlarms")...) {
		states[a["AlarmName"].(string)] = a["StateValue"].(string)
	}
	return states
}

func (d *desk) expect(when string, want map[string]string) {
	d.t.Helper()
	if diff := cmp.Diff(want, d.states()); diff != "" {
		d.t.Errorf("%s (-want +got)\n%s", when, diff)
	}
}

func TestAlarmsFollowTheClock(t *testing.T) {
	d := newDesk(t)
	d.alarm("high", nil)
	d.alarm("computed", tree{
		"Namespace": nil, "MetricName": nil, "Statistic": nil, "Period": nil, "Metrics": []any{
			tree{"Id": "e", "Expression": "FILL(m, 0) * 2"}, func() tree {
				metric := orders("Sum")
				metric["ReturnData"] = false
				return metric
			}(),
		},
	})
	d.do("monitoring", "PutCompositeAlarm", tree{
		"AlarmName": "both", "AlarmRule": `ALARM(high) AND NOT OK("computed")`,
	})
	d.expect("at first", map[string]string{
		"high": "INSUFFICIENT_DATA", "computed": "INSUFFICIENT_DATA", "both": "INSUFFICIENT_DATA",
	})
	d.measure(9)
	d.minute()
	d.expect("after a minute", map[string]string{"high": "ALARM", "computed": "ALARM", "both": "ALARM"})
	d.minute()
	d.measure(1)
	d.minute()
	d.expect("when it is over", map[string]string{"high": "OK", "computed": "OK", "both": "OK"})
	history := list(d.do("monitoring", "DescribeAlarmHistory", tree{
		"AlarmName": "high", "ScanBy": "TimestampAscending",
	}), "AlarmHistoryItems")
	var told []string
	for _, item := range history {
		told = append(told, item["HistorySummary"].(string))
	}
	want := []string{
		`Alarm "high" created`, "Alarm updated from INSUFFICIENT_DATA to ALARM",
		"Failed to execute action arn:aws:sns:us-east-1:123456789012:pager",
		"Alarm updated from ALARM to OK",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("the history (-want +got)\n%s", diff)
	}
	reason := list(d.do("monitoring", "DescribeAlarms", tree{"AlarmNames": []any{"high"}}), "MetricAlarms")[0]
	if got := reason["StateReason"]; got != "Threshold Crossed: 1 out of the last 1 datapoints [1.0 "+
		"(02/01/26 12:02:00)] was not greater than the threshold (5.0) (minimum 1 datapoint for ALARM "+
		"-> OK transition)." {
		t.Errorf("the reason is %s", got)
	}
	d.clock.Advance(30 * 24 * time.Hour)
	d.expect("a month later", map[string]string{
		"high": "INSUFFICIENT_DATA", "computed": "OK", "both": "OK",
	})
}

func TestAlarmsAreChanged(t *testing.T) {
	d := newDesk(t)
	d.alarm("a", nil)
	d.alarm("b", tree{"Tags": []any{tree{"Key": "team", "Value": "x"}}, "ActionsEnabled": false})
	arn := "arn:aws:cloudwatch:us-east-1:123456789012:alarm:b"
	d.do("monitoring", "TagResource", tree{
		"ResourceARN": arn, "Tags": []any{tree{"Key": "cost", "Value": "1"}},
	})
	d.do("monitoring", "UntagResource", tree{"ResourceARN": arn, "TagKeys": []any{"team"}})
	tags := list(d.do("monitoring", "ListTagsForResource", tree{"ResourceARN": arn}), "Tags")
	if diff := cmp.Diff([]tree{{"Key": "cost", "Value": "1"}}, tags); diff != "" {
		t.Errorf("tags (-want +got)\n%s", diff)
	}
	d.do("monitoring", "SetAlarmState", tree{
		"AlarmName": "a", "StateValue": "ALARM", "StateReason": "a test",
	})
	d.expect("when it was set", map[string]string{"a": "ALARM", "b": "INSUFFICIENT_DATA"})
	d.measure(1)
	d.minute()
	d.expect("when it is evaluated", map[string]string{"a": "OK", "b": "OK"})
	d.do("monitoring", "DisableAlarmActions", tree{"AlarmNames": []any{"a"}})
	found := list(d.do("monitoring", "DescribeAlarmsForMetric", tree{
		"Namespace": "Own", "MetricName": "Orders",
	}), "MetricAlarms")
	if len(found) != 2 || found[0]["ActionsEnabled"] != false || found[1]["ActionsEnabled"] != false {
		t.Errorf("the metric has the alarms %v", found)
	}
	d.refused("monitoring", "SetAlarmState", tree{
		"AlarmName": "c", "StateValue": "OK", "StateReason": "x",
	}, "ResourceNotFound", "c")
	d.refused("monitoring", "PutMetricAlarm", tree{
		"AlarmName": "c", "Namespace": "Own", "MetricName": "m", "Statistic": "Sum", "Period": 60,
		"EvaluationPeriods": 1, "DatapointsToAlarm": 2, "Threshold": 1,
		"ComparisonOperator": "LessThanThreshold",
	}, "ValidationError", "DatapointsToAlarm must be 1 to EvaluationPeriods")
	d.refused("monitoring", "PutCompositeAlarm", tree{"AlarmName": "c", "AlarmRule": "ALARM(nobody)"},
		"ValidationError", "alarms [nobody] in the alarm rule do not exist")
	d.do("monitoring", "DeleteAlarms", tree{"AlarmNames": []any{"a", "nobody"}})
	d.expect("when one was deleted", map[string]string{"b": "OK"})
}

func TestAlarmsOfTheTemplateAreWatchedAndNotChanged(t *testing.T) {
	d := newDesk(t, func(d *desk) {
		d.alarms = []cloudwatch.Described{{
			Name: "high", Region: "us-east-1", Properties: tree{
				"Namespace": "AWS/Lambda", "MetricName": "Errors", "Statistic": "Sum", "Period": 60.0,
				"EvaluationPeriods": 1.0, "Threshold": 0.0, "ComparisonOperator": "GreaterThanThreshold",
				"TreatMissingData": "notBreaching",
				"Dimensions":       []any{tree{"Name": "FunctionName", "Value": "orders"}},
			},
		}}
		d.boards = []cloudwatch.Described{{Name: "board", Properties: tree{"DashboardBody": `{}`}}}
	})
	series, err := d.metrics.Series(metrics.Metric{
		Region: "us-east-1", Namespace: "AWS/Lambda", Name: "Errors", Unit: "Count",
		Dimensions: []metrics.Dimension{{Name: "FunctionName", Value: "orders"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.minute()
	d.expect("without data", map[string]string{"high": "OK"})
	series.Add(d.clock.Now(), 1)
	d.minute()
	d.expect("with an error", map[string]string{"high": "ALARM"})
	d.refused("monitoring", "DeleteAlarms", tree{"AlarmNames": []any{"high"}}, "ValidationError",
		"described by the template")
	d.refused("monitoring", "DeleteDashboards", tree{"DashboardNames": []any{"board"}}, "ValidationError",
		"described by the template")
}

func TestDashboardsAndAlarmsOutliveTheDoor(t *testing.T) {
	d := newDesk(t)
	state := t.TempDir()
	d.open(state)
	d.alarm("a", tree{"Threshold": 2.5})
	d.do("monitoring", "PutDashboard", tree{"DashboardName": "b", "DashboardBody": `{"widgets":[]}`})
	d.refused("monitoring", "PutDashboard", tree{"DashboardName": "b", "DashboardBody": `[`},
		"DashboardInvalidInputError", "must be a valid JSON object")
	if err := d.journal.Close(); err != nil {
		t.Fatal(err)
	}
	d.open(state)
	a := list(d.do("monitoring", "DescribeAlarms", tree{}), "MetricAlarms")
	if len(a) != 1 || a[0]["Threshold"] != 2.5 || a[0]["EvaluationPeriods"] != uint64(1) {
		t.Errorf("after a restart there is %v", a)
	}
	if b := d.do("monitoring", "GetDashboard", tree{"DashboardName": "b"}); b["DashboardBody"] != `{"widgets":[]}` {
		t.Errorf("after a restart there is %v", b)
	}
	d.do("monitoring", "DeleteDashboards", tree{"DashboardNames": []any{"b"}})
	d.refused("monitoring", "GetDashboard", tree{"DashboardName": "b"}, "ResourceNotFound", "does not exist")
}
