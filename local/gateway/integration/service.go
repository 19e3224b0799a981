package integration

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// ServiceBackend is the action of an AWS service that an integration of an HTTP API calls by itself,
// compiled at deployment.
type ServiceBackend struct {
	APIID       string
	Region      string // of the API; a parameter Region says another
	Timeout     time.Duration
	Endpoints   Endpoints
	Credentials aws.Credentials
	Clock       clock.Clock
	action      serviceAction
}

// serviceAction is how an action is called.
type serviceAction struct {
	service string // as AWS signs for it
	name    string
	write   func(action string, values map[string]string) (serviceMessage, error)
}

// serviceMessage is what an action is sent.
type serviceMessage struct {
	method, target string // of the request line
	header         exchange.Header
	body           []byte
}

// ParameterError says that the value of a parameter is none that the service takes.
type ParameterError struct{ Parameter, Reason string }

// Error returns the name and the reason.
func (e *ParameterError) Error() string { return "parameter " + e.Parameter + ": " + e.Reason }

func serviceActions() map[string]serviceAction {
	return map[string]serviceAction{
		"EventBridge-PutEvents":            {"events", "PutEvents", writePutEvents},
		"SQS-SendMessage":                  {"sqs", "SendMessage", writeQueueForm},
		"SQS-ReceiveMessage":               {"sqs", "ReceiveMessage", writeQueueForm},
		"SQS-DeleteMessage":                {"sqs", "DeleteMessage", writeQueueForm},
		"SQS-PurgeQueue":                   {"sqs", "PurgeQueue", writeQueueForm},
		"AppConfig-GetConfiguration":       {"appconfig", "GetConfiguration", writeGetConfiguration},
		"Kinesis-PutRecord":                {"kinesis", "PutRecord", writePutRecord},
		"StepFunctions-StartExecution":     {"states", "StartExecution", writeExecution},
		"StepFunctions-StartSyncExecution": {"states", "StartSyncExecution", writeExecution},
		"StepFunctions-StopExecution":      {"states", "StopExecution", writeExecution},
	}
}

// ForSubtype returns the backend as that of an integration subtype.
func (b ServiceBackend) ForSubtype(subtype string) (*ServiceBackend, error) {
	action, ok := serviceActions()[subtype]
	if !ok {
		return nil, fmt.Errorf("there is no integration subtype %q", subtype)
	}
	b.action = action
	return &b, nil
}

// Request returns the signed request that a call makes of the service. A missing endpoint is a
// failure that names the settings; a *ParameterError means that a value does not fit.
func (b *ServiceBackend) Request(
	ctx context.Context, values map[string]string, trace string,
) (HTTPRequest, error) {
	region := values["Region"]
	if region == "" {
		region = b.Region
	}
	service := AWSBackend{
		APIID: b.APIID, Service: &AWSService{Region: region, Name: b.action.service},
		Endpoints: b.Endpoints, Credentials: b.Credentials, Clock: b.Clock,
	}
	endpoint, err := service.endpoint()
	if err != nil {
		return HTTPRequest{}, err
	}
	message, err := b.action.write(b.action.name, values)
	if err != nil {
		return HTTPRequest{}, err
	}
	header := message.header
	header.Add("User-Agent", "AmazonAPIGateway_"+b.APIID)
	header.Add("X-Amzn-Apigateway-Api-Id", b.APIID)
	header.Add("X-Amzn-Trace-Id", trace)
	out := HTTPRequest{
		Method: message.method, URL: endpoint + message.target, Header: header,
		Body: message.body, Timeout: b.Timeout,
	}
	return out, service.sign(ctx, &out)
}

// jsonMessage calls an action of a JSON protocol.
func jsonMessage(target, contentType string, body any) (serviceMessage, error) {
	text, err := json.Marshal(body) // map keys in order, so that a request is always the same
	if err != nil {
		return serviceMessage{}, err
	}
	return serviceMessage{
		method: "POST", target: "/", body: text,
		header: exchange.Header{
			{Name: "Content-Type", Value: contentType}, {Name: "X-Amz-Target", Value: target},
		},
	}, nil
}

func writePutEvents(action string, values map[string]string) (serviceMessage, error) {
	entry := map[string]any{}
	for _, name := range []string{
		"Detail", "DetailType", "Source", "EventBusName", "TraceHeader",
	} {
		if value, ok := values[name]; ok {
			entry[name] = value
		}
	}
	if given, ok := values["Resources"]; ok {
		entry["Resources"] = listOf(given)
	}
	if given, ok := values["Time"]; ok {
		at, err := epochOf(given)
		if err != nil {
			return serviceMessage{}, &ParameterError{Parameter: "Time", Reason: err.Error()}
		}
		entry["Time"] = at
	}
	return jsonMessage("AWSEvents."+action, "application/x-amz-json-1.1",
		map[string]any{"Entries": []any{entry}})
}

// writePutRecord sends the value of Data as the record's bytes; the protocol has them in base64. No
// source says whether AWS encodes it, but its examples pass $request.body.
func writePutRecord(action string, values map[string]string) (serviceMessage, error) {
	body := map[string]any{}
	for name, value := range values {
		switch name {
		case "Region":
		case "Data":
			body[name] = base64.StdEncoding.EncodeToString([]byte(value))
		default:
			body[name] = value
		}
	}
	known := jsonServices["kinesis"]
	return jsonMessage(known.prefix+"."+action, known.contentType, body)
}

// writeExecution calls Step Functions, whose parameters begin with a small letter.
func writeExecution(action string, values map[string]string) (serviceMessage, error) {
	body := map[string]any{}
	for name, value := range values {
		if name != "Region" {
			body[string(name[0]|0x20)+name[1:]] = value
		}
	}
	known := jsonServices["states"]
	return jsonMessage(known.prefix+"."+action, known.contentType, body)
}

func writeGetConfiguration(_ string, values map[string]string) (serviceMessage, error) {
	query := url.Values{"client_id": {values["ClientId"]}}
	if version, ok := values["ClientConfigurationVersion"]; ok {
		query.Set("client_configuration_version", version)
	}
	return serviceMessage{
		method: "GET",
		target: "/applications/" + url.PathEscape(values["Application"]) +
			"/environments/" + url.PathEscape(values["Environment"]) +
			"/configurations/" + url.PathEscape(values["Configuration"]) + "?" + query.Encode(),
	}, nil
}
