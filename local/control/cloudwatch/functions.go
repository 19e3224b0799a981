package cloudwatch

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// builtin is a function of metric math.
type builtin struct {
	least, most int // arguments
	do          func(s *scope, arguments []value) (value, error)
}

// functions are those that are computed here.
func functions() map[string]builtin {
	return map[string]builtin{
		"SUM":     folded(func(all []float64) float64 { return sum(all) }),
		"AVG":     folded(func(all []float64) float64 { return sum(all) / float64(len(all)) }),
		"MIN":     folded(least),
		"MAX":     folded(func(all []float64) float64 { return -least(negative(all)) }),
		"ABS":     mapped(math.Abs),
		"CEIL":    mapped(math.Ceil),
		"FLOOR":   mapped(math.Floor),
		"FILL":    {2, 2, fill},
		"IF":      {2, 3, choose},
		"RATE":    {1, 1, stepwise(func(change, after float64) float64 { return change / after })},
		"DIFF":    {1, 1, stepwise(func(change, _ float64) float64 { return change })},
		"PERIOD":  {1, 1, periodOf},
		"METRICS": {0, 1, selected},
	}
}

func periodOf(s *scope, _ []value) (value, error) {
	return value{number: s.period.Seconds()}, nil
}

func sum(all []float64) float64 {
	total := 0.0
	for _, one := range all {
		total += one
	}
	return total
}

func least(all []float64) float64 {
	found := math.Inf(1)
	for _, one := range all {
		found = min(found, one)
	}
	return found
}

func negative(all []float64) []float64 {
	turned := make([]float64, 0, len(all))
	for _, one := range all {
		turned = append(turned, -one)
	}
	return turned
}

// folded makes a number of a series, and a series of several: of the values that each time has.
func folded(fold func([]float64) float64) builtin {
	return builtin{1, 1, func(_ *scope, arguments []value) (value, error) {
		of := arguments[0]
		if of.is == isSeries {
			var all []float64
			for _, at := range of.one.times() {
				all = append(all, of.one[at])
			}
			if len(all) == 0 {
				return value{}, nil
			}
			return value{number: fold(all)}, nil
		}
		if of.is != isMany {
			return value{}, fmt.Errorf("it takes time series, not %s", of.is)
		}
		byTime := map[int64][]float64{}
		for _, one := range of.many {
			for at, number := range one {
				byTime[at] = append(byTime[at], number)
			}
		}
		made := series{}
		for at, all := range byTime {
			made[at] = fold(all)
		}
		return value{one: made, is: isSeries}, nil
	}}
}

// each computes a function for each series of a value.
func each(of value, do func(series) series) (value, error) {
	switch of.is {
	case isSeries:
		return value{one: do(of.one), is: isSeries}, nil
	case isMany:
		made := value{is: isMany}
		for _, one := range of.many {
			made.many = append(made.many, do(one))
		}
		return made, nil
	}
	return value{}, fmt.Errorf("it takes time series, not %s", of.is)
}

func mapped(do func(float64) float64) builtin {
	return builtin{1, 1, func(_ *scope, arguments []value) (value, error) {
		if arguments[0].is == isNumber {
			return value{number: do(arguments[0].number)}, nil
		}
		return each(arguments[0], func(of series) series {
			made := series{}
			for at, number := range of {
				made[at] = do(number)
			}
			return made
		})
	}}
}

// stepwise computes a series from the change between a value and the one before it.
func stepwise(
	do func(change, after float64) float64,
) func(s *scope, arguments []value) (value, error) {
	return func(_ *scope, arguments []value) (value, error) {
		return each(arguments[0], func(of series) series {
			made := series{}
			times := of.times()
			for i := 1; i < len(times); i++ {
				before, at := times[i-1], times[i]
				made[at] = do(of[at]-of[before], float64(at-before))
			}
			return made
		})
	}
}

// fill gives a series values where it has none.
func fill(s *scope, arguments []value) (value, error) {
	with := arguments[1]
	if with.is == isText && with.text != "REPEAT" && with.text != "LINEAR" || with.is == isMany {
		return value{}, errors.New("what fills is a number, a time series, REPEAT or LINEAR")
	}
	return each(arguments[0], func(of series) series {
		made := series{}
		times := of.times()
		next := 0
		for _, at := range s.grid() {
			for next < len(times) && times[next] <= at {
				next++
			}
			number, ok := of[at]
			switch {
			case ok:
			case with.is != isText:
				number, ok = with.point(at)
			case next > 0:
				number, ok = between(of, times, next, with.text, at)
			}
			if ok {
				made[at] = number
			}
		}
		return made
	})
}

// between fills a gap that lies after times[next-1].
func between(of series, times []int64, next int, how string, at int64) (float64, bool) {
	before := times[next-1]
	if how == "REPEAT" {
		return of[before], true
	}
	if next == len(times) {
		return 0, false
	}
	after := times[next]
	share := float64(at-before) / float64(after-before)
	return of[before] + share*(of[after]-of[before]), true
}

// choose is IF: point by point, one value where a condition holds and another where it does not.
func choose(_ *scope, arguments []value) (value, error) {
	condition, then, otherwise := arguments[0], arguments[1], value{one: series{}, is: isSeries}
	if len(arguments) == 3 {
		otherwise = arguments[2]
	}
	for _, one := range []value{condition, then, otherwise} {
		if one.is == isMany || one.is == isText {
			return value{}, fmt.Errorf("it takes numbers and time series, not %s", one.is)
		}
	}
	if condition.is == isNumber {
		if condition.number != 0 {
			return then, nil
		}
		return otherwise, nil
	}
	made := series{}
	for at, holds := range condition.one {
		from := then
		if holds == 0 {
			from = otherwise
		}
		if number, ok := from.point(at); ok {
			made[at] = number
		}
	}
	return value{one: made, is: isSeries}, nil
}

// selected is METRICS: every metric of the request, or those whose id has a text in it.
func selected(s *scope, arguments []value) (value, error) {
	part := ""
	if len(arguments) == 1 {
		if arguments[0].is != isText {
			return value{}, fmt.Errorf("it takes a text, not %s", arguments[0].is)
		}
		part = arguments[0].text
	}
	made := value{is: isMany}
	for _, id := range s.metrics {
		if strings.Contains(id, part) {
			made.many = append(made.many, s.values[id].one)
		}
	}
	return made, nil
}
