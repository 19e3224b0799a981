package metrics

import (
	"math"
	"slices"
	"sort"
)

// Distribution is what is kept of values.
type Distribution struct {
	Count, Sum, Min, Max float64
	// Blind says that some values came as a statistic set: there are no quantiles then.
	Blind bool

	steps []step // by index
}

// step counts the values between two neighbours of a scale that grows with the values.
type step struct {
	index int32
	count float64
}

// mantissa is how many bits of a float64's 52 do not tell steps apart: 7 do, which makes 128 steps
// between a power of two and the next, and one of its own for every whole number up to 256.
const mantissa = 52 - 7

// indexOf returns the step of a value.
func indexOf(value float64) int32 {
	index := int32(math.Float64bits(math.Abs(value)) >> mantissa)
	if value < 0 {
		return -index
	}
	return index
}

// beginning returns the value that a step begins with, seen from zero.
func beginning(index int32) float64 {
	value := math.Float64frombits(uint64(max(index, -index)) << mantissa)
	if index < 0 {
		return -value
	}
	return value
}

// Average returns the mean of the values; 0 without any.
func (d *Distribution) Average() float64 {
	if d.Count == 0 {
		return 0
	}
	return d.Sum / d.Count
}

// Quantile returns the value that a share q of the values, 0 to 1, does not exceed; it is at most
// 0.8 percent nearer to zero. There is none of a Distribution that is Blind, or has no values.
func (d *Distribution) Quantile(q float64) (value float64, ok bool) {
	if d.Blind || d.Count == 0 {
		return 0, false
	}
	rank := q * d.Count
	for _, s := range d.steps {
		if rank -= s.count; rank <= 0 {
			return min(max(beginning(s.index), d.Min), d.Max), true
		}
	}
	return d.Max, true
}

// Share returns which share of the values, 0 to 1, is above one value and at most another: as far
// as steps tell values apart. There is none of a Distribution that is Blind, or has no values.
func (d *Distribution) Share(above, upTo float64) (share float64, ok bool) {
	if d.Blind || d.Count == 0 {
		return 0, false
	}
	after, last := indexOf(above), indexOf(upTo)
	var count float64
	for _, s := range d.steps {
		if s.index > after && s.index <= last {
			count += s.count
		}
	}
	return count / d.Count, true
}

// add counts a value so many times, and returns by how many steps the distribution grew.
func (d *Distribution) add(value, times float64) (grown int) {
	d.widen(value, value)
	d.Count += times
	d.Sum += value * times
	index := indexOf(value)
	at := sort.Search(len(d.steps), func(i int) bool { return d.steps[i].index >= index })
	if at < len(d.steps) && d.steps[at].index == index {
		d.steps[at].count += times
		return 0
	}
	d.steps = slices.Insert(d.steps, at, step{index: index, count: times})
	return 1
}

// widen makes the extremes hold others; it is called before Count grows.
func (d *Distribution) widen(least, most float64) {
	if d.Count == 0 {
		d.Min, d.Max = least, most
		return
	}
	d.Min, d.Max = min(d.Min, least), max(d.Max, most)
}

// Merge adds all values of another.
func (d *Distribution) Merge(other *Distribution) {
	if other.Count == 0 {
		return
	}
	d.widen(other.Min, other.Max)
	d.Count += other.Count
	d.Sum += other.Sum
	d.Blind = d.Blind || other.Blind
	d.steps = merged(d.steps, other.steps)
}

// merged returns the steps of both, in order; it changes neither.
func merged(a, b []step) []step {
	if len(a) == 0 {
		return slices.Clone(b)
	}
	all := make([]step, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].index < b[0].index:
			all, a = append(all, a[0]), a[1:]
		case a[0].index > b[0].index:
			all, b = append(all, b[0]), b[1:]
		default:
			all = append(all, step{index: a[0].index, count: a[0].count + b[0].count})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(all, a...), b...)
}
