package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"portico/shared/fixture"
)

// reserve is the time that is kept to tell CodeDeploy when replaying takes too long.
const reserve = 10 * time.Second

// deploymentsOf knows deployments and takes what became of a hook; *codedeploy.Client is one.
type deploymentsOf interface {
	GetDeployment(
		context.Context, *codedeploy.GetDeploymentInput, ...func(*codedeploy.Options),
	) (*codedeploy.GetDeploymentOutput, error)
	PutLifecycleEventHookExecutionStatus(
		context.Context, *codedeploy.PutLifecycleEventHookExecutionStatusInput,
		...func(*codedeploy.Options),
	) (*codedeploy.PutLifecycleEventHookExecutionStatusOutput, error)
}

// versionsOf invokes versions of functions; *lambda.Client is one.
type versionsOf interface {
	Invoke(
		context.Context, *lambda.InvokeInput, ...func(*lambda.Options),
	) (*lambda.InvokeOutput, error)
}

// handler answers CodeDeploy.
type handler struct {
	deployments deploymentsOf
	versions    versionsOf
	safe        map[string][]fixture.Case // by the function's folder
	prefix      string                    // of the functions' names, before the folder
	log         *slog.Logger
}

// hook is what CodeDeploy sends.
type hook struct {
	DeploymentID string `json:"DeploymentId"`
	ExecutionID  string `json:"LifecycleEventHookExecutionId"`
}

// report is what was found; CodeDeploy reads only the status, and gets it by a call of its own.
type report struct {
	Status      types.LifecycleEventStatus `json:"status"`
	Function    string                     `json:"function,omitempty"`
	Version     string                     `json:"version,omitempty"`
	Replayed    int                        `json:"replayed"`
	Differences []string                   `json:"differences,omitempty"`
	Failure     string                     `json:"failure,omitempty"` // why it could not be checked
}

// safeOf keeps the events that may be replayed where real data is.
func safeOf(cases []fixture.Case) map[string][]fixture.Case {
	safe := map[string][]fixture.Case{}
	for _, c := range cases {
		if c.Expected.Safe != "" {
			safe[c.Function] = append(safe[c.Function], c)
		}
	}
	return safe
}

// handle checks the new version and tells CodeDeploy, whatever comes of it: an hour without an answer
// would fail the deployment too, but nobody would know why. Only an event that names nobody to tell,
// and CodeDeploy not taking the answer, are errors; Lambda then asks again.
func (h *handler) handle(ctx context.Context, e hook) (report, error) {
	if e.DeploymentID == "" || e.ExecutionID == "" {
		return report{}, fmt.Errorf("the event names deployment %q and hook execution %q; "+
			"CodeDeploy names both", e.DeploymentID, e.ExecutionID)
	}
	log := h.log.With("deployment", e.DeploymentID)
	var r report
	err := h.guarded(ctx, func(ctx context.Context) error { return h.check(ctx, e, &r, log) })
	r.Status = types.LifecycleEventStatusSucceeded
	if err != nil || len(r.Differences) > 0 {
		r.Status = types.LifecycleEventStatusFailed
	}
	log = log.With("function", r.Function, "version", r.Version, "replayed", r.Replayed)
	if err != nil {
		r.Failure = err.Error()
		log.ErrorContext(ctx, "the new version could not be checked", "error", err)
	} else {
		log.InfoContext(ctx, "checked", "status", r.Status, "differences", len(r.Differences))
	}
	if err := h.tell(ctx, e, r.Status); err != nil {
		log.ErrorContext(ctx, "CodeDeploy does not know", "status", r.Status, "error", err)
		return r, err
	}
	return r, nil
}

// guarded does something until a while before the function's time is up; a panic becomes an error.
func (h *handler) guarded(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			h.log.ErrorContext(ctx, "panic", "value", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
		defer cancel()
	}
	return do(ctx)
}

// check replays the safe events of the function against its new version. A rollback is let through:
// it goes back to a version that has answered calls, and must not wait for anything.
func (h *handler) check(ctx context.Context, e hook, r *report, log *slog.Logger) error {
	to, err := h.target(ctx, e.DeploymentID)
	if err != nil {
		return err
	}
	r.Function, r.Version = to.function, to.version
	if to.rollback {
		log.InfoContext(ctx, "a rollback is not checked")
		return nil
	}
	cases := h.safe[to.folder]
	if len(cases) == 0 {
		return fmt.Errorf("events/%s has no event that is safe to replay: "+
			"a version that nothing was asked of gets no calls", to.folder)
	}
	runner := fixture.Runner{
		Invoke: func(ctx context.Context, _ string, event []byte) ([]byte, bool, error) {
			return h.invoke(ctx, to, event)
		},
	}
	for _, c := range cases {
		answer, failed, err := runner.Run(ctx, c)
		if err != nil {
			return fmt.Errorf("replaying %s/%s, after %d of %d events: %w", c.Function, c.Name,
				r.Replayed, len(cases), err)
		}
		r.Replayed++
		for _, difference := range c.Expected.Differences(answer, failed) {
			log.ErrorContext(ctx, "answer differs", "event", c.Function+"/"+c.Name,
				"version", to.version, "difference", difference)
			r.Differences = append(r.Differences, c.Name+": "+difference)
		}
	}
	return nil
}

// invoke asks the very version, past every alias.
func (h *handler) invoke(
	ctx context.Context, to target, event []byte,
) (answer []byte, failed bool, err error) {
	out, err := h.versions.Invoke(ctx, &lambda.InvokeInput{
		FunctionName: aws.String(to.function), Qualifier: aws.String(to.version), Payload: event,
	})
	if err != nil {
		return nil, false, err
	}
	if ran := aws.ToString(out.ExecutedVersion); ran != to.version {
		return nil, false, fmt.Errorf("version %q answered, %q was asked", ran, to.version)
	}
	return out.Payload, out.FunctionError != nil, nil
}

// tell hands CodeDeploy the status, within the reserve and whether or not the caller still waits.
func (h *handler) tell(ctx context.Context, e hook, status types.LifecycleEventStatus) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reserve*9/10)
	defer cancel()
	_, err := h.deployments.PutLifecycleEventHookExecutionStatus(ctx,
		&codedeploy.PutLifecycleEventHookExecutionStatusInput{
			DeploymentId:                  aws.String(e.DeploymentID),
			LifecycleEventHookExecutionId: aws.String(e.ExecutionID),
			Status:                        status,
		})
	var told *types.LifecycleEventAlreadyCompletedException
	if err == nil || errors.As(err, &told) { // told before, by a call that Lambda has repeated
		return nil
	}
	return fmt.Errorf("telling CodeDeploy that the check has %s: %w", status, err)
}
