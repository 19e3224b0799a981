package httpapi_test

import (
	"bytes"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/gateway/httpapi"
)

func nowhere() *log.Logger { return log.New(io.Discard, "", 0) }

// closed returns the origin of a port that nobody listens on.
func closed(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return "http://" + listener.Addr().String()
}

func TestBadHTTPBackends(t *testing.T) {
	const logs = "$context.requestId $context.error.responseType|$context.integrationErrorMessage"
	unavailable, internal := message(503, "Service Unavailable"), message(500, "Internal Server Error")
	const network = "INTEGRATION_FAILURE|Network error communicating with endpoint"
	for _, r := range []struct{ name, uri, answer, want, logged, reason string }{
		{"nobody listens", closed(t), "", unavailable, network, "connect: connection refused"},
		{"the connection closes", "", "close", unavailable, network, "network error communicating with endpoint"},
		{"no HTTP comes", "", "SSH-2.0-x\r\n\r\n", unavailable, network, "no status line of HTTP/1.1"},
		{"the body ends early", "", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi", unavailable, network, "unexpected EOF"},
		{"two lengths", "", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi", unavailable, network, "want one number of bytes"},
		{"more than 10 MB", "", "HTTP/1.1 200 OK\r\nContent-Length: 10485761\r\n\r\n", internal, "INTEGRATION_FAILURE|Execution failed due to configuration error: Integration response of reported length 10485761 is larger than allowed maximum of 10485760 bytes.", "larger than allowed maximum of 10485760 bytes"},
		{"an address that stage variables make none", "http://${stageVariables.none}", "", internal, "", "Invalid endpoint address"},
		{"a variable that the route does not have", "http://localhost/{none}", "", internal, "", "{none} in http://localhost/{none} has no value"},
		{"a port that AWS does not call", "http://localhost:25/", "", internal, "", "allowed are 80, 443 and 1024 to 65535"},
	} {
		t.Run(r.name, func(t *testing.T) {
			uri := r.uri
			if uri == "" {
				uri = saying(t, r.answer)
			}
			s := start(t, func(s *setup) {
				proxied("GET /pets", uri, nil)(s)
				s.def.Stages[0].AccessLog.Format = logs
			})
			if got := s.serve(t, s.request("GET /pets")); got != r.want {
				t.Errorf("got %s", got)
			}
			if !strings.Contains(s.reason(), r.reason) {
				t.Errorf("got reason %q, want %q", s.reason(), r.reason)
			}
			if !strings.Contains(s.lines[0], r.logged) {
				t.Errorf("got log line %q, want %q", s.lines[0], r.logged)
			}
		})
	}
}

// saying starts a backend that says something to whoever connects, and hangs up.
func saying(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			request := make([]byte, 4096) // all of it: what is left unread would reset the connection
			if _, err := connection.Read(request); err == nil && answer != "close" {
				_, _ = io.WriteString(connection, answer)
			}
			connection.Close()
		}
	}()
	return "http://" + listener.Addr().String()
}

func TestAnHTTPBackendThatTakesTooLongIsLeft(t *testing.T) {
	var manual *clock.Manual
	left := make(chan struct{})
	backend := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		manual.Advance(2 * time.Second)
		<-r.Context().Done()
		close(left)
	}))
	defer backend.Close()
	s := start(t, proxied("GET /pets", backend.URL, func(i *api.V2Integration) { i.TimeoutMillis = 2000 }))
	manual = s.clock
	if got, want := s.serve(t, s.request("GET /pets")), message(503, "Service Unavailable"); got != want {
		t.Errorf("got %s", got)
	}
	<-left
	if want := "did not answer within 2s"; !strings.Contains(s.reason(), want) {
		t.Errorf("got reason %q, want %q", s.reason(), want)
	}
	if took := s.observer.records[0].Took; took != 2*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestLargeBodiesThroughHTTPProxy(t *testing.T) {
	const size = 10 << 20
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Size", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	}))
	defer backend.Close()
	s := start(t, proxied("PUT /pets", backend.URL, nil))
	request := s.request("PUT /pets")
	request.Body = bytes.Repeat([]byte{0xfe}, size)
	reply := s.api.Serve(t.Context(), request)
	if reply.Status != 200 || reply.Header.Get("X-Size") != strconv.Itoa(size) || !bytes.Equal(reply.Body, request.Body) {
		t.Errorf("got %d with %d bytes (%s)", reply.Status, len(reply.Body), s.reason())
	}
}

func TestNewRefusesIntegrations(t *testing.T) {
	begin := `stage "$default": route "GET /pets": integration "http": `
	for _, r := range []struct {
		name   string
		change func(*api.V2Integration)
		want   string
	}{
		{"a type that HTTP APIs do not have", func(i *api.V2Integration) { i.Type = "MOCK" }, `integration type "MOCK": Currently, an API with a protocol type of HTTP may only be associated with proxy integrations (AWS_PROXY, HTTP_PROXY)`},
		{"a URI that is none", func(i *api.V2Integration) { i.URI = "orders.example" }, `URI "orders.example": Invalid HTTP endpoint specified for URI`},
		{"an open brace", func(i *api.V2Integration) { i.URI = "http://a/{b" }, `URI "http://a/{b": a brace is open or empty, allowed is {name}`},
		{"no time", func(i *api.V2Integration) { i.TimeoutMillis = 0 }, `timeout of 0 ms, allowed are 50 to 30000`},
		{"a reserved header", func(i *api.V2Integration) {
			i.RequestParameters = map[string]string{"append:header.Via": "x"}
		}, `RequestParameters: "append:header.Via": Invalid mapping expression specified: Validation Result: warnings : [], errors : [Operations on header Via are restricted]`},
		{"a reserved header of a response", func(i *api.V2Integration) {
			i.ResponseParameters = map[string]map[string]string{"404": {"remove:header.apigw-requestid": "''"}}
		}, `ResponseParameters: 404: "remove:header.apigw-requestid": Invalid mapping expression specified: Validation Result: warnings : [], errors : [Operations on header apigw-requestid are restricted]`},
		{"a status that is none", func(i *api.V2Integration) {
			i.ResponseParameters = map[string]map[string]string{"199": {"overwrite:statuscode": "200"}}
		}, `ResponseParameters: Status Code 199 is not valid`},
	} {
		t.Run(r.name, func(t *testing.T) {
			s := &setup{def: definition()}
			proxied("GET /pets", "http://localhost/", r.change)(s)
			_, err := httpapi.New(s.def, httpapi.Dependencies{Clock: clock.System{}, Invoker: answering("")})
			if err == nil || err.Error() != begin+r.want {
				t.Errorf("got  %v\nwant %s", err, begin+r.want)
			}
		})
	}
}
