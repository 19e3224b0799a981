// Package proxy lets one http.Handler answer the Lambda proxy events of REST and HTTP APIs.
//
// It stands between the Runtime API and a function's mux. aws-lambda-go-api-proxy does the
// translation; this package tells the payload formats apart and repairs what that library gets
// wrong: the stage in payload 2.0 paths, base paths cut in the middle of a segment, cookies spread
// over several headers, header values cut at every comma, answers without a status. It neither
// routes nor authorizes.
package proxy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/aws/aws-lambda-go/events"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

// Options say how paths are cut before they reach the handler.
type Options struct {
	// BasePaths are removed from the front of a path, whole segments only, the first that fits;
	// without any the handler sees the path as routed.
	BasePaths []string
}

// Adapter answers proxy events with an http.Handler.
type Adapter struct {
	options Options
	rest    *httpadapter.HandlerAdapter
	http    *httpadapter.HandlerAdapterV2
}

// New makes the adapter of a handler.
func New(handler http.Handler, o Options) *Adapter {
	return &Adapter{
		options: o,
		rest:    httpadapter.New(repair(handler)),
		http:    httpadapter.NewV2(repair(handler)),
	}
}

// format is what tells the payload formats apart.
type format struct {
	Version    string `json:"version"`
	RouteKey   string `json:"routeKey"`
	HTTPMethod string `json:"httpMethod"`
}

// Handle answers one event in the payload format it came in.
func (a *Adapter) Handle(ctx context.Context, event json.RawMessage) (any, error) {
	var f format
	if err := json.Unmarshal(event, &f); err != nil {
		return nil, fmt.Errorf("reading the event: %w", err)
	}
	switch {
	case f.Version == "2.0" && f.RouteKey != "":
		return a.handleV2(ctx, event)
	case f.HTTPMethod != "":
		return a.handleV1(ctx, event, f.Version)
	}
	return nil, errors.New("the event is no HTTP call: it has neither httpMethod (REST, payload 1.0)" +
		" nor version 2.0 with routeKey (HTTP API)")
}

func (a *Adapter) handleV2(ctx context.Context, event json.RawMessage) (any, error) {
	var e events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fmt.Errorf("reading a payload 2.0 event: %w", err)
	}
	path := e.RawPath
	if path == "" {
		path = e.RequestContext.HTTP.Path
	}
	path = cutToRoute(path, routePath(e.RouteKey), e.RequestContext.Stage)
	e.RawPath = cutBase(escape(path), a.options.BasePaths)
	ctx = withArrival(ctx, arrival{origin: originV2(&e), header: headerV2(&e)})
	e.Headers, e.Cookies = nil, nil // repair sets both; the library would cut them at commas
	return a.http.ProxyWithContext(ctx, e)
}

func (a *Adapter) handleV1(
	ctx context.Context, event json.RawMessage, version string,
) (any, error) {
	var e events.APIGatewayProxyRequest
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, fmt.Errorf("reading a payload 1.0 event: %w", err)
	}
	path := e.Path
	if version != "" { // only HTTP APIs write a version, and they leave the stage in the path
		path = cutToRoute(path, e.Resource, e.RequestContext.Stage)
	}
	e.Path = cutBase(escape(path), a.options.BasePaths)
	ctx = withArrival(ctx, arrival{origin: originV1(&e), header: headerV1(&e)})
	e.Headers, e.MultiValueHeaders = nil, nil
	return a.rest.ProxyWithContext(ctx, e)
}
