package api

import (
	"fmt"
	"slices"
)

// ServiceAction is an action of an AWS service that an integration of an HTTP API calls by itself,
// with the names of its parameters ("Integration subtype reference"). AWS calls it an integration
// subtype.
type ServiceAction struct {
	Required, Optional []string
}

// ServiceActions returns the actions by subtype. Each takes a Region besides its own parameters.
func ServiceActions() map[string]ServiceAction {
	queue := []string{"QueueUrl"}
	return map[string]ServiceAction{
		"EventBridge-PutEvents": {
			Required: []string{"Detail", "DetailType", "Source"},
			Optional: []string{"EventBusName", "Resources", "Time", "TraceHeader"},
		},
		"SQS-SendMessage": {
			Required: []string{"QueueUrl", "MessageBody"},
			Optional: []string{
				"DelaySeconds", "MessageAttributes", "MessageDeduplicationId", "MessageGroupId",
				"MessageSystemAttributes",
			},
		},
		"SQS-ReceiveMessage": {
			Required: queue,
			// The reference names AttributeName in one edition and AttributeNames in another.
			Optional: []string{
				"AttributeName", "AttributeNames", "MaxNumberOfMessages", "MessageAttributeNames",
				"ReceiveRequestAttemptId", "VisibilityTimeout", "WaitTimeSeconds",
			},
		},
		"SQS-DeleteMessage": {Required: []string{"ReceiptHandle", "QueueUrl"}},
		"SQS-PurgeQueue":    {Required: queue},
		"AppConfig-GetConfiguration": {
			Required: []string{"Application", "Environment", "Configuration", "ClientId"},
			Optional: []string{"ClientConfigurationVersion"},
		},
		"Kinesis-PutRecord": {
			Required: []string{"StreamName", "Data", "PartitionKey"},
			Optional: []string{"ExplicitHashKey", "SequenceNumberForOrdering"},
		},
		"StepFunctions-StartExecution": {
			Required: []string{"StateMachineArn"}, Optional: []string{"Input", "Name"},
		},
		"StepFunctions-StartSyncExecution": {
			Required: []string{"StateMachineArn"},
			Optional: []string{"Input", "Name", "TraceHeader"},
		},
		"StepFunctions-StopExecution": {
			Required: []string{"ExecutionArn"}, Optional: []string{"Cause", "Error"},
		},
	}
}

// CheckService says why AWS does not create an integration with a subtype. That of a parameter it
// does not know is recorded; the others are put in the same words, which is a guess.
func (i *V2Integration) CheckService() error {
	action, known := ServiceActions()[i.Subtype]
	switch {
	case !known:
		return refuseService("Operation: %s is not supported, allowed are %s", i.Subtype,
			sortedNames(ServiceActions()))
	case i.PayloadFormatVersion != "" && i.PayloadFormatVersion != "1.0":
		return refuseService("Operation: %s is not supported with payload format version %s, allowed "+
			"is 1.0", i.Subtype, i.PayloadFormatVersion)
	case i.Type != "AWS_PROXY":
		return refuseService("Operation: %s is not supported with integration type %s, allowed is "+
			"AWS_PROXY", i.Subtype, i.Type)
	case i.Credentials == "":
		return refuseService("Operation: %s needs credentials: the role that calls the service", i.Subtype)
	}
	for _, name := range action.Required {
		if _, given := i.RequestParameters[name]; !given {
			return refuseService("Parameter: %s is required for Operation: %s.", name, i.Subtype)
		}
	}
	allowed := slices.Concat(action.Required, action.Optional, []string{"Region"})
	for _, name := range sortedNames(i.RequestParameters) {
		if !slices.Contains(allowed, name) {
			return refuseService("Parameter: %s does not fit schema for Operation: %s.", name, i.Subtype)
		}
	}
	return nil
}

// ServiceRefusal says why AWS does not create an integration with a subtype.
type ServiceRefusal struct{ Message string }

// Error returns the message.
func (r *ServiceRefusal) Error() string { return r.Message }

func refuseService(format string, args ...any) error {
	return &ServiceRefusal{Message: fmt.Sprintf(format, args...)}
}

func sortedNames[V any](of map[string]V) []string {
	names := make([]string, 0, len(of))
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
