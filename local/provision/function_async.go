package provision

import (
	"slices"
	"strings"
	"time"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/lambda"
)

const typeAsync = "AWS::Lambda::EventInvokeConfig"

// asyncConfigurations reads what becomes of asynchronous calls.
func (r *reader) asyncConfigurations(known functionIndex) []lambda.AsyncConfiguration {
	var configurations []lambda.AsyncConfiguration
	for _, resource := range r.assembly.ByType(typeAsync) {
		p := r.properties(resource)
		arn, _, ok := functionOf(p, known)
		qualifier := p.requiredText("Qualifier")
		if !ok || qualifier == "" {
			continue
		}
		if qualifier != "$LATEST" {
			arn += ":" + qualifier
		}
		c := lambda.AsyncConfiguration{
			FunctionARN: arn, Retries: p.optionalInteger("MaximumRetryAttempts"),
		}
		if c.Retries != nil && (*c.Retries < 0 || *c.Retries > 2) {
			p.fail("MaximumRetryAttempts", "want 0 to 2")
		}
		if p.has("MaximumEventAgeInSeconds") {
			seconds := p.integerIn("MaximumEventAgeInSeconds", 21_600, 60, 21_600)
			c.MaxAge = time.Duration(seconds) * time.Second
		}
		if destinations, ok := p.object("DestinationConfig"); ok {
			c.OnSuccess = r.destination(resource, destinations, "OnSuccess")
			c.OnFailure = r.destination(resource, destinations, "OnFailure")
		}
		configurations = append(configurations, c)
	}
	return configurations
}

// destination reads one destination; a bucket is reported.
func (r *reader) destination(
	resource *cloudformation.Resource, p properties, name string,
) string {
	given, ok := p.object(name)
	if !ok {
		return ""
	}
	if arn := given.text("Destination"); strings.Contains(arn, ":s3:::") {
		r.findings = append(r.findings, coverage.Finding{
			Stack: resource.Stack.Name, Resource: resource.LogicalID, Path: resource.Path,
			Type: typeAsync, Property: given.at("Destination"), Value: arn,
			Status: coverage.NotHonoured, Why: bucketOutcomes.why,
		})
		return ""
	}
	return outcomeTarget(given, "Destination", "sqs", "sns", "events", "lambda")
}

// outcomeTarget reads the ARN of what is told of outcomes, of one of these services.
func outcomeTarget(p properties, name string, services ...string) string {
	arn := p.requiredText(name)
	if arn == "" {
		return ""
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" || !slices.Contains(services, parts[2]) {
		p.fail(name, "want an ARN of one of these services: %s", strings.Join(services, ", "))
		return ""
	}
	if strings.HasSuffix(arn, ".fifo") {
		p.fail(name, "AWS does not take FIFO queues and topics here")
	}
	return arn
}

// loggingOf reads how log lines are written.
func loggingOf(p properties) lambda.Logging {
	logging := lambda.Logging{JSON: p.choice("LogFormat", "Text", "JSON") == "JSON"}
	if !logging.JSON {
		for _, name := range []string{"ApplicationLogLevel", "SystemLogLevel"} {
			if p.has(name) {
				p.fail(name, "only LogFormat JSON takes levels")
			}
		}
		return logging
	}
	logging.ApplicationLevel = p.choice("ApplicationLogLevel", "INFO", "TRACE", "DEBUG", "WARN",
		"ERROR", "FATAL")
	logging.SystemLevel = p.choice("SystemLogLevel", "INFO", "DEBUG", "WARN")
	return logging
}
