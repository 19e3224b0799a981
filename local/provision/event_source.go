package provision

import (
	"slices"
	"strings"
	"time"

	"portico/local/cloudformation/coverage"
	"portico/local/lambda"
	"portico/local/lambda/filter"
	"portico/local/services/queues"
)

const typeEventSource = "AWS::Lambda::EventSourceMapping"

// reportFailures is the one function response type there is.
const reportFailures = "ReportBatchItemFailures"

// eventSourceCoverage declares event source mappings.
func eventSourceCoverage() coverage.Table {
	return coverage.Table{typeEventSource: rules(
		honoured("BatchSize", "Enabled", "EventSourceArn", "FunctionName",
			"FunctionResponseTypes[]", "MaximumBatchingWindowInSeconds",
			"ScalingConfig.MaximumConcurrency"),
		part(eventFilters, "FilterCriteria.**"),
		irrelevant(noEncryption, "KmsKeyArn"),
		part(eventStreams, "AmazonManagedKafkaEventSourceConfig.**",
			"BisectBatchOnFunctionError", "DestinationConfig.**", "DocumentDBEventSourceConfig.**",
			"LoggingConfig.**", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
			"ParallelizationFactor", "ProvisionedPollerConfig.**", "Queues[]",
			"SelfManagedEventSource.**", "SelfManagedKafkaEventSourceConfig.**",
			"SourceAccessConfigurations[].**", "StartingPosition", "StartingPositionTimestamp",
			"Topics[]", "TumblingWindowInSeconds"),
		irrelevant("no metrics are published here", "MetricsConfig.**"),
		irrelevant(onlyTags, "Tags.**"),
	)}
}

// eventSources reads the mappings of SQS queues; one of another source is reported.
func (r *reader) eventSources(
	configuration lambda.Configuration, waiting []queues.Queue,
) []lambda.EventSource {
	known := functionIndex{}
	for _, f := range configuration.Functions {
		known.add(f)
	}
	var sources []lambda.EventSource
	for _, resource := range r.assembly.ByType(typeEventSource) {
		p := r.properties(resource)
		arn, qualifier, ok := functionOf(p, known)
		source := p.requiredText("EventSourceArn")
		if !ok || source == "" {
			continue
		}
		if !strings.Contains(source, ":sqs:") {
			r.findings = append(r.findings, coverage.Finding{
				Stack: resource.Stack.Name, Resource: resource.LogicalID, Path: resource.Path,
				Type: typeEventSource, Property: "EventSourceArn", Value: source,
				Status: coverage.NotHonoured, Why: eventStreams.why,
			})
			continue
		}
		checkVisibility(p, configuration, arn, waiting)
		if qualifier != "" {
			arn += ":" + qualifier
		}
		sources = append(sources, eventSource(p, arn, source))
	}
	return sources
}

func eventSource(p properties, function, queue string) lambda.EventSource {
	most := 10_000
	if strings.HasSuffix(queue, ".fifo") {
		most = 10
	}
	source := lambda.EventSource{
		FunctionARN: function, SourceARN: queue,
		BatchSize: p.integerIn("BatchSize", 10, 1, most),
		Window: time.Duration(p.integerIn("MaximumBatchingWindowInSeconds", 0, 0, 300)) *
			time.Second,
		Enabled: !p.has("Enabled") || p.boolean("Enabled"),
	}
	if source.BatchSize > 10 && source.Window == 0 {
		p.fail("BatchSize", "Maximum batch window in seconds must be greater than 0 if maximum "+
			"batch size is greater than 10")
	}
	if source.Window > 0 && strings.HasSuffix(queue, ".fifo") {
		p.fail("MaximumBatchingWindowInSeconds", "Batching window is not supported for FIFO queues")
	}
	for _, kind := range p.texts("FunctionResponseTypes") {
		if kind != reportFailures {
			p.fail("FunctionResponseTypes", "want %s", reportFailures)
		}
		source.ReportsFailures = true
	}
	if criteria, ok := p.object("FilterCriteria"); ok {
		source.Filters = filters(criteria)
	}
	if scaling, ok := p.object("ScalingConfig"); ok {
		source.MaxConcurrency = scaling.integerIn("MaximumConcurrency", 0, 2, 1000)
	}
	return source
}

// maxFilters is AWS's highest quota of filters for one mapping.
const maxFilters = 10

// filters reads patterns, and refuses what is none.
func filters(criteria properties) []string {
	var patterns []string
	for _, item := range criteria.objects("Filters") {
		text := item.requiredText("Pattern")
		if _, err := filter.Compile(text); err != nil && text != "" {
			item.fail("Pattern", "%v", err)
		}
		patterns = append(patterns, text)
	}
	if len(patterns) > maxFilters {
		criteria.fail("Filters", "want at most %d", maxFilters)
	}
	return patterns
}

// checkVisibility refuses a queue that would give a message to a second batch while the function
// still works on the first, as Lambda does.
func checkVisibility(
	p properties, configuration lambda.Configuration, function string, waiting []queues.Queue,
) {
	at := slices.IndexFunc(waiting, func(q queues.Queue) bool {
		return q.ARN == p.text("EventSourceArn")
	})
	of := slices.IndexFunc(configuration.Functions, func(f lambda.Function) bool {
		return f.ARN == function
	})
	if at < 0 || of < 0 {
		return
	}
	timeout := time.Duration(configuration.Functions[of].TimeoutSeconds) * time.Second
	if visible := waiting[at].Visibility; visible < timeout {
		p.fail("EventSourceArn", "Queue visibility timeout: %d seconds is less than Function "+
			"timeout: %d seconds", int(visible.Seconds()), int(timeout.Seconds()))
	}
}
