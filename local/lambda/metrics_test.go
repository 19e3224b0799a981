package lambda

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestMetricsCountCallsByNameAndVersion(t *testing.T) {
	clock := newManual()
	began := clock.Now()
	s := open(t, Options{Clock: clock, AccountConcurrency: 1}, handlerFunction(t, nil))
	counted := func(q MetricsQuery) []Metrics {
		q.Function = "orders"
		return s.Metrics(q)
	}
	call(t, s, "orders:live", `{}`)
	call(t, s, account+"orders:live", `{"do":"error"}`)
	call(t, s, "orders", `{}`)
	clock.advance(2 * time.Minute)
	s.unreserved.Add(1) // somebody else is served
	if _, err := s.Invoke(t.Context(), Input{FunctionARN: "orders:live"}); refusedWith(err) !=
		"TooManyRequestsException" {
		t.Errorf("got %v", err)
	}
	s.unreserved.Add(-1)
	counts := cmpopts.IgnoreFields(Metrics{}, "Duration")
	rows := []struct {
		does string
		q    MetricsQuery
		want []Metrics
	}{
		{"by the alias", MetricsQuery{Qualifier: "live"}, []Metrics{{
			Resource: "orders:live", ExecutedVersion: "1", Invocations: 2, Errors: 1, Throttles: 1,
		}}},
		{"by the bare name", MetricsQuery{}, []Metrics{{
			Resource: "orders", ExecutedVersion: latest, Invocations: 1,
		}}},
		{
			"up to a time",
			MetricsQuery{Qualifier: "live", To: began.Add(time.Minute)},
			[]Metrics{{Resource: "orders:live", ExecutedVersion: "1", Invocations: 2, Errors: 1}},
		},
		{
			"from a time on",
			MetricsQuery{Qualifier: "live", From: began.Add(time.Minute)},
			[]Metrics{{Resource: "orders:live", ExecutedVersion: "1", Throttles: 1}},
		},
		{"by what nobody called", MetricsQuery{Qualifier: "other"}, []Metrics{}},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			if diff := cmp.Diff(row.want, counted(row.q), counts); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestQuantiles(t *testing.T) {
	var d, other Durations
	if got := d.Quantile(0.5); got != 0 {
		t.Errorf("without calls: %v", got)
	}
	for n := range 99 {
		other.add(time.Duration(n+1) * time.Millisecond)
	}
	d.add(2 * time.Second)
	d.merge(&other)
	for q, want := range map[float64]time.Duration{
		0.5: 50 * time.Millisecond, 0.99: 99 * time.Millisecond, 1: 2 * time.Second,
	} {
		if got := d.Quantile(q); got < want || float64(got) > float64(want)*step {
			t.Errorf("quantile %v is %v, want %v and at most five percent more", q, got, want)
		}
	}
	if d.Count != 100 || d.Sum != 6950*time.Millisecond {
		t.Errorf("%d calls took %v", d.Count, d.Sum)
	}
}
