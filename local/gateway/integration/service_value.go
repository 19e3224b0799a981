package integration

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/exchange"
)

// listOf reads a list: a JSON array of strings, or values between commas. AWS does not say how it
// takes one.
func listOf(text string) []string {
	var items []string
	if json.Unmarshal([]byte(text), &items) == nil {
		return items
	}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// epochOf reads a time: seconds since 1970, or as RFC 3339 writes it.
func epochOf(text string) (json.Number, error) {
	if _, err := strconv.ParseFloat(text, 64); err == nil && json.Valid([]byte(text)) {
		return json.Number(text), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return "", errors.New("want seconds since 1970, or a time like 2026-11-22T15:00:00Z")
	}
	return json.Number(strconv.FormatInt(at.Unix(), 10)), nil
}

// queueVersion is the version of the SQS API whose Query protocol answers XML.
const queueVersion = "2012-11-05"

// writeQueueForm calls SQS by its Query protocol: AWS's answers to these integrations are XML.
func writeQueueForm(action string, values map[string]string) (serviceMessage, error) {
	form := url.Values{"Action": {action}, "Version": {queueVersion}}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := addQueueParameter(form, name, values[name]); err != nil {
			return serviceMessage{}, &ParameterError{Parameter: name, Reason: err.Error()}
		}
	}
	return serviceMessage{
		method: "POST", target: "/", body: []byte(form.Encode()),
		header: exchange.Header{{Name: "Content-Type", Value: "application/x-www-form-urlencoded"}},
	}, nil
}

func addQueueParameter(form url.Values, name, value string) error {
	switch name {
	case "Region":
	case "AttributeName", "AttributeNames":
		addNames(form, "AttributeName", value)
	case "MessageAttributeNames":
		addNames(form, "MessageAttributeName", value)
	case "MessageAttributes":
		return addAttributes(form, "MessageAttribute", value)
	case "MessageSystemAttributes":
		return addAttributes(form, "MessageSystemAttribute", value)
	default:
		form.Set(name, value)
	}
	return nil
}

func addNames(form url.Values, prefix, value string) {
	for i, name := range listOf(value) {
		form.Set(prefix+"."+strconv.Itoa(i+1), name)
	}
}

// attribute is a message attribute as the JSON of the parameter has it.
type attribute struct {
	DataType    string
	StringValue *string
	BinaryValue *string
}

// addAttributes adds {"name": {"DataType": "String", "StringValue": "value"}}.
func addAttributes(form url.Values, prefix, value string) error {
	var attributes map[string]attribute
	if err := json.Unmarshal([]byte(value), &attributes); err != nil {
		return errors.New(`want an object like {"name": {"DataType": "String", "StringValue": "v"}}`)
	}
	for i, name := range slices.Sorted(maps.Keys(attributes)) {
		of, at := attributes[name], fmt.Sprintf("%s.%d.", prefix, i+1)
		form.Set(at+"Name", name)
		form.Set(at+"Value.DataType", of.DataType)
		if of.StringValue != nil {
			form.Set(at+"Value.StringValue", *of.StringValue)
		}
		if of.BinaryValue != nil {
			form.Set(at+"Value.BinaryValue", *of.BinaryValue)
		}
	}
	return nil
}
