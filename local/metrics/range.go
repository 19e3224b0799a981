package metrics

// Bound is an end of a range of values: a value, or the share of values that lies below it.
type Bound struct {
	At    float64
	Share bool // At is a share of the values, 0 to 1
}

// Range is a part of a distribution, between two of its ends.
type Range struct {
	Count, Sum   float64
	Below, Above float64 // how many values lie outside
	Least, Most  float64 // the values at the ends
}

// Between returns the values above one end and up to another; nil is no end. There is none of a
// Distribution that is Blind, or has no values.
func (d *Distribution) Between(low, high *Bound) (r Range, ok bool) {
	if d.Blind || d.Count == 0 {
		return r, false
	}
	from, to := 0.0, d.Count
	if low != nil {
		from = d.rank(*low)
	}
	if high != nil {
		to = max(d.rank(*high), from)
	}
	r.Count, r.Below, r.Above = to-from, from, d.Count-to
	r.Least, _ = d.Quantile(from / d.Count)
	r.Most, _ = d.Quantile(to / d.Count)
	if r.Count == d.Count {
		r.Sum = d.Sum
		return r, true
	}
	begin := 0.0
	for _, s := range d.steps {
		end := begin + s.count
		if inside := min(end, to) - max(begin, from); inside > 0 {
			r.Sum += inside * min(max(beginning(s.index), d.Min), d.Max)
		}
		begin = end
	}
	return r, true
}

// rank returns how many values lie at or below an end.
func (d *Distribution) rank(b Bound) float64 {
	switch {
	case b.Share:
		return b.At * d.Count
	case b.At >= d.Max:
		return d.Count
	}
	rank := 0.0
	for _, s := range d.steps {
		if min(max(beginning(s.index), d.Min), d.Max) <= b.At {
			rank += s.count
		}
	}
	return rank
}
