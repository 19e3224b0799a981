package provision

import (
	"maps"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
)

const (
	typeLogGroup       = "AWS::Logs::LogGroup"
	typeMetricFilter   = "AWS::Logs::MetricFilter"
	typeAlarm          = "AWS::CloudWatch::Alarm"
	typeCompositeAlarm = "AWS::CloudWatch::CompositeAlarm"
	typeDashboard      = "AWS::CloudWatch::Dashboard"
)

// noLogPolicies is why policies of log groups change nothing here.
const noLogPolicies = "permissions on log groups are not evaluated here"

// LogGroup is a log group, with what makes metrics of its events.
type LogGroup struct {
	Name, Region    string
	RetentionDays   int // 0 keeps events for ever
	KMSKeyID, Class string
	Filters         []MetricFilter
}

// MetricFilter makes metrics of events.
type MetricFilter struct {
	Name, Pattern   string
	Transformations []map[string]any // by CloudFormation's names
}

// Alarm is an alarm, or a composite one.
type Alarm struct {
	Name, Region string
	Composite    bool
	Properties   map[string]any // by CloudFormation's names; numbers are float64
}

// Dashboard is a dashboard; nothing draws it.
type Dashboard struct{ Name, Region, Body string }

// observabilityCoverage declares logs, alarms and dashboards.
func observabilityCoverage() coverage.Table {
	const (
		noActions = "what an alarm would have done stands in its history"
		noBands   = "anomaly detection is not computed: such an alarm has no data"
	)
	shared := rules(
		honoured("AlarmName", "AlarmDescription", "ActionsEnabled"),
		irrelevant(noActions, "AlarmActions[]", "OKActions[]", "InsufficientDataActions[]"),
		irrelevant(onlyTags, "Tags.**"),
	)
	return coverage.Table{
		typeLogGroup: rules(
			honoured("LogGroupName", "RetentionInDays", "LogGroupClass"),
			irrelevant(noEncryption, "KmsKeyId"),
			irrelevant(onlyTags, "Tags.**"),
			irrelevant("events are found by looking at them, without indexes", "FieldIndexPolicies.**"),
			irrelevant("what is logged here is not masked, and shown to nobody else",
				"DataProtectionPolicy.**"),
			irrelevant(noLogPolicies, "ResourcePolicyDocument.**", "BearerTokenAuthenticationEnabled"),
			irrelevant("nothing deletes it here", "DeletionProtectionEnabled"),
		),
		typeMetricFilter: rules(
			honoured("FilterName", "FilterPattern", "LogGroupName", "MetricTransformations.**"),
			irrelevant("events are not transformed here", "ApplyOnTransformedLogs",
				"EmitSystemFieldDimensions[]", "FieldSelectionCriteria"),
		),
		typeAlarm: rules(shared,
			honoured("ComparisonOperator", "DatapointsToAlarm", "Dimensions.**",
				"EvaluateLowSampleCountPercentile", "EvaluationPeriods", "ExtendedStatistic",
				"MetricName", "Metrics.**", "Namespace", "Period", "Statistic", "Threshold",
				"TreatMissingData", "Unit"),
			irrelevant(noBands, "ThresholdMetricId"),
			irrelevant("PromQL is not evaluated: such an alarm has no data", "EvaluationCriteria.**",
				"EvaluationInterval"),
		),
		typeCompositeAlarm: rules(shared,
			honoured("AlarmRule", "ActionsSuppressor"),
			irrelevant(noActions, "ActionsSuppressorExtensionPeriod", "ActionsSuppressorWaitPeriod"),
		),
		typeDashboard: honoured("DashboardName", "DashboardBody"),
	}
}

// logGroups reads every log group with its metric filters. Filters of a group that the template
// does not describe have one of their own.
func (r *reader) logGroups() []LogGroup {
	var all []LogGroup
	at := map[string]int{}
	for _, resource := range r.assembly.ByType(typeLogGroup) {
		p := r.properties(resource)
		at[resource.PhysicalID] = len(all)
		all = append(all, LogGroup{
			Name: resource.PhysicalID, Region: resource.Stack.Region,
			RetentionDays: p.integer("RetentionInDays", 0), KMSKeyID: p.text("KmsKeyId"),
			Class: p.textOr("LogGroupClass", "STANDARD"),
		})
	}
	for _, resource := range r.assembly.ByType(typeMetricFilter) {
		p := r.properties(resource)
		name := p.requiredText("LogGroupName")
		place, ok := at[name]
		if !ok {
			place = len(all)
			at[name] = place
			all = append(all, LogGroup{Name: name, Region: resource.Stack.Region})
		}
		all[place].Filters = append(all[place].Filters, r.metricFilter(resource))
	}
	return all
}

func (r *reader) metricFilter(resource *cloudformation.Resource) MetricFilter {
	p := r.properties(resource)
	f := MetricFilter{Name: resource.PhysicalID, Pattern: p.text("FilterPattern")}
	for _, transformation := range p.objects("MetricTransformations") {
		made := maps.Clone(transformation.values)
		made["MetricValue"] = transformation.requiredText("MetricValue")
		if transformation.has("DefaultValue") {
			made["DefaultValue"] = transformation.number("DefaultValue", 0)
		}
		f.Transformations = append(f.Transformations, made)
	}
	return f
}

// alarms reads every alarm.
func (r *reader) alarms() []Alarm {
	var all []Alarm
	for _, kind := range []string{typeAlarm, typeCompositeAlarm} {
		for _, resource := range r.assembly.ByType(kind) {
			p := r.properties(resource)
			made := p.typed([]string{
				"Period", "EvaluationPeriods", "DatapointsToAlarm", "Threshold",
				"ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod",
			}, "ActionsEnabled")
			if metrics := p.objects("Metrics"); len(metrics) > 0 {
				made["Metrics"] = typedQueries(metrics)
			}
			all = append(all, Alarm{
				Name: resource.PhysicalID, Region: resource.Stack.Region,
				Composite: kind == typeCompositeAlarm, Properties: made,
			})
		}
	}
	return all
}

// typedQueries reads the queries of an alarm on several metrics.
func typedQueries(queries []properties) []any {
	made := make([]any, 0, len(queries))
	for _, query := range queries {
		typed := query.typed([]string{"Period"}, "ReturnData")
		if stat, ok := query.object("MetricStat"); ok {
			typed["MetricStat"] = stat.typed([]string{"Period"})
		}
		made = append(made, typed)
	}
	return made
}

// typed returns the properties as they are, but numbers and truth values that a template may write
// as strings.
func (p properties) typed(numbers []string, truths ...string) map[string]any {
	made := maps.Clone(p.values)
	for _, name := range numbers {
		if p.has(name) {
			made[name] = p.number(name, 0)
		}
	}
	for _, name := range truths {
		if p.has(name) {
			made[name] = p.boolean(name)
		}
	}
	return made
}

// dashboards reads every dashboard.
func (r *reader) dashboards() []Dashboard {
	var all []Dashboard
	for _, resource := range r.assembly.ByType(typeDashboard) {
		p := r.properties(resource)
		all = append(all, Dashboard{
			Name: resource.PhysicalID, Region: resource.Stack.Region,
			Body: string(p.document("DashboardBody")),
		})
	}
	return all
}
