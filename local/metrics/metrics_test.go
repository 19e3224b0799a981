package metrics

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func latency(dimensions ...Dimension) Metric {
	return Metric{
		Region: "us-east-1", Namespace: "AWS/ApiGateway", Name: "Latency", Unit: "Milliseconds",
		Dimensions: dimensions,
	}
}

func begin(t testing.TB, s *Store, m Metric) *Series {
	t.Helper()
	series, err := s.Series(m)
	if err != nil {
		t.Fatal(err)
	}
	return series
}

func TestQuantilesAreAtMostOnePercentOff(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, row := range []struct {
		does string
		next func() float64
	}{
		{"equal steps", func() float64 { return float64(random.IntN(1000)) }},
		{"over many powers", func() float64 { return math.Exp(random.NormFloat64() * 5) }},
		{"below zero too", func() float64 { return random.NormFloat64() * 1e6 }},
		{"one value", func() float64 { return 42.42 }},
		{"nothing but zero", func() float64 { return 0 }},
	} {
		t.Run(row.does, func(t *testing.T) {
			var d, half Distribution
			var all []float64
			for i := range 10_000 {
				value := row.next()
				all = append(all, value)
				if i%2 == 0 {
					d.add(value, 1)
				} else {
					half.add(value, 1)
				}
			}
			d.Merge(&half)
			slices.Sort(all)
			for _, q := range []float64{0, 0.01, 0.5, 0.9, 0.99, 0.999, 1} {
				want := all[max(int(math.Ceil(q*float64(len(all))))-1, 0)]
				got, ok := d.Quantile(q)
				if !ok || math.Abs(got-want) > math.Abs(want)*0.01 {
					t.Errorf("quantile %v is %v, %v, want %v within one percent", q, got, ok, want)
				}
			}
			if d.Count != 10_000 || d.Min != all[0] || d.Max != all[len(all)-1] {
				t.Errorf("got %v values from %v to %v", d.Count, d.Min, d.Max)
			}
		})
	}
}

func TestPeriodsHoldTheirMinutes(t *testing.T) {
	s := New()
	series := begin(t, s, latency(Dimension{"Stage", "dev"}, Dimension{"ApiName", "pets"}))
	series.Add(noon.Add(59*time.Second), 10)
	series.Add(noon.Add(time.Minute), 20)
	series.AddMany(noon.Add(6*time.Minute), 30, 2)
	series.Add(noon.Add(3*time.Minute), 40) // late
	type seen struct {
		After                time.Duration
		Count, Sum, Min, Max float64
	}
	for _, row := range []struct {
		does     string
		from, to time.Duration
		period   time.Duration
		want     []seen
	}{
		{"by the minute", 0, 5 * time.Minute, time.Minute, []seen{
			{0, 1, 10, 10, 10}, {time.Minute, 1, 20, 20, 20}, {3 * time.Minute, 1, 40, 40, 40},
		}},
		{"by five minutes", 0, 10 * time.Minute, 5 * time.Minute, []seen{
			{0, 3, 70, 10, 40}, {5 * time.Minute, 2, 60, 30, 30},
		}},
		{"from a later time on", time.Minute, 10 * time.Minute, 5 * time.Minute, []seen{
			{time.Minute, 2, 60, 20, 40}, {6 * time.Minute, 2, 60, 30, 30},
		}},
		{"to a time that does not belong to it", 0, time.Minute, time.Minute, []seen{{0, 1, 10, 10, 10}}},
		{"of nothing", time.Hour, 2 * time.Hour, time.Minute, nil},
	} {
		t.Run(row.does, func(t *testing.T) {
			var got []seen
			for _, p := range s.Read(latency(Dimension{"ApiName", "pets"}, Dimension{"Stage", "dev"}),
				Window{From: noon.Add(row.from), To: noon.Add(row.to), Period: row.period}) {
				got = append(got, seen{p.At.Sub(noon), p.Count, p.Sum, p.Min, p.Max})
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestUnitsAreSeriesOfTheirOwn(t *testing.T) {
	s := New()
	seconds := latency()
	seconds.Unit = "Seconds"
	begin(t, s, latency()).Add(noon, 1)
	begin(t, s, seconds).Add(noon, 2)
	hour := Window{From: noon, To: noon.Add(time.Hour), Period: time.Hour}
	any := latency()
	any.Unit = ""
	for unit, want := range map[string]float64{"": 3, "Seconds": 2, "Milliseconds": 1} {
		any.Unit = unit
		if points := s.Read(any, hour); len(points) != 1 || points[0].Sum != want {
			t.Errorf("of unit %q there is %+v, want a sum of %v", unit, points, want)
		}
	}
	if listed := s.List("us-east-1"); len(listed) != 1 || !listed[0].Newest.Equal(noon) {
		t.Errorf("listed %+v, want one metric", listed)
	}
	if listed := s.List("eu-west-1"); len(listed) != 0 {
		t.Errorf("another region lists %+v", listed)
	}
}

func TestAStatisticSetHasNoQuantiles(t *testing.T) {
	s := New()
	series := begin(t, s, latency())
	series.AddSet(noon, Distribution{Count: 3, Sum: 9, Min: 3, Max: 3})
	series.AddSet(noon.Add(time.Minute), Distribution{Count: 2, Sum: 9, Min: 1, Max: 8})
	points := s.Read(latency(), Window{From: noon, To: noon.Add(time.Hour), Period: time.Minute})
	if len(points) != 2 {
		t.Fatalf("got %+v", points)
	}
	if median, ok := points[0].Quantile(0.5); !ok || median != 3 {
		t.Errorf("equal values have the median %v, %v", median, ok)
	}
	if _, ok := points[1].Quantile(0.5); ok || points[1].Sum != 9 || points[1].Max != 8 {
		t.Errorf("got %+v", points[1])
	}
}

func TestWhatIsKeptIsBounded(t *testing.T) {
	t.Run("minutes are kept for fifteen days", func(t *testing.T) {
		s := New()
		series := begin(t, s, latency())
		for day := range 40 {
			series.Add(noon.AddDate(0, 0, day), float64(day))
		}
		series.Add(noon, 1) // too late
		all := s.Read(latency(), Window{From: noon, To: noon.AddDate(0, 0, 50), Period: time.Minute})
		if len(all) != 15 || all[0].Min != 25 {
			t.Errorf("%d minutes are kept, from day %v on", len(all), all[0].Min)
		}
	})
	t.Run("series are counted", func(t *testing.T) {
		s := New()
		for i := range MaxSeries {
			begin(t, s, latency(Dimension{"n", fmt.Sprint(i)}))
		}
		series, err := s.Series(latency())
		var full *FullError
		if !errors.As(err, &full) || series != nil {
			t.Errorf("got %v, %v", series, err)
		}
		series.Add(noon, 1) // drops it
		s.Drop(func(m Metric) bool { return m.Dimensions[0].Value != "1" })
		if _, err := s.Series(latency()); err != nil {
			t.Error(err)
		}
	})
	t.Run("the memory of all is", func(t *testing.T) {
		s := New()
		series := begin(t, s, latency())
		series.Add(noon, 1)
		s.weight.Add(maxWeight)
		series.Add(noon.Add(time.Minute), 2)
		series.Add(noon.Add(2*time.Minute), 3)
		series.Add(noon, 1)
		if len(series.minutes) != 1 || series.minutes[0].Max != 3 {
			t.Errorf("kept %+v, want the newest alone", series.minutes)
		}
	})
}

func TestManyAddAtOnce(t *testing.T) {
	s := New()
	var adding sync.WaitGroup
	for range 8 {
		adding.Go(func() {
			series := begin(t, s, latency())
			for i := range 1000 {
				series.Add(noon.Add(time.Duration(i)*time.Second), float64(i))
				if i%100 == 0 {
					s.Read(latency(), Window{From: noon, To: noon.Add(time.Hour), Period: time.Minute})
				}
			}
		})
	}
	adding.Wait()
	points := s.Read(latency(), Window{From: noon, To: noon.Add(time.Hour), Period: time.Hour})
	if len(points) != 1 || points[0].Count != 8000 {
		t.Errorf("got %+v", points)
	}
}

func BenchmarkAdd(b *testing.B) {
	series := begin(b, New(), latency())
	values := make([]float64, 1024)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range values {
		values[i] = 5 * math.Exp(random.NormFloat64())
		series.Add(noon, values[i])
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		series.Add(noon, values[i%len(values)])
		i++
	}
}
