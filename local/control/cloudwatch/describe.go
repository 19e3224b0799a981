package cloudwatch

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/metrics"
)

// nameOf returns the name of an alarm that is called by its name or its ARN.
func nameOf(called string) string {
	if _, name, ok := strings.Cut(called, ":alarm:"); ok && strings.HasPrefix(called, "arn:") {
		return name
	}
	return called
}

// describe prints an alarm with its state.
func (c *call) describe(name string, a *alarm) model.Object {
	s := c.watch.status(c.region, name)
	updated := cmp.Or(a.Updated, seconds(c.watch.begun))
	out := a.Definition.Clone()
	out["AlarmArn"] = c.arn(c.region, name)
	out["AlarmConfigurationUpdatedTimestamp"] = updated
	out["StateValue"], out["StateReason"] = s.value, s.reason
	out["StateUpdatedTimestamp"] = seconds(s.updated)
	out["StateTransitionedTimestamp"] = seconds(s.transitioned)
	if s.data != "" {
		out["StateReasonData"] = s.data
	}
	return out
}

// isAsked says whether a call asks for alarms of a kind; for metric alarms where it does not say.
func (c *call) isAsked(composite bool) bool {
	if types := c.in.Texts("AlarmTypes"); len(types) > 0 {
		return slices.Contains(types, kindOf(composite))
	}
	return !composite
}

// family returns the names that a call asks for by ChildrenOfAlarmName or ParentsOfAlarmName; nil
// without either.
func (c *call) family(all map[string]*alarm) ([]string, error) {
	children, parents := c.in.Text("ChildrenOfAlarmName"), c.in.Text("ParentsOfAlarmName")
	if children == "" && parents == "" {
		return nil, nil
	}
	named := []string{}
	for name, a := range all {
		if !a.Composite {
			continue
		}
		rule, err := parseRule(a.Definition.Text("AlarmRule"))
		if err != nil {
			return nil, err
		}
		if name == children {
			named = append(named, rule.names()...)
		}
		if parents != "" && slices.Contains(rule.names(), parents) {
			named = append(named, name)
		}
	}
	return named, nil
}

func describeAlarms(c *call) (model.Object, error) {
	c.watch.catchUp(c.region, c.now)
	all := c.alarms()
	if len(c.in.Texts("AlarmNames")) > 0 && c.in.Has("AlarmNamePrefix") {
		return nil, invalid("AlarmNames and AlarmNamePrefix cannot both be given")
	}
	family, err := c.family(all)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if c.wants(name, all[name], family) {
			names = append(names, name)
		}
	}
	shown, next, err := page(c.in, names, cmp.Or(c.in.Int("MaxRecords"), 50),
		func(name string) string { return name })
	if err != nil {
		return nil, err
	}
	plain, composite := []any{}, []any{}
	for _, name := range shown {
		if all[name].Composite {
			composite = append(composite, c.describe(name, all[name]))
		} else {
			plain = append(plain, c.describe(name, all[name]))
		}
	}
	out := model.Object{"MetricAlarms": plain, "CompositeAlarms": composite}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

// wants says whether a call asks for an alarm.
func (c *call) wants(name string, a *alarm, family []string) bool {
	in := c.in
	if family != nil {
		return slices.Contains(family, name)
	}
	if names := in.Texts("AlarmNames"); len(names) > 0 && !slices.Contains(names, name) {
		return false
	}
	if !c.isAsked(a.Composite) || !strings.HasPrefix(name, in.Text("AlarmNamePrefix")) {
		return false
	}
	if state := in.Text("StateValue"); state != "" && c.watch.status(c.region, name).value != state {
		return false
	}
	prefix := in.Text("ActionPrefix")
	d := a.Definition
	return prefix == "" || slices.ContainsFunc(slices.Concat(d.Texts("OKActions"),
		d.Texts("AlarmActions"), d.Texts("InsufficientDataActions")), func(action string) bool {
		return strings.HasPrefix(action, prefix)
	})
}

func describeAlarmsForMetric(c *call) (model.Object, error) {
	c.watch.catchUp(c.region, c.now)
	all := c.alarms()
	found := []any{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if !all[name].Composite && c.isAbout(all[name].Definition) {
			found = append(found, c.describe(name, all[name]))
		}
	}
	return model.Object{"MetricAlarms": found}, nil
}

// isAbout says whether an alarm watches the metric that a call asks about.
func (c *call) isAbout(d model.Object) bool {
	for _, name := range []string{
		"MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Unit",
	} {
		if c.in.Has(name) && c.in.Text(name) != d.Text(name) {
			return false
		}
	}
	if c.in.Has("Period") && c.in.Int("Period") != d.Int("Period") {
		return false
	}
	byName := func(a, b metrics.Dimension) int { return cmp.Compare(a.Name, b.Name) }
	asked, watched := metricOf(c.in, "").Dimensions, metricOf(d, "").Dimensions
	slices.SortFunc(asked, byName)
	slices.SortFunc(watched, byName)
	return slices.Equal(asked, watched)
}
