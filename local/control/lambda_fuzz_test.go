package control_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"portico/local/control"
	"portico/local/control/lambda"
	"portico/local/control/model"
	"portico/local/gateway/api"
	plane "portico/local/lambda"
)

// running is a host that runs functions, and keeps none ready.
type running struct{ service *plane.Service }

func (r running) Put(ctx context.Context, c plane.Configuration, _ []api.FunctionURL) error {
	for i := range c.Versions {
		c.Versions[i].Provisioned = 0
	}
	for i := range c.Aliases {
		c.Aliases[i].Provisioned = 0
	}
	err := r.service.Deploy(ctx, c)
	var broken plane.Failures
	if errors.As(err, &broken) {
		return nil
	}
	return err
}

func (r running) Functions() *plane.Service { return r.service }

func (r running) Described() (plane.Configuration, []api.FunctionURL) {
	return plane.Configuration{}, nil
}

func (r running) Object(context.Context, string, string) ([]byte, error) {
	return nil, &lambda.ObjectError{Code: "NoSuchKey", Message: "The specified key does not exist."}
}

func (r running) Address() string { return "http://localhost:3000" }

// FuzzFunctions sends generated requests of every operation of Lambda: each is answered as AWS would,
// by an answer or an error with a type and a message, and never by a failure.
func FuzzFunctions(f *testing.F) {
	service := fuzzed(f, 4, "lambda")["lambda"]
	f.Fuzz(func(t *testing.T, seed uint64) {
		c := newClient(t, "")
		functions := plane.New(plane.Options{StateDir: t.TempDir(), Published: t.TempDir()})
		defer functions.Close()
		options := c.with
		options.State, options.Hosts.Lambda = t.TempDir(), running{functions}
		door, err := control.Open(options)
		if err != nil {
			t.Fatal(err)
		}
		c.door = door
		c.names = functionNames(t)
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 3)), service: service, names: c.names}
		c.createOrders(t)
		for range 3 {
			for _, name := range sortedNames(service.Operations) {
				g.checkFunction(t, c, service.Operations[name])
			}
			c.createOrders(t) // it may be gone
		}
		if c.log.Len() > 0 {
			t.Errorf("the log says %s", c.log)
		}
	})
}

// functionNames are values that mean something, by members.
func functionNames(t *testing.T) map[string]string {
	t.Helper()
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	if _, err := w.Create("index.js"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	const arn = "arn:aws:lambda:us-east-1:123456789012:"
	return map[string]string{
		"functionname": "orders", "qualifier": "1", "name": "live", "functionversion": "1",
		"zipfile": base64.StdEncoding.EncodeToString(archive.Bytes()), "layername": "tools",
		"role": "arn:aws:iam::123456789012:role/r", "runtime": "nodejs22.x", "handler": "index.handler",
		"statementid": "s", "principal": "s3.amazonaws.com", "action": "lambda:InvokeFunction",
		"resource": arn + "function:orders", "arn": arn + "layer:tools:1", "versionnumber": "1",
		"eventsourcearn": "arn:aws:sqs:us-east-1:123456789012:q", "marker": "b3JkZXJz",
		"destination": "arn:aws:sqs:us-east-1:123456789012:q", "layers": arn + "layer:tools:1",
		"pattern": `{"body":{"a":[1]}}`, "invocationtype": "Event",
	}
}

func (c *client) createOrders(t *testing.T) {
	t.Helper()
	body, err := json.Marshal(map[string]any{
		"FunctionName": "orders", "Runtime": "provided.al2023", "Handler": "b", "Publish": true,
		"Role": c.names["role"], "Code": map[string]any{"ZipFile": c.names["zipfile"]},
	})
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest("POST", "/2015-03-31/functions", bytes.NewReader(body))
	if status, text := c.signed(request); status != http.StatusCreated && status != http.StatusConflict {
		t.Fatalf("creating a function answers %d %s", status, text)
	}
}

// signed sends a request that is signed for Lambda.
func (c *client) signed(request *http.Request) (int, string) {
	request.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/lambda/aws4_request")
	recorder := httptest.NewRecorder()
	c.door.ServeHTTP(recorder, request)
	text, _ := io.ReadAll(recorder.Result().Body)
	if recorder.Code >= 300 && recorder.Header().Get("x-amzn-ErrorType") == "" {
		return recorder.Code, "without a type: " + string(text)
	}
	return recorder.Code, string(text)
}

func (g *generator) checkFunction(t *testing.T, c *client, op *model.Operation) {
	t.Helper()
	if op.Input == "" {
		return
	}
	request := g.request(op)
	for _, member := range g.service.Shapes[op.Input].Members {
		if text := g.text(member.Name, g.service.Shapes[member.Shape]); member.At == "header" &&
			g.IntN(2) == 0 && !strings.ContainsAny(text, "\x00é") {
			request.Header.Set(member.Wire, text)
		}
	}
	status, text := c.signed(request)
	if status < 300 {
		return
	}
	var refusal struct{ Message *string }
	if err := json.Unmarshal([]byte(text), &refusal); err != nil || refusal.Message == nil ||
		status >= 500 && status != http.StatusNotImplemented {
		t.Errorf("%s %s %s answers %d %s", op.Name, request.Method, request.URL, status, text)
	}
}
