package restapi_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/restapi"
	"portico/local/gateway/throttle"
	"portico/local/gateway/usage"
)

const (
	tooMany  = `{"message":"Too Many Requests"}`
	exceeded = `{"message":"Limit Exceeded"}`
)

var throttled = answer{429, "TooManyRequestsException", tooMany}

// keyed puts a method that needs an API key at path, and two keys in one plan.
func (w *world) keyed(path, verb string, plan api.UsagePlan) {
	m := proxy()
	m.APIKeyRequired = true
	w.method(path, verb, m)
	plan.ID, plan.Name = "plan1", "basic"
	if plan.Stages == nil {
		plan.Stages = []api.UsagePlanStage{{APIID: w.def.ID, Stage: "dev"}}
	}
	plan.Keys = []api.APIKey{
		{ID: "k1", Value: "one", Enabled: true}, {ID: "k2", Value: "two", Enabled: true},
	}
	w.def.UsagePlans = []api.UsagePlan{plan}
}

func settings(rate float64, burst int) api.MethodSettings {
	return api.MethodSettings{Throttle: &api.Throttle{Rate: rate, Burst: burst}}
}

// limitedCall is a call of the table below, and what the calls of its row add up to.
type limitedCall struct {
	method, target, header string
	want                   int
}

func TestThrottle(t *testing.T) {
	get := func(target string, want int) limitedCall { return limitedCall{"GET", target, "A: b", want} }
	key := func(target, value string, want int) limitedCall {
		return limitedCall{"GET", target, "x-api-key: " + value, want}
	}
	ones := api.UsagePlan{Throttle: &api.Throttle{Rate: 1, Burst: 1}}
	for _, r := range []struct {
		name    string
		arrange func(*world)
		calls   []limitedCall
	}{
		{"the stage's default holds every method by itself", func(w *world) {
			w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{"*/*": settings(1, 1)}
			w.method("/a", "GET", proxy())
			w.method("/b", "GET", proxy())
		}, []limitedCall{get("/dev/a", 200), get("/dev/b", 200), get("/dev/a", 429), get("/dev/b", 429)}},
		{"a method's own settings win", func(w *world) {
			w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{
				"*/*": settings(1, 1), "/a/{id}/GET": settings(1, 2), "//GET": {},
			}
			w.method("/a/{id}", "GET", proxy())
			w.method("/", "GET", proxy())
		}, []limitedCall{
			get("/dev/a/1", 200), get("/dev/a/2", 200), get("/dev/a/3", 429), get("/dev", 200), get("/dev", 200),
		}},
		{"a verb of a method ANY", func(w *world) {
			w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{"/a/POST": settings(1, 1)}
			w.method("/a", "ANY", proxy())
		}, []limitedCall{
			{"POST", "/dev/a", "A: b", 200}, {"POST", "/dev/a", "A: b", 429}, get("/dev/a", 200), get("/dev/a", 200),
		}},
		{"all methods of a resource", func(w *world) {
			w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{"/a/*": settings(0, 0)}
			w.method("/a", "GET", proxy())
		}, []limitedCall{get("/dev/a", 429), get("/dev/x", 200)}},
		{"another stage has its own buckets", func(w *world) {
			all := map[string]api.MethodSettings{"*/*": settings(1, 1)}
			w.def.Stages = []api.Stage{{Name: "dev", MethodSettings: all}, {Name: "prod", MethodSettings: all}}
		}, []limitedCall{get("/dev/x", 200), get("/prod/x", 200), get("/prod/x", 429)}},
		{"a plan holds each key by itself", func(w *world) { w.keyed("/a", "GET", ones) }, []limitedCall{
			key("/dev/a", "one", 200), key("/dev/a", "one", 429), key("/dev/a", "two", 200), get("/dev/a", 403),
		}},
		{"a plan counts its methods together", func(w *world) {
			w.keyed("/a", "GET", ones)
			w.keyed("/b", "GET", ones)
		}, []limitedCall{key("/dev/a", "one", 200), key("/dev/b", "one", 429)}},
		{"methods without a key are not metered", func(w *world) {
			w.keyed("/a", "GET", ones)
		}, []limitedCall{key("/dev/x", "one", 200), key("/dev/x", "one", 200)}},
		{"an override is for one method, in the place of the plan's", func(w *world) {
			plan := ones
			plan.Stages = []api.UsagePlanStage{{
				APIID: w.def.ID, Stage: "dev", Throttle: map[string]api.Throttle{"/a/GET": {Rate: 1, Burst: 2}},
			}}
			w.keyed("/a", "GET", plan)
			w.keyed("/b", "GET", plan)
		}, []limitedCall{
			key("/dev/a", "one", 200), key("/dev/a", "one", 200), key("/dev/a", "one", 429),
			key("/dev/b", "one", 200), key("/dev/b", "one", 429), key("/dev/a", "two", 200),
		}},
		{"a plan of another stage limits nothing here", func(w *world) {
			m := proxy()
			w.method("/a", "GET", m)
			w.def.Stages = append(w.def.Stages, api.Stage{Name: "prod"})
			plan := ones
			plan.Stages = []api.UsagePlanStage{{APIID: w.def.ID, Stage: "prod"}}
			w.keyed("/a", "GET", plan)
		}, []limitedCall{key("/dev/a", "one", 403), key("/prod/a", "one", 200), key("/prod/a", "one", 429)}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			if r.arrange != nil {
				r.arrange(w)
			}
			for i, c := range r.calls {
				got := w.serve(t, request(c.method, c.target, c.header))
				if got.Status != c.want || c.want == 429 && seen(got) != throttled {
					t.Errorf("call %d, %s %s: got %+v, want %d", i+1, c.method, c.target, seen(got), c.want)
				}
			}
		})
	}
}

func TestAccountLimit(t *testing.T) {
	w := newWorld()
	for range 5_000 {
		if got := w.get(t, "/dev/x"); got.Status != 200 {
			t.Fatalf("got %d within the burst of the account", got.Status)
		}
	}
	if got := seen(w.get(t, "/dev/x")); got != throttled {
		t.Errorf("got %+v, want %+v", got, throttled)
	}
}

func TestThrottledCallsComeAgain(t *testing.T) {
	w := newWorld()
	w.def.GatewayResponses = map[string]api.GatewayResponse{"THROTTLED": {
		Parameters: map[string]string{"gatewayresponse.header.Retry-After": "'1'"},
	}}
	w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{"*/*": settings(2, 1)}
	w.get(t, "/dev/x")
	reply := w.get(t, "/dev/x")
	if seen(reply) != throttled || reply.Header.Get("Retry-After") != "1" {
		t.Errorf("got %+v with %v", seen(reply), reply.Header)
	}
	const want = `the stage limit of 2 requests per second with a burst of 1 is used up for "dev ANY /{proxy+}"`
	if got := w.records[1].Reason(); got != want {
		t.Errorf("the reason is %q, want %q", got, want)
	}
	w.clock.(*clock.Manual).Advance(500 * time.Millisecond)
	if got := w.get(t, "/dev/x"); got.Status != 200 {
		t.Errorf("got %d when a token has come", got.Status)
	}
}

func TestQuota(t *testing.T) {
	for _, r := range []struct {
		name         string
		quota        api.Quota
		start, later string
		first        int // calls that pass at the start
		again        int // and later
	}{
		{"a day ends at midnight", api.Quota{Limit: 2, Period: "DAY"}, "2026-03-04T23:59:58Z", "2026-03-05T00:00:00Z", 2, 2},
		{"a day goes on", api.Quota{Limit: 2, Period: "DAY"}, "2026-03-04T00:00:00Z", "2026-03-04T23:59:59Z", 2, 0},
		{"a week begins on Sunday", api.Quota{Limit: 1, Period: "WEEK"}, "2026-03-07T12:00:00Z", "2026-03-08T00:00:00Z", 1, 1},
		{"a week goes on", api.Quota{Limit: 1, Period: "WEEK"}, "2026-03-08T00:00:00Z", "2026-03-14T23:59:59Z", 1, 0},
		{"a month begins on the first", api.Quota{Limit: 3, Period: "MONTH"}, "2026-01-31T23:00:00Z", "2026-02-01T00:00:00Z", 3, 3},
		{"a month goes on", api.Quota{Limit: 3, Period: "MONTH"}, "2026-03-01T00:00:00Z", "2026-03-31T23:59:59Z", 3, 0},
		{"the offset counts in the first period only", api.Quota{Limit: 3, Offset: 2, Period: "WEEK"}, "2026-03-04T12:00:00Z", "2026-03-11T12:00:00Z", 1, 3},
		{"nothing is left of it", api.Quota{Limit: 1, Offset: 1, Period: "WEEK"}, "2026-03-04T12:00:00Z", "2026-03-11T12:00:00Z", 0, 1},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			start, err := time.Parse(time.RFC3339, r.start)
			if err != nil {
				t.Fatal(err)
			}
			later, err := time.Parse(time.RFC3339, r.later)
			if err != nil {
				t.Fatal(err)
			}
			now := clock.NewManual(start)
			w.clock = now
			w.keyed("/a", "GET", api.UsagePlan{Quota: &r.quota})
			w.expectQuota(t, r.first)
			now.Advance(later.Sub(start))
			w.expectQuota(t, r.again)
			if got := w.get(t, "/dev/a", "x-api-key: two"); got.Status != 200 && r.quota.Offset < r.quota.Limit {
				t.Errorf("another key is answered %d", got.Status)
			}
		})
	}
}

// expectQuota wants that many calls to pass, and no more.
func (w *world) expectQuota(t *testing.T, want int) {
	t.Helper()
	passed, over := 0, answer{}
	for range want + 2 {
		if reply := w.get(t, "/dev/a", "x-api-key: one"); reply.Status == 200 {
			passed++
		} else {
			over = seen(reply)
		}
	}
	if passed != want || over != (answer{429, "LimitExceededException", exceeded}) {
		t.Errorf("got %d calls and %+v, want %d", passed, over, want)
	}
}

// What an account shares outlives a deployment, and counts for its other APIs too.
func TestWhatAnAccountShares(t *testing.T) {
	for _, r := range []struct {
		name string
		plan api.UsagePlan
		want answer
	}{
		{"a quota", api.UsagePlan{Quota: &api.Quota{Limit: 1, Period: "DAY"}}, answer{429, "LimitExceededException", exceeded}},
		{"a throttle", api.UsagePlan{Throttle: &api.Throttle{Rate: 1, Burst: 1}}, throttled},
	} {
		w := newWorld()
		store, err := usage.Open(usage.Options{Clock: w.clock})
		if err != nil {
			t.Fatal(err)
		}
		deps := restapi.Dependencies{
			Clock: w.clock, Invoker: w.lambda, Log: discard(), Usage: store,
			Buckets: throttle.New(w.clock, throttle.NewAccount("us-east-1")),
		}
		w.keyed("/a", "GET", r.plan)
		statuses := ""
		for _, id := range []string{"abc1234567", "abc1234567", "other12345"} {
			w.def.ID, w.def.UsagePlans[0].Stages[0].APIID = id, id
			served, err := restapi.New(w.def, deps)
			if err != nil {
				t.Fatal(err)
			}
			got := served.Serve(t.Context(), request("GET", "/dev/a", "x-api-key: one"))
			statuses += strconv.Itoa(got.Status) + " "
			if got.Status != 200 && seen(got) != r.want {
				t.Errorf("%s: got %+v, want %+v", r.name, seen(got), r.want)
			}
		}
		if statuses != "200 429 429 " {
			t.Errorf("%s: a deployment, the next, and another API answer %s", r.name, statuses)
		}
	}
}

// The marks say which limit decided, and how many tokens it has left.
func TestMarksOfLimits(t *testing.T) {
	plan := api.UsagePlan{
		Throttle: &api.Throttle{Rate: 1, Burst: 9}, Quota: &api.Quota{Limit: 9, Period: "DAY"},
		Stages: []api.UsagePlanStage{{
			APIID: "abc1234567", Stage: "dev", Throttle: map[string]api.Throttle{"/b/GET": {Rate: 1, Burst: 1}},
		}},
	}
	w := newWorld()
	w.keyed("/a", "GET", plan)
	w.keyed("/b", "GET", plan)
	w.method("/c", "GET", proxy())
	w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{"*/*": settings(5, 7), "/c/GET": settings(1, 1)}
	for i, r := range []struct{ target, want string }{
		{"/dev/a", "level=stage tokens=6 quota left=8"},
		{"/dev/b", "level=usage plan method tokens=0 quota left=7"},
		{"/dev/b", "level=usage plan method tokens=0.000"},
		{"/dev/c", "level=stage method tokens=0"},
		{"/dev/c", "level=stage method tokens=0.000"},
		{"/dev/x", "level=stage tokens=6"},
	} {
		got := w.get(t, r.target, "x-api-key: one")
		if got.Header.Has("Retry-After") {
			t.Error("AWS sends no Retry-After")
		}
		var facts []string
		for _, mark := range w.records[i].Marks {
			if mark.Step == "throttle" || mark.Step == "count quota" {
				for _, fact := range mark.Facts {
					facts = append(facts, fact.Name+"="+fact.Value)
				}
			}
		}
		if text := strings.Join(facts, " "); text != r.want {
			t.Errorf("call %d, %s: the marks say %q, want %q", i+1, r.target, text, r.want)
		}
	}
}

func TestThrottledCallsDoNotUseTheQuota(t *testing.T) {
	w := newWorld()
	w.keyed("/a", "GET", api.UsagePlan{
		Throttle: &api.Throttle{Rate: 1, Burst: 1}, Quota: &api.Quota{Limit: 2, Period: "DAY"},
	})
	for i, want := range []int{200, 429, 429, 200, 429} {
		if i == 3 {
			w.clock.(*clock.Manual).Advance(time.Second)
		}
		if got := w.get(t, "/dev/a", "x-api-key: one"); got.Status != want {
			t.Errorf("call %d: got %d, want %d", i+1, got.Status, want)
		}
	}
}

func TestThrottleOfAPlanNamesAMethod(t *testing.T) {
	w := newWorld()
	w.keyed("/a", "GET", api.UsagePlan{Stages: []api.UsagePlanStage{{
		APIID: w.def.ID, Stage: "dev", Throttle: map[string]api.Throttle{"/b/GET": {}},
	}}})
	_, err := restapi.New(w.def, restapi.Dependencies{Clock: w.clock, Invoker: w.lambda, Log: discard()})
	const want = `usage plan basic, stage dev: throttle "/b/GET" names no method of the API, wanted is {path}/{METHOD}`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
