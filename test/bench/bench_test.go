package bench

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"
)

// target is something that answers calls.
type target struct {
	name    string
	address string // host, port and path; "" for what the app's REST API serves
	path    string // in the REST API
	// of is the target that its speed is stated in, "" for a baseline itself.
	of string
	// body is posted; without one the target is got.
	body        []byte
	header      string // further lines of a target that is got, each with its end
	connections int    // the usual number when 0
	pace        *pacer // of its API; nil for what is not throttled
}

// targets starts everything that is measured.
func targets(b *testing.B) []target {
	b.Helper()
	backend := bareBackend(b)
	address := serveApp(b, backend)
	bootstrap := buildEcho(b)
	all := []target{
		{name: "bare-net-http", address: bareHandler(b)},
		{name: "mock", path: "/mock", of: "bare-net-http"},
		{name: "bare-loop-rest", address: bareLoop(b, bootstrap, "rest-event.json")},
		{name: "rest-lambda", path: "/lambda", of: "bare-loop-rest"},
		{name: "bare-loop-http", address: bareLoop(b, bootstrap, "http-event.json")},
		{name: "http-lambda", address: address["HTTP"] + "/lambda", of: "bare-loop-http"},
		{name: "mock-vtl", path: "/vtl?page=2", of: "bare-net-http"},
	}
	return served(address["REST"], slices.Concat(
		all, validated(b), proxies(b, backend, address["HTTP"])))
}

// validated is a MOCK that checks its body against a model, and the same one without.
func validated(b *testing.B) []target {
	document := order(b, 5<<10)
	return []target{
		{name: "mock-5KB", path: "/plain", body: document},
		{name: "validated-5KB", path: "/validated", body: document, of: "mock-5KB"},
	}
}

// proxies are the HTTP_PROXY integrations of a REST and of an HTTP API, and what net/http alone makes
// of their task.
func proxies(b *testing.B, backend, httpAPI string) []target {
	all := []target{
		{name: "default-proxy", address: defaultProxy(b, backend) + "/proxy", of: "tuned-proxy"},
		{name: "tuned-proxy", address: tunedProxy(b, backend) + "/proxy"},
		{name: "http-proxy", path: "/proxy", of: "tuned-proxy"},
		{
			name: "http-api-proxy", address: httpAPI + "/proxy", of: "tuned-proxy", pace: &pacer{},
		},
	}
	for i := range all {
		all[i].connections = proxyConnections
	}
	return all
}

// served fills in where the targets with a path alone are reached.
func served(api string, all []target) []target {
	pace := &pacer{}
	for i := range all {
		if t := &all[i]; t.address == "" {
			t.address, t.pace = api+t.path, pace
		}
	}
	return all
}

// BenchmarkCalls measures each target for itself, for benchstat.
func BenchmarkCalls(b *testing.B) {
	for _, t := range targets(b) {
		measure(b, t, 20*connections) // warm: environments, connections
		b.Run("target="+t.name, func(b *testing.B) {
			took, elapsed := measure(b, t, b.N)
			b.ReportMetric(float64(b.N)/elapsed.Seconds(), "req/s")
			b.ReportMetric(float64(took.at(0.50).Microseconds()), "p50-µs")
			b.ReportMetric(float64(took.at(0.99).Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkSideBySide takes turns between all targets and prints medians and ratios.
func BenchmarkSideBySide(b *testing.B) { sideBySide(b, targets(b)) }

// BenchmarkProxies is BenchmarkSideBySide of HTTP_PROXY integrations and their baselines alone.
func BenchmarkProxies(b *testing.B) {
	backend := bareBackend(b)
	address := serveApp(b, backend)
	sideBySide(b, served(address["REST"], proxies(b, backend, address["HTTP"])))
}

func sideBySide(b *testing.B, all []target) {
	const rounds, calls = 21, burst
	speeds := map[string][]float64{}
	tails := map[string][]time.Duration{}
	for _, t := range all {
		measure(b, t, 1000)
	}
	b.ResetTimer()
	for range rounds {
		for _, t := range all {
			took, elapsed := measure(b, t, calls)
			speeds[t.name] = append(speeds[t.name], calls/elapsed.Seconds())
			tails[t.name] = append(tails[t.name], took.at(0.99))
		}
	}
	fmt.Printf("\n%-20s %10s %10s  %s\n", "target", "req/s", "p99", "ratio (median of rounds)")
	for _, t := range all {
		line := fmt.Sprintf("%-20s %10.0f %10s", t.name, median(speeds[t.name]), median(tails[t.name]))
		if t.of != "" {
			ratios := make([]float64, rounds)
			for i := range ratios {
				ratios[i] = speeds[t.name][i] / speeds[t.of][i]
			}
			line += fmt.Sprintf("  %.2f of %s", median(ratios), t.of)
			b.ReportMetric(median(ratios), t.name+"/"+t.of)
		}
		fmt.Println(line)
	}
}

func median[T cmp.Ordered](values []T) T {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}
