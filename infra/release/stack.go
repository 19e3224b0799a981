package release

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
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
	// Wait returns when a stack that is being updated is to be looked at again.
	Wait func(ctx context.Context) error
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
		return stack{}, fmt.Errorf("reading stack %s: %w", s.Stack, said(err))
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

// Pin makes what a stack's stage serves its baseline, so that the next deployment of the stack
// moves no call by itself; pinned is false when it is that already.
func (s *Stack) Pin(ctx context.Context) (pinned bool, err error) {
	read, err := s.settled(ctx, false)
	if err != nil || read.parameters[ParameterBaseline] != "" {
		return false, err
	}
	if err := s.update(ctx, read, map[string]string{
		ParameterBaseline: read.outputs[OutputCandidate],
	}); err != nil {
		return false, err
	}
	if read, err = s.describe(ctx); err == nil && read.parameters[ParameterBaseline] == "" {
		err = fmt.Errorf("stack %s does not keep what it is pinned to: its template must change a "+
			"resource by parameter %s, as the construct Release does", s.Stack, ParameterBaseline)
	}
	return err == nil, err
}

// Read returns where the stage stands, and a *Refusal when that is not what its stack says.
func (s *Stack) Read(ctx context.Context) (Position, error) {
	read, err := s.settled(ctx, false)
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
		return at, refuse("somebody changed the stage by hand: stack %s says %s, but the stage serves "+
			"%s; make it what the stack says again", s.Stack, says, at)
	}
	return at, nil
}

// Move updates the stack's parameters alone, and returns when that is done. An update that is under
// way already is waited for.
func (s *Stack) Move(ctx context.Context, from, to Position) error {
	for {
		read, err := s.settled(ctx, false)
		if err != nil {
			return err
		}
		if newest := read.outputs[OutputCandidate]; to.Candidate != "" && to.Candidate != newest {
			return refuse("stack %s was deployed meanwhile: its newest deployment is %s, not %s", s.Stack,
				newest, to.Candidate)
		}
		switch at, err := read.says(); {
		case err != nil || at == to:
			return err
		case at != from:
			return refuse("somebody else moved stack %s: it says %s", s.Stack, at)
		}
		if err = s.update(ctx, read, parametersOf(to)); !underWay(err) {
			return err
		}
		if err := s.Wait(ctx); err != nil {
			return err
		}
	}
}

// parametersOf returns the parameters of a stack that stands at a position.
func parametersOf(at Position) map[string]string {
	values := map[string]string{
		ParameterBaseline: at.Baseline, ParameterCanary: CanaryOff,
		ParameterPercent: strconv.FormatFloat(at.Percent, 'f', -1, 64),
	}
	if at.Candidate != "" {
		values[ParameterCanary] = CanaryOn
	}
	return values
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
