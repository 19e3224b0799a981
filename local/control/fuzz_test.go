package control_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"portico/local/control/model"
)

// generator makes requests of an operation, whose values are now good and now nonsense.
type generator struct {
	*rand.Rand
	service *model.Service
	names   map[string]string
}

func (g *generator) pick(all ...string) string { return all[g.IntN(len(all))] }

func (g *generator) text(name string, shape *model.Shape) string {
	if len(shape.Enum) > 0 && g.IntN(4) > 0 {
		return g.pick(shape.Enum...)
	}
	if g.IntN(3) > 0 {
		if known, ok := g.names[strings.ToLower(name)]; ok {
			return known
		}
		switch {
		case strings.Contains(name, "restapi") || name == "apiId":
			return g.names["api"]
		case strings.Contains(name, "resource") || strings.Contains(name, "parent"):
			return g.names[g.pick("pets", "root")]
		case strings.Contains(name, "deployment"):
			return g.names["deployment"]
		case strings.Contains(name, "stage"):
			return "dev"
		case strings.Contains(strings.ToLower(name), "method"):
			return "GET"
		case strings.Contains(name, "status"):
			return "200"
		case name == "path" || name == "from":
			return g.pick("/description", "/name", "/*/*/caching/enabled", "/canarySettings/percentTraffic",
				"/variables/a", "/requestParameters/method.request.header.a", "/apiStages", "/uri",
				"/responseTemplates/a~1b", "/parentId", "/pathPart", "/throttle/burstLimit", "/policy",
				"/endpointConfiguration/types/0", "/apiStages/a:b/throttle/~1/GET/rateLimit", "/quota/limit")
		}
	}
	return g.pick("", "a", "Empty", "{id}", "{proxy+}", "-1", "1e999", "NaN", "\x00", "é", "application/json",
		"https://x", "arn:aws:apigateway:us-east-1::/restapis/"+g.names["api"], "{}", "true", "~1", "/",
		strings.Repeat("x", 30))
}

// value makes a value of a shape, of another type now and then.
func (g *generator) value(name, of string, depth int) any {
	shape := g.service.Shapes[of]
	if g.IntN(40) == 0 {
		return []any{nil, 1, true, "x", []any{}, map[string]any{}}[g.IntN(6)]
	}
	switch shape.Type {
	case "structure":
		made := map[string]any{}
		for _, member := range shape.Members {
			if member.At == "" && g.IntN(3) > 0 && depth < 4 {
				made[member.Wire] = g.value(member.Name, member.Shape, depth+1)
			}
		}
		return made
	case "map":
		made := map[string]any{}
		for range g.IntN(3) {
			made[g.text(name, &model.Shape{})] = g.value(name, shape.Value, depth+1)
		}
		return made
	case "list":
		made := []any{}
		for range g.IntN(4) {
			made = append(made, g.value(name, shape.Of, depth+1))
		}
		return made
	case "boolean":
		return g.IntN(2) == 0
	case "integer", "long", "double", "float", "timestamp":
		return []float64{0, -1, 1, 100, 29000, 1e18, 0.5}[g.IntN(7)]
	}
	return g.text(name, shape)
}

func (g *generator) request(op *model.Operation) *http.Request {
	shape := g.service.Shapes[op.Input]
	path, query, _ := strings.Cut(op.URI, "?")
	values, _ := url.ParseQuery(query)
	for _, member := range shape.Members {
		of := g.service.Shapes[member.Shape]
		switch member.At {
		case "uri":
			text := g.text(member.Wire, of)
			if text == "" {
				text = "x"
			}
			path = strings.ReplaceAll(path, "{"+member.Wire+"}", url.PathEscape(text))
		case "querystring":
			if g.IntN(2) == 0 {
				values.Add(member.Wire, fmt.Sprint(g.value(member.Name, member.Shape, 0)))
			}
		}
	}
	body, _ := json.Marshal(g.value("", op.Input, 0))
	if g.IntN(30) == 0 {
		body = body[:g.IntN(len(body)+1)]
	}
	request := httptest.NewRequest(op.Method, "/", strings.NewReader(string(body)))
	request.URL.Path, _ = url.PathUnescape(path)
	request.URL.RawPath, request.URL.RawQuery = path, values.Encode()
	request.Header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/apigateway/aws4_request")
	return request
}

// fuzzed adds seeds, and returns the models of services whose operations are fuzzed.
func fuzzed(f *testing.F, seeds uint64, names ...string) map[string]*model.Service {
	f.Helper()
	services := map[string]*model.Service{}
	for _, name := range names {
		service, err := model.Load(name)
		if err != nil {
			f.Fatal(err)
		}
		services[name] = service
	}
	for seed := range seeds {
		f.Add(seed)
	}
	return services
}

// FuzzOperations sends generated requests of every operation: each is answered as AWS would, by an
// answer or an error with a type and a message, and never by a failure.
func FuzzOperations(f *testing.F) {
	service := fuzzed(f, 4, "apigateway")["apigateway"]
	f.Fuzz(func(t *testing.T, seed uint64) {
		c := newClient(t, "")
		c.pets()
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 1)), service: service, names: c.names}
		for range 3 {
			for _, name := range sortedNames(service.Operations) {
				g.check(t, c, service.Operations[name])
			}
		}
		if c.log.Len() > 0 {
			t.Errorf("the log says %s", c.log)
		}
	})
}

func (g *generator) check(t *testing.T, c *client, op *model.Operation) {
	t.Helper()
	request := g.request(op)
	recorder := httptest.NewRecorder()
	c.door.ServeHTTP(recorder, request)
	response := recorder.Result()
	text, _ := io.ReadAll(response.Body)
	if response.StatusCode < 300 {
		return
	}
	var refusal struct{ Message *string }
	err := json.Unmarshal(text, &refusal)
	if err != nil || refusal.Message == nil || response.Header.Get("x-amzn-ErrorType") == "" ||
		response.StatusCode >= 500 && response.StatusCode != http.StatusNotImplemented {
		t.Errorf("%s %s %s answers %d %s", op.Name, request.Method, request.URL, response.StatusCode, text)
	}
}
