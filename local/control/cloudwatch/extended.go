package cloudwatch

import (
	"regexp"
	"strconv"
	"strings"

	"portico/local/metrics"
)

// ranged is how statistics of a range are written: TM(10%:90%), TC(:300), tc99
// ("CloudWatch statistics definitions").
var ranged = regexp.MustCompile(`^(?:(tm|tc|ts|wm)([0-9.]+)|` +
	`(TM|TC|TS|WM)\(([0-9.]*)(%?):([0-9.]*)(%?)\))$`)

// rangeStatistic reads a statistic of a range of values; nil for what is none.
func rangeStatistic(name string) statistic {
	if name == "IQM" {
		name = "TM(25%:75%)"
	}
	parts := ranged.FindStringSubmatch(name)
	if parts == nil {
		return nil
	}
	kind := strings.ToUpper(parts[1] + parts[3])
	low, okLow := bound(parts[4], parts[5])
	high, okHigh := bound(parts[2]+parts[6], parts[7])
	if parts[2] != "" {
		high, okHigh = bound(parts[2], "%")
	}
	if !okLow || !okHigh || low == nil && high == nil {
		return nil
	}
	return func(d *metrics.Distribution) (float64, bool) {
		r, ok := d.Between(low, high)
		if !ok {
			return 0, false
		}
		return rangeValue(kind, &r, d)
	}
}

// bound reads an end of a range; nil for one that is not given.
func bound(text, percent string) (b *metrics.Bound, ok bool) {
	if text == "" {
		return nil, percent == ""
	}
	at, err := strconv.ParseFloat(text, 64)
	if err != nil || percent != "" && at > 100 {
		return nil, false
	}
	if percent != "" {
		return &metrics.Bound{At: at / 100, Share: true}, true
	}
	return &metrics.Bound{At: at}, true
}

func rangeValue(kind string, r *metrics.Range, d *metrics.Distribution) (float64, bool) {
	switch kind {
	case "TC":
		return r.Count, true
	case "TS":
		return r.Sum, true
	case "WM": // what lies outside counts as what lies at the end
		return (r.Sum + r.Below*r.Least + r.Above*r.Most) / d.Count, true
	}
	if r.Count == 0 {
		return 0, false
	}
	return r.Sum / r.Count, true
}
