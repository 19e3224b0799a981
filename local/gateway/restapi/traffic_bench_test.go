package restapi_test

import (
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/restapi"
	"portico/local/gateway/throttle"
)

// BenchmarkTraffic measures whole calls of the API without a listener: a reply from the cache, and
// what a usage plan and the limits of a stage add to a call of a mock.
func BenchmarkTraffic(b *testing.B) {
	huge := &api.Throttle{Rate: 1e9, Burst: 1e9}
	w := cached(nil)
	w.method("/open", "GET", mocked("200", "{}"))
	w.keyed("/metered", "GET", api.UsagePlan{
		Throttle: huge, Quota: &api.Quota{Limit: 1e15, Period: "MONTH"},
	})
	metered := mocked("200", "{}")
	metered.APIKeyRequired = true
	w.method("/metered", "GET", metered)
	w.def.Stages[0].MethodSettings["/open/GET"] = api.MethodSettings{}
	w.def.Stages[0].MethodSettings["/metered/GET"] = api.MethodSettings{Throttle: huge}
	now := clock.NewMovable(clock.System{})
	served, err := restapi.New(w.def, restapi.Dependencies{
		Clock: now, Invoker: w.lambda, Log: discard(),
		Buckets: throttle.New(now, throttle.Quotas{Requests: throttle.Limit(*huge)}),
	})
	if err != nil {
		b.Fatal(err)
	}
	for name, target := range map[string]string{
		"cached": "/dev/c/1", "open": "/dev/open", "metered": "/dev/metered",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				call := request("GET", target, "x-api-key: one")
				if got := served.Serve(b.Context(), call); got.Status != 200 {
					b.Fatalf("got %d", got.Status)
				}
			}
		})
	}
}
