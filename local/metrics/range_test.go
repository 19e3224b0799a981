package metrics

import (
	"math"
	"testing"
)

func TestRangesOfADistribution(t *testing.T) {
	var d Distribution
	for n := range 100 {
		d.add(float64(n+1), 1)
	}
	value := func(at float64) *Bound { return &Bound{At: at} }
	share := func(at float64) *Bound { return &Bound{At: at, Share: true} }
	for _, row := range []struct {
		does                    string
		low, high               *Bound
		count, sum, least, most float64
	}{
		{"all", nil, nil, 100, 5050, 1, 100},
		{"above a value", value(90), nil, 10, 955, 90, 100},
		{"up to a value", nil, value(10), 10, 55, 1, 10},
		{"between two", value(10), value(20), 10, 155, 10, 20},
		{"the middle half", share(0.25), share(0.75), 50, 2525, 25, 75},
		{"nothing", value(200), nil, 0, 0, 100, 100},
		{"nothing between", value(20), value(10), 0, 0, 20, 20},
	} {
		got, ok := d.Between(row.low, row.high)
		if !ok || got.Count != row.count || math.Abs(got.Sum-row.sum) > row.sum/100 ||
			got.Least != row.least || got.Most != row.most || got.Below+got.Above+got.Count != 100 {
			t.Errorf("%s: got %+v, want %v with the sum %v, from %v to %v", row.does, got, row.count,
				row.sum, row.least, row.most)
		}
	}
	if _, ok := (&Distribution{}).Between(nil, nil); ok {
		t.Error("there is a range of nothing")
	}
}
