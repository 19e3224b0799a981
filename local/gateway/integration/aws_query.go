package integration

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/exchange"
)

// queryServices are the services of the Query protocol: their actions read a query string or a
// form. SSM is here because API Gateway reaches its actions through a Query protocol of old.
var queryServices = map[string]bool{
	"autoscaling": true, "cloudformation": true, "ec2": true, "elasticache": true,
	"elasticbeanstalk": true, "elasticloadbalancing": true, "email": true, "iam": true,
	"monitoring": true, "rds": true, "redshift": true, "sdb": true, "sns": true, "sqs": true,
	"ssm": true, "sts": true,
}

// isQuery reports whether a service reads an action from the query string alone. An API that maps
// how its body is to be read sends the body; SSM does not look at it even then.
func (b *AWSBackend) isQuery(mapped exchange.Header) bool {
	if b.Service.Action == "" || !queryServices[b.Service.Name] {
		return false
	}
	return b.isLegacy() || !mapped.Has("Content-Type") && !mapped.Has("X-Amz-Target")
}

// isLegacy reports whether an action goes through SSM's old protocol.
func (b *AWSBackend) isLegacy() bool { return b.Service.Name == "ssm" && b.Service.Action != "" }

// asForm says of a call without body that its parameters are a form's. AWS's services read the query
// string whatever the client's Content-Type was; emulators take it for another protocol.
func (b *AWSBackend) asForm(header *exchange.Header) {
	header.Del("Content-Type")
	if !b.isLegacy() { // which emulators know by JSON only
		header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
}

// Answer returns a service's answer in the form that AWS's own has: JSON where JSON was asked for,
// and an action of SSM within the members of its old protocol.
func (b *AWSBackend) Answer(request *HTTPRequest, response HTTPResponse) HTTPResponse {
	asked := request.Header.Get("Accept")
	response = AnswerAsAsked(asked, response)
	if b.isLegacy() && response.Status < 300 && strings.Contains(asked, "json") {
		return b.wrapped(response)
	}
	return response
}

// wrapped makes {"GetParameterResponse":{"GetParameterResult":{…},"ResponseMetadata":{…}}} of the
// answer of an emulator that knows the new protocol alone.
//
// Unlike AWS: members that are not set are absent, they are null there.
func (b *AWSBackend) wrapped(response HTTPResponse) HTTPResponse {
	body, name := jsontext.Value(response.Body), b.Service.Action
	if body.Kind() != '{' || !body.IsValid() ||
		bytes.HasPrefix(bytes.TrimSpace(body[1:]), []byte(`"`+name+`Response"`)) {
		return response
	}
	id, _ := jsontext.AppendQuote(nil, response.Header.Get("x-amzn-RequestId"))
	var out bytes.Buffer
	out.WriteString(`{"` + name + `Response":{"` + name + `Result":`)
	out.Write(bytes.TrimSpace(body))
	out.WriteString(`,"ResponseMetadata":{"RequestId":`)
	out.Write(id)
	out.WriteString(`}}}`)
	header := response.Header.Clone(0)
	header.Set("Content-Type", "application/json")
	return HTTPResponse{Status: response.Status, Header: header, Body: out.Bytes()}
}
