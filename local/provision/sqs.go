package provision

import (
	"strings"
	"time"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/services/queues"
)

const typeQueue = "AWS::SQS::Queue"

// queuePolicy is why a queue's policy changes nothing here.
const queuePolicy = "permissions on queues are not evaluated here"

// sqsCoverage declares queues.
func sqsCoverage() coverage.Table {
	return coverage.Table{
		typeQueue: rules(
			honoured("QueueName", "ContentBasedDeduplication", "DeduplicationScope", "DelaySeconds",
				"FifoQueue", "MaximumMessageSize", "MessageRetentionPeriod",
				"ReceiveMessageWaitTimeSeconds", "RedrivePolicy", "RedrivePolicy.*",
				"VisibilityTimeout"),
			irrelevant("throughput is not limited here", "FifoThroughputLimit"),
			irrelevant(queuePolicy, "RedriveAllowPolicy", "RedriveAllowPolicy.**"),
			irrelevant(noEncryption, "KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId",
				"SqsManagedSseEnabled"),
			irrelevant(onlyTags, "Tags.**"),
		),
		"AWS::SQS::QueuePolicy":       irrelevant(queuePolicy, "**"),
		"AWS::SQS::QueueInlinePolicy": irrelevant(queuePolicy, "**"),
	}
}

// queues reads every SQS queue.
func (r *reader) queues() []queues.Queue {
	var all []queues.Queue
	for _, resource := range r.assembly.ByType(typeQueue) {
		all = append(all, r.queue(resource))
	}
	return all
}

func (r *reader) queue(resource *cloudformation.Resource) queues.Queue {
	p := r.properties(resource)
	inSeconds := func(name string, byDefault, least, most int) time.Duration {
		return time.Duration(p.integerIn(name, byDefault, least, most)) * time.Second
	}
	q := queues.Queue{
		Name: r.attribute(resource, "QueueName"), URL: resource.PhysicalID,
		ARN:            r.attribute(resource, "Arn"),
		FIFO:           p.boolean("FifoQueue"),
		DedupByContent: p.boolean("ContentBasedDeduplication"),
		DedupByGroup:   p.choice("DeduplicationScope", "queue", "messageGroup") == "messageGroup",
		Delay:          inSeconds("DelaySeconds", 0, 0, 900),
		Visibility:     inSeconds("VisibilityTimeout", 30, 0, 43_200),
		Wait:           inSeconds("ReceiveMessageWaitTimeSeconds", 0, 0, 20),
		Retention:      inSeconds("MessageRetentionPeriod", 345_600, 60, 1_209_600),
		MaxBytes:       p.integerIn("MaximumMessageSize", 1_048_576, 1024, 1_048_576),
	}
	if q.FIFO != strings.HasSuffix(q.Name, ".fifo") {
		p.fail("QueueName", "The name of a FIFO queue can only include alphanumeric characters, "+
			"hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length")
	}
	if redrive, ok := p.parsedObject("RedrivePolicy"); ok {
		q.DeadLetterARN = redrive.requiredText("deadLetterTargetArn")
		redrive.require("maxReceiveCount")
		q.MaxReceives = redrive.integerIn("maxReceiveCount", 0, 1, 1000)
	}
	return q
}
