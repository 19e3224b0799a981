package integration

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

// Endpoints knows where AWS services are reached.
type Endpoints interface {
	// Endpoint returns the URL of a service, named as in AWS_ENDPOINT_URL_<SERVICE> but in lower
	// case ("sqs", "sfn", "cognito_identity_provider"); ok is false when none is set.
	Endpoint(service string) (url string, ok bool)
}

// AWSService is an action or path of an AWS service that an AWS integration calls, parsed at
// deployment.
type AWSService struct {
	Region    string
	Name      string // as in the URI: "sqs", "states"
	Subdomain string // "" or what stands before the service: a bucket, an AppSync API
	Action    string // "" when the URI names a path
	target    *HTTPURI
}

// AWSBackend is what the AWS integration of one method calls, compiled at deployment. Lambda
// functions are called through Lambda instead.
type AWSBackend struct {
	APIID       string
	Method      string // of the integration; "" and ANY mean the client's
	Service     *AWSService
	Timeout     time.Duration
	Endpoints   Endpoints
	Credentials aws.Credentials
	Clock       clock.Clock
}

// jsonService is a service whose actions API Gateway turns into X-Amz-Target by itself.
type jsonService struct{ prefix, contentType string }

var jsonServices = map[string]jsonService{
	"cognito-idp":    {"AWSCognitoIdentityProviderService", "application/x-amz-json-1.1"},
	"dynamodb":       {"DynamoDB_20120810", "application/x-amz-json-1.0"},
	"firehose":       {"Firehose_20150804", "application/x-amz-json-1.1"},
	"kinesis":        {"Kinesis_20131202", "application/x-amz-json-1.1"},
	"kms":            {"TrentService", "application/x-amz-json-1.1"},
	"logs":           {"Logs_20140328", "application/x-amz-json-1.1"},
	"secretsmanager": {"secretsmanager", "application/x-amz-json-1.1"},
	"states":         {"AWSStepFunctions", "application/x-amz-json-1.0"},
}

// serviceIDs are the services whose setting is not called as the URI calls them.
var serviceIDs = map[string]string{
	"appsync-api":       "appsync",
	"cognito-idp":       "cognito_identity_provider",
	"email":             "ses",
	"events":            "eventbridge",
	"logs":              "cloudwatch_logs",
	"monitoring":        "cloudwatch",
	"runtime.lex":       "lex_runtime_service",
	"runtime.sagemaker": "sagemaker_runtime",
	"secretsmanager":    "secrets_manager",
	"states":            "sfn",
}

// signingNames are the services that sign under another name than the URI calls them by.
var signingNames = map[string]string{
	"appsync-api": "appsync", "email": "ses",
}

// ParseAWS reads the URI of an AWS integration with a service for one stage.
func ParseAWS(uri string, stageVariables map[string]string) (*AWSService, error) {
	const (
		allowed   = "allowed is arn:{partition}:apigateway:{region}:{service}:{path|action}/…"
		malformed = "Invalid ARN specified in the request"
		aimless   = "AWS ARN for integration must contain path or action"
	)
	filled := fillStageVariables(uri, stageVariables)
	parts := strings.SplitN(filled, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "apigateway" || parts[3] == "" ||
		parts[4] == "" {
		return nil, fmt.Errorf("%s: %q, %s", malformed, filled, allowed)
	}
	if parts[4] == "lambda" {
		return nil, fmt.Errorf("URI %q is a Lambda function, not a service to be called directly",
			filled)
	}
	service := &AWSService{Region: parts[3], Name: parts[4]}
	if at := strings.LastIndexByte(parts[4], '.'); at >= 0 {
		service.Subdomain, service.Name = parts[4][:at], parts[4][at+1:]
	}
	kind, rest, _ := strings.Cut(parts[5], "/")
	target := "/" + strings.TrimPrefix(rest, "/")
	switch {
	case kind == "action" && rest != "":
		var more string
		service.Action, more, _ = strings.Cut(rest, "&")
		target = "/?Action=" + service.Action
		if more != "" {
			target += "&" + more
		}
	case kind != "path":
		return nil, fmt.Errorf("%s: %q, %s", aimless, filled, allowed)
	}
	parsed, err := ParseHTTPURI(target, nil)
	if err != nil {
		return nil, err
	}
	service.target = parsed
	return service, nil
}

// ID returns the service's name as in AWS_ENDPOINT_URL_<SERVICE>, in lower case.
func (s *AWSService) ID() string {
	for _, name := range []string{s.Subdomain + "." + s.Name, s.Name} {
		if id, ok := serviceIDs[name]; ok {
			return id
		}
	}
	return strings.ReplaceAll(s.Name, "-", "_")
}

func (s *AWSService) signingName() string {
	if name, ok := signingNames[s.Name]; ok {
		return name
	}
	return s.Name
}

// Request returns the signed request that a call makes of the service. A missing endpoint is a
// failure that names the settings; nothing is ever sent to the real cloud by default.
func (b *AWSBackend) Request(ctx context.Context, in *HTTPInput) (HTTPRequest, error) {
	endpoint, err := b.endpoint()
	if err != nil {
		return HTTPRequest{}, err
	}
	target, err := b.Service.target.Fill(in.Mapped.path)
	if err != nil {
		return HTTPRequest{}, err
	}
	sender := HTTPBackend{APIID: b.APIID, Method: b.Method, Timeout: b.Timeout}
	header := sender.ownHeader(in)
	b.setTarget(&header)
	isQuery := b.isQuery(in.Mapped.Header)
	if isQuery {
		b.asForm(&header)
	}
	setServiceMapped(&header, in.Mapped.Header)
	address := withQuery(strings.TrimSuffix(endpoint, "/")+target, "", in.Mapped.Query)
	out := sender.request(in, header, address)
	if isQuery {
		out.Body = nil
	}
	return out, b.sign(ctx, &out)
}

func (b *AWSBackend) endpoint() (string, error) {
	id := b.Service.ID()
	if b.Endpoints != nil {
		if url, ok := b.Endpoints.Endpoint(id); ok {
			return url, nil
		}
	}
	return "", misconfigured(ErrAddress, "no endpoint for the AWS service %s: set the variable "+
		"AWS_ENDPOINT_URL_%s, or endpoints.%s in portico.yaml", b.Service.Name, strings.ToUpper(id),
		id)
}

// setTarget names the action of a JSON service in its header.
func (b *AWSBackend) setTarget(header *exchange.Header) {
	known, ok := jsonServices[b.Service.Name]
	if !ok || b.Service.Action == "" {
		return
	}
	header.Set("X-Amz-Target", known.prefix+"."+b.Service.Action)
	header.Set("Content-Type", known.contentType)
}

// setServiceMapped lets mapped lines replace those of the same name, but for those that no AWS
// integration sends on.
func setServiceMapped(header *exchange.Header, mapped exchange.Header) {
	for _, field := range mapped {
		switch strings.ToLower(field.Name) {
		case "host", "referer", "content-md5", "max-forwards", "server", "trailer", "upgrade",
			"www-authenticate", "content-length", "transfer-encoding", "connection", "expect", "te",
			"proxy-authenticate", "authorization":
			continue
		}
		header.Set(field.Name, field.Value)
	}
}
