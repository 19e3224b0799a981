package release

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// What a stack says of its release: parameters that move it, and outputs that name what is moved.
// The construct Release writes them.
const (
	// ParameterBaseline is the id of the deployment that serves; "" is the newest.
	ParameterBaseline = "ReleaseBaseline"
	// ParameterCanary is CanaryOn while the newest deployment serves a share, else CanaryOff.
	ParameterCanary = "ReleaseCanary"
	// ParameterPercent is that share, 0 to 100.
	ParameterPercent = "ReleasePercent"

	OutputAPI       = "ReleaseApi"
	OutputStage     = "ReleaseStage"
	OutputCandidate = "ReleaseCandidate" // the newest deployment
	OutputAlarms    = "ReleaseAlarms"    // names, with commas between; may be missing

	CanaryOn  = "on"
	CanaryOff = "off"
)

// CloudFormation is the part of its client that targets use.
type CloudFormation interface {
	cloudformation.DescribeStacksAPIClient
	cloudformation.DescribeStackEventsAPIClient
	UpdateStack(context.Context, *cloudformation.UpdateStackInput,
		...func(*cloudformation.Options)) (*cloudformation.UpdateStackOutput, error)
}

// Stack is a stage of a REST API whose stack the construct Release made: it is moved by the stack's
// parameters, so that the template and what is served agree after every step.
type Stack struct {
	Stack    string
	Alarming []string // besides those of the stack's own output
	Stacks   CloudFormation
	Gateway  APIGateway
	Metrics  CloudWatch
	// Poll waits between two looks at a stack that is being updated.
	Poll func(ctx context.Context, d time.Duration) error
}

var _ Target = (*Stack)(nil)

// Name tells people what it is.
func (s *Stack) Name() string { return "stack " + s.Stack }

// stack is what is read of one.
type stack struct {
	types.Stack
	parameters, outputs map[string]string
}

func (s *Stack) describe(ctx context.Context) (stack, error) {
	out, err := s.Stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{
		StackName: aws.String(s.Stack),
	})
	if err != nil {
		return stack{}, fmt.Errorf("reading stack %s: %w", s.Stack, err)
	}
	if len(out.Stacks) != 1 {
		return stack{}, fmt.Errorf("there are %d stacks named %s", len(out.Stacks), s.Stack)
	}
	read := stack{Stack: out.Stacks[0], parameters: map[string]string{}, outputs: map[string]string{}}
	for _, p := range read.Parameters {
		read.parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	for _, o := range read.Outputs {
		read.outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	for _, name := range []string{OutputAPI, OutputStage, OutputCandidate} {
		if read.outputs[name] == "" {
			return stack{}, fmt.Errorf("stack %s has no output %s: the construct Release writes it",
				s.Stack, name)
		}
	}
	return read, nil
}

func (s *Stack) stage(read stack) *Stage {
	alarms := s.Alarming
	if names := read.outputs[OutputAlarms]; names != "" {
		alarms = slices.Concat(alarms, strings.Split(names, ","))
	}
	return &Stage{
		API: read.outputs[OutputAPI], Stage: read.outputs[OutputStage], Alarming: alarms,
		Gateway: s.Gateway, Metrics: s.Metrics,
	}
}

// says returns what the parameters of a stack make its stage.
func (read stack) says() (Position, error) {
	newest := read.outputs[OutputCandidate]
	at := Position{Baseline: read.parameters[ParameterBaseline]}
	if at.Baseline == "" {
		return Position{Baseline: newest}, nil
	}
	if read.parameters[ParameterCanary] != CanaryOn || at.Baseline == newest {
		return at, nil
	}
	percent, err := strconv.ParseFloat(read.parameters[ParameterPercent], 64)
	if err != nil {
		return at, fmt.Errorf("parameter %s of stack %s is %q, no number", ParameterPercent,
			aws.ToString(read.StackName), read.parameters[ParameterPercent])
	}
	at.Candidate, at.Percent = newest, percent
	return at, nil
}

// Candidate returns the newest deployment of the stack.
func (s *Stack) Candidate(ctx context.Context) (string, error) {
	read, err := s.describe(ctx)
	return read.outputs[OutputCandidate], err
}

// Pin makes what a stack's stage serves its baseline, so that the next deployment of the stack moves no
// call by itself; pinned is false when it is that already.
func (s *Stack) Pin(ctx context.Context) (pinned bool, err error) {
	read, err := s.settled(ctx)
	if err != nil || read.parameters[ParameterBaseline] != "" {
		return false, err
	}
	return true, s.update(ctx, read, map[string]string{
		ParameterBaseline: read.outputs[OutputCandidate],
	})
}

// Read returns where the stage stands, and a *Refusal when that is not what its stack says.
func (s *Stack) Read(ctx context.Context) (Position, error) {
	read, err := s.settled(ctx)
	if err != nil {
		return Position{}, err
	}
	says, err := read.says()
	if err != nil {
		return Position{}, err
	}
	at, err := s.stage(read).Read(ctx)
	if err != nil {
		return Position{}, err
	}
	if at != says {
		return at, refuse("somebody changed the stage by hand: stack %s says %s, but it serves %s",
			s.Stack, says, at)
	}
	return at, nil
}

// Move updates the stack's parameters alone, and returns when that is done.
func (s *Stack) Move(ctx context.Context, from, to Position) error {
	if from == to {
		return nil
	}
	read, err := s.settled(ctx)
	if err != nil {
		return err
	}
	if newest := read.outputs[OutputCandidate]; to.Candidate != "" && to.Candidate != newest {
		return refuse("stack %s was deployed meanwhile: its newest deployment is %s, not %s", s.Stack,
			newest, to.Candidate)
	}
	values := map[string]string{
		ParameterBaseline: to.Baseline, ParameterCanary: CanaryOff,
		ParameterPercent: strconv.FormatFloat(to.Percent, 'f', -1, 64),
	}
	if to.Candidate != "" {
		values[ParameterCanary] = CanaryOn
	}
	return s.update(ctx, read, values)
}

// update gives parameters other values, and returns when the stack has taken them.
func (s *Stack) update(ctx context.Context, read stack, values map[string]string) error {
	_, err := s.Stacks.UpdateStack(ctx, &cloudformation.UpdateStackInput{
		StackName: aws.String(s.Stack), UsePreviousTemplate: aws.Bool(true),
		Capabilities: read.Capabilities, Parameters: changed(read, values),
	})
	if err != nil && !nothingToDo(err) {
		return fmt.Errorf("updating stack %s: %w", s.Stack, err)
	}
	_, err = s.settled(ctx)
	return err
}

// changed returns the parameters of a stack with these values, and all others as they are.
func changed(read stack, values map[string]string) []types.Parameter {
	var all []types.Parameter
	for _, p := range read.Parameters {
		next := types.Parameter{ParameterKey: p.ParameterKey, UsePreviousValue: aws.Bool(true)}
		if value, ok := values[aws.ToString(p.ParameterKey)]; ok {
			next.UsePreviousValue, next.ParameterValue = nil, aws.String(value)
		}
		all = append(all, next)
	}
	return all
}

func nothingToDo(err error) bool {
	var refused smithy.APIError
	return errors.As(err, &refused) && strings.Contains(refused.ErrorMessage(), "No updates are to be")
}

// settled waits until nothing is under way in the stack. Its error says why an update failed.
func (s *Stack) settled(ctx context.Context) (stack, error) {
	for waited := false; ; waited = true {
		read, err := s.describe(ctx)
		if err != nil {
			return read, err
		}
		status := string(read.StackStatus)
		failed := strings.Contains(status, "ROLLBACK") || strings.HasSuffix(status, "FAILED")
		switch {
		case strings.HasSuffix(status, "IN_PROGRESS"):
		case waited && failed:
			return read, fmt.Errorf("stack %s is %s: %s", s.Stack, status, s.reason(ctx, read))
		case status == string(types.StackStatusUpdateRollbackFailed), strings.HasPrefix(status, "DELETE"):
			return read, fmt.Errorf("stack %s is %s: it must be mended first", s.Stack, status)
		default:
			return read, nil
		}
		if err := s.Poll(ctx, pollEvery); err != nil {
			return read, err
		}
	}
}

// pollEvery is how long a look at a stack waits for the next.
const pollEvery = 2 * time.Second

// reason returns what the newest failed event of a stack says.
func (s *Stack) reason(ctx context.Context, read stack) string {
	out, err := s.Stacks.DescribeStackEvents(ctx, &cloudformation.DescribeStackEventsInput{
		StackName: read.StackId,
	})
	if err != nil {
		return "its events cannot be read: " + err.Error()
	}
	at := slices.IndexFunc(out.StackEvents, func(e types.StackEvent) bool {
		return strings.HasSuffix(string(e.ResourceStatus), "FAILED") && e.ResourceStatusReason != nil
	})
	if at < 0 {
		return aws.ToString(read.StackStatusReason)
	}
	event := out.StackEvents[at]
	return aws.ToString(event.LogicalResourceId) + ": " + aws.ToString(event.ResourceStatusReason)
}

// Sample counts the calls of the stage and of its canary.
func (s *Stack) Sample(ctx context.Context, q Query) (Samples, error) {
	read, err := s.describe(ctx)
	if err != nil {
		return Samples{}, err
	}
	return s.stage(read).Sample(ctx, q)
}

// Alarms returns which of the stack's alarms are in ALARM.
func (s *Stack) Alarms(ctx context.Context) ([]string, error) {
	read, err := s.describe(ctx)
	if err != nil {
		return nil, err
	}
	return s.stage(read).Alarms(ctx)
}
