package restapi_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"io"
	"net/http"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

func zipped(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func deflated(t testing.TB, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = io.WriteString(w, text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// plain undoes the Content-Encoding of a reply.
func plain(t *testing.T, r *exchange.Reply) string {
	t.Helper()
	var reader io.Reader = bytes.NewReader(r.Body)
	var err error
	switch r.Header.Get("Content-Encoding") {
	case "gzip":
		reader, err = gzip.NewReader(reader)
	case "deflate":
		reader, err = zlib.NewReader(reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The rows are those of "Call an API method with a compressed payload" and of spec rest-api.md §12.
func TestCompressedRequests(t *testing.T) {
	unsupported := answer{415, "BadRequestException", `{"message": "Unsupported Media Type"}`}
	const order = `{"id":"o-1"}`
	for _, r := range []struct {
		name, coding, body string
		want               answer
		sent               string
	}{
		{"no coding", "", order, answer{200, "", "ok"}, order},
		{"identity changes nothing", "identity", order, answer{200, "", "ok"}, order},
		{"gzip is decompressed", "gzip", zipped(t, order), answer{200, "", "ok"}, order},
		{"deflate is decompressed", "deflate", deflated(t, order), answer{200, "", "ok"}, order},
		{"codings are compared without case", "GZIP", zipped(t, order), answer{200, "", "ok"}, order},
		{"an unknown coding is 415", "br", order, unsupported, ""},
		{"two codings are unknown", "gzip, gzip", zipped(t, zipped(t, order)), unsupported, ""},
		{"a body that is not compressed is 415", "gzip", order, unsupported, ""},
		{"a body that is cut is 415", "gzip", zipped(t, order)[:20], unsupported, ""},
		{"no body has no coding", "br", "", answer{200, "", "ok"}, ""},
		{"10 MB are let in", "gzip", zipped(t, strings.Repeat(" ", 10<<20)), answer{200, "", "ok"}, strings.Repeat(" ", 10<<20)},
		{"a bomb is too large", "gzip", zipped(t, strings.Repeat(" ", 10<<20+1)), answer{413, "RequestTooLargeException", `{"message":"Request Too Long"}`}, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			b := backend(t, says(200, "ok"))
			w := newWorld()
			w.method("/z", "POST", httpMethod("HTTP_PROXY", b.URL))
			asked := request("POST", "/dev/z")
			if r.coding != "" {
				asked.Header.Add("Content-Encoding", r.coding)
			}
			asked.Body = []byte(r.body)
			if got := seen(w.serve(t, asked)); got != r.want {
				t.Errorf("got %+v, want %+v, because %s", got, r.want, w.records[0].Reason())
			}
			if b.body != r.sent {
				t.Errorf("the backend got %.80q, want %.80q", b.body, r.sent)
			}
			if b.request != nil && b.request.Header.Get("Content-Encoding") != "" {
				t.Errorf("the backend was told of %v", b.request.Header)
			}
		})
	}
}

func TestCompressedRequestsByIntegration(t *testing.T) {
	const order = `{"id":"o-1"}`
	ask := func(w *world) *exchange.Request {
		asked := request("POST", "/dev/z", "Content-Encoding: gzip")
		asked.Body = []byte(zipped(t, order))
		return asked
	}
	t.Run("a function sees the plain body and the line", func(t *testing.T) {
		w := newWorld()
		w.serve(t, ask(w))
		event := proxyEvent(t, w)
		if event.Body != order || event.IsBase64Encoded || event.Headers["Content-Encoding"] != "gzip" {
			t.Errorf("the event has %q, base64 %v, %v", event.Body, event.IsBase64Encoded, event.Headers)
		}
	})
	t.Run("a template and a model read the plain body", func(t *testing.T) {
		w := newWorld()
		w.validated(api.RequestValidator{ValidateBody: true})
		asked := request("POST", "/dev/orders/7", "Content-Encoding: deflate")
		asked.Body = []byte(deflated(t, `{"name":"n"}`))
		if got := w.serve(t, asked); got.Status != 200 {
			t.Errorf("got %d %s, because %s", got.Status, got.Body, w.records[0].Reason())
		}
	})
	t.Run("an HTTP backend gets the plain body without the line", func(t *testing.T) {
		b := backend(t, says(200, "ok"))
		w := newWorld()
		m := httpMethod("HTTP", b.URL)
		m.Integration.RequestTemplates = map[string]string{"application/json": `$input.json('$.id')`}
		w.method("/z", "POST", m)
		w.serve(t, ask(w))
		if b.body != `"o-1"` || b.request.Header.Get("Content-Encoding") != "" {
			t.Errorf("the backend got %q, %v", b.body, b.request.Header)
		}
	})
	t.Run("a signature is of the body as it was sent", func(t *testing.T) {
		w := newWorld()
		w.signed(t).policy = `{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`
		body := []byte(zipped(t, order))
		asked := w.signBody(t, "/dev/admin/7", body)
		asked.Header.Add("Content-Encoding", "gzip")
		if got := w.serve(t, asked); got.Status != 200 || proxyEvent(t, w).Body != order {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	})
	t.Run("a gateway response customises 415", func(t *testing.T) {
		w := newWorld()
		w.def.GatewayResponses = map[string]api.GatewayResponse{"UNSUPPORTED_MEDIA_TYPE": {StatusCode: 400}}
		asked := request("POST", "/dev/z", "Content-Encoding: br")
		asked.Body = []byte("x")
		if got := w.serve(t, asked); got.Status != 400 {
			t.Errorf("got %d", got.Status)
		}
	})
}

// The rows are those of "Receive an API response with a compressed payload".
func TestCompressedReplies(t *testing.T) {
	body := strings.Repeat("x", 100)
	size := func(n int) *int { return &n }
	for _, r := range []struct {
		name, accept string
		least        *int
		want         string
	}{
		{"gzip is asked for", "gzip", size(10), "gzip"},
		{"deflate is asked for", "deflate", size(10), "deflate"},
		{"a browser's codings", "gzip, deflate, br", size(10), "gzip"},
		{"the first of equals", "deflate,gzip", size(10), "deflate"},
		{"the greatest weight", "deflate;q=0.5,gzip;q=1.0", size(10), "gzip"},
		{"identity weighs less", "gzip;q=1.0,identity;q=0.5,*;q=0", size(10), "gzip"},
		{"identity weighs more", "gzip;q=0.5,identity;q=1.0", size(10), ""},
		{"a weight of nothing is a no", "gzip;q=0", size(10), ""},
		{"a weight that is none is a no", "gzip;q=x", size(10), ""},
		{"names are compared without case", "GZip", size(10), "gzip"},
		{"anything names nothing", "*", size(10), ""},
		{"an empty header names nothing", "", size(10), ""},
		{"a coding that no API knows", "br", size(10), ""},
		{"the body is as long as the least", "gzip", size(100), "gzip"},
		{"the body is shorter than the least", "gzip", size(101), ""},
		{"zero compresses everything", "gzip", size(0), "gzip"},
		{"the API does not compress", "gzip", nil, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.def.MinimumCompressionSize = r.least
			w.method("/m", "GET", mocked("200", body))
			w.def.Stages[0].AccessLog = &api.AccessLog{Format: "$context.responseLength"}
			reply := w.get(t, "/dev/m", "Accept-Encoding: "+r.accept)
			if got := reply.Header.Get("Content-Encoding"); got != r.want {
				t.Errorf("got Content-Encoding %q, want %q", got, r.want)
			}
			if got := plain(t, reply); got != body {
				t.Errorf("got %q", got)
			}
			if r.want != "" && (len(reply.Body) >= len(body) || strings.Contains(w.lines[0], "100")) {
				t.Errorf("%d bytes, logged as %s", len(reply.Body), w.lines[0])
			}
		})
	}
	t.Run("no Accept-Encoding is anything", func(t *testing.T) {
		w := newWorld()
		w.def.MinimumCompressionSize = size(0)
		w.method("/m", "GET", mocked("200", body))
		if got := w.get(t, "/dev/m"); got.Header.Has("Content-Encoding") {
			t.Errorf("the reply has %v", got.Header)
		}
	})
}

func TestCompressedRepliesByIntegration(t *testing.T) {
	nothing := 0
	coded := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		_, _ = io.WriteString(w, "coded")
	}
	for _, r := range []struct {
		name   string
		method func(t *testing.T, w *world) api.Method
		want   string
	}{
		{"a function's answer is compressed", func(_ *testing.T, w *world) api.Method {
			w.lambda.answer(functionARN, `{"body":"from the function"}`)
			return proxy()
		}, "gzip"},
		{"a function's own coding is left alone", func(_ *testing.T, w *world) api.Method {
			w.lambda.answer(functionARN, `{"headers":{"content-encoding":"br"},"body":"x"}`)
			return proxy()
		}, "br"},
		{"an HTTP_PROXY backend's answer is compressed", func(t *testing.T, _ *world) api.Method {
			return httpMethod("HTTP_PROXY", backend(t, says(200, "from the backend")).URL)
		}, "gzip"},
		{"an HTTP backend's answer is compressed after its template", func(t *testing.T, _ *world) api.Method {
			m := httpMethod("HTTP", backend(t, says(200, "from the backend")).URL)
			m.Integration.Responses[0].Templates = map[string]string{"application/json": "made"}
			return m
		}, "gzip"},
		{"an HTTP backend's own coding is left alone, named or not", func(t *testing.T, _ *world) api.Method {
			return httpMethod("HTTP", backend(t, coded).URL)
		}, ""},
		{"an empty answer is not compressed", func(*testing.T, *world) api.Method { return mocked("200", "") }, ""},
		{"a refusal is not compressed", func(*testing.T, *world) api.Method {
			m := proxy()
			m.AuthorizationType = "AWS_IAM"
			return m
		}, ""},
		{"a failed integration is not compressed", func(_ *testing.T, w *world) api.Method {
			w.lambda.answer(functionARN, "malformed")
			return proxy()
		}, ""},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			w.def.MinimumCompressionSize = &nothing
			w.method("/z", "GET", r.method(t, w))
			reply := w.get(t, "/dev/z", "Accept-Encoding: gzip")
			if got := reply.Header.Get("Content-Encoding"); got != r.want {
				t.Errorf("got %q, want %q: %v", got, r.want, reply.Header)
			}
		})
	}
}

func FuzzDecompressBody(f *testing.F) {
	f.Add("gzip", []byte(zipped(f, "x")))
	f.Add("deflate", []byte(deflated(f, "x")))
	f.Add("gzip;q=0", []byte("x"))
	w := newWorld()
	nothing := 0
	w.def.MinimumCompressionSize = &nothing
	w.compile(f)
	f.Fuzz(func(t *testing.T, coding string, body []byte) {
		asked := request("POST", "/dev/z")
		asked.Header.Add("Content-Encoding", coding)
		asked.Header.Add("Accept-Encoding", coding)
		asked.Body = body
		switch got := w.serve(t, asked); got.Status {
		case 200, 413, 415, 431:
		default:
			t.Errorf("got %d", got.Status)
		}
	})
}
