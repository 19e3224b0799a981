package bench

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"portico/local/runner"
)

// manyResources is how many resources the API of the benchmarks has.
const manyResources = 2_000

// largeDocument describes an API of that many resources, with a method each.
func largeDocument() []byte {
	var b bytes.Buffer
	b.WriteString(`{"openapi":"3.0.1","info":{"title":"large","version":"1"},"paths":{`)
	for n := range manyResources {
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/r%d":{"get":{"responses":{"200":{"description":"ok"}},`+
			`"x-amazon-apigateway-integration":{"type":"mock","requestTemplates":`+
			`{"application/json":"{\"statusCode\": 200}"},"responses":{"default":{"statusCode":"200",`+
			`"responseTemplates":{"application/json":"{\"n\": %d}"}}}}}}`, n, n)
	}
	b.WriteString(`}}`)
	return b.Bytes()
}

// manager calls the management API of REST APIs.
type manager struct {
	tb  testing.TB
	url string
}

func startManager(b *testing.B) manager {
	b.Helper()
	template, err := filepath.Abs("../testdata/control/template.yaml")
	if err != nil {
		b.Fatal(err)
	}
	r := runner.Start(b, runner.Options{Dir: b.TempDir(), Template: template})
	b.Cleanup(http.DefaultClient.CloseIdleConnections)
	return manager{b, r.URL()}
}

// do makes a call that succeeds.
func (m manager) do(method, path string, body []byte) string {
	m.tb.Helper()
	request, err := http.NewRequestWithContext(m.tb.Context(), method, m.url+path, bytes.NewReader(body))
	if err != nil {
		m.tb.Fatal(err)
	}
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20261122/us-east-1/"+
		"apigateway/aws4_request, SignedHeaders=host, Signature=0")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		m.tb.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode >= 300 {
		m.tb.Fatalf("%s %s answers %d %.300s %v", method, path, response.StatusCode, text, err)
	}
	return string(text)
}

// imported imports the document, and returns the id of the API.
func (m manager) imported(document []byte) string {
	_, after, _ := strings.Cut(m.do(http.MethodPost, "/restapis?mode=import", document), `"id":"`)
	id, _, _ := strings.Cut(after, `"`)
	return id
}

// BenchmarkManagement measures calls of the management API on an API of 2,000 resources.
func BenchmarkManagement(b *testing.B) {
	m := startManager(b)
	document := largeDocument()
	b.Run("import", func(b *testing.B) {
		for b.Loop() {
			id := m.imported(document)
			b.StopTimer()
			m.do(http.MethodDelete, "/restapis/"+id, nil)
			b.StartTimer()
		}
	})
	api := "/restapis/" + m.imported(document)
	b.Run("deployment", func(b *testing.B) {
		for b.Loop() {
			m.do(http.MethodPost, api+"/deployments", []byte(`{"stageName":"dev"}`))
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			m.do(http.MethodGet, api+"/resources?limit=500", nil)
		}
	})
	b.Run("page-with-methods", func(b *testing.B) {
		for b.Loop() {
			m.do(http.MethodGet, api+"/resources?limit=500&embed=methods", nil)
		}
	})
	b.Run("stage-update", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			m.do(http.MethodPatch, api+"/stages/dev", fmt.Appendf(nil,
				`{"patchOperations":[{"op":"replace","path":"/variables/n","value":"%d"}]}`, n))
		}
	})
	b.Run("resource", func(b *testing.B) {
		root := between(m.do(http.MethodGet, api, nil), `"rootResourceId":"`, `"`)
		for n := 0; b.Loop(); n++ {
			m.do(http.MethodPost, api+"/resources/"+root, fmt.Appendf(nil, `{"pathPart":"x%d"}`, n))
		}
	})
	b.Run("export", func(b *testing.B) {
		for b.Loop() {
			m.do(http.MethodGet, api+"/stages/dev/exports/oas30?extensions=apigateway", nil)
		}
	})
}

// largeHTTPDocument describes an HTTP API of that many routes.
func largeHTTPDocument() []byte {
	var b bytes.Buffer
	b.WriteString(`{"openapi":"3.0.1","info":{"title":"large","version":"1"},"paths":{`)
	for n := range manyResources {
		if n > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"/r%d":{"get":{"x-amazon-apigateway-integration":{"type":"HTTP_PROXY",`+
			`"httpMethod":"GET","uri":"http://localhost/%d","payloadFormatVersion":"1.0"}}}`, n, n)
	}
	b.WriteString(`}}`)
	return fmt.Appendf(nil, `{"body":%q}`, b.String())
}

// BenchmarkHTTPManagement measures calls of the management API on an HTTP API of 2,000 routes.
func BenchmarkHTTPManagement(b *testing.B) {
	m := startManager(b)
	document := largeHTTPDocument()
	imported := func() string {
		return "/v2/apis/" + between(m.do(http.MethodPut, "/v2/apis", document), `"apiId":"`, `"`)
	}
	b.Run("import", func(b *testing.B) {
		for b.Loop() {
			api := imported()
			b.StopTimer()
			m.do(http.MethodDelete, api, nil)
			b.StartTimer()
		}
	})
	api := imported()
	b.Run("deployment", func(b *testing.B) {
		for b.Loop() {
			m.do(http.MethodPost, api+"/deployments", []byte(`{}`))
		}
	})
	b.Run("page", func(b *testing.B) {
		for b.Loop() {
			m.do(http.MethodGet, api+"/routes?maxResults=500", nil)
		}
	})
}

func between(text, before, after string) string {
	_, rest, _ := strings.Cut(text, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}
