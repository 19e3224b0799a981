package control_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"portico/local/control"
	"portico/local/control/model"
)

// covered is how many operations of each service are implemented, at least: the number may only grow.
func covered() map[string]int {
	return map[string]int{
		"apigateway": 123, "apigatewaymanagementapi": 3, "apigatewayv2": 75, "cloudformation": 28,
		"cloudwatch": 20, "iam": 74, "lambda": 55, "logs": 20, "s3": 25, "ssm": 10, "sts": 5, "wafv2": 33,
	}
}

func TestCoverageDoesNotFall(t *testing.T) {
	lines, err := control.Coverage()
	if err != nil {
		t.Fatal(err)
	}
	done, there := map[string]int{}, map[string]bool{}
	for _, line := range lines {
		there[line.Service] = true
		if line.Implemented {
			done[line.Service]++
		}
	}
	for service, least := range covered() {
		if done[service] < least {
			t.Errorf("%s: %d operations are implemented, there were %d", service, done[service], least)
		}
	}
	for service := range there {
		if covered()[service] == 0 && done[service] > 0 {
			t.Errorf("%s has %d operations that this test does not guard", service, done[service])
		}
	}
}

// TestWhatIsNotImplementedSaysSo sends a request of every operation that is not implemented.
func TestWhatIsNotImplementedSaysSo(t *testing.T) {
	lines, err := control.Coverage()
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, "")
	services := map[string]*model.Service{}
	for _, line := range lines {
		if line.Implemented || line.Service == "s3" {
			continue // S3 reads its requests itself, and has a test of its own
		}
		if services[line.Service] == nil {
			if services[line.Service], err = model.Load(line.Service); err != nil {
				t.Fatal(err)
			}
		}
		service := services[line.Service]
		recorder := httptest.NewRecorder()
		c.door.ServeHTTP(recorder, plainRequest(service, service.Operations[line.Operation]))
		text := recorder.Body.String()
		if recorder.Code != http.StatusNotImplemented || !strings.Contains(text, "NotImplemented") &&
			!strings.Contains(recorder.Header().Get("x-amzn-ErrorType"), "NotImplemented") ||
			!strings.Contains(text, line.Service+" "+line.Operation) {
			t.Errorf("%s %s answers %d %s", line.Service, line.Operation, recorder.Code, text)
		}
	}
}

// plainRequest is a request of an operation with nothing in it.
func plainRequest(service *model.Service, op *model.Operation) *http.Request {
	path, body := "/", "{}"
	switch service.Protocol {
	case model.RESTJSON:
		path = regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(op.URI, "x")
	case model.CBOR:
		path = "/service/" + service.Target + "/operation/" + op.Name
	case model.Query:
		body = url.Values{"Action": {op.Name}}.Encode()
	}
	method := op.Method
	if method == "" {
		method = http.MethodPost
	}
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/"+
		service.Signing+"/aws4_request")
	if service.Protocol != model.RESTJSON {
		request.Header.Set("X-Amz-Target", service.Target+"."+op.Name)
	}
	if service.Protocol == model.CBOR {
		request.Header.Set("smithy-protocol", "rpc-v2-cbor")
		request.Body = http.NoBody
	}
	return request
}
