package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/google/go-cmp/cmp"

	"portico/events"
	"portico/shared/fixture"
)

// codeDeploy has one deployment, and takes what becomes of its hook.
type codeDeploy struct {
	info  *types.DeploymentInfo
	told  []types.LifecycleEventStatus
	fault error // of taking it
}

func (c *codeDeploy) GetDeployment(
	_ context.Context, in *codedeploy.GetDeploymentInput, _ ...func(*codedeploy.Options),
) (*codedeploy.GetDeploymentOutput, error) {
	if aws.ToString(in.DeploymentId) != "d-1" {
		return nil, &types.DeploymentDoesNotExistException{}
	}
	return &codedeploy.GetDeploymentOutput{DeploymentInfo: c.info}, nil
}

func (c *codeDeploy) PutLifecycleEventHookExecutionStatus(
	ctx context.Context, in *codedeploy.PutLifecycleEventHookExecutionStatusInput,
	_ ...func(*codedeploy.Options),
) (*codedeploy.PutLifecycleEventHookExecutionStatusOutput, error) {
	if aws.ToString(in.DeploymentId) != "d-1" || aws.ToString(in.LifecycleEventHookExecutionId) != "e-1" {
		return nil, &types.InvalidLifecycleEventHookExecutionIdException{}
	}
	c.told = append(c.told, in.Status)
	return nil, errors.Join(ctx.Err(), c.fault)
}

// appSpecOf is what CloudFormation hands CodeDeploy, in the form of "AppSpec file example for a Lambda
// deployment".
func appSpecOf(function, version string) string {
	return fmt.Sprintf(`{"version":0.0,"Resources":[{"Live":{"Type":"AWS::Lambda::Function","Properties":`+
		`{"Name":%q,"Alias":"live","CurrentVersion":"6","TargetVersion":%q}}}],`+
		`"Hooks":[{"BeforeAllowTraffic":"portico-dev-release-check"}]}`, function, version)
}

func deploymentOf(spec string) *types.DeploymentInfo {
	return &types.DeploymentInfo{
		Creator:  types.DeploymentCreatorCloudFormation,
		Revision: &types.RevisionLocation{AppSpecContent: &types.AppSpecContent{Content: &spec}},
	}
}

// newVersion answers as expected of version 7, unless answer decides otherwise.
type newVersion struct {
	cases  []fixture.Case
	answer func(ctx context.Context, c fixture.Case) (*lambda.InvokeOutput, error)
	asked  []string
}

func (v *newVersion) Invoke(
	ctx context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options),
) (*lambda.InvokeOutput, error) {
	name := aws.ToString(in.FunctionName) + ":" + aws.ToString(in.Qualifier)
	for _, c := range v.cases {
		if !bytes.Equal(c.Event, in.Payload) || !strings.HasPrefix(name, "portico-dev-"+c.Function) {
			continue
		}
		v.asked = append(v.asked, name+" "+c.Name)
		if v.answer != nil {
			if out, err := v.answer(ctx, c); out != nil || err != nil {
				return out, err
			}
		}
		return right(c), nil
	}
	return nil, fmt.Errorf("%s was asked what is no event: %s", name, in.Payload)
}

// right is the expected answer.
func right(c fixture.Case) *lambda.InvokeOutput {
	out := &lambda.InvokeOutput{ExecutedVersion: aws.String("7"), Payload: c.Expected.Answer}
	if c.Expected.Error != nil {
		out.FunctionError, out.Payload = aws.String("Unhandled"), c.Expected.Error
	}
	return out
}

// world is a handler with everything around it.
type world struct {
	*handler
	deploy  *codeDeploy
	version *newVersion
	lines   *bytes.Buffer // of the log
}

func newWorld(t *testing.T) *world {
	t.Helper()
	cases, err := fixture.In(events.Files, "*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		deploy:  &codeDeploy{info: deploymentOf(appSpecOf("portico-dev-orders", "7"))},
		version: &newVersion{cases: cases}, lines: &bytes.Buffer{},
	}
	w.handler = &handler{
		deployments: w.deploy, versions: w.version, safe: safeOf(cases), prefix: "portico-dev-",
		log: slog.New(slog.NewJSONHandler(w.lines, nil)),
	}
	return w
}

var asked = hook{DeploymentID: "d-1", ExecutionID: "e-1"}

// checked asks the handler, and wants CodeDeploy to be told once what the report says.
func (w *world) checked(t *testing.T, ctx context.Context) report {
	t.Helper()
	r, err := w.handle(ctx, asked)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]types.LifecycleEventStatus{r.Status}, w.deploy.told); diff != "" {
		t.Errorf("CodeDeploy was told (-want +got):\n%s", diff)
	}
	return r
}

func TestAGoodVersionGetsCalls(t *testing.T) {
	for _, function := range []string{"orders", "authorizer", "realtime", "webhooks"} {
		t.Run(function, func(t *testing.T) {
			w := newWorld(t)
			w.deploy.info = deploymentOf(appSpecOf("portico-dev-"+function, "7"))
			r := w.checked(t, t.Context())
			var want []string
			for _, c := range w.version.cases {
				if c.Function == function && c.Expected.Safe != "" {
					want = append(want, "portico-dev-"+function+":7 "+c.Name)
				}
			}
			if diff := cmp.Diff(want, w.version.asked); diff != "" || len(want) == 0 {
				t.Errorf("the version was asked %d events (-want +got):\n%s", len(want), diff)
			}
			if r.Status != types.LifecycleEventStatusSucceeded || r.Replayed != len(want) {
				t.Errorf("report %+v, log %s", r, w.lines)
			}
		})
	}
}

func TestAVersionThatAnswersOtherwiseGetsNoCalls(t *testing.T) {
	answers := func(out lambda.InvokeOutput) func(context.Context, fixture.Case) (*lambda.InvokeOutput, error) {
		return func(_ context.Context, c fixture.Case) (*lambda.InvokeOutput, error) {
			if c.Name != "http-health" {
				return nil, nil
			}
			return &out, nil
		}
	}
	seven := aws.String("7")
	for name, row := range map[string]struct {
		answer     func(context.Context, fixture.Case) (*lambda.InvokeOutput, error)
		difference string
		failure    string
	}{
		"another status": {
			answers(lambda.InvokeOutput{ExecutedVersion: seven, Payload: []byte(`{"statusCode":500}`)}),
			"http-health: $.statusCode: got 500, want 200", "",
		},
		"no answer but an error": {
			answers(lambda.InvokeOutput{
				ExecutedVersion: seven, FunctionError: aws.String("Unhandled"),
				Payload: []byte(`{"errorMessage":"Runtime exited"}`),
			}),
			`http-health: the function failed: {"errorMessage":"Runtime exited"}`, "",
		},
		"an answer that is no JSON": {
			answers(lambda.InvokeOutput{ExecutedVersion: seven, Payload: []byte(`ok`)}),
			"http-health: the answer is not JSON", "",
		},
		"an answer of another version": {
			answers(lambda.InvokeOutput{ExecutedVersion: aws.String("6")}),
			"", `replaying orders/http-health, after 2 of 12 events: version "6" answered, "7" was asked`,
		},
		"a version that cannot be invoked": {
			func(context.Context, fixture.Case) (*lambda.InvokeOutput, error) {
				return nil, errors.New("AccessDeniedException")
			},
			"", "AccessDeniedException",
		},
		"a panic of the check itself": {
			func(context.Context, fixture.Case) (*lambda.InvokeOutput, error) { panic("a mistake") },
			"", "panic: a mistake",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.version.answer = row.answer
			r := w.checked(t, t.Context())
			if r.Status != types.LifecycleEventStatusFailed {
				t.Errorf("the check has %s", r.Status)
			}
			all := strings.Join(r.Differences, "\n")
			if !strings.Contains(all, row.difference) || (row.difference == "") != (all == "") {
				t.Errorf("differences %q, want %q", all, row.difference)
			}
			if !strings.Contains(r.Failure, row.failure) || (row.failure == "") != (r.Failure == "") {
				t.Errorf("failure %q, want %q", r.Failure, row.failure)
			}
			if logged := strings.Count(w.lines.String(), `"answer differs"`); logged != len(r.Differences) {
				t.Errorf("%d of %d differences are logged:\n%s", logged, len(r.Differences), w.lines)
			}
		})
	}
}

func TestAVersionThatHangsIsFailedBeforeTheTimeIsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.version.answer = func(ctx context.Context, _ fixture.Case) (*lambda.InvokeOutput, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r := w.checked(t, ctx)
		if r.Status != types.LifecycleEventStatusFailed || ctx.Err() != nil {
			t.Errorf("the check has %s: %s; its time: %v", r.Status, r.Failure, ctx.Err())
		}
	})
}

func TestDeploymentsThatCannotBeCheckedFail(t *testing.T) {
	two := `{"Resources":[{"a":{"Type":"AWS::Lambda::Function"}},{"b":{"Type":"AWS::Lambda::Function"}}]}`
	for name, row := range map[string]struct {
		info *types.DeploymentInfo
		want string
	}{
		"no description":        {nil, "CodeDeploy describes no deployment"},
		"no revision":           {&types.DeploymentInfo{}, "the deployment has no revision"},
		"a revision in S3":      {&types.DeploymentInfo{Revision: &types.RevisionLocation{RevisionType: "S3"}}, `of type "S3"`},
		"an AppSpec in YAML":    {deploymentOf("version: 0.0"), "AppSpec as JSON"},
		"two functions":         {deploymentOf(two), "about 2 functions"},
		"no function":           {deploymentOf(`{}`), "about 0 functions"},
		"no version":            {deploymentOf(appSpecOf("portico-dev-orders", "$LATEST")), "AppSpec as JSON"},
		"another environment's": {deploymentOf(appSpecOf("portico-sit-orders", "7")), "none of portico-dev-"},
		"nothing to replay":     {deploymentOf(appSpecOf("portico-dev-reports", "7")), "events/reports has no event"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.deploy.info = row.info
			r := w.checked(t, t.Context())
			if r.Status != types.LifecycleEventStatusFailed || !strings.Contains(r.Failure, row.want) {
				t.Errorf("the check has %s: %s; want failed: %s", r.Status, r.Failure, row.want)
			}
			if len(w.version.asked) > 0 {
				t.Errorf("asked %v", w.version.asked)
			}
		})
	}
}

func TestRollbacksAreLetThrough(t *testing.T) {
	for _, creator := range []types.DeploymentCreator{"codeDeployRollback", "CloudFormationRollback"} {
		w := newWorld(t)
		w.deploy.info.Creator = creator
		r := w.checked(t, t.Context())
		if r.Status != types.LifecycleEventStatusSucceeded || len(w.version.asked) > 0 {
			t.Errorf("%s: the check has %s, and asked %v", creator, r.Status, w.version.asked)
		}
	}
}

func TestTheAppSpecMayBeARawStringAndNameAnARN(t *testing.T) {
	w := newWorld(t)
	spec := appSpecOf("arn:aws:lambda:us-east-1:123456789012:function:portico-dev-orders", "7")
	//lint:ignore SA1019 the older name for the same
	w.deploy.info.Revision = &types.RevisionLocation{String_: &types.RawString{Content: &spec}}
	if r := w.checked(t, t.Context()); r.Status != types.LifecycleEventStatusSucceeded {
		t.Errorf("report %+v", r)
	}
}

func TestCodeDeployNotTakingTheAnswerIsAnError(t *testing.T) {
	w := newWorld(t)
	w.deploy.fault = errors.New("throttled")
	if _, err := w.handle(t.Context(), asked); err == nil || !strings.Contains(err.Error(), "throttled") {
		t.Errorf("got %v", err)
	}
	w.deploy.fault = &types.LifecycleEventAlreadyCompletedException{}
	if _, err := w.handle(t.Context(), asked); err != nil {
		t.Errorf("asked again: %v", err)
	}
}

func TestEvents(t *testing.T) {
	cases, err := fixture.Load("../../events/release-check")
	if err != nil {
		t.Fatal(err)
	}
	player := fixture.Player{
		Invoke: func(ctx context.Context, _ string, event []byte) ([]byte, error) {
			var e hook
			if err := json.Unmarshal(event, &e); err != nil {
				return nil, err
			}
			answer, err := newWorld(t).handle(ctx, e)
			if err != nil {
				return nil, err
			}
			return json.Marshal(answer)
		},
	}
	for _, c := range cases {
		differences, err := player.Play(t.Context(), c)
		if err != nil || len(differences) > 0 {
			t.Errorf("%s: %v %v", c.Name, differences, err)
		}
	}
}
