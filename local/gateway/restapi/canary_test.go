package restapi_test

import (
	"context"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// canary gives the stage dev a canary, and its deployment an answer of its own.
func (w *world) canary(percent float64) {
	w.def.Stages[0].Variables = map[string]string{"kept": "base", "changed": "base"}
	w.def.Stages[0].Canary = &api.Canary{
		DeploymentID: "c4n4ry", PercentTraffic: percent,
		Variables: map[string]string{"changed": "canary", "added": "canary"},
	}
	const template = `{"canary":"$context.isCanaryRequest","deployment":"$context.deploymentId",` +
		`"kept":"$stageVariables.kept","changed":"$stageVariables.changed","added":"$stageVariables.added","of":"`
	w.method("/r", "GET", mocked("200", template+`base"}`))
	base := w.def
	w.def.Resources = nil
	w.method("/r", "GET", mocked("200", template+`canary"}`))
	frozen := w.def
	w.def = base
	w.deployments = map[string]api.REST{"d3pl0y": base, "c4n4ry": frozen}
}

// The rows are those of spec releases.md §2.
func TestCanaryRelease(t *testing.T) {
	const (
		fromBase   = `{"canary":"false","deployment":"d3pl0y","kept":"base","changed":"base","added":"","of":"base"}`
		fromCanary = `{"canary":"true","deployment":"c4n4ry","kept":"base","changed":"canary","added":"canary","of":"canary"}`
	)
	for _, r := range []struct {
		name          string
		percent, roll float64
		want          string
	}{
		{"nothing goes to a canary of 0 percent", 0, 0, fromBase},
		{"everything goes to a canary of 100 percent", 100, 0.999999, fromCanary},
		{"below the share", 12.5, 0.1249, fromCanary},
		{"at the share", 12.5, 0.125, fromBase},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.canary(r.percent)
			w.roll = r.roll
			if got := string(w.get(t, "/dev/r").Body); got != r.want {
				t.Errorf("got  %s\nwant %s", got, r.want)
			}
		})
	}
}

func TestCanaryShare(t *testing.T) {
	w := newWorld()
	w.canary(10)
	dice := rand.New(rand.NewPCG(1, 2))
	served := 0
	for range 2000 {
		w.roll = dice.Float64()
		if strings.Contains(string(w.get(t, "/dev/r").Body), `"of":"canary"`) {
			served++
		}
	}
	if served < 160 || served > 240 {
		t.Errorf("the canary served %d of 2000 calls, want about 200", served)
	}
}

func TestCanaryInEvents(t *testing.T) {
	w := newWorld()
	w.def.Stages[0].Canary = &api.Canary{PercentTraffic: 50}
	for _, r := range []struct {
		name string
		roll float64
		want string
	}{
		{"the canary's", 0, `,"isCanaryRequest":true,"requestTime":`},
		{"the stage's", 0.5, `,"isCanaryRequest":false,"requestTime":`},
	} {
		t.Run(r.name, func(t *testing.T) {
			w.roll = r.roll
			w.get(t, "/dev/x")
			if event := string(w.lambda.last(t).Payload); !strings.Contains(event, r.want) {
				t.Errorf("the event has no %s: %s", r.want, event)
			}
		})
	}
	t.Run("a stage without canary", func(t *testing.T) {
		w := newWorld()
		w.method("/m", "GET", mocked("200", "[$context.isCanaryRequest]"))
		if got := string(w.get(t, "/dev/m").Body); got != "[]" {
			t.Errorf("a template prints %s", got)
		}
		w.get(t, "/dev/x")
		if event := string(w.lambda.last(t).Payload); strings.Contains(event, "isCanaryRequest") {
			t.Errorf("the event is %s", event)
		}
	})
}

func TestCanaryAccessLogs(t *testing.T) {
	const group = "arn:aws:logs:us-east-1:123456789012:log-group:calls"
	for _, r := range []struct {
		name, destination string
		roll              float64
		want              []string
	}{
		{"a canary's call is in both groups", group, 0, []string{group + " c4n4ry true", group + "/Canary c4n4ry true"}},
		{"a stage's call is in the stage's", group, 0.9, []string{group + " d3pl0y false"}},
		{"a stream has both", "arn:aws:firehose:us-east-1:1:deliverystream/amazon-apigateway-x", 0, []string{"arn:aws:firehose:us-east-1:1:deliverystream/amazon-apigateway-x c4n4ry true"}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.canary(50)
			w.roll = r.roll
			w.def.Stages[0].AccessLog = &api.AccessLog{DestinationARN: r.destination, Format: "$context.deploymentId $context.isCanaryRequest"}
			w.get(t, "/dev/r")
			if diff := cmp.Diff(r.want, w.lines); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCanaryCallsAnotherFunction(t *testing.T) {
	const other = "arn:aws:lambda:us-east-1:123456789012:function:next"
	w := newWorld()
	m := proxy()
	m.Integration.URI = invocation + "arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.fn}/invocations"
	w.method("/f", "GET", m)
	w.def.Stages[0].Variables = map[string]string{"fn": "orders:live"}
	w.def.Stages[0].Canary = &api.Canary{PercentTraffic: 100, Variables: map[string]string{"fn": "next"}}
	w.answers(other)
	if got := w.get(t, "/dev/f"); string(got.Body) != other || w.records[0].Function != "next" {
		t.Errorf("got %s of %s", got.Body, w.records[0].Function)
	}
}

// answers lets a function say its own ARN.
func (w *world) answers(arn string) {
	w.lambda.answers[arn] = func(context.Context) (exchange.Invoked, error) {
		body, err := json.Marshal(map[string]string{"body": arn})
		return exchange.Invoked{Payload: body}, err
	}
}

func TestCanarySharesLimits(t *testing.T) {
	w := newWorld()
	w.canary(50)
	w.def.Stages[0].MethodSettings = map[string]api.MethodSettings{"*/*": {Throttle: &api.Throttle{Rate: 1, Burst: 1}}}
	if got := w.get(t, "/dev/r"); got.Status != 200 {
		t.Fatalf("got %d", got.Status)
	}
	w.roll = 0.9
	if got := w.get(t, "/dev/r"); got.Status != 429 {
		t.Errorf("the stage answers %d after its canary, want 429", got.Status)
	}
}

func TestEditsAreNotLiveUntilDeployed(t *testing.T) {
	w := newWorld()
	w.def.Models = map[string]api.Model{}
	before := w.def
	before.Resources = []api.Resource{{ID: "r1", Path: "/old", Methods: map[string]api.Method{"GET": mocked("200", "$context.apiId $context.stage")}}}
	before.GatewayResponses = map[string]api.GatewayResponse{"MISSING_AUTHENTICATION_TOKEN": {StatusCode: 404}}
	before.ID, before.Stages = "other", nil
	w.deployments = map[string]api.REST{"d3pl0y": restored(t, before)}
	w.def.Stages = append(w.def.Stages, api.Stage{Name: "next", DeploymentID: "n3w"})
	w.method("/new", "GET", mocked("200", "new"))
	for _, r := range []struct {
		path string
		want answer
	}{
		{"/dev/old", answer{200, "", "abc1234567 dev"}},
		{"/dev/new", answer{404, "MissingAuthenticationTokenException", missing}},
		{"/next/new", answer{200, "", "new"}},
		{"/next/old", answer{200, "", "ok"}}, // {proxy+} of the definition
	} {
		if got := seen(w.get(t, r.path)); got != r.want {
			t.Errorf("%s: got %+v, want %+v", r.path, got, r.want)
		}
	}
}

// restored returns a definition as it comes back from where it was kept.
func restored(t *testing.T, def api.REST) api.REST {
	t.Helper()
	kept, err := json.Marshal(def)
	if err != nil {
		t.Fatal(err)
	}
	var back api.REST
	if err := json.Unmarshal(kept, &back); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(def.RequestValidators, back.RequestValidators) {
		t.Fatal("validators were lost")
	}
	return back
}
