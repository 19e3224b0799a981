package remote

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"portico/local/lambda"
)

// maxAnswer is more than Lambda answers with: 6 MB and its grace.
const maxAnswer = 6*1024*1024 + 4096

// Client invokes the functions of one endpoint.
type Client struct {
	Endpoint    string // http://localhost:4566
	Region      string // for the signature
	Credentials aws.Credentials
	Clock       lambda.Clock
	Transport   http.RoundTripper // http.DefaultTransport when nil
}

// Invoke runs a function and returns its answer, or for an asynchronous call at once. An *Error of
// package lambda means that the endpoint refused; any other that it could not be asked.
func (c *Client) Invoke(ctx context.Context, in lambda.Input) (lambda.Output, error) {
	answer, err := c.send(ctx, in, "2015-03-31", "invocations")
	if err != nil {
		return lambda.Output{}, err
	}
	defer answer.Body.Close()
	payload, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return lambda.Output{}, fmt.Errorf("reading the answer of %s from %s: %w",
			in.FunctionARN, c.Endpoint, err)
	}
	return lambda.Output{
		Payload:         payload,
		FunctionError:   answer.Header.Get("X-Amz-Function-Error"),
		ExecutedVersion: answer.Header.Get("X-Amz-Executed-Version"),
		RequestID:       answer.Header.Get("X-Amzn-Requestid"),
	}, nil
}

// send calls one of the two invoke actions; an answer other than success is an error.
func (c *Client) send(
	ctx context.Context, in lambda.Input, version, action string,
) (*http.Response, error) {
	request, err := c.request(ctx, in, version, action)
	if err != nil {
		return nil, err
	}
	transport := c.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return nil, fmt.Errorf("asking %s to invoke %s: %w", c.Endpoint, in.FunctionARN, err)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		defer answer.Body.Close()
		return nil, refusal(answer, &in)
	}
	return answer, nil
}

func (c *Client) request(
	ctx context.Context, in lambda.Input, version, action string,
) (*http.Request, error) {
	address, err := url.Parse(strings.TrimSuffix(c.Endpoint, "/"))
	if err != nil {
		return nil, fmt.Errorf("the endpoint of Lambda: %w", err)
	}
	function, qualifier := cut(in.FunctionARN)
	before, after := "/"+version+"/functions/", "/"+action
	address.RawPath = address.EscapedPath() + before + escaped(function) + after
	address.Path += before + function + after
	if qualifier != "" {
		address.RawQuery = "Qualifier=" + url.QueryEscape(qualifier)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address.String(),
		bytes.NewReader(in.Payload))
	if err != nil {
		return nil, fmt.Errorf("the endpoint of Lambda: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	if in.Async {
		request.Header.Set("X-Amz-Invocation-Type", "Event")
	}
	if in.Trace != "" {
		request.Header.Set("X-Amzn-Trace-Id", in.Trace)
	}
	sum := sha256.Sum256(in.Payload)
	err = v4.NewSigner().SignHTTP(ctx, c.Credentials, request, hex.EncodeToString(sum[:]), "lambda",
		c.Region, c.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("signing the call of %s: %w", in.FunctionARN, err)
	}
	return request, nil
}

// cut takes the qualifier off an ARN or a name.
func cut(function string) (unqualified, qualifier string) {
	name := function
	if at := strings.LastIndex(function, ":function:"); at >= 0 {
		name = function[at+len(":function:"):]
	}
	_, qualifier, _ = strings.Cut(name, ":")
	if qualifier == "" {
		return function, ""
	}
	return strings.TrimSuffix(function, ":"+qualifier), qualifier
}

// escaped is how the SDKs write an ARN as one segment of a path.
func escaped(function string) string {
	return strings.ReplaceAll(url.PathEscape(function), ":", "%3A")
}

// refusal reads the endpoint's error.
func refusal(answer *http.Response, in *lambda.Input) *lambda.Error {
	text, _ := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	var body struct {
		Type    string `json:"__type"`
		Code    string `json:"code"`
		Message string `json:"message"` // also Message: encoding/json takes either
		Reason  string `json:"Reason"`
	}
	_ = json.Unmarshal(text, &body) // what is no JSON is shown as it is
	refused := &lambda.Error{
		Code: "ServiceException", Status: answer.StatusCode, Message: body.Message, Reason: body.Reason,
	}
	for _, code := range []string{answer.Header.Get("X-Amzn-Errortype"), body.Code, body.Type} {
		code, _, _ = strings.Cut(code, ":")
		if code = code[strings.LastIndexByte(code, '#')+1:]; code != "" {
			refused.Code = code
			break
		}
	}
	if refused.Message == "" {
		refused.Message = fmt.Sprintf("%s answered %s to the invocation of %s: %.200q",
			answer.Request.URL.Host, answer.Status, in.FunctionARN, text)
	}
	return refused
}
