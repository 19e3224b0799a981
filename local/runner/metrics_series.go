package runner

import (
	"cmp"
	"strings"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/metrics"
)

type dimensions = []metrics.Dimension

// newCallMeter finds the series of calls. It is false for calls of what is not served: they are not
// counted, as on AWS, and not remembered.
func (m *metering) newCallMeter(key callKey, record *exchange.Record) (*callMeter, bool) {
	if key.kind == kindURL {
		return &callMeter{sets: []callSeries{m.urlSeries(record.Function)}}, record.Function != ""
	}
	for _, s := range m.served() {
		if s == nil || s.ID != key.api {
			continue
		}
		for i := range s.Stages {
			if stage := &s.Stages[i]; stage.Name == key.stage {
				return m.meterOf(s, stage, key), true
			}
		}
	}
	return &callMeter{}, false
}

func (m *metering) meterOf(s *served, stage *api.Stage, key callKey) *callMeter {
	of := metrics.Metric{
		Region: cmp.Or(s.region, m.region()), Namespace: namespaceAPIGateway,
	}
	made := &callMeter{}
	switch s.Kind {
	case "REST":
		for _, set := range restDimensions(s, stage, key) {
			made.sets = append(made.sets, m.restSeries(of, set))
		}
	case "HTTP":
		for _, set := range v2Dimensions(s, stage, key) {
			made.sets = append(made.sets, m.httpSeries(of, set))
		}
	default:
		for _, set := range v2Dimensions(s, stage, key) {
			made.sets = append(made.sets, m.webSocketSeries(of, set))
		}
	}
	return made
}

// restDimensions are those of a REST API's calls. A call that the canary served counts for its
// stage, and for the canary besides: AWS has the metrics of canaries as additional ones ("Set up an
// API Gateway canary release deployment"); that the stage counts all calls is what its logs do, and
// a guess for its metrics.
func restDimensions(s *served, stage *api.Stage, key callKey) []dimensions {
	name := metrics.Dimension{Name: "ApiName", Value: plainName(s.Name, s.ID)}
	stages := []string{stage.Name}
	if key.canary {
		stages = append(stages, stage.Name+"/Canary")
	}
	all := []dimensions{{name}}
	for _, of := range stages {
		all = append(all, dimensions{name, {Name: "Stage", Value: of}})
	}
	settings, ok := stage.MethodSettings[key.route+"/"+key.method]
	if !ok {
		settings = stage.MethodSettings["*/*"]
	}
	if key.route == "" || !settings.Metrics {
		return all
	}
	for _, of := range stages {
		all = append(all, dimensions{
			name,
			{Name: "Method", Value: key.method},
			{Name: "Resource", Value: key.route},
			{Name: "Stage", Value: of},
		})
	}
	return all
}

// v2Dimensions are those of an HTTP or WebSocket API.
func v2Dimensions(s *served, stage *api.Stage, key callKey) []dimensions {
	id := metrics.Dimension{Name: "ApiId", Value: s.ID}
	at := metrics.Dimension{Name: "Stage", Value: stage.Name}
	all := []dimensions{{id}, {id, at}}
	settings, ok := stage.MethodSettings[key.route]
	if !ok {
		settings = stage.MethodSettings["*"]
	}
	if key.route == "" || !settings.Metrics {
		return all
	}
	all = append(all, dimensions{id, {Name: "Route", Value: key.route}, at})
	if method, path, ok := strings.Cut(key.route, " "); ok {
		all = append(all, dimensions{
			id, {Name: "Method", Value: method}, {Name: "Resource", Value: path}, at,
		})
	}
	return all
}

func (m *metering) restSeries(of metrics.Metric, set dimensions) callSeries {
	return callSeries{
		count:        m.series(of, "Count", unitCount, set),
		clientErrors: m.series(of, "4XXError", unitCount, set),
		serverErrors: m.series(of, "5XXError", unitCount, set),
		latency:      m.series(of, "Latency", unitMilliseconds, set),
		integration:  m.series(of, "IntegrationLatency", unitMilliseconds, set),
		hits:         m.series(of, "CacheHitCount", unitCount, set),
		misses:       m.series(of, "CacheMissCount", unitCount, set),
	}
}

func (m *metering) httpSeries(of metrics.Metric, set dimensions) callSeries {
	return callSeries{
		count:        m.series(of, "Count", unitCount, set),
		clientErrors: m.series(of, "4xx", unitCount, set),
		serverErrors: m.series(of, "5xx", unitCount, set),
		latency:      m.series(of, "Latency", unitMilliseconds, set),
		integration:  m.series(of, "IntegrationLatency", unitMilliseconds, set),
		data:         m.series(of, "DataProcessed", unitBytes, set),
	}
}

func (m *metering) webSocketSeries(of metrics.Metric, set dimensions) callSeries {
	return callSeries{
		count:             m.series(of, "MessageCount", unitCount, set),
		connects:          m.series(of, "ConnectCount", unitCount, set),
		clientErrors:      m.series(of, "ClientError", unitCount, set),
		integrationErrors: m.series(of, "IntegrationError", unitCount, set),
		executionErrors:   m.series(of, "ExecutionError", unitCount, set),
		integration:       m.series(of, "IntegrationLatency", unitMilliseconds, set),
	}
}

// urlSeries are those of a function's URL.
func (m *metering) urlSeries(function string) callSeries {
	of := metrics.Metric{Region: m.region(), Namespace: namespaceLambda}
	set := dimensions{{Name: "FunctionName", Value: function}}
	return callSeries{
		count:        m.series(of, "UrlRequestCount", unitCount, set),
		clientErrors: m.series(of, "Url4xxCount", unitCount, set),
		serverErrors: m.series(of, "Url5xxCount", unitCount, set),
		latency:      m.series(of, "UrlRequestLatency", unitMilliseconds, set),
	}
}
