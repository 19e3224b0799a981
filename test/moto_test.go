package test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// moto is a moto_server on this machine: AWS's services in memory, as others wrote them. Calls of
// the gateway pass a proxy that keeps them.
type moto struct {
	url   string // of moto itself
	proxy *httptest.Server

	mu   sync.Mutex // guards seen
	seen []*http.Request
}

// startMoto starts a moto_server for the length of a test.
func startMoto(t *testing.T) *moto {
	t.Helper()
	path, err := exec.LookPath("moto_server")
	if err != nil {
		t.Skip("moto_server is not installed; pip install 'moto[server]' installs it")
	}
	command := exec.Command(path, "-H", "127.0.0.1", "-p", "0")
	output := &announced{found: make(chan string, 1)}
	command.Stdout, command.Stderr = output, output
	if err := command.Start(); err != nil {
		t.Skipf("moto_server does not start: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case err := <-ended: // a pyenv shim may stand in for a version that lacks the program
		t.Skipf("moto_server does not run: %v\n%s", err, output.text())
	case <-time.After(time.Minute):
		t.Errorf("moto_server is not ready after a minute:\n%s", output.text())
	case address := <-output.found:
		m := &moto{url: address}
		m.proxy = httptest.NewServer(m)
		t.Cleanup(m.proxy.Close)
		t.Cleanup(func() { _ = command.Process.Kill(); <-ended })
		return m
	}
	_ = command.Process.Kill()
	<-ended
	t.FailNow()
	return nil
}

// announced is what a process writes, until it names its address.
type announced struct {
	mu    sync.Mutex // guards written
	all   bytes.Buffer
	found chan string
}

var addressOfMoto = regexp.MustCompile(`Running on (http://127\.0\.0\.1:[0-9]+)`)

func (a *announced) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all.Write(p)
	if match := addressOfMoto.FindSubmatch(a.all.Bytes()); match != nil {
		select {
		case a.found <- string(match[1]):
		default:
		}
	}
	return len(p), nil
}

func (a *announced) text() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.all.String()
}

// ServeHTTP keeps a call and passes it on.
func (m *moto) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	m.seen = append(m.seen, r.Clone(r.Context()))
	m.mu.Unlock()
	target, err := url.Parse(m.url)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target)
		p.Out.Host = p.In.Host
	}}
	proxy.ServeHTTP(w, r)
}

// last returns the newest call of the gateway.
func (m *moto) last(t *testing.T) *http.Request {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.seen) == 0 {
		t.Fatal("the gateway called no service")
	}
	return m.seen[len(m.seen)-1]
}

// ask calls an operation of a service of the JSON protocol, past the gateway.
func (m *moto) ask(t *testing.T, service, target, body string) map[string]any {
	t.Helper()
	header := http.Header{
		"X-Amz-Target": {target}, "Content-Type": {"application/x-amz-json-1.1"},
	}
	text := m.send(t, motoCall{service: service, method: "POST", path: "/", body: body, header: header})
	var answer map[string]any
	if len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			t.Fatalf("%s answered %s: %v", target, text, err)
		}
	}
	return answer
}

// form calls an operation of a service of the Query protocol.
func (m *moto) form(t *testing.T, service string, values url.Values) string {
	t.Helper()
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	return string(m.send(t, motoCall{
		service: service, method: "POST", path: "/", body: values.Encode(), header: header,
	}))
}

// motoCall is a call of a service past the gateway.
type motoCall struct {
	service, method, path, body string
	header                      http.Header
}

// send makes a call of which moto reads the service in the scope of the signature, and no more.
func (m *moto) send(t *testing.T, c motoCall) []byte {
	t.Helper()
	out, err := http.NewRequestWithContext(t.Context(), c.method, m.url+c.path, strings.NewReader(c.body))
	if err != nil {
		t.Fatal(err)
	}
	if c.header != nil {
		out.Header = c.header
	}
	out.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/"+c.service+
		"/aws4_request, SignedHeaders=host, Signature=0")
	in, err := http.DefaultClient.Do(out)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Body.Close()
	text, err := io.ReadAll(in.Body)
	if err != nil || in.StatusCode >= 300 {
		t.Fatalf("%s answered %d: %s, %v", c.service, in.StatusCode, text, err)
	}
	return text
}
