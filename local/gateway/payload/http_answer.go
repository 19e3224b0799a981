package payload

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/exchange"
)

// FormatError says that a function's output has not the shape API Gateway expects.
type FormatError struct {
	Field string // the field with the wrong type, "" when it is the whole
	Cause error  // may be nil
}

// Error returns the text that $context.integrationErrorMessage shows.
func (e *FormatError) Error() string {
	const message = "The response from the Lambda function doesn't match the format that API " +
		"Gateway expects."
	if e.Field == "" {
		return message + " Lambda output is not a valid response"
	}
	return message + ` Lambda body contains the wrong type for field "` + e.Field + `"`
}

// Unwrap returns what was wrong with the field.
func (e *FormatError) Unwrap() error { return e.Cause }

// answer is a function's output while it is read.
type answer struct {
	status   int
	headers  exchange.Header
	multi    exchange.Header
	cookies  []string
	body     []byte
	isBase64 bool
}

// ReadHTTP20 makes the reply of a function's output in payload format 2.0, where an output without
// a statusCode is itself the body of a 200.
func ReadHTTP20(output []byte) (*exchange.Reply, error) {
	a, reply, err := readFormat20(output, textBody)
	if a == nil {
		return reply, err
	}
	for _, f := range a.headers {
		addField(reply, f)
	}
	for _, cookie := range a.cookies {
		reply.Header.Add("set-cookie", cookie)
	}
	return typed(reply), nil
}

// readFormat20 reads an output in payload format 2.0. Without an answer the reply is whole, or there
// is an error; with one, the reply has no headers yet.
func readFormat20(output []byte, body bodyRule) (*answer, *exchange.Reply, error) {
	output = bytes.TrimSpace(output)
	if len(output) == 0 {
		output = []byte("null")
	}
	if output[0] != '{' {
		reply, err := inferredReply(output)
		return nil, reply, err
	}
	a, err := readAnswer(output, body)
	if err != nil {
		return nil, nil, err
	}
	if a.status == 0 {
		return nil, jsonReply(output), nil
	}
	reply, err := a.reply()
	if err != nil {
		return nil, nil, err
	}
	return a, reply, nil
}

// ReadHTTP10 makes the reply of a function's output in payload format 1.0, which must have a
// statusCode. Values of a name in both headers and multiValueHeaders are merged.
func ReadHTTP10(output []byte) (*exchange.Reply, error) {
	output = bytes.TrimSpace(output)
	if len(output) == 0 || output[0] != '{' {
		return nil, &FormatError{Cause: errors.New("the output is not a JSON object")}
	}
	a, err := readAnswer(output, textBody)
	if err != nil {
		return nil, err
	}
	if a.status == 0 {
		return nil, &FormatError{Field: "statusCode", Cause: errors.New("it is missing")}
	}
	reply, err := a.reply()
	if err != nil {
		return nil, err
	}
	for _, f := range a.multi {
		addField(reply, f)
	}
	for _, f := range a.headers {
		if !hasField(a.multi, f) {
			addField(reply, f)
		}
	}
	return typed(reply), nil
}

func hasField(h exchange.Header, f exchange.Field) bool {
	for i := range h {
		if h[i].Value == f.Value && strings.EqualFold(h[i].Name, f.Name) {
			return true
		}
	}
	return false
}

// inferredReply answers with an output that is no object: a string without its quotes, anything
// else as its JSON text.
func inferredReply(output []byte) (*exchange.Reply, error) {
	if !jsontext.Value(output).IsValid(lenient()...) {
		return nil, &FormatError{Cause: errors.New("the output is not JSON")}
	}
	if output[0] == '"' {
		text, _ := jsontext.AppendUnquote(nil, output) // valid, as was just seen
		return jsonReply(text), nil
	}
	return jsonReply(output), nil
}

func jsonReply(body []byte) *exchange.Reply {
	return &exchange.Reply{
		Status: 200,
		Header: exchange.Header{{Name: "content-type", Value: "application/json"}},
		Body:   body,
	}
}

// lenient reads what runtimes write: the last of equal names counts, and broken UTF-8 is replaced.
func lenient() []jsontext.Options {
	return []jsontext.Options{jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)}
}

// bodyRule says what the body of an output may be.
type bodyRule bool

const (
	textBody bodyRule = false // a string, or null
	anyBody  bodyRule = true  // any JSON, which is sent as its text
)

func readAnswer(output []byte, body bodyRule) (*answer, error) {
	if !jsontext.Value(output).IsValid(lenient()...) {
		return nil, &FormatError{Cause: errors.New("the output is not JSON")}
	}
	a := &answer{}
	err := eachMember(output, func(name string, value jsontext.Value) error {
		if name == "body" && body == anyBody && value.Kind() != '"' && value.Kind() != 'n' {
			a.body = bytes.Clone(value)
			return nil
		}
		if err := a.read(name, value); err != nil {
			return &FormatError{Field: name, Cause: err}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (a *answer) read(name string, value jsontext.Value) (err error) {
	switch name {
	case "statusCode":
		a.status, err = readStatus(value)
	case "headers":
		a.headers, err = readHeaders(value)
	case "multiValueHeaders":
		a.multi, err = readMultiHeaders(value)
	case "cookies":
		a.cookies, err = readTexts(value)
	case "body":
		a.body, err = readBody(value)
	case "isBase64Encoded":
		a.isBase64, err = readBool(value)
	}
	return err
}

func readStatus(value jsontext.Value) (int, error) {
	text, err := scalar(value)
	if err != nil {
		return 0, err
	}
	status, err := strconv.Atoi(text)
	if err != nil || status < 200 || status > 599 {
		return 0, fmt.Errorf("it is %s, allowed are 200 to 599", value)
	}
	return status, nil
}

// scalar renders a string, number or boolean; header values may be any of them.
func scalar(value jsontext.Value) (string, error) {
	switch value.Kind() {
	case '"':
		text, _ := jsontext.AppendUnquote(nil, value)
		return string(text), nil
	case '0', 't', 'f':
		return string(value), nil
	}
	return "", fmt.Errorf("a value is %s, allowed are strings, numbers and booleans", kindName(value))
}

// kindName says what a value is.
func kindName(value jsontext.Value) string {
	switch value.Kind() {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case '0':
		return "a number"
	}
	return value.String()
}

func readHeaders(value jsontext.Value) (exchange.Header, error) {
	if value.Kind() == 'n' {
		return nil, nil
	}
	h := make(exchange.Header, 0, 8)
	err := eachMember(value, func(name string, member jsontext.Value) error {
		if member.Kind() == 'n' {
			return nil
		}
		text, err := scalar(member)
		h.Add(name, text)
		return err
	})
	return h, err
}

func readMultiHeaders(value jsontext.Value) (exchange.Header, error) {
	if value.Kind() == 'n' {
		return nil, nil
	}
	var h exchange.Header
	err := eachMember(value, func(name string, member jsontext.Value) error {
		texts, err := readTexts(member)
		for _, text := range texts {
			h.Add(name, text)
		}
		return err
	})
	return h, err
}

func readTexts(value jsontext.Value) ([]string, error) {
	if value.Kind() == 'n' {
		return nil, nil
	}
	if value.Kind() != '[' {
		return nil, fmt.Errorf("it is %s, allowed is a list", kindName(value))
	}
	var texts []string
	err := eachItem(value, func(item jsontext.Value) error {
		text, err := scalar(item)
		texts = append(texts, text)
		return err
	})
	return texts, err
}

func readBody(value jsontext.Value) ([]byte, error) {
	switch value.Kind() {
	case 'n':
		return nil, nil
	case '"':
		text, _ := jsontext.AppendUnquote(make([]byte, 0, len(value)), value)
		return text, nil
	}
	return nil, fmt.Errorf("it is %s, allowed is a string", kindName(value))
}

func readBool(value jsontext.Value) (bool, error) {
	switch value.Kind() {
	case 't':
		return true, nil
	case 'f', 'n':
		return false, nil
	}
	return false, fmt.Errorf("it is %s, allowed are true and false", kindName(value))
}

// reply returns status and body; the headers differ by payload format.
func (a *answer) reply() (*exchange.Reply, error) {
	reply := &exchange.Reply{
		Status: a.status,
		Header: make(exchange.Header, 0, len(a.headers)+len(a.multi)+len(a.cookies)+4),
		Body:   a.body,
	}
	if !a.isBase64 {
		return reply, nil
	}
	decoded, err := base64.StdEncoding.DecodeString(string(a.body))
	if err != nil {
		return nil, &FormatError{Field: "body", Cause: err}
	}
	reply.Body = decoded
	return reply, nil
}

// addField adds a header line of a function's output. What belongs to the connection or is the
// gateway's own is dropped.
func addField(reply *exchange.Reply, f exchange.Field) {
	switch strings.ToLower(f.Name) {
	case "", "connection", "content-length", "date", "keep-alive", "proxy-connection", "te",
		"trailer", "transfer-encoding", "upgrade", "apigw-requestid":
		return
	}
	reply.Header = append(reply.Header, f)
}

func typed(reply *exchange.Reply) *exchange.Reply {
	if !reply.Header.Has("content-type") {
		reply.Header.Add("content-type", "text/plain; charset=utf-8")
	}
	return reply
}
