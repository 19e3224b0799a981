package constructs

import (
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"
)

// apiMetrics are the metrics of one kind of API, under the names CloudWatch has for them.
type apiMetrics struct {
	name                           string // "partner"
	dimensions                     map[string]string
	errors, clientErrors, calls    string
	latency                        string
	throttled, failing, authorizer string // patterns of access-log lines
}

// WatchREST watches the stage of a REST API.
func (o *Observability) WatchREST(name string, api *RESTAPI) {
	o.watch(apiMetrics{
		name:       name,
		dimensions: map[string]string{"ApiName": api.props.Name, "Stage": api.props.StageName},
		errors:     "5XXError", clientErrors: "4XXError", calls: "Count", latency: "Latency",
		throttled:  `{ $.status = "429" }`,
		failing:    `{ $.integrationError != "-" }`,
		authorizer: `{ $.authorizerError != "-" && $.status = "500" }`,
	})
}

// WatchHTTP watches the stage of an HTTP API.
func (o *Observability) WatchHTTP(name string, api *HTTPAPI) {
	o.watch(apiMetrics{
		name: name,
		dimensions: map[string]string{
			"ApiId": *api.API.ApiId(), "Stage": *api.Stage.StageName(),
		},
		errors: "5xx", clientErrors: "4xx", calls: "Count", latency: "Latency",
		throttled:  `{ $.status = "429" }`,
		failing:    `{ $.integrationError != "-" }`,
		authorizer: `{ $.authorizerError != "-" && $.status = "500" }`,
	})
}

// WatchWebSocket watches the stage of a WebSocket API, whose messages have no latency of their own.
func (o *Observability) WatchWebSocket(name string, api *WebSocketAPI) {
	o.watch(apiMetrics{
		name:       name,
		dimensions: map[string]string{"ApiId": *api.API.ApiId(), "Stage": api.stage},
		errors:     "ExecutionError", clientErrors: "ClientError", calls: "MessageCount",
		latency:    "IntegrationLatency",
		throttled:  `{ $.status = "429" }`,
		failing:    `{ $.integrationError != "-" }`,
		authorizer: `{ $.authorizerError != "-" && $.status = "500" }`,
	})
}

func (o *Observability) watch(m apiMetrics) {
	read := func(name, statistic string) awscloudwatch.Metric {
		return metric("AWS/ApiGateway", name, statistic, m.dimensions)
	}
	limits := o.props.Limits
	calls := read(m.calls, "Sum")
	errors := percentOf("errors", read(m.errors, "Sum"), calls, "failed calls, percent")
	refused := percentOf("refused", read(m.clientErrors, "Sum"), calls, "refused calls, percent")
	p99 := read(m.latency, "p99")
	throttled := o.counted(m.name, kindThrottled, m.throttled)
	failing := o.counted(m.name, kindIntegration, m.failing)
	authorizer := o.counted(m.name, kindAuthorizer, m.authorizer)
	for _, l := range []look{
		{kindErrors, "Calls fail by the server's fault.", errors, limits.ErrorPercent},
		{kindClientErrors, "Many calls are refused.", refused, limits.ClientErrorPercent},
		{kindLatency, "The slowest calls take too long.", p99, float64(limits.LatencyMS)},
		{kindThrottled, "Calls are throttled.", throttled, float64(limits.RefusedPerMinute)},
		{
			kindIntegration, "What stands behind the API fails.", failing,
			float64(limits.RefusedPerMinute),
		},
		{
			kindAuthorizer, "The authorizer itself fails, so that nobody is let in.", authorizer,
			float64(limits.RefusedPerMinute),
		},
	} {
		l.name = m.name + "-" + l.name
		o.alarm(l)
	}
	o.dashboard(m, []awscloudwatch.IWidget{
		graph("Calls a minute", calls, throttled),
		graph("Failed and refused, percent", errors, refused),
		graph("Latency, ms", read(m.latency, "p50"), read(m.latency, "p90"), p99),
		graph("Behind the API", failing, authorizer),
	})
}

// dashboard shows an API on one page.
func (o *Observability) dashboard(m apiMetrics, widgets []awscloudwatch.IWidget) {
	awscloudwatch.NewDashboard(o.scope, jsii.String(m.name+"-dashboard"),
		&awscloudwatch.DashboardProps{
			DashboardName:   jsii.String(o.props.Prefix + "-" + m.name),
			DefaultInterval: awscdk.Duration_Hours(jsii.Number(3)),
			Widgets:         &[]*[]awscloudwatch.IWidget{&widgets},
		})
}

// graph draws metrics over time; a dashboard is 24 wide.
func graph(title string, metrics ...awscloudwatch.IMetric) awscloudwatch.IWidget {
	return awscloudwatch.NewGraphWidget(&awscloudwatch.GraphWidgetProps{
		Title: jsii.String(title), Left: &metrics, Width: jsii.Number(12), Height: jsii.Number(6),
	})
}

// WatchFunction watches the calls of a function that fail, and those there was no room for.
func (o *Observability) WatchFunction(name, prefix string) {
	dimensions := map[string]string{"FunctionName": prefix + "-" + name}
	o.alarm(look{
		name + "-" + kindFunction, "The function " + name + " fails.",
		metric("AWS/Lambda", "Errors", "Sum", dimensions), 0,
	})
	o.alarm(look{
		name + "-" + kindFunctionFull, "The function " + name + " has no room for more calls.",
		metric("AWS/Lambda", "Throttles", "Sum", dimensions), 0,
	})
}

// WatchDeadLetters watches a queue that should be empty.
func (o *Observability) WatchDeadLetters(name string, queue awssqs.IQueue) {
	o.alarm(look{
		name + "-" + kindDeadLetters, "Messages could not be worked off.",
		queue.MetricApproximateNumberOfMessagesVisible(&awscloudwatch.MetricOptions{
			Period: awscdk.Duration_Minutes(jsii.Number(1)), Statistic: jsii.String("Maximum"),
		}), 0,
	})
}

// WatchFirewall watches what a web ACL of the stack's region blocks.
func (o *Observability) WatchFirewall(name, webACL string) {
	o.alarm(look{
		name + "-" + kindBlocked,
		fmt.Sprintf("The web ACL %s blocks many requests: an attack, or a rule that is wrong.", webACL),
		metric("AWS/WAFV2", "BlockedRequests", "Sum", map[string]string{
			"WebACL": webACL, "Rule": "ALL", "Region": *awscdk.Stack_Of(o.scope).Region(),
		}),
		float64(o.props.Limits.BlockedPerMinute),
	})
}
