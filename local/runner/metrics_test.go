package runner

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/firewall"
	"portico/local/gateway/pipeline"
	"portico/local/lambda"
	"portico/local/metrics"
)

var measuredAt = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// meterOf returns what measures these APIs.
func meterFor(t testing.TB, all ...*served) *metering {
	t.Helper()
	m := newMetering(nil)
	m.served = func() []*served { return all }
	m.region = func() string { return "us-east-1" }
	m.warn = func(err error) { t.Error(err) }
	return m
}

// sums returns the sums of all metrics that have a dimension set, and the number of values of those
// that are durations.
func (m *metering) sums(dimensions string) map[string]float64 {
	all := map[string]float64{}
	for _, listed := range m.store.List("us-east-1") {
		if names(listed.Dimensions) != dimensions {
			continue
		}
		for _, p := range m.store.Read(listed.Metric, metrics.Window{
			From: measuredAt, To: measuredAt.Add(time.Hour), Period: time.Hour,
		}) {
			if all[listed.Name] = p.Sum; p.Unit == unitMilliseconds {
				all[listed.Name] = p.Count
			}
		}
	}
	return all
}

func names(all []metrics.Dimension) string {
	text := ""
	for _, d := range all {
		text += d.Name + "=" + d.Value + " "
	}
	return text
}

func record(kind, route string, status int, measured exchange.Measured) *exchange.Record {
	return &exchange.Record{
		APIKind: kind, APIID: "id", APIName: "pets", Stage: "dev", Method: "GET", Route: route,
		Status: status, Received: measuredAt, Took: 5 * time.Millisecond, Measured: measured,
	}
}

func stages(settings map[string]api.MethodSettings) []api.Stage {
	return []api.Stage{{Name: "dev", MethodSettings: settings}}
}

func (m *metering) expect(t *testing.T, dimensions string, want map[string]float64) {
	t.Helper()
	if diff := cmp.Diff(want, m.sums(dimensions)); diff != "" {
		t.Errorf("%s(-want +got)\n%s", dimensions, diff)
	}
}

func TestCallsOfRESTAPIsAreMeasured(t *testing.T) {
	m := meterFor(t, &served{ID: "id", Name: "päts", Kind: "REST", Stages: stages(map[string]api.MethodSettings{
		"*/*": {}, "/x/GET": {Metrics: true},
	})})
	m.call(record("REST", "", 200, exchange.Measured{
		Resource: "/x", Integrated: true, Integration: time.Millisecond, CacheMissed: true,
	}))
	m.call(record("REST", "", 502, exchange.Measured{Resource: "/y", Canary: true}))
	m.call(record("REST", "", 403, exchange.Measured{}))
	m.call(&exchange.Record{APIKind: "REST", APIID: "id", Stage: "other", Status: 403, Received: measuredAt})
	m.call(&exchange.Record{APIKind: "DOMAIN", Status: 403, Received: measuredAt})
	stage := map[string]float64{
		"Count": 3, "4XXError": 1, "5XXError": 1, "Latency": 3, "IntegrationLatency": 1,
		"CacheHitCount": 0, "CacheMissCount": 1,
	}
	m.expect(t, "ApiName=pts ", stage)
	m.expect(t, "ApiName=pts Stage=dev ", stage)
	m.expect(t, "ApiName=pts Stage=dev/Canary ", map[string]float64{
		"Count": 1, "4XXError": 0, "5XXError": 1, "Latency": 1,
	})
	m.expect(t, "ApiName=pts Method=GET Resource=/x Stage=dev ", map[string]float64{
		"Count": 1, "4XXError": 0, "5XXError": 0, "Latency": 1, "IntegrationLatency": 1,
		"CacheHitCount": 0, "CacheMissCount": 1,
	})
	m.expect(t, "ApiName=pts Method=GET Resource=/y Stage=dev ", map[string]float64{})
}

func TestCallsOfHTTPAPIsAreMeasured(t *testing.T) {
	m := meterFor(t, &served{ID: "id", Name: "pets", Kind: "HTTP", Stages: stages(nil)})
	m.call(record("HTTP", "GET /x", 404, exchange.Measured{Data: 12}))
	m.served = func() []*served {
		return []*served{{ID: "id", Kind: "HTTP", Stages: stages(map[string]api.MethodSettings{"*": {Metrics: true}})}}
	}
	m.forget()
	m.call(record("HTTP", "GET /x", 500, exchange.Measured{Data: 30, Integrated: true}))
	all := map[string]float64{
		"Count": 2, "4xx": 1, "5xx": 1, "Latency": 2, "DataProcessed": 42, "IntegrationLatency": 1,
	}
	m.expect(t, "ApiId=id ", all)
	m.expect(t, "ApiId=id Stage=dev ", all)
	detailed := map[string]float64{
		"Count": 1, "4xx": 0, "5xx": 1, "Latency": 1, "DataProcessed": 30, "IntegrationLatency": 1,
	}
	m.expect(t, "ApiId=id Route=GET /x Stage=dev ", detailed)
	m.expect(t, "ApiId=id Method=GET Resource=/x Stage=dev ", detailed)
}

func TestWebSocketAPIsAreMeasured(t *testing.T) {
	m := meterFor(t, &served{ID: "id", Name: "chat", Kind: "WEBSOCKET", Stages: stages(nil)})
	send := func(method string, status int, step string, measured exchange.Measured) {
		r := record("WEBSOCKET", "r", status, measured)
		r.Method = method
		if step != "" {
			r.Marks = []pipeline.Mark{{Step: "find stage"}, {Step: step, Verdict: pipeline.Refused}}
		}
		m.call(r)
	}
	answered := exchange.Measured{Integrated: true, Answered: true, Integration: time.Millisecond}
	send("CONNECT", 200, "", answered)
	send("CONNECT", 403, "authorize", exchange.Measured{})
	send("MESSAGE", 200, "", answered)
	send("MESSAGE", 502, "call integration", answered)
	send("MESSAGE", 504, "call integration", exchange.Measured{Integrated: true})
	send("POST", 200, "", exchange.Measured{})
	send("POST", 410, "find connection", exchange.Measured{})
	send("DISCONNECT", 200, "", answered)
	m.expect(t, "ApiId=id Stage=dev ", map[string]float64{
		"ConnectCount": 2, "MessageCount": 4, "ClientError": 2, "IntegrationError": 1, "ExecutionError": 1,
		"IntegrationLatency": 5,
	})
}

func TestCallsOfFunctionsAreMeasured(t *testing.T) {
	m := meterFor(t)
	tell := m.function(clock.NewManual(measuredAt))
	call := lambda.Measurement{Function: "orders", Resource: "orders:live", Version: "2", Took: time.Second, Concurrent: 3}
	tell(call)
	call.Failed = true
	tell(call)
	tell(lambda.Measurement{Function: "orders", Resource: "orders:live", Version: "1", Throttled: true})
	tell(lambda.Measurement{Function: "orders", Resource: "orders", Version: "$LATEST"})
	tell(lambda.Measurement{Function: "orders", Resource: "orders:1", Version: "1"})
	for dimensions, want := range map[string]map[string]float64{
		"": {"Invocations": 4, "Errors": 1, "Throttles": 1, "Duration": 4},
		"FunctionName=orders ": {
			"Invocations": 4, "Errors": 1, "Throttles": 1, "Duration": 4, "ConcurrentExecutions": 6,
		},
		"FunctionName=orders Resource=orders:live ": {"Invocations": 2, "Errors": 1, "Throttles": 1, "Duration": 2},
		"ExecutedVersion=2 FunctionName=orders Resource=orders:live ": {
			"Invocations": 2, "Errors": 1, "Throttles": 0, "Duration": 2,
		},
		"ExecutedVersion=1 FunctionName=orders Resource=orders:live ": {"Throttles": 1},
		"FunctionName=orders Resource=orders ":                        {"Invocations": 1, "Errors": 0, "Throttles": 0, "Duration": 1},
		"ExecutedVersion=1 FunctionName=orders Resource=orders:1 ":    {},
	} {
		m.expect(t, dimensions, want)
	}
	m.call(&exchange.Record{APIKind: kindURL, Function: "orders", Status: http.StatusBadGateway, Received: measuredAt})
	m.expect(t, "FunctionName=orders ", map[string]float64{
		"Invocations": 4, "Errors": 1, "Throttles": 1, "Duration": 4, "ConcurrentExecutions": 6,
		"UrlRequestCount": 1, "Url4xxCount": 0, "Url5xxCount": 1, "UrlRequestLatency": 1,
	})
}

func TestWebACLsAreMeasured(t *testing.T) {
	m := meterFor(t)
	for _, definition := range []api.WebACL{{}, {
		Metric: "acl", Account: api.Account{Region: "us-east-1"}, Rules: []api.FirewallRule{
			{Name: "bots", Metric: "bots-metric"}, {Name: "quiet"},
		},
	}} {
		tell := m.firewall(clock.NewManual(measuredAt))(definition)
		if tell == nil {
			continue
		}
		tell(firewall.Verdict{Action: firewall.Allow, Rule: firewall.DefaultAction, Counted: []firewall.Match{{Rule: "bots"}}})
		tell(firewall.Verdict{Action: firewall.Block, Rule: "bots"})
		tell(firewall.Verdict{Action: firewall.Block, Rule: "quiet"})
	}
	for rule, want := range map[string]map[string]float64{
		"ALL":            {"AllowedRequests": 1, "BlockedRequests": 2, "CountedRequests": 1},
		"Default_Action": {"AllowedRequests": 1},
		"bots-metric":    {"BlockedRequests": 1, "CountedRequests": 1},
	} {
		m.expect(t, "Region=us-east-1 Rule="+rule+" WebACL=acl ", want)
	}
}

// BenchmarkMeasuringACall is what a call waits for: under a microsecond, without memory of its own.
func BenchmarkMeasuringACall(b *testing.B) {
	m := meterFor(b, &served{ID: "id", Name: "pets", Kind: "REST", Stages: stages(map[string]api.MethodSettings{
		"*/*": {Metrics: true},
	})})
	canary := record("REST", "", 200, exchange.Measured{Resource: "/x", Integrated: true, Canary: true})
	b.ReportAllocs()
	for b.Loop() {
		m.call(canary)
	}
}

func TestMeasuringACallTakesNoMemory(t *testing.T) {
	m := meterFor(t, &served{ID: "id", Name: "pets", Kind: "REST", Stages: stages(nil)})
	r := record("REST", "", 200, exchange.Measured{Resource: "/x", Integrated: true})
	if allocated := testing.AllocsPerRun(100, func() { m.call(r) }); allocated > 0 {
		t.Errorf("it allocates %v times", allocated)
	}
}
