package constructs

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatchactions"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssnssubscriptions"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// ObservabilityProps says who is told of alarms, and when one goes off.
type ObservabilityProps struct {
	// Prefix and a dash stand before the name of everything.
	Prefix string
	// Emails are told of every alarm, and of its end.
	Emails []string
	Limits AlarmLimits
	Retain bool
}

// AlarmLimits are what is still accepted.
type AlarmLimits struct {
	// ErrorPercent is the share of calls that may fail by the server's fault.
	ErrorPercent float64
	// ClientErrorPercent is the share of calls that may be refused: a release that breaks clients
	// shows here first.
	ClientErrorPercent float64
	// LatencyMS is how long the slowest hundredth of the calls may take.
	LatencyMS int
	// RefusedPerMinute is how many calls a minute may be throttled, or refused by an authorizer's
	// failure.
	RefusedPerMinute int
	// BlockedPerMinute is how many requests a minute a web ACL may block.
	BlockedPerMinute int
}

func (l AlarmLimits) check() error {
	if l.ErrorPercent <= 0 || l.ClientErrorPercent <= 0 || l.LatencyMS <= 0 ||
		l.RefusedPerMinute <= 0 || l.BlockedPerMinute <= 0 {
		return fmt.Errorf("the limits of alarms are %+v: all must be above 0", l)
	}
	return nil
}

// Observability is the alarms of the APIs, functions, queues and web ACLs, the topic they tell, and
// a dashboard per API. An alarm looks at five minutes and goes off when three of them are bad; a
// minute without calls is a good one. Each has a runbook of its name in docs/runbooks.
type Observability struct {
	scope constructs.Construct
	props ObservabilityProps
	topic awssns.Topic
}

// NewObservability creates the topic, which only CloudWatch may publish to, encrypted with a key of
// its own: the key AWS keeps for topics does not let CloudWatch in.
func NewObservability(
	scope constructs.Construct, props ObservabilityProps,
) (*Observability, error) {
	if err := props.Limits.check(); err != nil {
		return nil, err
	}
	cloudWatch := awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil)
	key := awskms.NewKey(scope, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("Alarms of " + props.Prefix + "."),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     Removal(props.Retain),
	})
	key.GrantEncryptDecrypt(cloudWatch)
	topic := awssns.NewTopic(scope, jsii.String("Alarms"), &awssns.TopicProps{
		TopicName: jsii.String(props.Prefix + "-alarms"), MasterKey: key, EnforceSSL: jsii.Bool(true),
	})
	topic.GrantPublish(cloudWatch)
	for _, email := range props.Emails {
		topic.AddSubscription(awssnssubscriptions.NewEmailSubscription(jsii.String(email), nil))
	}
	return &Observability{scope: scope, props: props, topic: topic}, nil
}

// look is one thing an alarm looks at.
type look struct {
	name, description string
	metric            awscloudwatch.IMetric
	above             float64
}

const (
	lookMinutes = 5
	badMinutes  = 3
)

func (o *Observability) alarm(l look) {
	name := o.props.Prefix + "-" + l.name
	alarm := awscloudwatch.NewAlarm(o.scope, jsii.String(l.name), &awscloudwatch.AlarmProps{
		AlarmName:          jsii.String(name),
		AlarmDescription:   jsii.String(l.description + " Runbook: docs/runbooks/" + runbook(l.name)),
		Metric:             l.metric,
		Threshold:          jsii.Number(l.above),
		ComparisonOperator: awscloudwatch.ComparisonOperator_GREATER_THAN_THRESHOLD,
		EvaluationPeriods:  jsii.Number(lookMinutes),
		DatapointsToAlarm:  jsii.Number(badMinutes),
		TreatMissingData:   awscloudwatch.TreatMissingData_NOT_BREACHING,
	})
	action := awscloudwatchactions.NewSnsAction(o.topic)
	alarm.AddAlarmAction(action)
	alarm.AddOkAction(action)
}

// ReleaseAlarms names the alarms of a REST API that take a release back. The API's stack names them
// before the alarms exist: it does not depend on them.
func ReleaseAlarms(prefix, api string) []string {
	var names []string
	for _, kind := range []string{kindErrors, kindClientErrors, kindLatency, kindIntegration} {
		names = append(names, prefix+"-"+api+"-"+kind)
	}
	return names
}

// The kinds of alarms: the last part of an alarm's name, and the name of its runbook.
const (
	kindErrors       = "5xx"
	kindClientErrors = "4xx"
	kindLatency      = "latency"
	kindThrottled    = "throttled"
	kindIntegration  = "integration-errors"
	kindAuthorizer   = "authorizer-failures"
	kindFunction     = "function-errors"
	kindFunctionFull = "function-throttles"
	kindDeadLetters  = "dead-letters"
	kindBlocked      = "waf-blocked"
	// kindRelease is the kind of those that Shift makes.
	kindRelease = "release-errors"
)

func kinds() []string {
	return []string{
		kindErrors, kindClientErrors, kindLatency, kindThrottled, kindIntegration, kindAuthorizer,
		kindFunction, kindFunctionFull, kindDeadLetters, kindBlocked, kindRelease,
	}
}

// runbook returns the file that says what to do about an alarm.
func runbook(name string) string {
	for _, kind := range kinds() {
		if len(name) > len(kind) && name[len(name)-len(kind)-1:] == "-"+kind {
			return kind + ".md"
		}
	}
	return "README.md"
}

// metric reads one metric, a minute at a time.
func metric(namespace, name, statistic string, dimensions map[string]string) awscloudwatch.Metric {
	given := map[string]*string{}
	for key, value := range dimensions {
		given[key] = jsii.String(value)
	}
	return awscloudwatch.NewMetric(&awscloudwatch.MetricProps{
		Namespace: jsii.String(namespace), MetricName: jsii.String(name),
		Statistic: jsii.String(statistic), DimensionsMap: &given,
		Period: awscdk.Duration_Minutes(jsii.Number(1)),
	})
}

// fewCalls is how many calls a minute needs for a share of them to mean anything.
const fewCalls = 20

// percentOf is the share of calls that the count called id is, 0 in minutes with few calls.
func percentOf(id string, count, calls awscloudwatch.IMetric, label string) awscloudwatch.IMetric {
	return awscloudwatch.NewMathExpression(&awscloudwatch.MathExpressionProps{
		Expression: jsii.String(fmt.Sprintf("IF(calls >= %d, 100 * %s / calls, 0)", fewCalls, id)),
		UsingMetrics: &map[string]awscloudwatch.IMetric{
			id: count, "calls": calls,
		},
		Label:  jsii.String(label),
		Period: awscdk.Duration_Minutes(jsii.Number(1)),
	})
}

// counted makes a metric of the lines of an API's access log that a pattern matches.
func (o *Observability) counted(api, kind, pattern string) awscloudwatch.Metric {
	group := awslogs.LogGroup_FromLogGroupName(o.scope, jsii.String(api+"-"+kind+"-log"),
		jsii.String(accessLogGroup(o.props.Prefix+"-"+api)))
	namespace, name := "Portico/"+o.props.Prefix, api+"-"+kind
	awslogs.NewMetricFilter(o.scope, jsii.String(name+"-filter"), &awslogs.MetricFilterProps{
		LogGroup: group, FilterPattern: awslogs.FilterPattern_Literal(jsii.String(pattern)),
		MetricNamespace: jsii.String(namespace), MetricName: jsii.String(name),
		MetricValue: jsii.String("1"), DefaultValue: jsii.Number(0),
	})
	return metric(namespace, name, "Sum", nil)
}
