package restapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/integration"
	"portico/local/gateway/mapping"
	"portico/local/gateway/route"
)

// compileIntegration returns what a method calls. The error is for what no API of AWS could have;
// what cannot be called otherwise refuses every call, and says why.
func (a *API) compileIntegration(s *stage, m *method, verb string) (backend, error) {
	def := &m.def.Integration
	if reason := unserved(def); reason != "" {
		return brokenBy(reason), nil
	}
	built, err := a.compileBackend(s, m, verb)
	if err == nil && isLinked(def) {
		return a.throughLink(s, def, built), nil
	}
	return built, err
}

func (a *API) compileBackend(s *stage, m *method, verb string) (backend, error) {
	switch def := &m.def.Integration; def.Type {
	case "AWS_PROXY":
		return a.compileLambdaProxy(s, m, verb), nil
	case "HTTP_PROXY":
		return a.compileHTTPProxy(s, def), nil
	}
	call, err := a.compileTarget(s, m, verb)
	if err != nil {
		return brokenBy(err.Error()), nil
	}
	return a.compileCustom(m, call)
}

// unserved says what of an integration cannot be called, if anything.
func unserved(def *api.Integration) string {
	switch {
	case def.ConnectionType == "VPC_LINK" && def.Type != "HTTP" && def.Type != "HTTP_PROXY":
		return "connection type VPC_LINK is for integrations of type HTTP and HTTP_PROXY, this one is " +
			def.Type
	case def.ResponseMode == streamed && def.Type != "AWS_PROXY" && def.Type != "HTTP_PROXY":
		return "response transfer mode STREAM is for integrations of type AWS_PROXY and HTTP_PROXY, " +
			"this one is " + def.Type
	}
	switch def.Type {
	case "AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK":
		return ""
	}
	return fmt.Sprintf("integration type %q is not served yet", def.Type)
}

func brokenBy(reason string) broken {
	return broken{refuse: func() error { return badConfiguration(reason) }}
}

// streamed is the response transfer mode of answers that go out as they come.
const streamed = "STREAM"

const alreadyPresent = " already present: no mapping may set it"

func (a *API) compileLambdaProxy(s *stage, m *method, verb string) backend {
	def := &m.def.Integration
	if def.HTTPMethod != "POST" {
		return broken{refuse: func() error { return wrongIntegrationMethod(def.HTTPMethod) }}
	}
	if header := integration.IllegalMapping(def.RequestParameters); header != "" {
		return brokenBy(header + alreadyPresent)
	}
	lambda, err := a.compileLambda(s, m, verb)
	if err != nil {
		return brokenBy(err.Error())
	}
	proxy := &lambdaProxy{
		binary: a.def.BinaryMediaTypes, toBinary: def.ContentHandling == toBinary, lambda: lambda,
	}
	if def.ResponseMode == streamed {
		return a.compileLambdaStream(proxy)
	}
	return proxy
}

func (a *API) compileLambda(s *stage, m *method, verb string) (integration.Lambda, error) {
	def := &m.def.Integration
	uri, isStreaming := streamingURI(def.URI)
	switch wanted := def.ResponseMode == streamed; {
	case wanted && !isStreaming:
		return integration.Lambda{}, fmt.Errorf("response transfer mode STREAM needs a URI that ends "+
			"2021-11-15/functions/{function ARN}/response-streaming-invocations, not %q", def.URI)
	case !wanted && isStreaming:
		return integration.Lambda{}, fmt.Errorf("URI %q needs response transfer mode STREAM", def.URI)
	case !wanted:
		uri = def.URI
	}
	function, err := integration.FunctionARN(uri, s.def.Variables)
	if err != nil {
		return integration.Lambda{}, err
	}
	m.function = integration.FunctionName(function)
	m.target = m.function
	permission := verb
	if verb == route.Any {
		permission = "*"
	}
	lambda := integration.Lambda{
		FunctionARN: function, SourceARN: s.arn + permission + m.resource.Path,
		Timeout: timeout(def), Clock: a.deps.Clock, Invoker: a.deps.Invoker,
	}
	if def.Credentials != "" {
		lambda.SourceARN = "" // the role calls, not the API
		lambda.Invoker = asRole{Invoker: a.deps.Invoker, role: def.Credentials}
	}
	return lambda, nil
}

func timeout(def *api.Integration) time.Duration {
	if def.TimeoutMillis <= 0 {
		return millis(29_000)
	}
	return millis(def.TimeoutMillis)
}

func (a *API) compileHTTPProxy(s *stage, def *api.Integration) backend {
	built, err := a.httpBackend(s, def)
	if err != nil {
		return brokenBy(err.Error())
	}
	parameters, err := compileRequestMapping(def.RequestParameters)
	if err != nil {
		return brokenBy(err.Error())
	}
	where := a.placeOf(def, &built)
	proxy := &httpProxy{
		caller: s.caller, backend: built, parameters: parameters, place: where,
		conversion: conversion{handling: def.ContentHandling, binary: a.def.BinaryMediaTypes},
		answered:   conversion{binary: a.def.BinaryMediaTypes},
	}
	if def.ResponseMode == streamed {
		return a.compileHTTPStream(proxy)
	}
	return proxy
}

func isLinked(def *api.Integration) bool { return def.ConnectionType == "VPC_LINK" }

// placeOf leads an integration to where its backend is reached; a VPC link has its own say.
func (a *API) placeOf(def *api.Integration, b *integration.HTTPBackend) integration.Place {
	if isLinked(def) {
		return integration.Place{}
	}
	return integration.PlaceOf(a.deps.Backends, b, integration.MisconfiguredAddress)
}

func (a *API) httpBackend(s *stage, def *api.Integration) (integration.HTTPBackend, error) {
	if header := integration.IllegalHTTPMapping(def.RequestParameters); header != "" {
		return integration.HTTPBackend{}, errors.New(header + alreadyPresent)
	}
	if s.caller == nil {
		return integration.HTTPBackend{}, integration.UnknownCertificate(s.def.ClientCertificateID,
			s.def.Name)
	}
	uri, err := integration.ParseHTTPURI(def.URI, s.def.Variables)
	if err != nil {
		return integration.HTTPBackend{}, err
	}
	return integration.HTTPBackend{
		APIID: a.def.ID, Method: def.HTTPMethod, URI: uri, Timeout: timeout(def),
		InsecureTLS: def.InsecureTLS,
	}, nil
}

// compileTarget returns what an integration calls that is mapped both ways.
func (a *API) compileTarget(s *stage, m *method, verb string) (target, error) {
	def := &m.def.Integration
	switch def.Type {
	case "MOCK":
		return mock{}, nil
	case "HTTP":
		built, err := a.httpBackend(s, def)
		where := a.placeOf(def, &built)
		return &httpCustom{caller: s.caller, backend: built, place: where}, err
	}
	if header := integration.IllegalMapping(def.RequestParameters); header != "" {
		return nil, errors.New(header + alreadyPresent)
	}
	if strings.Contains(def.URI, ":lambda:path/") {
		lambda, err := a.compileLambda(s, m, verb)
		async := lambda
		async.Invoker = asynchronous{lambda.Invoker}
		return &lambdaCustom{lambda: lambda, async: async}, err
	}
	return a.compileService(s, m)
}

// compileService returns an action or path of an AWS service. AWS wants a role for it; nobody
// checks here what the role may do.
func (a *API) compileService(s *stage, m *method) (target, error) {
	def := &m.def.Integration
	service, err := integration.ParseAWS(def.URI, s.def.Variables)
	switch {
	case err != nil:
		return nil, err
	case def.Credentials == "":
		return nil, errors.New("the integration has no credentials: Role ARN must be specified for " +
			"AWS integrations")
	case def.Credentials == "arn:aws:iam::*:user/*":
		return nil, fmt.Errorf("passing the caller's credentials on (%s) is not served yet",
			def.Credentials)
	}
	m.target = "AWS " + service.Name
	built := integration.AWSBackend{
		APIID: a.def.ID, Method: def.HTTPMethod, Service: service, Timeout: timeout(def),
		Endpoints: a.deps.Endpoints, Clock: a.deps.Clock,
	}
	if a.deps.Credentials != nil {
		built.Credentials = a.deps.Credentials(def.Credentials)
	}
	return &awsService{caller: a.deps.HTTP, backend: built}, nil
}

// compileCustom puts the mappings of an integration around what it calls.
func (a *API) compileCustom(m *method, call target) (backend, error) {
	def := &m.def.Integration
	selector, err := integration.NewSelector(def.Responses)
	if err != nil {
		return brokenBy(err.Error()), nil
	}
	parameters, err := compileRequestMapping(def.RequestParameters)
	if err != nil {
		return brokenBy(err.Error()), nil
	}
	built := &custom{
		target: call, templates: compileTemplates(def.RequestTemplates),
		passthrough: def.PassthroughBehavior, parameters: parameters, selector: selector,
		conversion: conversion{handling: def.ContentHandling, binary: a.def.BinaryMediaTypes},
		traced:     def.Type != "MOCK",
	}
	for i := range def.Responses {
		response, err := compileResponse(m, &def.Responses[i])
		if err != nil {
			return nil, err
		}
		response.headers, err = mapping.CompileResponse(def.Responses[i].Parameters)
		if err != nil {
			return brokenBy(err.Error()), nil
		}
		response.conversion.binary = a.def.BinaryMediaTypes
		built.responses = append(built.responses, response)
	}
	return built, nil
}

func compileResponse(m *method, def *api.IntegrationResponse) (customResponse, error) {
	status, err := strconv.Atoi(def.StatusCode)
	if err != nil || status < 100 || status > 599 {
		return customResponse{}, fmt.Errorf("integration response %q: the status code must be an "+
			"integer from 100 to 599", def.StatusCode)
	}
	_, declared := m.def.Responses[def.StatusCode]
	return customResponse{
		status: status, code: def.StatusCode, declared: declared,
		templates:  compileTemplates(def.Templates),
		conversion: conversion{handling: def.ContentHandling},
	}, nil
}

// asRole is an invoker for an integration that names a role.
type asRole struct {
	exchange.Invoker
	role string
}

var _ exchange.Streamer = asRole{}

// Invoke runs a function as the role.
func (r asRole) Invoke(ctx context.Context, in exchange.Invocation) (exchange.Invoked, error) {
	in.Role = r.role
	return r.Invoker.Invoke(ctx, in)
}

// InvokeStream runs a function as the role.
func (r asRole) InvokeStream(
	ctx context.Context, in exchange.Invocation,
) (exchange.Streamed, error) {
	in.Role = r.role
	streamer, ok := r.Invoker.(exchange.Streamer)
	if !ok {
		return exchange.Streamed{}, errors.New("this invoker of functions streams no answers")
	}
	return streamer.InvokeStream(ctx, in)
}
