package lambda

import (
	"fmt"
	"math"
)

// checkWeights refuses what AWS refuses of an alias that leads to two versions, in AWS's words.
func (d *deployment) checkWeights(fn *function, state aliasState) error {
	if len(state.Weights) > 1 {
		return refuseParameter("Number of items in AdditionalVersionWeights cannot be greater than 1")
	}
	for number, weight := range state.Weights {
		second := d.versions[fn.ARN+":"+number]
		first := d.versions[fn.ARN+":"+state.Version]
		switch {
		case number == latest || state.Version == latest:
			return refuseParameter("$LATEST is not supported for an alias pointing to more than 1 version")
		case number == state.Version:
			return refuseParameter("Invalid function version %s. Function version %s is already included "+
				"in routing configuration.", number, number)
		case second == nil:
			return refuseParameter("version %q does not exist", number)
		case !(weight >= 0 && weight <= 1):
			return refuseParameter("weight %v of version %s: weights must be 0.0 to 1.0", weight, number)
		case first.Role != second.Role || first.DeadLetterARN != second.DeadLetterARN:
			return refuseParameter("versions %s and %s must have the same execution role and dead-letter "+
				"queue", state.Version, number)
		}
	}
	return nil
}

// provision counts the environments that each version keeps ready.
//
// Unlike AWS: of an alias that is shifting, the second version gets its share, rounded up; how AWS
// divides them is not documented.
func (d *deployment) provision() error {
	for _, v := range d.configuration.Versions {
		definition, _, err := d.configuration.lookup(v.FunctionARN)
		if err != nil {
			return err
		}
		d.versions[definition.ARN+":"+v.Number].provisioned += v.Provisioned
	}
	for _, a := range d.configuration.Aliases {
		definition, _, err := d.configuration.lookup(a.FunctionARN)
		if err != nil {
			return err
		}
		t := d.targets[definition.ARN+":"+a.Name]
		left := a.Provisioned
		for _, s := range t.shares {
			n := min(left, int(math.Ceil(float64(a.Provisioned)*s.weight)))
			s.function.provisioned += n
			left -= n
		}
		t.function.provisioned += left
	}
	all := map[string]int{}
	for _, fn := range d.versions {
		all[fn.Name] += fn.provisioned
		if most := fn.ReservedConcurrency; most != nil && all[fn.Name] > *most {
			return fmt.Errorf("function %s: Requested Provisioned Concurrency should not be greater "+
				"than the reservedConcurrentExecution for function", fn.Name)
		}
	}
	return nil
}
