package httpapi_test

import (
	"context"
	"testing"
	"time"

	"portico/local/gateway/api"
)

func longer(a api.V2Authorizer) api.V2Authorizer {
	a.ResultTTL = 3600
	return a
}

// BenchmarkGuards measures what a guard adds to a call whose function answers at once.
func BenchmarkGuards(b *testing.B) {
	s := start(b, func(s *setup) {
		cachingGate(answering(policyFor("Allow", "*", `{"tenant":"t1"}`))).put(s)
		s.def.Authorizers["fn"] = longer(s.def.Authorizers["fn"])
		s.def.Stages = []api.Stage{{Name: "$default"}}
	})
	for _, r := range []struct{ name, line string }{
		{"guard=none", "GET /health"},
		{"guard=jwt", "GET /orders/7"},
		{"guard=lambda-cached", "GET /custom"},
	} {
		b.Run(r.name, func(b *testing.B) {
			token := s.tokenOf(b, map[string]any{
				"scope": "orders/read", "exp": s.clock.Now().Unix() + 3600,
			})
			request := s.request(r.line, token, "Auth: a")
			b.ReportAllocs()
			for b.Loop() {
				s.invoked, s.observer.records = s.invoked[:0], s.observer.records[:0]
				s.clock.Advance(100 * time.Microsecond) // or the account's throttle ends it
				if reply := s.api.Serve(context.Background(), request); reply.Status != 200 {
					b.Fatalf("answered %d", reply.Status)
				}
			}
		})
	}
}
