package constructs

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// LogProps says how long a log group keeps its events, and whether it outlives its stack.
type LogProps struct {
	RetentionDays int
	Retain        bool
	// Key encrypts the events; nil leaves that to a key of CloudWatch Logs. It comes from NewLogKey.
	Key awskms.IKey
}

// NewLogKey creates a key for log groups whose names begin with one of the prefixes, and lets
// CloudWatch Logs of the stack's region use it for these alone ("Encrypt log data in CloudWatch
// Logs using AWS KMS"). Groups that stay when their stack goes need it to be read: then it stays
// too.
func NewLogKey(stack awscdk.Stack, retain bool, prefixes ...string) awskms.Key {
	var groups []*string
	for _, prefix := range prefixes {
		groups = append(groups, stack.FormatArn(&awscdk.ArnComponents{
			Service: jsii.String("logs"), Resource: jsii.String("log-group"),
			ResourceName: jsii.String(prefix + "*"), ArnFormat: awscdk.ArnFormat_COLON_RESOURCE_NAME,
		}))
	}
	key := awskms.NewKey(stack, jsii.String("LogKey"), &awskms.KeyProps{
		Description:       jsii.String("Log groups of the stacks beside " + *stack.StackName() + "."),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     Removal(retain),
	})
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(
			jsii.String("logs."+*stack.Region()+".amazonaws.com"), nil)},
		Actions: jsii.Strings("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*",
			"kms:GenerateDataKey*", "kms:DescribeKey"),
		Resources: jsii.Strings("*"), // of a key's policy: the key
		Conditions: &map[string]any{
			"ArnLike": map[string]any{"kms:EncryptionContext:aws:logs:arn": groups},
		},
	}), nil)
	return key
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
		EncryptionKey: props.Key,
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
