package restapi_test

import (
	"io"
	"net/http"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/restapi"
)

// streamed asks GET /s of a world whose functions stream, and collects the answer.
func (w *world) streamed(t *testing.T, invoker exchange.Invoker, header ...string) (*exchange.Reply, string) {
	t.Helper()
	served, err := restapi.New(w.def, restapi.Dependencies{
		Clock: w.clock, Invoker: invoker, Observer: w, Log: discard(),
	})
	if err != nil {
		t.Fatal(err)
	}
	reply := served.Serve(t.Context(), request("GET", "/dev/s", header...))
	if reply.Stream == nil {
		return reply, string(reply.Body)
	}
	body, err := io.ReadAll(reply.Stream)
	over(reply, len(body))
	if err != nil {
		t.Error(err)
	}
	return reply, string(body)
}

// The rows are those of spec rest-api.md §4.2 that the tests of streams have not.
func TestRowsOfStreaming(t *testing.T) {
	nothing := 0
	for _, r := range []struct {
		name   string
		change func(*world, *api.Method)
	}{
		{"bytes pass without binary types", func(*world, *api.Method) {}},
		{"bytes pass with binary types that do not match", func(w *world, _ *api.Method) { w.def.BinaryMediaTypes = []string{"image/png"} }},
		{"the answer is not compressed", func(w *world, _ *api.Method) { w.def.MinimumCompressionSize = &nothing }},
		{"templates of responses have no say", func(_ *world, m *api.Method) {
			m.Integration.Responses = []api.IntegrationResponse{{StatusCode: "404", Templates: map[string]string{"application/json": "made"}}}
		}},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := streamMethod()
			r.change(w, &m)
			w.method("/s", "GET", m)
			reply, body := w.streamed(t, streams(nil, `{"statusCode":200}`+zeros, "\xff\x00", "\xfe"), "Accept-Encoding: gzip")
			if reply.Status != 200 || body != "\xff\x00\xfe" || reply.Header.Has("Content-Encoding") {
				t.Errorf("got %d %q with %v", reply.Status, body, reply.Header)
			}
			if got := reply.Header.Get("Content-Type"); got != "application/json" || !reply.Header.Has("X-Amzn-Trace-Id") {
				t.Errorf("the reply has %v", reply.Header)
			}
		})
	}
	for _, kind := range []string{"HTTP", "AWS"} {
		t.Run(kind+" does not stream", func(t *testing.T) {
			w := newWorld()
			m := streamMethod()
			m.Integration.Type = kind
			w.method("/s", "GET", m)
			if reply, _ := w.streamed(t, streams(nil, "{}"+zeros)); seen(reply) != internalError {
				t.Errorf("got %+v", seen(reply))
			}
		})
	}
	t.Run("the event is that of any function", func(t *testing.T) {
		w := newWorld()
		w.method("/s", "GET", streamMethod())
		invoker := streams(nil, "{}"+zeros)
		w.streamed(t, invoker)
		if keys := keysOf(t, invoker.last.Payload, ""); len(keys) != 12 || keys[0] != "resource" || invoker.last.FunctionARN != functionARN {
			t.Errorf("got %v of %s", keys, invoker.last.FunctionARN)
		}
	})
	t.Run("HTTP_PROXY streams bytes, its header as ever", func(t *testing.T) {
		b := backend(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			w.Header().Set("Server", "mine")
			_, _ = io.WriteString(w, "\xff\x00")
		})
		w := newWorld()
		w.method("/s", "GET", httpStream(b.URL))
		reply, body := w.streamed(t, &lambda{})
		if body != "\xff\x00" || reply.Header.Get("Content-Type") != "image/png" || reply.Header.Get("x-amzn-Remapped-Server") != "mine" {
			t.Errorf("got %q with %v", body, reply.Header)
		}
	})
}
