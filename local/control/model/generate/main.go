// Package main trims botocore's service models to what the management APIs need of them, and writes
// one file per service. It is run by go generate alone, and its results are committed: no build
// needs botocore.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"portico/local/control/model"
)

// service names a model of botocore.
type service struct {
	name, version string
	shapes        []string // the operations whose shapes are kept; "*" for all of them
}

func services() []service {
	return []service{
		{"apigateway", "2015-07-09", []string{"*"}},
		{"apigatewaymanagementapi", "2018-11-29", nil},
		{"apigatewayv2", "2018-11-29", []string{"*"}},
		{"cloudformation", "2010-05-15", cloudformation()},
		{"iam", "2010-05-08", []string{"*"}},
		{"lambda", "2015-03-31", []string{"*"}},
		{"cloudwatch", "2010-08-01", cloudwatch()},
		{"logs", "2014-03-28", logs()},
		{"s3", "2006-03-01", nil}, // its requests are read by hand
		{"ssm", "2014-11-06", ssm()},
		{"sts", "2011-06-15", []string{"*"}},
		{"wafv2", "2019-07-29", []string{"*"}},
	}
}

// cloudwatch are the operations of CloudWatch that are implemented.
func cloudwatch() []string {
	return []string{
		"DeleteAlarms", "DeleteDashboards", "DescribeAlarmHistory", "DescribeAlarms",
		"DescribeAlarmsForMetric", "DisableAlarmActions", "EnableAlarmActions", "GetDashboard",
		"GetMetricData", "GetMetricStatistics", "ListDashboards", "ListMetrics", "ListTagsForResource",
		"PutCompositeAlarm", "PutDashboard", "PutMetricAlarm", "PutMetricData", "SetAlarmState",
		"TagResource", "UntagResource",
	}
}

// cloudformation are the operations of CloudFormation that are implemented.
func cloudformation() []string {
	return []string{
		"CancelUpdateStack", "ContinueUpdateRollback", "CreateChangeSet", "CreateStack",
		"DeleteChangeSet", "DeleteStack", "DescribeChangeSet", "DescribeChangeSetHooks",
		"DescribeEvents", "DescribeStackEvents", "DescribeStackResource", "DescribeStackResources",
		"DescribeStacks", "ExecuteChangeSet", "GetStackPolicy", "GetTemplate", "GetTemplateSummary",
		"ListChangeSets", "ListExports", "ListHookResults", "ListImports", "ListStackResources",
		"ListStacks", "RollbackStack", "SetStackPolicy", "UpdateStack", "UpdateTerminationProtection",
		"ValidateTemplate",
	}
}

// ssm are the operations of Parameter Store that are implemented.
func ssm() []string {
	return []string{
		"AddTagsToResource", "DeleteParameter", "DeleteParameters", "DescribeParameters", "GetParameter",
		"GetParameterHistory", "GetParameters", "GetParametersByPath", "ListTagsForResource",
		"PutParameter", "RemoveTagsFromResource",
	}
}

// logs are the operations of CloudWatch Logs that are implemented.
func logs() []string {
	return []string{
		"AssociateKmsKey", "CreateLogGroup", "CreateLogStream", "DeleteLogGroup", "DeleteLogStream",
		"DeleteMetricFilter", "DeleteRetentionPolicy", "DescribeLogGroups", "DescribeLogStreams",
		"DescribeMetricFilters", "DisassociateKmsKey", "FilterLogEvents", "GetLogEvents",
		"ListTagsForResource", "ListTagsLogGroup", "PutLogEvents", "PutMetricFilter",
		"PutRetentionPolicy", "TagLogGroup", "TagResource", "TestMetricFilter", "UntagLogGroup",
		"UntagResource",
	}
}

func main() {
	from := flag.String("botocore", "", "the folder of the Python package botocore")
	to := flag.String("to", "services", "where the trimmed models are written")
	only := flag.String("only", "", "the one service to write; all when empty")
	flag.Parse()
	for _, s := range services() {
		if *only != "" && *only != s.name {
			continue
		}
		if err := generate(s, *from, *to); err != nil {
			fmt.Fprintf(os.Stderr, "trimming the model of %s: %v\n", s.name, err)
			os.Exit(1)
		}
	}
}

// botocore is the part of a model that is read.
type botocore struct {
	Metadata struct {
		Protocol, SigningName, EndpointPrefix, TargetPrefix, XMLNamespace string
		Protocols                                                         []string
	}
	Operations map[string]struct {
		HTTP struct {
			Method, RequestURI string
			ResponseCode       int
		}
		Input  struct{ Shape string }
		Output struct{ Shape, ResultWrapper string }
	}
	Shapes map[string]shape
}

type shape struct {
	Type, Payload, Pattern string
	Exception              bool
	Required, Enum         []string
	Min, Max               *float64
	Members                jsontext.Value // in their order
	Member, Value          struct{ Shape string }
	Error                  struct{ Code string }
}

func generate(s service, from, to string) error {
	text, err := read(filepath.Join(from, "data", s.name, s.version, "service-2.json"))
	if err != nil {
		return err
	}
	var source botocore
	if err := json.Unmarshal(text, &source); err != nil {
		return err
	}
	meta := source.Metadata
	made := model.Service{
		Name: s.name, Protocol: meta.Protocol, Signing: meta.SigningName, Target: meta.TargetPrefix,
		Namespace: meta.XMLNamespace, Operations: map[string]*model.Operation{},
		Shapes: map[string]*model.Shape{},
	}
	if made.Signing == "" {
		made.Signing = meta.EndpointPrefix
	}
	if slices.Contains(meta.Protocols, model.CBOR) {
		made.Protocols, made.Errors = meta.Protocols, errorCodes(source.Shapes)
	}
	for name, op := range source.Operations {
		kept := &model.Operation{
			Name: name, Method: op.HTTP.Method, URI: op.HTTP.RequestURI, Code: op.HTTP.ResponseCode,
		}
		made.Operations[name] = kept
		if !slices.Contains(s.shapes, "*") && !slices.Contains(s.shapes, name) {
			continue
		}
		kept.Input, kept.Output, kept.Result = op.Input.Shape, op.Output.Shape, op.Output.ResultWrapper
		for _, shape := range []string{kept.Input, kept.Output} {
			if err := keep(&made, source.Shapes, shape); err != nil {
				return err
			}
		}
	}
	for name, of := range source.Shapes {
		// The errors of Lambda say more than a message, and not all call it the same.
		if s.name == "lambda" && of.Exception {
			if err := keep(&made, source.Shapes, name); err != nil {
				return err
			}
		}
	}
	text, err = json.MarshalIndent(made, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, s.name+".json"), append(text, '\n'), 0o644)
}

// errorCodes returns the shapes of errors by their codes in the protocol Query.
func errorCodes(shapes map[string]shape) map[string]string {
	codes := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		code := shapes[name].Error.Code
		if code != "" && codes[code] != code {
			codes[code] = name
		}
	}
	return codes
}

func read(path string) ([]byte, error) {
	if text, err := os.ReadFile(path); err == nil {
		return text, nil
	}
	zipped, err := os.ReadFile(path + ".gz")
	if err != nil {
		return nil, err
	}
	reader, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(reader)
}

// ownWords are the shapes whose values AWS refuses in words of their own: behaviour checks them.
func ownWords() []string { return []string{"apigatewayv2 ProtocolType"} }

// keep takes a shape over, with all that it is made of.
func keep(into *model.Service, all map[string]shape, name string) error {
	if name == "" || into.Shapes[name] != nil {
		return nil
	}
	from := all[name]
	made := &model.Shape{
		Type: from.Type, Required: from.Required, Payload: from.Payload, Of: from.Member.Shape,
		Value: from.Value.Shape, Enum: from.Enum, Pattern: from.Pattern, Min: from.Min, Max: from.Max,
	}
	if slices.Contains(ownWords(), into.Name+" "+name) {
		made.Enum = nil
	}
	into.Shapes[name] = made
	var err error
	if made.Members, err = members(from.Members); err != nil {
		return fmt.Errorf("shape %s: %w", name, err)
	}
	inner := []string{made.Of, made.Value}
	for _, member := range made.Members {
		inner = append(inner, member.Shape)
	}
	for _, shape := range inner {
		if err := keep(into, all, shape); err != nil {
			return err
		}
	}
	return nil
}

func members(from jsontext.Value) ([]model.Member, error) {
	if len(from) == 0 {
		return nil, nil
	}
	decoder := jsontext.NewDecoder(bytes.NewReader(from))
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	var all []model.Member
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		member := model.Member{Name: name.String()}
		value, err := decoder.ReadValue()
		if err != nil {
			return nil, err
		}
		var given struct{ Shape, Location, LocationName string }
		if err := json.Unmarshal(value, &given); err != nil {
			return nil, err
		}
		member.Shape, member.At, member.Wire = given.Shape, given.Location, given.LocationName
		if member.Wire == "" {
			member.Wire = member.Name
		}
		all = append(all, member)
	}
	return all, nil
}
