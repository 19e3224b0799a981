package release

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	gateway "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	metric "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/google/go-cmp/cmp"
)

// fakeGateway is one stage of API Gateway: it does what UpdateStage asks, and writes the calls
// down.
type fakeGateway struct {
	name       string // of the API; partner when empty
	deployment string
	canary     *gateway.CanarySettings
	calls      []string
	fails      error
}

func (g *fakeGateway) GetStage(
	_ context.Context, in *apigateway.GetStageInput, _ ...func(*apigateway.Options),
) (*apigateway.GetStageOutput, error) {
	if g.fails != nil {
		return nil, g.fails
	}
	return &apigateway.GetStageOutput{
		StageName: in.StageName, DeploymentId: aws.String(g.deployment), CanarySettings: g.canary,
	}, nil
}

func (g *fakeGateway) GetRestApi(
	context.Context, *apigateway.GetRestApiInput, ...func(*apigateway.Options),
) (*apigateway.GetRestApiOutput, error) {
	if g.name != "" {
		return &apigateway.GetRestApiOutput{Name: aws.String(g.name)}, nil
	}
	return &apigateway.GetRestApiOutput{Name: aws.String("partner")}, nil
}

func (g *fakeGateway) UpdateStage(
	_ context.Context, in *apigateway.UpdateStageInput, _ ...func(*apigateway.Options),
) (*apigateway.UpdateStageOutput, error) {
	var call []string
	for _, o := range in.PatchOperations {
		path := strings.TrimPrefix(aws.ToString(o.Path), "/")
		call = append(call, strings.TrimSpace(fmt.Sprint(string(o.Op), " ", path, " ",
			aws.ToString(o.Value)+aws.ToString(o.From))))
		g.apply(o, path)
	}
	g.calls = append(g.calls, strings.Join(call, ", "))
	return &apigateway.UpdateStageOutput{}, nil
}

func (g *fakeGateway) apply(o gateway.PatchOperation, path string) {
	value := aws.ToString(o.Value)
	switch {
	case path == "canarySettings" && o.Op == gateway.OpRemove:
		g.canary = nil
	case path == "deploymentId" && o.Op == gateway.OpCopy:
		g.deployment = aws.ToString(g.canary.DeploymentId)
	case path == "deploymentId":
		g.deployment = value
	case path == "canarySettings/deploymentId":
		if g.canary == nil {
			g.canary = &gateway.CanarySettings{}
		}
		g.canary.DeploymentId = aws.String(value)
	case path == "canarySettings/percentTraffic":
		_, _ = fmt.Sscan(value, &g.canary.PercentTraffic)
	}
}

// fakeMetrics answers what is asked of each metric and minute, and writes down what was asked.
type fakeMetrics struct {
	values map[string][]float64 // by metric, statistic and dimensions; a value a minute
	asked  []string
	alarms map[string]metric.StateValue
	fails  error
	window [2]time.Time
}

// key names a query as tests write it: "Count SampleCount partner prod".
func key(of *metric.MetricStat) string {
	words := []string{aws.ToString(of.Metric.MetricName), aws.ToString(of.Stat)}
	for _, d := range of.Metric.Dimensions {
		words = append(words, aws.ToString(d.Value))
	}
	return strings.Join(words, " ")
}

func (m *fakeMetrics) GetMetricData(
	_ context.Context, in *cloudwatch.GetMetricDataInput, _ ...func(*cloudwatch.Options),
) (*cloudwatch.GetMetricDataOutput, error) {
	if m.fails != nil {
		return nil, m.fails
	}
	m.window = [2]time.Time{*in.StartTime, *in.EndTime}
	out := &cloudwatch.GetMetricDataOutput{}
	for _, q := range in.MetricDataQueries {
		m.asked = append(m.asked, key(q.MetricStat))
		result := metric.MetricDataResult{Id: q.Id}
		for i, value := range m.values[key(q.MetricStat)] {
			result.Values = append(result.Values, value)
			result.Timestamps = append(result.Timestamps, in.StartTime.Add(time.Duration(i)*time.Minute))
		}
		out.MetricDataResults = append(out.MetricDataResults, result)
	}
	return out, nil
}

func (m *fakeMetrics) DescribeAlarms(
	_ context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options),
) (*cloudwatch.DescribeAlarmsOutput, error) {
	out := &cloudwatch.DescribeAlarmsOutput{}
	for _, name := range in.AlarmNames {
		state, known := m.alarms[name]
		switch {
		case !known:
		case strings.HasSuffix(name, "any"):
			out.CompositeAlarms = append(out.CompositeAlarms, metric.CompositeAlarm{
				AlarmName: aws.String(name), StateValue: state,
			})
		default:
			out.MetricAlarms = append(out.MetricAlarms, metric.MetricAlarm{
				AlarmName: aws.String(name), StateValue: state,
			})
		}
	}
	return out, nil
}

// same compares what tests want with what they got.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s, want first: %s", what, diff)
	}
}
