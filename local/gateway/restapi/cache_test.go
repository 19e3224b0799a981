package restapi_test

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/restapi"
)

const warning = "199 cache-control header ignored"

// cached puts GET and POST /c/{id} on a stage that caches, whose function counts its calls.
func cached(change func(*api.Method, *api.MethodSettings)) *world {
	w := newWorld()
	settings := api.MethodSettings{
		CacheEnabled: true, CacheTTL: 60, RequireAuthorizationForCacheControl: true,
		UnauthorizedCacheControlHeaderStrategy: "SUCCEED_WITH_RESPONSE_HEADER",
	}
	m := proxy()
	if change != nil {
		change(&m, &settings)
	}
	w.method("/c/{id}", "GET", m)
	w.method("/c/{id}", "POST", m)
	w.def.Stages[0].CacheClusterSize = "0.5"
	w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{"*/*": settings}
	w.counts(200)
	return w
}

// counts makes the function answer with the number of its call.
func (w *world) counts(status int) {
	n := 0
	w.lambda.answers[functionARN] = func(context.Context) (exchange.Invoked, error) {
		n++
		return exchange.Invoked{Payload: []byte(`{"statusCode":` + strconv.Itoa(status) +
			`,"headers":{"X-N":"n"},"body":"` + strconv.Itoa(n) + `"}`)}, nil
	}
}

// bodies are the replies to calls, one after the other: "GET /dev/c/1", then header lines.
func (w *world) bodies(t *testing.T, calls []string) string {
	t.Helper()
	got := make([]string, len(calls))
	for i, call := range calls {
		parts := strings.Split(call, "|")
		method, target, _ := strings.Cut(parts[0], " ")
		got[i] = string(w.serve(t, request(method, target, parts[1:]...)).Body)
	}
	return strings.Join(got, " ")
}

// The rows are those of spec rest-api.md §13.
func TestCache(t *testing.T) {
	const again = "|Cache-Control: max-age=0"
	keyed := func(names ...string) func(*api.Method, *api.MethodSettings) {
		return func(m *api.Method, _ *api.MethodSettings) {
			m.RequestParameters = map[string]bool{}
			for _, name := range names {
				m.RequestParameters[name] = false
			}
			m.Integration.CacheKeyParameters = names
		}
	}
	for _, r := range []struct {
		name   string
		change func(*api.Method, *api.MethodSettings)
		stage  func(*api.Stage)
		calls  []string
		want   string
	}{
		{"without key parameters all calls of a method share a reply", nil, nil, []string{"GET /dev/c/1", "GET /dev/c/2?a=b"}, "1 1"},
		{"a path parameter in the key", keyed("method.request.path.id"), nil, []string{"GET /dev/c/1", "GET /dev/c/2", "GET /dev/c/1"}, "1 2 1"},
		{"a query parameter in the key", keyed("method.request.querystring.q"), nil, []string{"GET /dev/c/1?q=1", "GET /dev/c/1", "GET /dev/c/1?q=1&r=2", "GET /dev/c/1"}, "1 2 1 2"},
		{"a header in the key", keyed("method.request.header.X-T"), nil, []string{"GET /dev/c/1|X-T: a", "GET /dev/c/1|X-T: b", "GET /dev/c/1|X-T: a"}, "1 2 1"},
		{"settings for all methods are for GET alone", nil, nil, []string{"POST /dev/c/1", "POST /dev/c/1"}, "1 2"},
		{"a method that is named is cached", nil, func(s *api.Stage) { s.MethodSettings["/c/{id}/POST"] = s.MethodSettings["*/*"] }, []string{"POST /dev/c/1", "POST /dev/c/1", "GET /dev/c/1"}, "1 1 2"},
		{"a method ANY is cached for GET", nil, nil, []string{"GET /dev/x", "GET /dev/x", "PUT /dev/x", "PUT /dev/x"}, "1 1 2 3"},
		{"a TTL of 0", func(_ *api.Method, s *api.MethodSettings) { s.CacheTTL = 0 }, nil, []string{"GET /dev/c/1", "GET /dev/c/1"}, "1 2"},
		{"switched off", func(_ *api.Method, s *api.MethodSettings) { s.CacheEnabled = false }, nil, []string{"GET /dev/c/1", "GET /dev/c/1"}, "1 2"},
		{"a stage without cluster", nil, func(s *api.Stage) { s.CacheClusterSize = "" }, []string{"GET /dev/c/1", "GET /dev/c/1"}, "1 2"},
		{"anyone may invalidate where no permission is wanted", func(_ *api.Method, s *api.MethodSettings) { s.RequireAuthorizationForCacheControl = false }, nil, []string{"GET /dev/c/1", "GET /dev/c/1" + again, "GET /dev/c/1"}, "1 2 2"},
		{"nobody may on an open method where it is", nil, nil, []string{"GET /dev/c/1", "GET /dev/c/1" + again, "GET /dev/c/1"}, "1 1 1"},
		{"another directive asks for nothing", nil, nil, []string{"GET /dev/c/1", "GET /dev/c/1|Cache-Control: no-cache"}, "1 1"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := cached(r.change)
			if r.stage != nil {
				r.stage(&w.def.Stages[0])
			}
			if got := w.bodies(t, r.calls); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
}

func TestRepliesFromTheCache(t *testing.T) {
	w := cached(nil)
	w.def.MinimumCompressionSize = new(int)
	w.def.Stages[0].AccessLog = &api.AccessLog{DestinationARN: "d", Format: "$context.status $context.responseLength $context.integration.latency"}
	first := w.get(t, "/dev/c/1")
	w.clock.(*clock.Manual).Advance(10 * time.Second)
	second := w.get(t, "/dev/c/1", "Accept-Encoding: gzip")
	if plain(t, second) != "1" || second.Header.Get("X-N") != "n" {
		t.Errorf("got %+v", second)
	}
	for _, name := range []string{"x-amzn-RequestId", "X-Amzn-Trace-Id", "x-amz-apigw-id"} {
		a, b := first.Header.Get(name), second.Header.Values(name)
		if len(b) != 1 || a == b[0] {
			t.Errorf("%s: %q after %q, want one of its own", name, b, a)
		}
	}
	if got := string(w.get(t, "/dev/c/1").Body); got != "1" {
		t.Errorf("the body that one client wanted compressed is %q for another", got)
	}
	if len(w.lambda.calls) != 1 || len(w.lines) != 3 || len(w.records) != 3 {
		t.Errorf("%d calls, lines %q, %d records", len(w.lambda.calls), w.lines, len(w.records))
	}
	step := w.records[1].Marks[10]
	if step.Step != "look up cache" || step.Verdict != "answered" || step.Facts[1].Value != "10s" {
		t.Errorf("the mark is %+v", step)
	}
	w.clock.(*clock.Manual).Advance(time.Minute)
	if got := string(w.get(t, "/dev/c/1").Body); got != "2" {
		t.Errorf("after its TTL got %s, want a new reply", got)
	}
}

func TestRepliesThatAreNotKept(t *testing.T) {
	for _, status := range []int{302, 404, 500} {
		w := cached(nil)
		w.counts(status)
		if got := w.bodies(t, []string{"GET /dev/c/1", "GET /dev/c/1"}); got != "1 2" {
			t.Errorf("%d: got %s, want 1 2", status, got)
		}
	}
	t.Run("of a failed function", func(t *testing.T) {
		w := cached(nil)
		w.lambda.functionError(functionARN, `{}`)
		w.get(t, "/dev/c/1")
		w.counts(200)
		if got := w.get(t, "/dev/c/1"); got.Status != 200 {
			t.Errorf("got %d", got.Status)
		}
	})
	t.Run("of a tested method", func(t *testing.T) {
		w := cached(nil)
		w.test(t, restapi.TestInvocation{ResourceID: "resc/{id", HTTPMethod: "GET"})
		w.test(t, restapi.TestInvocation{ResourceID: "resc/{id", HTTPMethod: "GET"})
		if len(w.lambda.calls) != 2 {
			t.Errorf("%d calls, want 2", len(w.lambda.calls))
		}
	})
}

func TestUnauthorizedInvalidation(t *testing.T) {
	for _, r := range []struct {
		strategy string
		want     answer
		warning  string
	}{
		{"FAIL_WITH_403", answer{403, "AccessDeniedException", `{"Message":"User is not authorized to access this resource"}`}, ""},
		{"SUCCEED_WITH_RESPONSE_HEADER", answer{200, "", "1"}, warning},
		{"SUCCEED_WITHOUT_RESPONSE_HEADER", answer{200, "", "1"}, ""},
	} {
		t.Run(r.strategy, func(t *testing.T) {
			w := cached(func(_ *api.Method, s *api.MethodSettings) { s.UnauthorizedCacheControlHeaderStrategy = r.strategy })
			if r.want.status == 403 {
				w.get(t, "/dev/c/1")
			}
			for range 2 { // a miss, then a hit
				got := w.get(t, "/dev/c/1", "Cache-Control: max-age=0")
				if seen(got) != r.want || got.Header.Get("Warning") != r.warning {
					t.Errorf("got %+v, want %+v %s", got, r.want, r.warning)
				}
			}
			if got := w.get(t, "/dev/c/1"); got.Header.Has("Warning") {
				t.Error("the warning is kept")
			}
		})
	}
}

func TestAuthorizedInvalidation(t *testing.T) {
	statement := func(actions string) string {
		return `{"Statement":[{"Effect":"Allow","Action":` + actions + `,"Resource":"` + executeAPI + `/dev/GET/*"}]}`
	}
	for _, r := range []struct{ name, actions, want string }{
		{"allowed", `["execute-api:Invoke","execute-api:InvalidateCache"]`, "1 2 2"},
		{"not allowed", `"execute-api:Invoke"`, "1 1 1"},
	} {
		t.Run("a signer is "+r.name, func(t *testing.T) {
			w := cached(nil)
			w.signed(t).policy = statement(r.actions)
			var got []string
			for i := range 3 {
				call := w.sign(t, "/dev/admin/7", "execute-api", "us-east-1")
				if i == 1 {
					call.Header.Add("Cache-Control", "max-age=0")
				}
				got = append(got, string(w.serve(t, call).Body))
			}
			if text := strings.Join(got, " "); text != r.want {
				t.Errorf("got %s, want %s", text, r.want)
			}
		})
		t.Run("an authorizer's policy: "+r.name, func(t *testing.T) {
			w := cached(nil)
			w.guard("TOKEN", nil)
			w.lambda.answer(guardARN, `{"principalId":"me","policyDocument":`+statement(r.actions)+`}`)
			const call = "GET /dev/guarded|Authorization: t"
			if got := w.bodies(t, []string{call, call + "|Cache-Control: max-age=0", call}); got != r.want {
				t.Errorf("got %s, want %s", got, r.want)
			}
		})
	}
	t.Run("the authorizer is asked before the cache", func(t *testing.T) {
		w := cached(nil)
		w.guard("TOKEN", nil)
		if got := w.bodies(t, []string{"GET /dev/guarded|Authorization: t", "GET /dev/guarded"}); got != `1 {"message":"Unauthorized"}` {
			t.Errorf("got %s", got)
		}
	})
}

func TestCacheOfACanary(t *testing.T) {
	for _, r := range []struct {
		name       string
		useCache   bool
		deployment string
		want       string
	}{
		{"of the same deployment shares the stage's", true, "d3pl0y", "1 1 1 1"},
		{"of another deployment has its own replies", true, "c4n4ry", "1 2 1 2"},
		{"that uses no cache", false, "d3pl0y", "1 2 1 3"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := cached(nil)
			w.def.Stages[0].Canary = &api.Canary{DeploymentID: r.deployment, PercentTraffic: 50, UseStageCache: r.useCache}
			var got []string
			for _, w.roll = range []float64{0.9, 0, 0.9, 0} {
				got = append(got, string(w.get(t, "/dev/c/1").Body))
			}
			if text := strings.Join(got, " "); text != r.want {
				t.Errorf("got %s, want %s", text, r.want)
			}
		})
	}
}

func TestEqualCallsWaitForOne(t *testing.T) {
	for _, r := range []struct {
		name           string
		panics         bool
		calls, replies int
	}{
		{"and get its reply", false, 1, 4},
		{"and go on by themselves when it breaks", true, 4, 3},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, observed := cached(nil), &counter{}
				var calls atomic.Int64
				w.lambda.answers[functionARN] = func(context.Context) (exchange.Invoked, error) {
					first := calls.Add(1) == 1
					time.Sleep(time.Second)
					if first && r.panics {
						panic("a bug")
					}
					return exchange.Invoked{Payload: []byte(`{"statusCode":200,"body":"ok"}`)}, nil
				}
				served, err := restapi.New(w.def, restapi.Dependencies{
					Clock: clock.System{}, Invoker: w.lambda, Observer: observed, Log: discard(),
				})
				if err != nil {
					t.Fatal(err)
				}
				var done sync.WaitGroup
				for i := range 4 {
					done.Go(func() {
						if i == 0 {
							defer func() { _ = recover() }()
						}
						if got := served.Serve(t.Context(), request("GET", "/dev/c/1")); got.Status != 200 {
							t.Errorf("got %d", got.Status)
						}
					})
					synctest.Wait()
				}
				done.Wait()
				if int(calls.Load()) != r.calls || int(observed.records.Load()) != r.replies {
					t.Errorf("%d calls of the function, %d replies; want %d, %d",
						calls.Load(), observed.records.Load(), r.calls, r.replies)
				}
			})
		})
	}
}

func TestCachesThatNoAPIHas(t *testing.T) {
	for _, r := range []struct {
		name, want string
		change     func(*world)
	}{
		{"a size", `stage dev: cache cluster size "2": allowed are 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237`, func(w *world) { w.def.Stages[0].CacheClusterSize = "2" }},
		{"a key parameter", "resource /c, method GET: cache: Invalid cache key parameter specified: method.request.path.x: the method's request parameters do not declare it", func(w *world) {
			m := proxy()
			m.Integration.CacheKeyParameters = []string{"method.request.path.x"}
			w.method("/c", "GET", m)
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := cached(nil)
			r.change(w)
			_, err := restapi.New(w.def, restapi.Dependencies{Clock: w.clock, Invoker: w.lambda, Log: discard()})
			if err == nil || err.Error() != r.want {
				t.Errorf("got %v, want %s", err, r.want)
			}
		})
	}
}
