package cloudwatch

import (
	"math"
	"testing"
	"time"

	"portico/local/metrics"
)

func TestStatisticsOfARange(t *testing.T) {
	store := metrics.New()
	series, err := store.Series(metrics.Metric{Name: "m"})
	if err != nil {
		t.Fatal(err)
	}
	for n := range 100 {
		series.Add(time.Unix(0, 0), float64(n+1))
	}
	d := store.Read(metrics.Metric{Name: "m"}, metrics.Window{
		From: time.Unix(0, 0), To: time.Unix(60, 0), Period: time.Minute,
	})[0].Distribution
	for name, want := range map[string]float64{
		"Sum": 5050, "Average": 50.5, "p50": 50, "p99": 99, "p100": 100, "tm90": 45.5, "tc90": 90,
		"ts90": 4095, "wm90": (4095 + 10*90) / 100.0, "TM(10%:90%)": 50.5, "TM(:10)": 5.5,
		"TC(90:)": 10, "PR(:25)": 25, "PR(90:)": 10, "PR(10:20)": 10, "IQM": 50.5,
	} {
		of, err := parseStatistic(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, ok := of(&d); !ok || math.Abs(got-want) > want/100 {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	for _, name := range []string{
		"", "sum", "p", "p101", "p-1", "pNaN", "tm101", "TM(1)", "PR(10%:20%)", "PR(:)", "TM(a:b)", "tm1e1",
	} {
		if _, err := parseStatistic(name); err == nil {
			t.Errorf("%q is taken", name)
		}
	}
}
