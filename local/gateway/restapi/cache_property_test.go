package restapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/restapi"
)

// mirror is a function that answers with what makes a call another than its like, and the authorizer
// that lets everybody in as who the token says.
type mirror struct{}

func (mirror) Invoke(_ context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	var e struct {
		AuthorizationToken string
		HTTPMethod         string
		PathParameters     map[string]string
		StageVariables     map[string]string
		RequestContext     struct {
			Stage      string
			Authorizer map[string]any
		}
	}
	if err := json.Unmarshal(in.Payload, &e); err != nil {
		return exchange.Invoked{}, err
	}
	if in.FunctionARN == guardARN {
		return exchange.Invoked{Payload: fmt.Appendf(nil, `{"principalId":%q,"policyDocument":{"Statement":[
			{"Effect":"Allow","Action":"*","Resource":"*"}]}}`, e.AuthorizationToken)}, nil
	}
	body := fmt.Sprint(e.RequestContext.Stage, " ", e.StageVariables["release"], " ", e.HTTPMethod, " ",
		e.PathParameters["id"], " ", e.RequestContext.Authorizer["principalId"])
	return exchange.Invoked{Payload: fmt.Appendf(nil, `{"statusCode":200,"body":%q}`, body)}, nil
}

// secretive is an API whose replies are kept by path and caller, on two stages, of which dev has a
// canary.
func secretive() *world {
	w := newWorld()
	w.guard("TOKEN", nil)
	m := proxy()
	m.AuthorizationType, m.AuthorizerID = "CUSTOM", "auth01"
	m.RequestParameters = map[string]bool{"method.request.path.id": true}
	m.Integration.RequestParameters = map[string]string{
		"integration.request.header.X-Who": "context.authorizer.principalId",
	}
	m.Integration.CacheKeyParameters = []string{
		"method.request.path.id", "integration.request.header.X-Who",
	}
	m.Integration.CacheNamespace = "shared by both resources"
	kept := api.MethodSettings{
		CacheEnabled: true, CacheTTL: 60, UnauthorizedCacheControlHeaderStrategy: "FAIL_WITH_403",
		RequireAuthorizationForCacheControl: true,
	}
	settings := map[string]api.MethodSettings{}
	for _, verb := range []string{"GET", "POST"} {
		w.method("/c/{id}", verb, m)
		settings["/c/{id}/"+verb] = kept
	}
	w.def.Stages = []api.Stage{
		{
			Name: "dev", DeploymentID: "d1", Variables: map[string]string{"release": "base"},
			CacheClusterSize: "0.5", MethodSettings: settings, Canary: &api.Canary{
				DeploymentID: "d2", PercentTraffic: 50, UseStageCache: true,
				Variables: map[string]string{"release": "canary"},
			},
		},
		{
			Name: "prod", DeploymentID: "d1", Variables: map[string]string{"release": "base"},
			CacheClusterSize: "0.5", MethodSettings: settings,
		},
	}
	return w
}

// A reply from the cache never crosses keys, stages, methods, callers or the canary.
func TestCachedRepliesStayWhereTheyBelong(t *testing.T) {
	for seed := range uint64(10) {
		roll := rand.New(rand.NewPCG(seed, 3))
		w := secretive()
		dice := 0.0
		now := w.clock.(*clock.Manual)
		served, err := restapi.New(w.def, restapi.Dependencies{
			Clock: now, Invoker: mirror{}, Observer: w, Log: discard(),
			Roll: func() float64 { return dice },
		})
		if err != nil {
			t.Fatal(err)
		}
		for range 400 {
			dice = roll.Float64()
			call, want := oneOf(roll, dice < 0.5)
			if got := string(served.Serve(t.Context(), call).Body); got != want {
				t.Fatalf("seed %d: got %q, want %q", seed, got, want)
			}
			now.Advance(time.Duration(roll.IntN(5)) * time.Second)
		}
		if hits := cacheHits(w.records); hits < 40 {
			t.Errorf("seed %d: only %d calls were answered from the cache, which proves little", seed, hits)
		}
	}
}

// The same, while calls wait for one another.
func TestSharedRepliesStayWhereTheyBelong(t *testing.T) {
	w := secretive()
	w.def.Stages[0].Canary.PercentTraffic = 0
	served, err := restapi.New(w.def, restapi.Dependencies{
		Clock: clock.System{}, Invoker: mirror{}, Log: discard(),
	})
	if err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	for client := range uint64(16) {
		clients.Go(func() {
			roll := rand.New(rand.NewPCG(client, 4))
			for range 300 {
				call, want := oneOf(roll, false)
				if got := string(served.Serve(t.Context(), call).Body); got != want {
					t.Errorf("got %q, want %q", got, want)
					return
				}
			}
		})
	}
	clients.Wait()
}

// oneOf returns a call, and what it must be answered.
func oneOf(roll *rand.Rand, canary bool) (call *exchange.Request, want string) {
	stage := []string{"dev", "prod"}[roll.IntN(2)]
	verb := []string{"GET", "POST"}[roll.IntN(2)]
	id := []string{"1", "2", "12"}[roll.IntN(3)]
	who := []string{"ann", "bob", "1"}[roll.IntN(3)]
	release := "base"
	if canary && stage == "dev" {
		release = "canary"
	}
	header := []string{"Authorization: " + who}
	if roll.IntN(10) == 0 {
		header = append(header, "Cache-Control: max-age=0")
	}
	return request(verb, "/"+stage+"/c/"+id, header...),
		fmt.Sprint(stage, " ", release, " ", verb, " ", id, " ", who)
}

func cacheHits(records []*exchange.Record) (hits int) {
	for _, record := range records {
		for _, mark := range record.Marks {
			if mark.Step == "look up cache" && mark.Verdict == "answered" {
				hits++
			}
		}
	}
	return hits
}

func TestCacheIsFlushed(t *testing.T) {
	w := cached(nil)
	w.def.Stages = append(w.def.Stages, api.Stage{Name: "bare"})
	w.get(t, "/dev/c/1")
	if err := w.api.FlushCache("dev"); err != nil {
		t.Fatal(err)
	}
	if got := string(w.get(t, "/dev/c/1").Body); got != "2" {
		t.Errorf("got %s, want a new reply", got)
	}
	for stage, want := range map[string]string{
		"gone": `REST API partner has no stage "gone"`,
		"bare": "stage bare of REST API partner has no cache cluster",
	} {
		if err := w.api.FlushCache(stage); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestTheCacheOfAStageOutlivesADeployment(t *testing.T) {
	for _, r := range []struct {
		name   string
		change func(*api.Stage)
		want   string
	}{
		{"that is the same", func(*api.Stage) {}, "1"},
		{"but its replies are of the old one", func(s *api.Stage) { s.DeploymentID = "new" }, "2"},
		{"and not a resize", func(s *api.Stage) { s.CacheClusterSize = "1.6" }, "2"},
		{"as the canary's does", func(s *api.Stage) {
			s.Canary = &api.Canary{DeploymentID: s.DeploymentID, PercentTraffic: 100, UseStageCache: true}
		}, "1"},
	} {
		w := cached(nil)
		w.get(t, "/dev/c/1")
		before := w.api
		w.def.Stages = slices.Clone(w.def.Stages)
		r.change(&w.def.Stages[0])
		w.compile(t)
		w.api.Adopt(before)
		if got := string(w.get(t, "/dev/c/1").Body); got != r.want {
			t.Errorf("%s: got %s, want %s", r.name, got, r.want)
		}
	}
}
