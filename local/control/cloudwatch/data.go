package cloudwatch

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"portico/local/control/model"
	"portico/local/metrics"
)

// maxQueries is how many queries a request has at most; AWS allows as many.
const maxQueries = 500

// maxDataPoints is how many points a page of GetMetricData has.
const maxDataPoints = 100_800

// query is one of the queries of a request or an alarm, compiled.
type query struct {
	id, label string
	returned  bool
	period    time.Duration
	// metric and statistic are those of a metric; expression is nil then.
	metric     metrics.Metric
	statistic  statistic
	expression node
	text       string
	needs      []string // ids that an expression names
	everything bool     // it names all metrics
}

// plan is a set of queries, in the order in which they can be computed.
type plan struct {
	queries []*query // as given
	order   []*query
	metrics []string
	period  time.Duration // the greatest of its metrics
}

// compilePlan reads queries.
func compilePlan(in []model.Object, region string) (*plan, error) {
	if len(in) == 0 || len(in) > maxQueries {
		return nil, invalid(fmt.Sprintf("There are %d MetricDataQueries, allowed are 1 to %d.", len(in),
			maxQueries))
	}
	p := &plan{}
	byID := map[string]*query{}
	for _, object := range in {
		q, err := compileQuery(object, region)
		if err != nil {
			return nil, err
		}
		if byID[q.id] != nil {
			return nil, invalid("The id " + q.id + " is not unique among MetricDataQueries.")
		}
		byID[q.id] = q
		p.queries = append(p.queries, q)
		if q.expression == nil {
			p.metrics, p.period = append(p.metrics, q.id), max(p.period, q.period)
		}
	}
	return p, p.sort(byID)
}

func compileQuery(in model.Object, region string) (*query, error) {
	q := &query{
		id: in.Text("Id"), label: in.Text("Label"), text: in.Text("Expression"),
		returned: !in.Has("ReturnData") || in.Bool("ReturnData"),
	}
	if q.id == "" || q.id[0] < 'a' || q.id[0] > 'z' {
		return nil, invalid(fmt.Sprintf("The value %q for parameter MetricDataQueries.Id is not "+
			"matching the expected pattern ^[a-z][a-zA-Z0-9_]*$", q.id))
	}
	stat := in.Object("MetricStat")
	if (stat == nil) == (q.text == "") {
		return nil, invalid("Either MetricStat or Expression must be specified for the query " + q.id)
	}
	var err error
	if q.text != "" {
		if in.Has("Period") {
			if q.period, err = period(in, "Period"); err != nil {
				return nil, err
			}
		}
		if q.expression, err = parseExpression(q.text); err != nil {
			return nil, q.fails(err)
		}
		q.needs, q.everything = references(q.expression)
		q.label = cmp.Or(q.label, q.id)
		return q, nil
	}
	q.metric = metricOf(stat.Object("Metric"), region)
	q.metric.Unit = stat.Text("Unit")
	q.label = cmp.Or(q.label, q.metric.Name)
	if q.period, err = period(stat, "Period"); err != nil {
		return nil, err
	}
	q.statistic, err = parseStatistic(stat.Text("Stat"))
	return q, err
}

func (q *query) fails(err error) error {
	return invalid("Error in expression '" + q.id + "': " + err.Error())
}

// sort puts queries behind those that they need.
func (p *plan) sort(byID map[string]*query) error {
	const underway, done = 1, 2
	states := map[string]int{}
	var visit func(q *query) error
	visit = func(q *query) error {
		switch states[q.id] {
		case done:
			return nil
		case underway:
			return q.fails(fmt.Errorf("it refers to itself"))
		}
		states[q.id] = underway
		needs := q.needs
		if q.everything {
			needs = append(slices.Clone(needs), p.metrics...)
		}
		for _, id := range needs {
			needed := byID[id]
			if needed == nil {
				return q.fails(fmt.Errorf("there is no metric with the id %s", id))
			}
			if err := visit(needed); err != nil {
				return err
			}
			if q.period == 0 || needed.period > q.period {
				q.period = needed.period
			}
		}
		states[q.id] = done
		p.order = append(p.order, q)
		return nil
	}
	for _, q := range p.queries {
		if err := visit(q); err != nil {
			return err
		}
		q.period = cmp.Or(q.period, time.Minute)
	}
	return nil
}

// compute returns the values of every query in a time.
func (p *plan) compute(store *metrics.Store, from, to time.Time) (map[string]value, error) {
	s := &scope{values: map[string]value{}, metrics: p.metrics, from: from, to: to}
	for _, q := range p.order {
		if q.expression == nil {
			s.values[q.id] = value{one: q.read(store, from, to), is: isSeries}
			continue
		}
		s.period = q.period
		v, err := q.expression.value(s)
		if err != nil {
			return nil, q.fails(err)
		}
		s.values[q.id] = v
	}
	return s.values, nil
}

func (q *query) read(store *metrics.Store, from, to time.Time) series {
	made := series{}
	for _, p := range store.Read(q.metric, metrics.Window{From: from, To: to, Period: q.period}) {
		if number, ok := q.statistic(&p.Distribution); ok {
			made[p.At.Unix()] = number
		}
	}
	return made
}

// result is one series that is returned.
type result struct {
	id, label string
	of        series
}

func getMetricData(c *call) (model.Object, error) {
	p, err := compilePlan(c.in.Objects("MetricDataQueries"), c.region)
	if err != nil {
		return nil, err
	}
	w, err := c.window(time.Minute)
	if err != nil {
		return nil, err
	}
	values, err := p.compute(c.options.Metrics, w.From, w.To)
	if err != nil {
		return nil, err
	}
	var results []result
	for _, q := range p.queries {
		if !q.returned {
			continue
		}
		switch v := values[q.id]; v.is {
		case isSeries:
			results = append(results, result{q.id, q.label, v.one})
		case isMany:
			for _, one := range v.many {
				results = append(results, result{q.id, q.label, one})
			}
		default:
			return nil, q.fails(fmt.Errorf("it returns %s, and must return a time series", v.is))
		}
	}
	return c.printResults(results)
}

// printResults prints a page of the points of all results, one result after the other.
func (c *call) printResults(results []result) (model.Object, error) {
	room := maxDataPoints
	if n := c.in.Int("MaxDatapoints"); n > 0 {
		room = min(n, maxDataPoints)
	}
	skip := 0
	if token := c.in.Text("NextToken"); token != "" {
		if _, err := fmt.Sscanf(token, "after-%d", &skip); err != nil || skip < 0 || skip > 1<<40 {
			return nil, refusal("InvalidNextToken", "The next token specified is invalid.")
		}
	}
	end := skip + room
	printed, seen := []any{}, 0
	for _, r := range results {
		times := r.of.times()
		if c.in.Text("ScanBy") != "TimestampAscending" {
			slices.Reverse(times)
		}
		begin, stop := min(max(skip-seen, 0), len(times)), min(max(end-seen, 0), len(times))
		seen += len(times)
		out := model.Object{
			"Id": r.id, "Label": r.label, "StatusCode": "Complete",
			"Timestamps": []any{}, "Values": []any{},
		}
		if stop < len(times) {
			out["StatusCode"] = "PartialData"
		}
		for _, at := range times[begin:stop] {
			out["Timestamps"] = append(out.List("Timestamps"), float64(at))
			out["Values"] = append(out.List("Values"), r.of[at])
		}
		printed = append(printed, out)
	}
	out := model.Object{"MetricDataResults": printed, "Messages": []any{}}
	if seen > end {
		out["NextToken"] = fmt.Sprintf("after-%d", end)
	}
	return out, nil
}
