package release

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	metric "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/smithy-go"
)

// fakeStack is a stack of the construct Release, which moves a stage when it is updated.
type fakeStack struct {
	stage      *fakeGateway
	parameters map[string]string
	newest     string
	status     []types.StackStatus // one a look; the last stays
	outputs    map[string]string   // besides those of the construct
	events     []types.StackEvent  // newest first
	calls      []string
	fails      error // of an update
	broken     bool  // updates roll back
}

func newFakeStack() *fakeStack {
	return &fakeStack{
		stage: &fakeGateway{deployment: "d1"}, newest: "d2", outputs: map[string]string{},
		status: []types.StackStatus{types.StackStatusUpdateComplete},
		parameters: map[string]string{
			"Zone": "example.com", ParameterBaseline: "d1", ParameterCanary: CanaryOff,
			ParameterPercent: "0",
		},
	}
}

func (f *fakeStack) target() *Stack {
	return &Stack{
		Stack: "partner", Stacks: f, Gateway: f.stage, Metrics: &fakeMetrics{},
		Wait: func(ctx context.Context) error { return ctx.Err() },
	}
}

func (f *fakeStack) DescribeStacks(
	context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options),
) (*cloudformation.DescribeStacksOutput, error) {
	one := types.Stack{
		StackName: aws.String("partner"), StackId: aws.String("arn:stack"), StackStatus: f.status[0],
		Capabilities: []types.Capability{types.CapabilityCapabilityIam},
	}
	if len(f.status) > 1 {
		f.status = f.status[1:]
	}
	for _, name := range []string{"Zone", ParameterBaseline, ParameterCanary, ParameterPercent} {
		one.Parameters = append(one.Parameters, types.Parameter{
			ParameterKey: aws.String(name), ParameterValue: aws.String(f.parameters[name]),
		})
	}
	outputs := map[string]string{OutputAPI: "a", OutputStage: "prod", OutputCandidate: f.newest}
	for name, value := range f.outputs {
		outputs[name] = value
	}
	for name, value := range outputs {
		one.Outputs = append(one.Outputs, types.Output{
			OutputKey: aws.String(name), OutputValue: aws.String(value),
		})
	}
	return &cloudformation.DescribeStacksOutput{Stacks: []types.Stack{one}}, nil
}

func (f *fakeStack) DescribeStackEvents(
	context.Context, *cloudformation.DescribeStackEventsInput, ...func(*cloudformation.Options),
) (*cloudformation.DescribeStackEventsOutput, error) {
	return &cloudformation.DescribeStackEventsOutput{StackEvents: f.events}, nil
}

func (f *fakeStack) UpdateStack(
	_ context.Context, in *cloudformation.UpdateStackInput, _ ...func(*cloudformation.Options),
) (*cloudformation.UpdateStackOutput, error) {
	if f.fails != nil {
		return nil, f.fails
	}
	var call []string
	for _, p := range in.Parameters {
		name := aws.ToString(p.ParameterKey)
		if aws.ToBool(p.UsePreviousValue) {
			call = append(call, name+" as before")
			continue
		}
		call = append(call, name+"="+aws.ToString(p.ParameterValue))
		f.parameters[name] = aws.ToString(p.ParameterValue)
	}
	f.calls = append(f.calls, fmt.Sprint(strings.Join(call, ", "), " ", in.Capabilities,
		aws.ToBool(in.UsePreviousTemplate)))
	if !f.broken {
		f.deploy()
	}
	return &cloudformation.UpdateStackOutput{}, nil
}

// deploy makes the stage what the parameters say.
func (f *fakeStack) deploy() {
	f.stage.deployment, f.stage.canary = f.parameters[ParameterBaseline], nil
	if f.stage.deployment == "" {
		f.stage.deployment = f.newest
	}
	if f.parameters[ParameterCanary] == CanaryOn {
		f.stage.canary = canaryOf(f.newest, 0)
		_, _ = fmt.Sscan(f.parameters[ParameterPercent], &f.stage.canary.PercentTraffic)
	}
}

func TestMovesOfAStack(t *testing.T) {
	f := newFakeStack()
	s := f.target()
	from := Position{Baseline: "d1"}
	for _, to := range []Position{
		{"d1", "d2", 5}, {"d1", "d2", 5}, {"d1", "d2", 100}, {Baseline: "d2"}, {Baseline: "d1"},
	} {
		if err := s.Move(t.Context(), from, to); err != nil {
			t.Fatal(err)
		}
		if at, err := s.Read(t.Context()); err != nil || at != to {
			t.Errorf("got %+v %v, want %+v", at, err, to)
		}
		from = to
	}
	const rest = " [CAPABILITY_IAM] true"
	same(t, "calls", []string{
		"Zone as before, ReleaseBaseline=d1, ReleaseCanary=on, ReleasePercent=5" + rest,
		"Zone as before, ReleaseBaseline=d1, ReleaseCanary=on, ReleasePercent=100" + rest,
		"Zone as before, ReleaseBaseline=d2, ReleaseCanary=off, ReleasePercent=0" + rest,
		"Zone as before, ReleaseBaseline=d1, ReleaseCanary=off, ReleasePercent=0" + rest,
	}, f.calls)
	same(t, "calls of API Gateway that change something", []string(nil), f.stage.calls)
}

func TestAStackIsPinnedOnce(t *testing.T) {
	f := newFakeStack()
	f.parameters[ParameterBaseline] = ""
	f.deploy()
	for _, want := range []bool{true, false} {
		if pinned, err := f.target().Pin(t.Context()); err != nil || pinned != want {
			t.Errorf("got %t %v, want %t", pinned, err, want)
		}
	}
	at, err := f.target().Read(t.Context())
	if err != nil || at != (Position{Baseline: "d2"}) || len(f.calls) != 1 {
		t.Errorf("got %s %v after %v", at, err, f.calls)
	}
	f.parameters[ParameterBaseline] = ""
	f.fails = &smithy.GenericAPIError{Code: "ValidationError", Message: "No updates are to be performed."}
	_, err = f.target().Pin(t.Context())
	if err == nil || !strings.Contains(err.Error(), "does not keep what it is pinned to") {
		t.Errorf("a stack that does not change by it: %v", err)
	}
}

func event(resource, id, status, reason string) types.StackEvent {
	made := types.StackEvent{
		LogicalResourceId: aws.String(resource), PhysicalResourceId: aws.String(id),
		ResourceStatus: types.ResourceStatus(status),
	}
	if reason != "" {
		made.ResourceStatusReason = aws.String(reason)
	}
	return made
}

func TestAnUpdateThatFails(t *testing.T) {
	const (
		begun  = "UPDATE_IN_PROGRESS"
		whole  = "arn:stack"
		failed = "UPDATE_FAILED"
		first  = "Invalid stage: Deployment id does not exist"
	)
	for _, row := range []struct {
		name   string
		events []types.StackEvent
		want   string
	}{
		{
			"the first resource that failed says why",
			[]types.StackEvent{
				event("partner", whole, "UPDATE_ROLLBACK_COMPLETE", ""),
				event("partner", whole, "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed"),
				event("Role", "r", failed, "Resource update cancelled"),
				event("Stage", "prod", failed, first),
				event("partner", whole, begun, "User Initiated"),
				event("Table", "t", failed, "of another time"),
			},
			"stack partner is UPDATE_ROLLBACK_COMPLETE: Stage: " + first,
		},
		{
			"else the stack does",
			[]types.StackEvent{
				event("partner", whole, "UPDATE_ROLLBACK_IN_PROGRESS", "Export x is in use"),
				event("partner", whole, begun, "User Initiated"),
			},
			"stack partner is UPDATE_ROLLBACK_COMPLETE: Export x is in use",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFakeStack()
			f.broken, f.events = true, row.events
			f.status = []types.StackStatus{
				types.StackStatusUpdateComplete, types.StackStatusUpdateInProgress,
				types.StackStatusUpdateRollbackInProgress, types.StackStatusUpdateRollbackComplete,
			}
			err := f.target().Move(t.Context(), Position{Baseline: "d1"}, Position{"d1", "d2", 5})
			if err == nil || err.Error() != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

func TestStacksThatAreNotMoved(t *testing.T) {
	to := Position{"d1", "d2", 5}
	refusal := func(message string) error {
		return &smithy.GenericAPIError{Code: "ValidationError", Message: message}
	}
	for _, row := range []struct {
		name    string
		change  func(*fakeStack)
		refused bool
		want    string
	}{
		{
			"deployed meanwhile", func(f *fakeStack) { f.newest = "d3" }, true,
			"stack partner was deployed meanwhile: its newest deployment is d3, not d2",
		},
		{
			"moved by somebody else", func(f *fakeStack) { f.parameters[ParameterBaseline] = "d0" }, true,
			"somebody else moved stack partner: it says d0 alone",
		},
		{
			"that may not be updated",
			func(f *fakeStack) { f.fails = refusal("User: x is not authorized") }, false,
			"updating stack partner: ValidationError: User: x is not authorized",
		},
		{
			"in need of mending",
			func(f *fakeStack) { f.status[0] = types.StackStatusUpdateRollbackFailed }, false,
			"stack partner is UPDATE_ROLLBACK_FAILED: it must be mended first",
		},
		{
			"without what the construct writes", func(f *fakeStack) { f.outputs[OutputStage] = "" }, false,
			"stack partner has no output ReleaseStage: the construct Release writes it",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			f := newFakeStack()
			row.change(f)
			err := f.target().Move(t.Context(), Position{Baseline: "d1"}, to)
			if err == nil || err.Error() != row.want || errors.As(err, new(*Refusal)) != row.refused {
				t.Errorf("got %v, want %s", err, row.want)
			}
			if f.calls != nil {
				t.Errorf("it was updated: %v", f.calls)
			}
		})
	}
}

func TestNothingToUpdateIsNoFailure(t *testing.T) {
	f := newFakeStack()
	f.fails = &smithy.GenericAPIError{Code: "ValidationError", Message: "No updates are to be performed."}
	if err := f.target().Move(t.Context(), Position{Baseline: "d1"}, Position{"d1", "d2", 5}); err != nil {
		t.Error(err)
	}
}

func TestAStackThatIsBeingUpdatedIsWaitedFor(t *testing.T) {
	f := newFakeStack()
	f.status = []types.StackStatus{
		types.StackStatusUpdateInProgress, types.StackStatusUpdateCompleteCleanupInProgress,
		types.StackStatusUpdateComplete,
	}
	if at, err := f.target().Read(t.Context()); err != nil || at.Baseline != "d1" || len(f.status) != 1 {
		t.Errorf("got %s %v, %v is left", at, err, f.status)
	}
	f.fails = &smithy.GenericAPIError{
		Code: "ValidationError", Message: "Stack:x is in UPDATE_IN_PROGRESS state and can not be updated.",
	}
	s := f.target()
	s.Wait = func(context.Context) error { f.fails = nil; return nil }
	err := s.Move(t.Context(), Position{Baseline: "d1"}, Position{"d1", "d2", 5})
	if err != nil || len(f.calls) != 1 {
		t.Errorf("one that another update holds up: %v %v", err, f.calls)
	}
	f.status = []types.StackStatus{types.StackStatusUpdateInProgress}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.target().Read(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("it is waited for without end: %v", err)
	}
}

func TestAStageThatWasChangedByHandIsLeftAlone(t *testing.T) {
	f := newFakeStack()
	f.stage.deployment = "d9"
	_, err := f.target().Read(t.Context())
	const want = "somebody changed the stage by hand: stack partner says d1 alone, but the stage serves " +
		"d9 alone; make it what the stack says again"
	if err == nil || err.Error() != want || !errors.As(err, new(*Refusal)) {
		t.Errorf("got %v", err)
	}
}

func TestAlarmsOfAStack(t *testing.T) {
	f := newFakeStack()
	f.outputs[OutputAlarms] = "partner-5xx,partner-p99"
	s := f.target()
	s.Alarming = []string{"mine"}
	s.Metrics = &fakeMetrics{alarms: map[string]metric.StateValue{
		"partner-5xx": "OK", "partner-p99": "ALARM", "mine": "ALARM",
	}}
	got, err := s.Alarms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	same(t, "those in ALARM", []string{"mine", "partner-p99"}, got)
	if samples, err := s.Sample(t.Context(), Query{}); err != nil || samples != (Samples{}) {
		t.Errorf("got %v %v", samples, err)
	}
}
