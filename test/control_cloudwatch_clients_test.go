package test

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"portico/local/runner"
)

// TestClientsObserve runs AWS's own clients, which look at what an API measures and logs.
func TestClientsObserve(t *testing.T) { runClients(t, "observe", onTemplate) }

// measuredRelease is a REST API of two deployments: one that answers 200, and as its canary one that answers
// 500.
type measuredRelease struct {
	*testing.T
	runner *runner.Runner
	watch  *cloudwatch.Client
	url    string
}

func startRelease(t *testing.T) *measuredRelease {
	t.Helper()
	r := startControl(t, "")
	api := member(manage(t, r, "POST /restapis?mode=import", mockDocument), "id")
	manage(t, r, "POST /restapis/"+api+"/deployments", `{"stageName":"dev"}`)
	broken := strings.ReplaceAll(mockDocument, `"statusCode\": 200`, `"statusCode\": 500`)
	broken = strings.ReplaceAll(broken, `"statusCode":"200"`, `"statusCode":"500"`)
	broken = strings.ReplaceAll(broken, `"200":{"description"`, `"500":{"description"`)
	manage(t, r, "PUT /restapis/"+api+"?mode=overwrite", broken)
	manage(t, r, "POST /restapis/"+api+"/deployments",
		`{"stageName":"dev","canarySettings":{"percentTraffic":20}}`)
	return &measuredRelease{
		T: t, runner: r, url: r.URL() + "/restapis/" + api + "/dev/_user_request_/x",
		watch: cloudwatch.New(cloudwatch.Options{
			Region: "us-east-1", BaseEndpoint: aws.String(r.URL()),
			Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		}),
	}
}

// dimensions are those of the API on a stage, which may be its canary.
func (*measuredRelease) dimensions(stage string) []types.Dimension {
	return []types.Dimension{
		{Name: aws.String("ApiName"), Value: aws.String("load")},
		{Name: aws.String("Stage"), Value: aws.String(stage)},
	}
}

// measured asks for a statistic of the last hour.
func (r *measuredRelease) measured(metric, stage, stat string) float64 {
	r.Helper()
	now := r.runner.Clock().Now()
	out, err := r.watch.GetMetricData(r.Context(), &cloudwatch.GetMetricDataInput{
		StartTime: aws.Time(now.Add(-30 * time.Minute)), EndTime: aws.Time(now.Add(30 * time.Minute)),
		MetricDataQueries: []types.MetricDataQuery{{
			Id: aws.String("m"), MetricStat: &types.MetricStat{
				Metric: &types.Metric{
					Namespace: aws.String("AWS/ApiGateway"), MetricName: aws.String(metric),
					Dimensions: r.dimensions(stage),
				},
				Period: aws.Int32(3600), Stat: aws.String(stat),
			},
		}},
	})
	if err != nil {
		r.Fatal(err)
	}
	values := out.MetricDataResults[0].Values
	if len(values) != 1 {
		r.Fatalf("%s of %s on %s has the values %v, want one", stat, metric, stage, values)
	}
	return values[0]
}

// took returns how long calls with a status took, in milliseconds, the shortest first; 0 is any.
func (r *measuredRelease) took(status int) []float64 {
	r.Helper()
	_, text := visit(r.T, r.runner.URL()+"/_portico/calls?count=2000")
	var records []struct {
		Status int
		Took   time.Duration
	}
	if err := json.Unmarshal([]byte(text), &records); err != nil {
		r.Fatal(err)
	}
	var all []float64
	for _, record := range records {
		if status == 0 || record.Status == status {
			all = append(all, float64(record.Took)/1e6)
		}
	}
	slices.Sort(all)
	return all
}

// check holds what was measured on a stage against what was seen.
func (r *measuredRelease) check(stage string, calls, failures int, took []float64) {
	r.Helper()
	for _, row := range []struct {
		metric, stat string
		want         float64
	}{
		{"Count", "Sum", float64(calls)},
		{"Count", "SampleCount", float64(calls)},
		{"5XXError", "Sum", float64(failures)},
		{"4XXError", "Sum", 0},
		{"5XXError", "Average", float64(failures) / float64(calls)},
		{"Latency", "SampleCount", float64(calls)},
		{"Latency", "p50", quantile(took, 0.5)},
		{"Latency", "p99", quantile(took, 0.99)},
		{"Latency", "Maximum", took[len(took)-1]},
	} {
		got := r.measured(row.metric, stage, row.stat)
		off := 0.0
		if row.metric == "Latency" && row.stat[0] == 'p' {
			off = 0.01 * row.want
		}
		if math.Abs(got-row.want) > off+1e-9 {
			r.Errorf("%s of %s on %s is %v, want %v", row.stat, row.metric, stage, got, row.want)
		}
	}
}

func quantile(sorted []float64, q float64) float64 {
	return sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
}

// TestACanaryIsMeasuredBesideItsStage sends calls to a stage whose canary serves a fifth of them, and
// fails. What the SDK is told of both is what happened, and the alarm on the canary goes off.
func TestACanaryIsMeasuredBesideItsStage(t *testing.T) {
	r := startRelease(t)
	defer http.DefaultClient.CloseIdleConnections()
	_, err := r.watch.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("canary"), Namespace: aws.String("AWS/ApiGateway"),
		MetricName: aws.String("5XXError"), Dimensions: r.dimensions("dev/Canary"),
		Statistic: types.StatisticAverage, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1),
		Threshold:          aws.Float64(0.05),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
		TreatMissingData:   aws.String("notBreaching"),
	})
	if err != nil {
		t.Fatal(err)
	}
	const calls = 500
	failures := 0
	for range calls {
		if status, _ := visit(t, r.url); status == http.StatusInternalServerError {
			failures++
		}
	}
	if failures < calls/10 || failures > calls*3/10 {
		t.Fatalf("the canary served %d of %d calls, want about a fifth", failures, calls)
	}
	r.check("dev", calls, failures, r.took(0))
	r.check("dev/Canary", failures, failures, r.took(http.StatusInternalServerError))
	r.alarms("canary", types.StateValueAlarm)
}

// alarms lets two minutes pass, and expects a state of an alarm among its history.
func (r *measuredRelease) alarms(name string, want types.StateValue) {
	r.Helper()
	r.runner.Clock().Advance(2 * time.Minute)
	out, err := r.watch.DescribeAlarmHistory(context.WithoutCancel(r.Context()),
		&cloudwatch.DescribeAlarmHistoryInput{
			AlarmName: aws.String(name), HistoryItemType: types.HistoryItemTypeStateUpdate,
			ScanBy: types.ScanByTimestampAscending,
		})
	if err != nil {
		r.Fatal(err)
	}
	var told []string
	for _, item := range out.AlarmHistoryItems {
		told = append(told, *item.HistorySummary)
	}
	if !slices.ContainsFunc(told, func(text string) bool { return strings.HasSuffix(text, "to "+string(want)) }) {
		r.Errorf("the alarm %s has the history %v, want %s in it", name, told, want)
	}
	alarms, err := r.watch.DescribeAlarms(r.Context(), &cloudwatch.DescribeAlarmsInput{})
	if err != nil || len(alarms.MetricAlarms) != 1 ||
		cmp.Or(*alarms.MetricAlarms[0].AlarmName, "") != name {
		r.Errorf("there are the alarms %+v, %v", alarms, err)
	}
}

// TestTheSDKIsToldOfErrors has the SDK read refusals in the protocol that it speaks.
func TestTheSDKIsToldOfErrors(t *testing.T) {
	r := startRelease(t)
	_, err := r.watch.GetDashboard(t.Context(), &cloudwatch.GetDashboardInput{
		DashboardName: aws.String("none"),
	})
	if err == nil || !strings.Contains(err.Error(), "ResourceNotFound: Dashboard none does not exist") {
		t.Errorf("got %v", err)
	}
	_, err = r.watch.PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: aws.String("a"), EvaluationPeriods: aws.Int32(1),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
	})
	if err == nil || !strings.Contains(err.Error(), "MissingParameter: The parameter Threshold is required") {
		t.Errorf("got %v", err)
	}
}
