package cost

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func near(a, b float64) bool { return math.Abs(a-b) < 0.005 }

func TestTiers(t *testing.T) {
	for _, row := range []struct {
		name, key string
		quantity  float64
		want      float64
	}{
		// 5 million calls: AWS's own example 1 of the pricing page.
		{"five million REST calls", restRequests, 5e6, 17.50},
		{"calls up to the first tier's end", restRequests, 333e6, 1165.50},
		{"calls over two tiers", restRequests, 1000e6, 1165.50 + 667*2.80},
		{"calls over all tiers", restRequests, 21e9, 1165.50 + 667*2.80 + 19000*2.38 + 1000*1.51},
		{"HTTP calls up to the first tier's end", httpRequests, 300e6, 300},
		{"HTTP calls beyond it", httpRequests, 1000e6, 300 + 700*0.90},
		{"WebSocket messages beyond a billion", socketMessages, 1.5e9, 1000 + 500*0.80},
		{"a cache for a month", cachePrefix + "0.5", Month, 14.60},
		{"a million invocations", lambdaRequests, 1e6, 0.20},
		{"arm64 for a million GB-seconds", lambdaARM, 1e6, 13.3334},
		{"x86 over a tier", lambdaX86, 7e9, 6e9*0.0000166667 + 1e9*0.000015},
		{"60 TB of function logs", logsVended, 60_000, 12_500}, // what the change was announced with
		{"data out over a tier", dataOut, 11_000, 900 + 85},
		{"nothing", restRequests, 0, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			price, found := Find(row.key)
			if got := price.Of(row.quantity); !found || !near(got, row.want) {
				t.Errorf("%v of %s cost %v, want %v", row.quantity, row.key, got, row.want)
			}
		})
	}
}

func TestTheTableIsSound(t *testing.T) {
	if _, err := time.Parse(time.DateOnly, ReadOn); err != nil {
		t.Errorf("the day on which prices were read: %v", err)
	}
	var keys []string
	for _, p := range Prices() {
		keys = append(keys, p.Key)
		if p.Service == "" || p.Item == "" || p.Unit == "" || p.Per <= 0 || len(p.Tiers) == 0 ||
			!strings.HasPrefix(p.Source, "aws.amazon.com/") {
			t.Errorf("price %s is incomplete: %+v", p.Key, p)
		}
		upTo := 0.0
		for i, tier := range p.Tiers {
			last := i == len(p.Tiers)-1
			if (tier.UpTo == 0) != last || !last && tier.UpTo <= upTo || tier.USD <= 0 {
				t.Errorf("price %s: tier %d is %+v", p.Key, i, tier)
			}
			upTo = tier.UpTo
		}
	}
	slices.Sort(keys)
	if unique := slices.Compact(slices.Clone(keys)); len(unique) != len(keys) {
		t.Errorf("two prices have one key: %v", keys)
	}
}

func TestPricesArePrinted(t *testing.T) {
	var b strings.Builder
	if err := WritePrices(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"us-east-1, read on " + ReadOn,
		"3.5 for 1 M calls up to 333 M, then 2.8 up to 1 B, then 2.38 up to 20 B, then 1.51",
		"0.5 for 1 month*", // of composite alarms: not confirmed
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, &b)
		}
	}
}
