package constructs

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// LogProps says how long a log group keeps its events, and whether it outlives its stack.
type LogProps struct {
	RetentionDays int
	Retain        bool
}

// newLogGroup creates a log group of that name. Without an explicit group, Lambda and CDK would
// make one that keeps events for ever, or a custom resource that changes it.
func newLogGroup(
	scope constructs.Construct, id, name string, props LogProps,
) (awslogs.LogGroup, error) {
	retention, ok := retentions()[props.RetentionDays]
	if !ok {
		return nil, fmt.Errorf("log group %q cannot keep events for %d days: choose one of %v",
			name, props.RetentionDays, []int{7, 14, 30, 90, 365})
	}
	return awslogs.NewLogGroup(scope, jsii.String(id), &awslogs.LogGroupProps{
		LogGroupName:  jsii.String(name),
		Retention:     retention,
		RemovalPolicy: Removal(props.Retain),
	}), nil
}

// Removal is the removal policy of what must be kept, or need not.
func Removal(retain bool) awscdk.RemovalPolicy {
	if retain {
		return awscdk.RemovalPolicy_RETAIN
	}
	return awscdk.RemovalPolicy_DESTROY
}

func retentions() map[int]awslogs.RetentionDays {
	return map[int]awslogs.RetentionDays{
		7:   awslogs.RetentionDays_ONE_WEEK,
		14:  awslogs.RetentionDays_TWO_WEEKS,
		30:  awslogs.RetentionDays_ONE_MONTH,
		90:  awslogs.RetentionDays_THREE_MONTHS,
		365: awslogs.RetentionDays_ONE_YEAR,
	}
}
