package httpapi_test

import (
	"context"
	"fmt"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/httpapi"
)

// manyRoutes is an API of so many routes, of every kind, that call one function.
func manyRoutes(t testing.TB, count int) *httpapi.API {
	t.Helper()
	def := definition()
	def.Routes = make([]api.Route, 0, count)
	for i := range count {
		key := []string{"GET /orders%d/{id}/lines", "ANY /things%d/{proxy+}", "POST /orders/{id}/lines%d"}[i%3]
		def.Routes = append(def.Routes, api.Route{
			Key: fmt.Sprintf(key, i), AuthorizationType: "NONE", IntegrationID: "two",
		})
	}
	made, err := httpapi.New(def, httpapi.Dependencies{
		Clock: clock.System{}, Invoker: answering(`{"statusCode":200}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// BenchmarkRoutes shows that a call costs the same among ten routes and among ten thousand.
func BenchmarkRoutes(b *testing.B) {
	s := start(b, nil)
	for _, count := range []int{10, 10_000} {
		made := manyRoutes(b, count)
		for kind, line := range map[string]string{
			"parameter": "GET /orders3/abc/lines", "greedy": "GET /things4/a/b/c", "none": "GET /orders3/abc",
		} {
			call := s.request(line)
			b.Run(fmt.Sprintf("routes=%d/%s", count, kind), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					made.Serve(context.Background(), call)
				}
			})
		}
	}
}

func TestTenThousandRoutesAreServed(t *testing.T) {
	s := start(t, nil)
	made := manyRoutes(t, 10_000)
	for line, want := range map[string]int{
		"GET /orders9999/7/lines": 200, "PUT /things1/a/b": 200, "POST /orders/7/lines5": 200,
		"GET /orders/7/lines5": 404,
	} {
		if got := made.Serve(context.Background(), s.request(line)).Status; got != want {
			t.Errorf("%s: got %d, want %d", line, got, want)
		}
	}
}
