package release

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	gateway "github.com/aws/aws-sdk-go-v2/service/apigateway/types"
	metric "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
)

func canaryOf(deployment string, percent float64) *gateway.CanarySettings {
	return &gateway.CanarySettings{DeploymentId: aws.String(deployment), PercentTraffic: percent}
}

func TestMovesOfAStage(t *testing.T) {
	const (
		promote = "replace canarySettings/percentTraffic 0.0, " +
			"copy variables /canarySettings/stageVariableOverrides, " +
			"copy deploymentId /canarySettings/deploymentId"
		end = "remove canarySettings"
	)
	for _, row := range []struct {
		name, deployment string
		canary           *gateway.CanarySettings
		to               Position
		want             []string
	}{
		{
			"a canary begins", "d1", nil,
			Position{"d1", "d2", 5},
			[]string{"replace canarySettings/deploymentId d2, replace canarySettings/percentTraffic 5"},
		},
		{
			"it gets another share", "d1", canaryOf("d2", 5),
			Position{"d1", "d2", 12.5},
			[]string{"replace canarySettings/deploymentId d2, replace canarySettings/percentTraffic 12.5"},
		},
		{"it has that share", "d1", canaryOf("d2", 5), Position{"d1", "d2", 5}, nil},
		{"it is promoted", "d1", canaryOf("d2", 100), Position{Baseline: "d2"}, []string{promote, end}},
		{
			"its promotion was cut off in the middle", "d2", canaryOf("d2", 0),
			Position{Baseline: "d2"},
			[]string{end},
		},
		{"it is taken back", "d1", canaryOf("d2", 5), Position{Baseline: "d1"}, []string{end}},
		{"it was taken back", "d1", nil, Position{Baseline: "d1"}, nil},
		{
			"a promotion is undone", "d2", nil,
			Position{Baseline: "d1"},
			[]string{"replace deploymentId d1"},
		},
		{
			"a promotion that left settings is undone", "d2", canaryOf("d2", 0),
			Position{Baseline: "d1"},
			[]string{end, "replace deploymentId d1"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			g := &fakeGateway{deployment: row.deployment, canary: row.canary}
			s := &Stage{API: "a", Stage: "prod", Gateway: g}
			for range 2 { // moving twice is moving once
				if err := s.Move(t.Context(), Position{}, row.to); err != nil {
					t.Fatal(err)
				}
			}
			same(t, "calls", row.want, g.calls)
			at, err := s.Read(t.Context())
			if err != nil || at != row.to || row.to.Candidate == "" && g.canary != nil {
				t.Errorf("it ends with %s %v (%v)", at, g.canary, err)
			}
		})
	}
}

func TestACanaryBeginsFromWhatServes(t *testing.T) {
	g := &fakeGateway{deployment: "d9"}
	s := &Stage{API: "a", Stage: "prod", Gateway: g}
	err := s.Move(t.Context(), Position{}, Position{"d1", "d2", 5})
	const want = "a canary of stage prod of REST API a cannot begin from d1: it serves d9 alone"
	if err == nil || err.Error() != want || g.calls != nil {
		t.Errorf("got %v and %v", err, g.calls)
	}
}

func TestErrorsOfServicesAreTheirWords(t *testing.T) {
	refusal := &smithy.OperationError{
		ServiceID: "API Gateway", OperationName: "GetStage",
		Err: &smithy.GenericAPIError{Code: "NotFoundException", Message: "Invalid stage identifier specified"},
	}
	_, err := (&Stage{API: "a", Stage: "prod", Gateway: &fakeGateway{fails: refusal}}).Read(t.Context())
	const want = "reading stage prod of REST API a: NotFoundException: Invalid stage identifier specified"
	if err == nil || err.Error() != want || !errors.As(err, new(smithy.APIError)) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestSamplesOfAStage(t *testing.T) {
	from := time.Date(2026, 11, 22, 12, 3, 20, 0, time.UTC)
	m := &fakeMetrics{values: map[string][]float64{
		"Count SampleCount partner prod":        {100, 300},
		"5XXError Sum partner prod":             {4, 8},
		"Latency p50 partner prod":              {10, 30},
		"Latency p99 partner prod":              {100, 200},
		"Latency PR(80:) partner prod":          {5, 10},
		"Count SampleCount partner prod/Canary": {20, 60},
		"5XXError Sum partner prod/Canary":      {3, 7},
		"Latency PR(80:) partner prod/Canary":   {10, 50},
	}}
	s := &Stage{API: "a", Stage: "prod", Gateway: &fakeGateway{}, Metrics: m}
	q := Query{
		At: Position{"d1", "d2", 20}, From: from, To: from.Add(90 * time.Second),
		Slow: 80 * time.Millisecond,
	}
	got, err := s.Sample(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "a canary's calls are taken out of its stage's", Samples{
		Baseline: Sample{
			Calls: 320, Errors: 2, Slow: 3, P50: 25 * time.Millisecond, P99: 175 * time.Millisecond,
		},
		Candidate: Sample{Calls: 80, Errors: 10, Slow: 32},
	}, got)
	same(t, "whole minutes are read", [2]time.Time{
		from.Truncate(time.Minute), from.Truncate(time.Minute).Add(2 * time.Minute),
	}, m.window)
	m.asked = nil
	got, err = s.Sample(t.Context(), Query{At: Position{Baseline: "d1"}, From: from, To: from})
	if err != nil || got.Baseline.Calls != 400 || got.Candidate != (Sample{}) || len(m.asked) != 4 {
		t.Errorf("without a canary: %+v %v, asked %v", got, err, m.asked)
	}
}

func TestMetricsOfAnAPIWithAnyName(t *testing.T) {
	for name, dimension := range map[string]string{
		"partner API (v2)": "partner API (v2)", "Bücher": "Bcher", "注文": "a1b2c3", "注 文": "a1b2c3",
	} {
		m := &fakeMetrics{values: map[string][]float64{"Count SampleCount " + dimension + " prod": {7}}}
		s := &Stage{API: "a1b2c3", Stage: "prod", Gateway: &fakeGateway{name: name}, Metrics: m}
		got, err := s.Sample(t.Context(), Query{At: Position{Baseline: "d1"}})
		if err != nil || got.Baseline.Calls != 7 {
			t.Errorf("%s has %d calls, %v: asked %v", name, got.Baseline.Calls, err, m.asked)
		}
	}
}

func TestAStageThatDoesNotCountItsCanary(t *testing.T) {
	whole, part := Sample{Calls: 10, Errors: 1}, Sample{Calls: 90, Errors: 9}
	if got := whole.without(part); got != whole {
		t.Errorf("got %+v", got)
	}
	got := Sample{Calls: 100, Errors: 1, Slow: 1}.without(Sample{Calls: 90, Errors: 9, Slow: 2})
	if got != (Sample{Calls: 10}) {
		t.Errorf("what came in between two counts: %+v", got)
	}
}

func TestAlarmsOfATarget(t *testing.T) {
	m := &fakeMetrics{alarms: map[string]metric.StateValue{
		"b-5xx": "ALARM", "a-p99": "OK", "a-any": "ALARM", "c-new": "INSUFFICIENT_DATA",
	}}
	s := &Stage{Gateway: &fakeGateway{}, Metrics: m, Alarming: []string{"b-5xx", "a-p99", "a-any", "c-new"}}
	got, err := s.Alarms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "those in ALARM", []string{"a-any", "b-5xx"}, got)
	s.Alarming = []string{"a-p99", "nobody"}
	if _, err := s.Alarms(t.Context()); err == nil || err.Error() != "the alarm nobody does not exist" {
		t.Errorf("an alarm that is not there: %v", err)
	}
	m.fails = errors.New("no metrics")
	if _, err := s.Sample(t.Context(), Query{}); err == nil {
		t.Error("metrics that cannot be read are taken for none")
	}
}
