package release

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// pollEvery is how long a look at a stack on AWS waits for the next.
const pollEvery = 2 * time.Second

// update gives parameters other values, and returns when the stack has taken them.
func (s *Stack) update(ctx context.Context, read stack, values map[string]string) error {
	_, err := s.Stacks.UpdateStack(ctx, &cloudformation.UpdateStackInput{
		StackName: aws.String(s.Stack), UsePreviousTemplate: aws.Bool(true),
		Capabilities: read.Capabilities, Parameters: changed(read, values),
	})
	if nothingToDo(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("updating stack %s: %w", s.Stack, said(err))
	}
	_, err = s.settled(ctx, true)
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

func nothingToDo(err error) bool { return refusedWith(err, "No updates are to be") }

// underWay says whether an update was refused because of another.
func underWay(err error) bool { return refusedWith(err, "_IN_PROGRESS state") }

func refusedWith(err error, words string) bool {
	var refused smithy.APIError
	return errors.As(err, &refused) && strings.Contains(refused.ErrorMessage(), words)
}

// settled waits until nothing is under way in the stack. When the stack was updated by this
// release, its error says why that failed.
func (s *Stack) settled(ctx context.Context, updated bool) (stack, error) {
	for {
		read, err := s.describe(ctx)
		if err != nil {
			return read, err
		}
		status := string(read.StackStatus)
		failed := strings.Contains(status, "ROLLBACK") || strings.HasSuffix(status, "FAILED")
		switch {
		case strings.HasSuffix(status, "IN_PROGRESS"):
		case updated && failed:
			return read, fmt.Errorf("stack %s is %s: %s", s.Stack, status, s.reason(ctx, read))
		case status == string(types.StackStatusUpdateRollbackFailed), strings.HasPrefix(status, "DELETE"):
			return read, fmt.Errorf("stack %s is %s: it must be mended first", s.Stack, status)
		default:
			return read, nil
		}
		if err := s.Wait(ctx); err != nil {
			return read, err
		}
	}
}

// reason returns why the last update of a stack failed: what its first event that failed says.
// Events are read from the newest back to the update's beginning; resources that were cancelled
// because another failed are passed over.
func (s *Stack) reason(ctx context.Context, read stack) string {
	reason := aws.ToString(read.StackStatusReason)
	pages := cloudformation.NewDescribeStackEventsPaginator(s.Stacks,
		&cloudformation.DescribeStackEventsInput{StackName: read.StackId})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "its events cannot be read: " + said(err).Error()
		}
		for _, event := range page.StackEvents {
			status, why := string(event.ResourceStatus), aws.ToString(event.ResourceStatusReason)
			whole := aws.ToString(event.PhysicalResourceId) == aws.ToString(read.StackId)
			switch {
			case whole && status == string(types.ResourceStatusUpdateInProgress):
				return reason
			case whole && strings.HasSuffix(status, "ROLLBACK_IN_PROGRESS") && why != "":
				reason = why
			case strings.HasSuffix(status, "FAILED") && why != "" && !strings.Contains(why, "cancelled"):
				reason = aws.ToString(event.LogicalResourceId) + ": " + why
			}
		}
	}
	return reason
}
