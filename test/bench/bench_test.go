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
	name, address string
	// of is the target that its speed is stated in, "" for a baseline itself.
	of string
	// body is posted; without one the target is got.
	body        []byte
	connections int // the usual number when 0
}

// targets starts everything that is measured.
func targets(b *testing.B) []target {
	b.Helper()
	backend := bareBackend(b)
	address := serveApp(b, backend)
	bootstrap := buildEcho(b)
	document := order(b, 5<<10)
	proxied := func(name, of, address string) target {
		return target{name: name, address: address, of: of, connections: proxyConnections}
	}
	return []target{
		{name: "bare-net-http", address: bareHandler(b)},
		{name: "bare-loop-rest", address: bareLoop(b, bootstrap, "rest-event.json")},
		{name: "bare-loop-http", address: bareLoop(b, bootstrap, "http-event.json")},
		{name: "mock", address: address["REST"] + "/mock", of: "bare-net-http"},
		{name: "mock-vtl", address: address["REST"] + "/vtl?page=2", of: "bare-net-http"},
		{name: "rest-lambda", address: address["REST"] + "/lambda", of: "bare-loop-rest"},
		{name: "http-lambda", address: address["HTTP"] + "/lambda", of: "bare-loop-http"},
		{name: "mock-5KB", address: address["REST"] + "/plain", body: document},
		{name: "validated-5KB", address: address["REST"] + "/validated", body: document, of: "mock-5KB"},
		proxied("tuned-proxy", "", tunedProxy(b, backend)+"/proxy"),
		proxied("default-proxy", "tuned-proxy", defaultProxy(b, backend)+"/proxy"),
		proxied("http-proxy", "tuned-proxy", address["REST"]+"/proxy"),
	}
}

// BenchmarkCalls measures each target for itself, for benchstat.
func BenchmarkCalls(b *testing.B) {
	for _, t := range targets(b) {
		load(b, t, 20*connections) // warm: environments, connections
		b.Run("target="+t.name, func(b *testing.B) {
			took, elapsed := load(b, t, b.N)
			b.ReportMetric(float64(b.N)/elapsed.Seconds(), "req/s")
			b.ReportMetric(float64(took.at(0.50).Microseconds()), "p50-µs")
			b.ReportMetric(float64(took.at(0.99).Microseconds()), "p99-µs")
		})
	}
}

// BenchmarkSideBySide takes turns between all targets and prints medians and ratios.
func BenchmarkSideBySide(b *testing.B) {
	const rounds, calls = 9, 4000
	all := targets(b)
	speeds := map[string][]float64{}
	tails := map[string][]time.Duration{}
	for _, t := range all {
		load(b, t, 1000)
	}
	b.ResetTimer()
	for range rounds {
		for _, t := range all {
			took, elapsed := load(b, t, calls)
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
