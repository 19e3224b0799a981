package logs

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico/local/control/model"
	"portico/local/journal"
	"portico/local/metrics"
)

// What a log group and a filter may have.
const (
	maxFilters         = 100
	maxDimensions      = 3
	maxTransformations = 1
)

// filter is a metric filter, compiled.
type filter struct {
	pattern *pattern
	to      []transformation
}

// transformation makes values of a metric from events.
type transformation struct {
	metric     metrics.Metric
	constant   float64
	value      selector // in the place of constant; nil for none
	byDefault  *float64 // of an event that does not match; nil counts none
	dimensions map[string]selector
}

// compileFilter reads a metric filter. Its error says what AWS would not take.
func compileFilter(settings *filterSettings, region string) (*filter, error) {
	p, err := parsePattern(settings.Pattern)
	if err != nil {
		return nil, err
	}
	if n := len(settings.Transformations); n != maxTransformations {
		return nil, invalid(fmt.Sprintf("There are %d metric transformations, want 1", n))
	}
	f := &filter{pattern: p}
	for _, in := range settings.Transformations {
		t, err := compileTransformation(in, region)
		if err != nil {
			return nil, err
		}
		f.to = append(f.to, t)
	}
	return f, nil
}

func compileTransformation(in model.Object, region string) (transformation, error) {
	t := transformation{metric: metrics.Metric{
		Region: region, Namespace: in.Text("metricNamespace"), Name: in.Text("metricName"),
		Unit: in.Text("unit"),
	}}
	if strings.HasPrefix(t.metric.Namespace, "AWS/") {
		return t, invalid("The namespace of a metric must not begin with AWS/")
	}
	if in.Has("defaultValue") {
		number := in.Number("defaultValue")
		t.byDefault = &number
	}
	var err error
	if t.constant, t.value, err = source(in.Text("metricValue")); err != nil {
		return t, err
	}
	dimensions := in.TextMap("dimensions")
	switch {
	case len(dimensions) > maxDimensions:
		return t, invalid("A metric filter has at most 3 dimensions")
	case len(dimensions) > 0 && t.byDefault != nil:
		return t, invalid("A metric filter with dimensions cannot have a default value")
	}
	t.dimensions = map[string]selector{}
	for name, text := range dimensions {
		_, path, err := source(text)
		if err != nil || path == nil {
			return t, invalid("The dimension " + name + " must select a field, like $.field")
		}
		t.dimensions[name] = path
	}
	return t, nil
}

// source reads a number, or a selector of a field.
func source(text string) (constant float64, path selector, err error) {
	if constant, err = strconv.ParseFloat(text, 64); err == nil {
		return constant, nil, nil
	}
	p := &fieldParser{rest: text}
	path, err = p.selector()
	if err != nil || p.rest != "" {
		return 0, nil, invalid("Invalid metric transformation: " + text + " is neither a number nor a " +
			"selector of a field")
	}
	return 0, path, nil
}

// applyFilters compiles the metric filters of a region and lets them look at events.
func (s *Service) applyFilters(region string) error {
	var errs []error
	made := map[string][]*filter{}
	add := func(name string, g *group) {
		for _, id := range slices.Sorted(maps.Keys(g.Filters)) {
			f, err := compileFilter(g.Filters[id], region)
			if err != nil {
				errs = append(errs, fmt.Errorf("metric filter %s of %s: %w", id, name, err))
				continue
			}
			kept := s.journalName(region, name)
			made[kept] = append(made[kept], f)
		}
	}
	for name, g := range s.worlds.Read(region).Groups {
		add(name, g)
	}
	for _, described := range s.described() {
		if described.Region == region {
			add(described.Name, described.group())
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := map[string][]*filter{}
	for name, all := range s.filters {
		if _, here := s.apiName(region, name); !here {
			changed[name] = all
		}
	}
	maps.Copy(changed, made)
	s.filters = changed
	return errors.Join(errs...)
}

// observe lets the metric filters of a group look at events that were written.
func (s *Service) observe(group string, events []journal.Event) {
	s.mu.Lock()
	all := s.filters[group]
	s.mu.Unlock()
	for _, f := range all {
		for _, e := range events {
			f.take(s.options.Metrics, e)
		}
	}
}

// take adds what an event gives to a metric.
func (f *filter) take(store *metrics.Store, e journal.Event) {
	matches := f.pattern.matches(e.Text)
	document, _ := parseMessage(e.Text)
	for i := range f.to {
		if t := &f.to[i]; matches {
			t.measure(store, e, document)
		} else if t.byDefault != nil {
			t.add(store, e, *t.byDefault, nil)
		}
	}
}

func (t *transformation) measure(store *metrics.Store, e journal.Event, document map[string]any) {
	value := t.constant
	if t.value != nil {
		found, ok := number(t.value.find(document))
		if !ok {
			return
		}
		value = found
	}
	var dimensions []metrics.Dimension
	for name, path := range t.dimensions {
		found := path.find(document)
		if len(found) == 0 || found[0] == nil { // without all of them, a metric without any
			dimensions = nil
			break
		}
		dimensions = append(dimensions, metrics.Dimension{Name: name, Value: fmt.Sprint(found[0])})
	}
	t.add(store, e, value, dimensions)
}

func (t *transformation) add(
	store *metrics.Store, e journal.Event, value float64, dimensions []metrics.Dimension,
) {
	m := t.metric
	m.Dimensions = dimensions
	series, err := store.Series(m)
	if err != nil {
		return // a nil series; clients that put metrics are told that there are too many
	}
	series.Add(time.UnixMilli(e.At), value)
}

func number(found []any) (float64, bool) {
	if len(found) == 0 {
		return 0, false
	}
	switch value := found[0].(type) {
	case json.Number:
		parsed, err := value.Float64()
		return parsed, err == nil
	case string:
		parsed, err := strconv.ParseFloat(value, 64)
		return parsed, err == nil
	}
	return 0, false
}

func putMetricFilter(c *call) (model.Object, error) {
	g, err := c.changed()
	if err != nil {
		return nil, err
	}
	settings := &filterSettings{
		Pattern: c.in.Text("filterPattern"), Created: c.now.UnixMilli(),
		Transformations: c.in.Objects("metricTransformations"),
	}
	for _, unserved := range []string{"fieldSelectionCriteria", "emitSystemFieldDimensions"} {
		if c.in.Has(unserved) {
			return nil, invalid(unserved + " is not evaluated here")
		}
	}
	if _, err := compileFilter(settings, c.region); err != nil {
		return nil, err
	}
	if g.Filters == nil {
		g.Filters = map[string]*filterSettings{}
	}
	g.Filters[c.in.Text("filterName")] = settings
	if len(g.Filters) > maxFilters {
		return nil, refusal("LimitExceededException", "Resource limit exceeded.")
	}
	return nil, nil
}

func deleteMetricFilter(c *call) (model.Object, error) {
	g, err := c.changed()
	if err != nil {
		return nil, err
	}
	name := c.in.Text("filterName")
	if g.Filters[name] == nil {
		return nil, notFound("metric filter")
	}
	delete(g.Filters, name)
	return nil, nil
}

func describeMetricFilters(c *call) (model.Object, error) {
	all, err := c.groups()
	if err != nil {
		return nil, err
	}
	only := c.in.Text("logGroupName")
	if only != "" && all[only] == nil {
		return nil, notFound("log group")
	}
	type listed struct {
		key     string
		printed model.Object
	}
	var found []listed
	for _, name := range slices.Sorted(maps.Keys(all)) {
		for _, id := range slices.Sorted(maps.Keys(all[name].Filters)) {
			if (only == "" || name == only) && c.wantsFilter(id, all[name].Filters[id]) {
				found = append(found, listed{name + " " + id, printFilter(name, id, all[name].Filters[id])})
			}
		}
	}
	shown, next, err := page(c, found, func(l listed) string { return l.key })
	if err != nil {
		return nil, err
	}
	filters := []any{}
	for _, one := range shown {
		filters = append(filters, one.printed)
	}
	return paged("metricFilters", filters, next), nil
}

func (c *call) wantsFilter(id string, f *filterSettings) bool {
	if !strings.HasPrefix(id, c.in.Text("filterNamePrefix")) {
		return false
	}
	name, namespace := c.in.Text("metricName"), c.in.Text("metricNamespace")
	return name == "" && namespace == "" || slices.ContainsFunc(f.Transformations,
		func(t model.Object) bool {
			return t.Text("metricName") == name && t.Text("metricNamespace") == namespace
		})
}

func printFilter(group, id string, f *filterSettings) model.Object {
	transformations := []any{}
	for _, t := range f.Transformations {
		transformations = append(transformations, t)
	}
	return model.Object{
		"filterName": id, "filterPattern": f.Pattern, "logGroupName": group,
		"creationTime": f.Created, "metricTransformations": transformations,
	}
}

func testMetricFilter(c *call) (model.Object, error) {
	p, err := parsePattern(c.in.Text("filterPattern"))
	if err != nil {
		return nil, err
	}
	matches := []any{}
	for i, message := range c.in.Texts("logEventMessages") {
		if p.matches(message) {
			matches = append(matches, model.Object{
				"eventNumber": int64(i + 1), "eventMessage": message, "extractedValues": model.Object{},
			})
		}
	}
	return model.Object{"matches": matches}, nil
}
