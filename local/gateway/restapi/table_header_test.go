package restapi_test

import (
	"bufio"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"testing"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
)

// rawBackend is a backend that keeps header lines as they came, which net/http's server does not.
type rawBackend struct {
	url    string
	header textproto.MIMEHeader // of the last request; nil before there is one
}

// raw starts a backend that answers with the given header lines and no body.
func raw(t *testing.T, lines ...string) *rawBackend {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &rawBackend{url: "http://" + listener.Addr().String()}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			b.answer(connection, lines)
		}
	}()
	t.Cleanup(func() { listener.Close(); <-done })
	return b
}

func (b *rawBackend) answer(connection net.Conn, lines []string) {
	defer connection.Close()
	reader := textproto.NewReader(bufio.NewReader(connection))
	if _, err := reader.ReadLine(); err != nil {
		return
	}
	header, err := reader.ReadMIMEHeader()
	if err != nil {
		return
	}
	b.header = header
	_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\n"+strings.Join(append(lines, "", ""), "\r\n"))
}

// matrixRow is a row of "The whole matrix" of spec control-plane.md §10. Of a header:
type matrixRow struct {
	name     string
	visible  bool   // to $input.params and mappings
	plain    bool   // HTTP sends one without a mapping, of the client's or of its own
	mapped   string // HTTP sends a mapped one: yes, dropped or 500
	proxied  bool   // HTTP_PROXY sends the client's
	proxy    string // HTTP_PROXY sends a mapped one
	event    bool   // it is in the event of AWS_PROXY
	service  string // mapping it on AWS and AWS_PROXY: ok or 500
	response string // an integration response that names it: as is, remapped or dropped
}

var matrix = []matrixRow{
	{"Accept", true, true, "yes", true, "yes", true, "ok", "as is"},
	{"Accept-Charset", true, false, "yes", true, "yes", true, "ok", "as is"},
	{"Accept-Encoding", true, false, "yes", true, "yes", true, "ok", "as is"},
	{"Age", true, false, "yes", true, "yes", true, "ok", "as is"},
	{"Authorization", true, false, "yes", true, "yes", true, "500", "remapped"},
	{"Connection", false, false, "dropped", false, "dropped", false, "500", "remapped"},
	{"Content-Encoding", true, false, "yes", false, "yes", true, "ok", "as is"},
	{"Content-Length", false, true, "500", true, "500", false, "500", "remapped"},
	{"Content-MD5", false, false, "yes", false, "yes", false, "ok", "remapped"},
	{"Content-Type", true, false, "yes", true, "yes", true, "ok", "as is"},
	{"Date", true, false, "yes", true, "yes", true, "ok", "remapped"},
	{"Expect", false, false, "dropped", false, "dropped", false, "500", "remapped"},
	{"Host", true, true, "yes", true, "yes", true, "ok", "remapped"},
	{"Max-Forwards", false, false, "yes", false, "yes", false, "ok", "remapped"},
	{"Pragma", true, false, "yes", true, "yes", true, "ok", "as is"},
	{"Proxy-Authenticate", false, false, "dropped", false, "dropped", false, "500", "remapped"},
	{"Range", true, false, "yes", true, "yes", true, "ok", "as is"},
	{"Referer", true, false, "yes", true, "yes", true, "ok", "as is"},
	{"Server", false, false, "yes", false, "yes", false, "ok", "remapped"},
	{"TE", false, false, "dropped", false, "dropped", false, "500", "as is"},
	{"Transfer-Encoding", false, false, "500", false, "500", false, "500", "dropped"},
	{"Trailer", false, false, "yes", false, "yes", false, "ok", "remapped"},
	{"Upgrade", false, false, "yes", false, "yes", false, "ok", "remapped"},
	{"User-Agent", true, true, "yes", true, "yes", true, "ok", "remapped"},
	{"Via", true, false, "dropped", false, "dropped", true, "ok", "as is"},
	{"Warn", true, false, "yes", true, "yes", true, "ok", "as is"},
	{"WWW-Authenticate", false, false, "yes", false, "yes", false, "ok", "remapped"},
}

// theClients is what the client sends of a header. Codings that change the body are not.
func theClients(name string) string {
	if name == "Content-Encoding" {
		return "identity"
	}
	return "the-clients"
}

func TestHeaderMatrix(t *testing.T) {
	for _, row := range matrix {
		t.Run(row.name, func(t *testing.T) {
			t.Run("visible to templates", row.isVisible)
			t.Run("HTTP without a mapping", func(t *testing.T) { row.sent(t, "HTTP", "", row.plain) })
			t.Run("HTTP with a mapping", func(t *testing.T) { row.sent(t, "HTTP", row.mapped, row.mapped == "yes") })
			t.Run("HTTP_PROXY without a mapping", func(t *testing.T) { row.sent(t, "HTTP_PROXY", "", row.proxied) })
			t.Run("HTTP_PROXY with a mapping", func(t *testing.T) { row.sent(t, "HTTP_PROXY", row.proxy, row.proxy == "yes") })
			t.Run("in the event of AWS_PROXY", row.inEvent)
			t.Run("a mapping of AWS_PROXY", func(t *testing.T) { row.onService(t, "AWS_PROXY") })
			t.Run("a mapping of AWS", func(t *testing.T) { row.onService(t, "AWS") })
			t.Run("named in a custom response", row.inResponse)
		})
	}
}

// ask sends a GET with the header.
func (m *matrixRow) ask(t *testing.T, w *world, path string) *exchange.Reply {
	t.Helper()
	asked := request("GET", path)
	if m.name == "Host" {
		asked.Header.Set("Host", asked.Host)
	} else {
		asked.Header.Add(m.name, theClients(m.name))
	}
	return w.serve(t, asked)
}

func (m *matrixRow) isVisible(t *testing.T) {
	w := newWorld()
	def := mocked("200", "$input.params('"+m.name+"')")
	def.Responses["200"] = api.MethodResponse{}
	w.method("/m", "GET", def)
	got := string(m.ask(t, w, "/dev/m").Body)
	if (got != "") != m.visible {
		t.Errorf("a template sees %q, want visible %v", got, m.visible)
	}
}

// sent asks through HTTP or HTTP_PROXY, with a mapping if there is an outcome for one.
func (m *matrixRow) sent(t *testing.T, kind, outcome string, want bool) {
	b := raw(t, "Content-Length: 0")
	w := newWorld()
	def := httpMethod(kind, b.url)
	if outcome != "" {
		def.Integration.RequestParameters = map[string]string{"integration.request.header." + m.name: "'mapped'"}
	}
	w.method("/m", "GET", def)
	reply := m.ask(t, w, "/dev/m")
	if outcome == "500" {
		if got := seen(reply); got != (answer{500, "InternalServerErrorException", internalBody}) || b.header != nil {
			t.Errorf("got %+v, and the backend %v", got, b.header)
		}
		return
	}
	if reply.Status != 200 {
		t.Fatalf("got %+v, because %s", seen(reply), w.records[0].Reason())
	}
	got := b.header.Get(m.name)
	if (got != "") != want || outcome != "" && want && got != "mapped" {
		t.Errorf("the backend got %q, want one %v", got, want)
	}
}

func (m *matrixRow) inEvent(t *testing.T) {
	w := newWorld()
	m.ask(t, w, "/dev/x")
	_, got := proxyEvent(t, w).Headers[m.name]
	if got != m.event {
		t.Errorf("it is in the event: %v, want %v", got, m.event)
	}
}

func (m *matrixRow) onService(t *testing.T, kind string) {
	w := newWorld()
	def := lambdaMethod()
	def.Integration.Type = kind
	def.Integration.RequestParameters = map[string]string{"integration.request.header." + m.name: "'mapped'"}
	w.method("/m", "GET", def)
	want := answer{200, "", "ok"}
	if kind == "AWS" {
		want.body = `{"statusCode":200,"body":"ok"}`
	}
	if m.service == "500" {
		want = answer{500, "InternalServerErrorException", internalBody}
	}
	if got := seen(m.ask(t, w, "/dev/m")); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func (m *matrixRow) inResponse(t *testing.T) {
	w := newWorld()
	def := httpMethod("HTTP", raw(t, "Content-Length: 0").url)
	def.Integration.Responses[0].Parameters = map[string]string{"method.response.header." + m.name: "'named'"}
	w.method("/m", "GET", def)
	reply := w.get(t, "/dev/m")
	own, renamed := reply.Header.Get(m.name), reply.Header.Get("x-amzn-Remapped-"+m.name)
	switch {
	case reply.Status != 200,
		m.response == "as is" && own != "named",
		m.response == "remapped" && (renamed != "named" || own == "named"),
		m.response == "dropped" && (own != "" || renamed != ""):
		t.Errorf("got %d %v, want it %s", reply.Status, reply.Header, m.response)
	}
}

// The rows are those of spec rest-api.md §8, of an answer that passes.
func TestHeadersOfProxiedAnswers(t *testing.T) {
	for _, r := range []struct{ name, line, viaHTTP, viaFunction string }{
		{"Connection is renamed", "Connection: keep-alive", "x-amzn-Remapped-Connection: keep-alive", "x-amzn-Remapped-Connection: keep-alive"},
		{"Content-Length is renamed", "Content-Length: 0", "x-amzn-Remapped-Content-Length: 0", "x-amzn-Remapped-Content-Length: 0"},
		{"Date is renamed", "Date: then", "x-amzn-Remapped-Date: then", "x-amzn-Remapped-Date: then"},
		{"Server is renamed", "Server: mine", "x-amzn-Remapped-Server: mine", "x-amzn-Remapped-Server: mine"},
		{"x-amzn-RequestId is renamed", "x-amzn-RequestId: r", "x-amzn-Remapped-x-amzn-RequestId: r", "x-amzn-Remapped-x-amzn-RequestId: r"},
		{"WWW-Authenticate is renamed", "WWW-Authenticate: Basic", "x-amzn-Remapped-WWW-Authenticate: Basic", "x-amzn-Remapped-WWW-Authenticate: Basic"},
		{"Authorization passes", "Authorization: a", "Authorization: a", "Authorization: a"},
		{"Content-MD5 passes", "Content-MD5: a", "Content-MD5: a", "Content-MD5: a"},
		{"Expect passes", "Expect: a", "Expect: a", "Expect: a"},
		{"Max-Forwards passes", "Max-Forwards: 1", "Max-Forwards: 1", "Max-Forwards: 1"},
		{"Proxy-Authenticate passes", "Proxy-Authenticate: a", "Proxy-Authenticate: a", "Proxy-Authenticate: a"},
		{"Upgrade passes", "Upgrade: a", "Upgrade: a", "Upgrade: a"},
		{"User-Agent passes", "User-Agent: a", "User-Agent: a", "User-Agent: a"},
		{"Transfer-Encoding is dropped", "Transfer-Encoding: identity", "", ""},
		{"Via is dropped of HTTP_PROXY alone", "Via: 1.1 v", "", "Via: 1.1 v"},
		{"anything else passes", "X-Mine: a", "X-Mine: a", "X-Mine: a"},
	} {
		name, value, _ := strings.Cut(r.line, ": ")
		found := func(header exchange.Header) string {
			at := slices.IndexFunc(header, func(f exchange.Field) bool {
				return f.Value == value && strings.HasSuffix(strings.ToLower(f.Name), strings.ToLower(name))
			})
			if at < 0 {
				return ""
			}
			return header[at].Name + ": " + header[at].Value
		}
		t.Run("HTTP_PROXY: "+r.name, func(t *testing.T) {
			lines := []string{r.line}
			switch name {
			case "Content-Length":
			case "Transfer-Encoding": // of the kind that a backend may send, with an empty body
				lines = []string{"Transfer-Encoding: chunked\r\n\r\n0"}
			default:
				lines = append(lines, "Content-Length: 0")
			}
			w := newWorld()
			w.method("/m", "GET", httpMethod("HTTP_PROXY", raw(t, lines...).url))
			reply := w.get(t, "/dev/m")
			if got := found(reply.Header); reply.Status != 200 || reply.Header.Has("Transfer-Encoding") || !strings.EqualFold(got, r.viaHTTP) {
				t.Errorf("got %q in %v, want %q", got, reply.Header, r.viaHTTP)
			}
		})
		t.Run("AWS_PROXY: "+r.name, func(t *testing.T) {
			w := newWorld()
			w.lambda.answer(functionARN, `{"headers":{"`+name+`":"`+value+`"}}`)
			if got := found(w.get(t, "/dev/x").Header); got != r.viaFunction {
				t.Errorf("got %q, want %q", got, r.viaFunction)
			}
		})
	}
}

// The rows are those of spec rest-api.md §9 and control-plane.md §9.
func TestHeadersThatAreAlwaysAdded(t *testing.T) {
	for _, r := range []struct {
		name  string
		with  func(*testing.T, *world) api.Method
		trace bool
	}{
		{"AWS_PROXY", func(*testing.T, *world) api.Method { return proxy() }, true},
		{"AWS", func(*testing.T, *world) api.Method { return lambdaMethod() }, true},
		{"HTTP", func(t *testing.T, _ *world) api.Method { return httpMethod("HTTP", raw(t, "Content-Length: 0").url) }, true},
		{"HTTP_PROXY", func(t *testing.T, _ *world) api.Method {
			return httpMethod("HTTP_PROXY", raw(t, "Content-Length: 0").url)
		}, false},
		{"MOCK", func(*testing.T, *world) api.Method { return mocked("200", "") }, false},
		{"a refusal", func(*testing.T, *world) api.Method { m := proxy(); m.APIKeyRequired = true; return m }, false},
		{"a failure", func(*testing.T, *world) api.Method { return mocked("x", "") }, false},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := newWorld()
			m := r.with(t, w)
			if r.name == "a failure" {
				m = mocked("200", "")
				m.Integration.RequestTemplates = nil
			}
			w.method("/m", "GET", m)
			reply := w.get(t, "/dev/m")
			var names []string
			for _, field := range reply.Header {
				names = append(names, field.Name)
			}
			for _, name := range []string{"x-amzn-RequestId", "x-amz-apigw-id", "Content-Type"} {
				if !slices.Contains(names, name) {
					t.Errorf("the reply has %v, and no %s", names, name)
				}
			}
			if got := reply.Header.Get("Content-Type"); got != "application/json" {
				t.Errorf("Content-Type is %s", got)
			}
			if slices.Contains(names, "X-Amzn-Trace-Id") != r.trace {
				t.Errorf("the reply has %v, want a trace %v", names, r.trace)
			}
			if slices.Contains(names, "x-amzn-ErrorType") != (reply.Status >= 400) {
				t.Errorf("the reply of %d has %v", reply.Status, names)
			}
			for _, name := range []string{"Date", "Connection", "Content-Length"} {
				if slices.Contains(names, name) {
					t.Errorf("the reply has %s, which is the listener's", name)
				}
			}
		})
	}
}
