package payload

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/exchange"
)

// RESTResponse is what a function behind an AWS_PROXY integration of a REST API answered.
type RESTResponse struct {
	Status int // 200 when the function names none
	Header exchange.Header
	Body   []byte
	Base64 bool // the function says that the body is base64 text
}

// ParseRESTResponse reads a function's answer ("Output format of a Lambda function for proxy
// integration"). An error says what is malformed; the client gets 502.
func ParseRESTResponse(data []byte) (RESTResponse, error) {
	output := restOutput{RESTResponse: RESTResponse{Status: 200}}
	err := json.Unmarshal(data, &output,
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var malformed *malformedError
	switch {
	case errors.As(err, &malformed):
		return RESTResponse{}, malformed
	case err != nil:
		return RESTResponse{}, fmt.Errorf("the answer is not JSON: %w", err)
	}
	output.merge()
	return output.RESTResponse, nil
}

// malformedError is what an answer may not be.
type malformedError struct{ text string }

func (e *malformedError) Error() string { return e.text }

func malformed(format string, args ...any) error {
	return &malformedError{text: fmt.Sprintf(format, args...)}
}

func kindWords(kind jsontext.Kind) string {
	switch kind {
	case jsontext.KindBeginObject:
		return "an object"
	case jsontext.KindBeginArray:
		return "a list"
	case jsontext.KindTrue, jsontext.KindFalse:
		return "a boolean"
	case jsontext.KindNull:
		return "null"
	}
	return "a " + kind.String()
}

// restOutput collects headers and multiValueHeaders apart, as either may come first.
type restOutput struct {
	RESTResponse
	single, multi exchange.Header
}

var _ json.UnmarshalerFrom = (*restOutput)(nil)

// UnmarshalJSONFrom reads the five members an answer may have.
func (o *restOutput) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if kind := dec.PeekKind(); kind != jsontext.KindBeginObject {
		if err := dec.SkipValue(); err != nil {
			return err
		}
		return malformed("the answer is %s, it must be an object", kindWords(kind))
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != jsontext.KindEndObject {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := o.readMember(dec, token.String()); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

func (o *restOutput) readMember(dec *jsontext.Decoder, name string) error {
	switch name {
	case "statusCode":
		return o.readStatus(dec)
	case "headers":
		o.single = o.single[:0]
		return readMembers(dec, "headers", func(name string) error {
			value, ok, err := readScalar(dec, name)
			if ok {
				o.single.Add(name, value)
			}
			return err
		})
	case "multiValueHeaders":
		o.multi = o.multi[:0]
		return readMembers(dec, "multiValueHeaders", func(name string) error {
			return o.readList(dec, name)
		})
	case "body":
		return o.readBody(dec)
	case "isBase64Encoded":
		return o.readBase64(dec)
	}
	return malformed("the answer has the key %q, allowed are statusCode, headers, "+
		"multiValueHeaders, body and isBase64Encoded", name)
}

// readStatus takes an integer or its text. A status below 200 cannot end an exchange.
func (o *restOutput) readStatus(dec *jsontext.Decoder) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if value.Kind() == jsontext.KindNull {
		o.Status = 200
		return nil
	}
	text := strings.Trim(string(value), `"`)
	status, err := strconv.Atoi(text)
	if err != nil || status < 200 || status > 599 {
		return malformed("statusCode is %s, it must be an integer from 200 to 599", value)
	}
	o.Status = status
	return nil
}

func (o *restOutput) readList(dec *jsontext.Decoder, name string) error {
	switch dec.PeekKind() {
	case jsontext.KindNull:
		return dec.SkipValue()
	case jsontext.KindBeginArray:
	default:
		return malformed("multiValueHeaders[%q] is not a list", name)
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != jsontext.KindEndArray {
		value, ok, err := readScalar(dec, name)
		if err != nil {
			return err
		}
		if ok {
			o.multi.Add(name, value)
		}
	}
	_, err := dec.ReadToken()
	return err
}

func (o *restOutput) readBody(dec *jsontext.Decoder) error {
	value, err := dec.ReadValue()
	if err != nil {
		return err
	}
	o.Body = nil
	switch value.Kind() {
	case jsontext.KindNull:
		return nil
	case jsontext.KindString:
		// The decoder has checked the text; the error only says that bytes were replaced.
		o.Body, _ = jsontext.AppendUnquote(make([]byte, 0, len(value)), value)
		return nil
	}
	return malformed("body is %s, it must be a string", kindWords(value.Kind()))
}

func (o *restOutput) readBase64(dec *jsontext.Decoder) error {
	token, err := dec.ReadToken()
	if err != nil {
		return err
	}
	switch token.Kind() {
	case jsontext.KindTrue, jsontext.KindFalse:
		o.Base64 = token.Bool()
		return nil
	case jsontext.KindNull:
		o.Base64 = false
		return nil
	}
	return malformed("isBase64Encoded is %s, it must be a boolean", kindWords(token.Kind()))
}

// readMembers calls read with the name of every member of an object, the decoder at its value; null
// is an object without members.
func readMembers(dec *jsontext.Decoder, what string, read func(name string) error) error {
	switch dec.PeekKind() {
	case jsontext.KindNull:
		return dec.SkipValue()
	case jsontext.KindBeginObject:
	default:
		return malformed("%s is not an object", what)
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for dec.PeekKind() != jsontext.KindEndObject {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		if err := read(token.String()); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

// readScalar reads a header value: a string, number or boolean; ok is false for null, which sends
// no header.
func readScalar(dec *jsontext.Decoder, name string) (value string, ok bool, err error) {
	token, err := dec.ReadToken()
	if err != nil {
		return "", false, err
	}
	switch token.Kind() {
	case jsontext.KindString, jsontext.KindNumber, jsontext.KindTrue, jsontext.KindFalse:
		return token.String(), true, nil
	case jsontext.KindNull:
		return "", false, nil
	}
	return "", false, malformed("header %q is %s, it must be a string", name, kindWords(token.Kind()))
}

// merge puts the two maps into one list. A name in both keeps the casing and place it has among
// the multi-values, whose values come first; a pair that is in both is kept once.
func (o *restOutput) merge() {
	if len(o.multi) == 0 {
		o.Header = o.single
		return
	}
	merged := make(exchange.Header, 0, len(o.multi)+len(o.single))
	for i, field := range o.multi {
		merged = append(merged, field)
		nameEnds := i+1 == len(o.multi) || !strings.EqualFold(o.multi[i+1].Name, field.Name)
		if nameEnds {
			merged = appendSame(merged, o.single, field.Name)
		}
	}
	for _, field := range o.single {
		if !o.multi.Has(field.Name) {
			merged = append(merged, field)
		}
	}
	o.Header = merged
}

// appendSame appends the single values of name that are not there yet.
func appendSame(merged, single exchange.Header, name string) exchange.Header {
	for _, field := range single {
		if strings.EqualFold(field.Name, name) && !hasPair(merged, field) {
			merged.Add(name, field.Value)
		}
	}
	return merged
}

func hasPair(header exchange.Header, pair exchange.Field) bool {
	for _, field := range header {
		if field.Value == pair.Value && strings.EqualFold(field.Name, pair.Name) {
			return true
		}
	}
	return false
}
