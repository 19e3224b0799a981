package cost

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"portico/local/cloudformation"
)

// The kinds of APIs.
const (
	REST      = "REST"
	HTTP      = "HTTP"
	WebSocket = "WEBSOCKET"
)

// Infrastructure is what the templates of an application would create, as far as it is priced.
type Infrastructure struct {
	APIs      []*API
	Functions []*Function
	WebACLs   []WebACL
	// Alarms counts the metrics that alarms look at, which is what is paid.
	Alarms, CompositeAlarms, Dashboards, Metrics, Keys int
	Queues                                             []Queue
	Tables                                             int // paid by use
	RetentionMonths                                    float64
	NotCounted                                         []string // types of resources, with their number
}

// API is an API with its stages.
type API struct {
	Name, Kind string
	Caches     []string // the sizes of its stages' caches, in GB
	AccessLogs bool
	WebACL     bool
	Routes     int
	// Targets counts the routes by the function that serves them, and Queued those that go to a queue.
	Targets map[string]int
	Queued  int
	// Authorizers are the functions that are asked before a route's own.
	Authorizers []string
	// Needs are the parts of a REST API that it uses and an HTTP API has not.
	Needs []string

	id string
}

// Function is a function.
type Function struct {
	Name     string
	MemoryMB float64
	ARM      bool
}

// WebACL is a web ACL before regional resources.
type WebACL struct {
	Name  string
	Rules int
}

// Queue is a queue; a polled one is the source of a function's events.
type Queue struct {
	Name         string
	FIFO, Polled bool
}

// Read counts what is in an assembly.
func Read(assembly *cloudformation.Assembly) *Infrastructure {
	r := &reader{assembly: assembly, made: &Infrastructure{}}
	r.readAPIs()
	r.readRoutes()
	r.readStages()
	r.readFunctions()
	r.readFirewall()
	r.readWatch()
	r.readStores()
	r.readRest()
	return r.made
}

// reader fills an Infrastructure.
type reader struct {
	assembly *cloudformation.Assembly
	made     *Infrastructure
}

func text(r *cloudformation.Resource, property string) string {
	return textOf(r.Properties[property])
}

func textOf(value any) string {
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

func number(value any) float64 {
	n, err := strconv.ParseFloat(textOf(value), 64)
	if err != nil {
		return 0
	}
	return n
}

func object(value any) map[string]any { o, _ := value.(map[string]any); return o }

func list(value any) []any { l, _ := value.([]any); return l }

func isTrue(value any) bool { return textOf(value) == "true" }

func (r *reader) readAPIs() {
	for _, one := range r.assembly.ByType("AWS::ApiGateway::RestApi") {
		name := text(one, "Name")
		if name == "" {
			name = textOf(object(object(one.Properties["Body"])["info"])["title"])
		}
		api := &API{Name: name, Kind: REST, id: one.PhysicalID, Targets: map[string]int{}}
		if one.Properties["Policy"] != nil {
			api.need("a resource policy")
		}
		r.made.APIs = append(r.made.APIs, api)
	}
	for _, one := range r.assembly.ByType("AWS::ApiGatewayV2::Api") {
		kind := HTTP
		if text(one, "ProtocolType") == WebSocket {
			kind = WebSocket
		}
		r.made.APIs = append(r.made.APIs, &API{
			Name: text(one, "Name"), Kind: kind, id: one.PhysicalID, Targets: map[string]int{},
		})
	}
}

// api returns the API that a resource belongs to; one of its own when that is not in the templates.
func (r *reader) api(one *cloudformation.Resource) *API {
	for _, property := range []string{"RestApiId", "ApiId"} {
		for _, api := range r.made.APIs {
			if id := text(one, property); id != "" && id == api.id {
				return api
			}
		}
	}
	return &API{Targets: map[string]int{}}
}

func (a *API) need(what string) {
	if !slices.Contains(a.Needs, what) {
		a.Needs = append(a.Needs, what)
	}
}

// target counts a route by the URI or ARN of its integration.
func (a *API) target(uri string) {
	switch name := functionIn(uri); {
	case name != "":
		a.Targets[name]++
	case strings.Contains(uri, ":sqs:"):
		a.Queued++
	}
}

// functionIn returns the name in the ARN of a function, or in a URI that holds one.
func functionIn(uri string) string {
	_, rest, found := strings.Cut(uri, ":function:")
	if !found {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "/")
	name, _, _ := strings.Cut(rest, ":")
	return name
}

func (r *reader) readRoutes() {
	for _, one := range r.assembly.ByType("AWS::ApiGateway::Method") {
		api := r.api(one)
		integration := object(one.Properties["Integration"])
		api.Routes++
		api.target(textOf(integration["Uri"]))
		switch {
		case isTrue(one.Properties["ApiKeyRequired"]):
			api.need("API keys")
		case one.Properties["RequestValidatorId"] != nil:
			api.need("validation of requests")
		}
		if kind := textOf(integration["Type"]); kind == "AWS" || kind == "HTTP" || kind == "MOCK" {
			api.need("mapping templates")
		}
	}
	uris := map[string]string{}
	for _, one := range r.assembly.ByType("AWS::ApiGatewayV2::Integration") {
		uri := text(one, "IntegrationUri")
		if strings.HasPrefix(text(one, "IntegrationSubtype"), "SQS-") {
			uri = "arn:aws:sqs:"
		}
		uris[one.PhysicalID] = uri
	}
	for _, one := range r.assembly.ByType("AWS::ApiGatewayV2::Route") {
		api := r.api(one)
		api.Routes++
		api.target(uris[strings.TrimPrefix(text(one, "Target"), "integrations/")])
	}
	for _, one := range r.assembly.ByType("AWS::ApiGateway::Authorizer",
		"AWS::ApiGatewayV2::Authorizer") {
		if name := functionIn(text(one, "AuthorizerUri")); name != "" {
			api := r.api(one)
			api.Authorizers = append(api.Authorizers, name)
		}
	}
}

func (r *reader) readStages() {
	for _, one := range r.assembly.ByType("AWS::ApiGateway::Stage") {
		api := r.api(one)
		api.AccessLogs = api.AccessLogs || one.Properties["AccessLogSetting"] != nil
		if isTrue(one.Properties["CacheClusterEnabled"]) {
			api.Caches = append(api.Caches, text(one, "CacheClusterSize"))
			api.need("a cache of replies")
		}
		r.made.Metrics += detailed(list(one.Properties["MethodSettings"]), api)
		if one.Properties["CanarySetting"] != nil {
			api.need("canaries of the stage")
		}
	}
	for _, one := range r.assembly.ByType("AWS::ApiGatewayV2::Stage") {
		api := r.api(one)
		api.AccessLogs = api.AccessLogs || one.Properties["AccessLogSettings"] != nil
		if isTrue(object(one.Properties["DefaultRouteSettings"])["DetailedMetricsEnabled"]) {
			r.made.Metrics += metricsPerRoute * api.Routes
		}
	}
}

// metricsPerRoute is how many metrics a route has of its own that has detailed ones: calls, errors
// of both sides, two latencies. What a cache adds is not counted.
const metricsPerRoute = 5

// detailed counts the metrics of the methods that settings of a stage are for.
func detailed(settings []any, api *API) int {
	methods := 0
	for _, one := range settings {
		own := object(one)
		switch {
		case !isTrue(own["MetricsEnabled"]):
		case textOf(own["HttpMethod"]) == "*" && textOf(own["ResourcePath"]) == "/*":
			methods = api.Routes
		default:
			methods++
		}
	}
	return metricsPerRoute * min(methods, api.Routes)
}

func (r *reader) readFunctions() {
	for _, one := range r.assembly.ByType("AWS::Lambda::Function") {
		made := &Function{Name: one.PhysicalID, MemoryMB: number(one.Properties["MemorySize"])}
		if made.MemoryMB == 0 {
			made.MemoryMB = 128 // Lambda's own default
		}
		for _, architecture := range list(one.Properties["Architectures"]) {
			made.ARM = textOf(architecture) == "arm64"
		}
		r.made.Functions = append(r.made.Functions, made)
	}
}

func (r *reader) readFirewall() {
	for _, one := range r.assembly.ByType("AWS::WAFv2::WebACL") {
		r.made.WebACLs = append(r.made.WebACLs, WebACL{
			Name: text(one, "Name"), Rules: len(list(one.Properties["Rules"])),
		})
	}
	for _, one := range r.assembly.ByType("AWS::WAFv2::WebACLAssociation") {
		for _, api := range r.made.APIs {
			if strings.Contains(text(one, "ResourceArn"), "/restapis/"+api.id+"/") {
				api.WebACL = true
				api.need("a web ACL")
			}
		}
	}
}

func (r *reader) readWatch() {
	for _, one := range r.assembly.ByType("AWS::CloudWatch::Alarm") {
		looked := 0
		for _, query := range list(one.Properties["Metrics"]) {
			if object(query)["MetricStat"] != nil {
				looked++
			}
		}
		r.made.Alarms += max(looked, 1)
	}
	r.made.CompositeAlarms = len(r.assembly.ByType("AWS::CloudWatch::CompositeAlarm"))
	r.made.Dashboards = len(r.assembly.ByType("AWS::CloudWatch::Dashboard"))
	for _, one := range r.assembly.ByType("AWS::Logs::MetricFilter") {
		r.made.Metrics += len(list(one.Properties["MetricTransformations"]))
	}
	r.made.Keys = len(r.assembly.ByType("AWS::KMS::Key"))
	days, groups := 0.0, r.assembly.ByType("AWS::Logs::LogGroup")
	for _, one := range groups {
		days += number(one.Properties["RetentionInDays"]) // without one, AWS keeps them for ever
	}
	if len(groups) > 0 {
		r.made.RetentionMonths = days / float64(len(groups)) / (365.0 / 12)
	}
}

func (r *reader) readStores() {
	polled := map[string]bool{}
	for _, one := range r.assembly.ByType("AWS::Lambda::EventSourceMapping") {
		parts := strings.Split(text(one, "EventSourceArn"), ":")
		polled[parts[len(parts)-1]] = true
	}
	for _, one := range r.assembly.ByType("AWS::SQS::Queue") {
		name := one.PhysicalID[strings.LastIndex(one.PhysicalID, "/")+1:]
		r.made.Queues = append(r.made.Queues, Queue{
			Name: name, FIFO: isTrue(one.Properties["FifoQueue"]), Polled: polled[name],
		})
	}
	for _, one := range r.assembly.ByType("AWS::DynamoDB::Table") {
		if text(one, "BillingMode") == "PAY_PER_REQUEST" {
			r.made.Tables++
		}
	}
}

// readRest lists what costs something and is not counted.
func (r *reader) readRest() {
	counts := map[string]int{}
	for _, s := range r.assembly.Stacks {
		for _, one := range s.Resources {
			if what := uncounted(one); what != "" {
				counts[what]++
			}
		}
	}
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		r.made.NotCounted = append(r.made.NotCounted, fmt.Sprintf("%s (%d)", what, counts[what]))
	}
}

// uncounted names what a resource costs that has no price here; "" for nothing.
func uncounted(r *cloudformation.Resource) string {
	switch r.Type {
	case "AWS::Cognito::UserPool":
		return "active users of user pools"
	case "AWS::SNS::Topic":
		return "notifications of topics"
	case "AWS::S3::Bucket":
		return "buckets"
	case "AWS::Route53::HostedZone", "AWS::Route53::RecordSet":
		return "queries of names"
	case "AWS::ApiGateway::VpcLink", "AWS::ApiGatewayV2::VpcLink":
		return "load balancers behind VPC links"
	case "AWS::ApiGateway::Stage":
		if isTrue(r.Properties["TracingEnabled"]) {
			return "traces of stages"
		}
	case "AWS::DynamoDB::Table":
		if text(r, "BillingMode") != "PAY_PER_REQUEST" {
			return "tables with provisioned capacity"
		}
	case "AWS::Lambda::Alias", "AWS::Lambda::Version":
		if r.Properties["ProvisionedConcurrencyConfig"] != nil {
			return "provisioned concurrency"
		}
	case "AWS::SecretsManager::Secret":
		return "secrets"
	case "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::EC2::NatGateway":
		return "networks"
	}
	return ""
}
