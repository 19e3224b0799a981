package provision

import (
	"portico/local/cloudformation/coverage"
	"portico/local/services"
)

const typeQueue = "AWS::SQS::Queue"

// sqsCoverage declares queues.
func sqsCoverage() coverage.Table {
	return coverage.Table{
		typeQueue: rules(
			honoured("QueueName"),
			irrelevant(queueElsewhere, "**"),
		),
		"AWS::SQS::QueuePolicy": irrelevant(queueElsewhere, "**"),
	}
}

// queues reads every SQS queue.
func (r *reader) queues() []services.Queue {
	var queues []services.Queue
	for _, resource := range r.assembly.ByType(typeQueue) {
		queues = append(queues, services.Queue{
			Name: r.attribute(resource, "QueueName"),
			URL:  resource.PhysicalID,
			ARN:  r.attribute(resource, "Arn"),
		})
	}
	return queues
}
