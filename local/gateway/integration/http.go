package integration

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
)

const (
	standardTimeout  = 29 * time.Second
	maxHTTPResponse  = 10 << 20 // bytes
	idlePerBackend   = 1024     // connections
	idleTime         = 90 * time.Second
	connectionBuffer = 16 << 10 // bytes
)

// HTTP calls backends over HTTP/1.1, as API Gateway does: redirects are not followed, nothing is
// decompressed, no proxy of the environment is asked.
type HTTP struct {
	clock    clock.Clock
	checked  *http.Transport
	trusting *http.Transport // for insecureSkipVerification
}

// HTTPRequest is what a backend is sent.
type HTTPRequest struct {
	Method string
	URL    string
	// Header goes to the backend in its own casing; a Host line replaces the URL's host.
	Header  exchange.Header
	Body    []byte
	Timeout time.Duration // of the whole call; 0 is AWS's 29 s
	// InsecureTLS accepts certificates of any issuer (tlsConfig.insecureSkipVerification).
	InsecureTLS bool
}

// HTTPResponse is what a backend answered.
//
// Unlike AWS: names have net/http's casing (X-Request-Id) and are ordered by name.
type HTTPResponse struct {
	Status int
	Header exchange.Header
	Body   []byte
}

// NewHTTP returns a caller. Its idle connections end with Close, or by themselves.
func NewHTTP(c clock.Clock) *HTTP {
	return &HTTP{clock: c, checked: newTransport(false), trusting: newTransport(true)}
}

// Close ends idle connections.
func (h *HTTP) Close() {
	h.checked.CloseIdleConnections()
	h.trusting.CloseIdleConnections()
}

func newTransport(insecure bool) *http.Transport {
	dialer := &net.Dialer{Timeout: standardTimeout, KeepAlive: idleTime}
	return &http.Transport{
		DialContext:         dialer.DialContext,
		TLSClientConfig:     &tls.Config{InsecureSkipVerify: insecure, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: standardTimeout,
		DisableCompression:  true,
		MaxIdleConnsPerHost: idlePerBackend,
		IdleConnTimeout:     idleTime,
		ReadBufferSize:      connectionBuffer,
		WriteBufferSize:     connectionBuffer,
		Protocols:           onlyHTTP1(),
	}
}

func onlyHTTP1() *http.Protocols {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return protocols
}

// Call sends a request and reads the whole answer, whatever its status. An error is an *Error in
// the words of AWS's execution log, and one of the causes ErrTimeout, ErrAddress, ErrConnect,
// ErrCertificate, ErrNetwork and ErrTooLarge.
func (h *HTTP) Call(ctx context.Context, request HTTPRequest) (HTTPResponse, error) {
	address, err := parseAddress(request.URL)
	if err != nil {
		return HTTPResponse{}, err
	}
	timeout := request.Timeout
	if timeout <= 0 {
		timeout = standardTimeout
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := h.clock.AfterFunc(timeout, func() { cancel(errTimeout) })
	defer stop()
	response, err := send(h.transport(&request), outgoing(ctx, address, &request))
	switch {
	case err == nil:
		return response, nil
	case context.Cause(ctx) == errTimeout:
		return HTTPResponse{}, timedOut(address, timeout)
	}
	return HTTPResponse{}, callFailure(address, err)
}

// outgoing makes net/http's request. What net/http would write by itself is either named in the
// header or kept out.
func outgoing(ctx context.Context, address *url.URL, request *HTTPRequest) *http.Request {
	out := &http.Request{
		Method: request.Method, URL: address, Host: address.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: make(http.Header, len(request.Header)+2),
	}
	values := make([]string, len(request.Header))
	for i, field := range request.Header {
		name := wireName(field.Name)
		if name == "Host" {
			out.Host = field.Value
		}
		if name == "Host" || name == "" {
			continue
		}
		if earlier, ok := out.Header[name]; ok {
			out.Header[name] = append(earlier, field.Value)
			continue
		}
		values[i] = field.Value
		out.Header[name] = values[i : i+1 : i+1]
	}
	if _, ok := out.Header["User-Agent"]; !ok {
		out.Header["User-Agent"] = []string{""} // or net/http names itself
	}
	if len(request.Body) > 0 {
		out.ContentLength = int64(len(request.Body))
		out.Body = io.NopCloser(bytes.NewReader(request.Body))
		out.GetBody = func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(request.Body)), nil
		}
		return out.WithContext(ctx)
	}
	switch request.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		out.Body = http.NoBody // net/http writes the length
	default:
		out.Header["content-length"] = []string{"0"} // API Gateway does, net/http does not
	}
	return out.WithContext(ctx)
}

// wireName returns the name under which net/http writes a header line as it was given. It keeps the
// standard spelling of a few names for itself, and would drop or double them; the length of the
// body is its own to write, so such lines have no name.
func wireName(name string) string {
	switch len(name) {
	case len("Host"):
		if strings.EqualFold(name, "Host") {
			return "Host"
		}
	case len("Trailer"):
		if name == "Trailer" {
			return "trailer"
		}
	case len("User-Agent"):
		if strings.EqualFold(name, "User-Agent") {
			return "User-Agent"
		}
	case len("Content-Length"):
		if strings.EqualFold(name, "Content-Length") {
			return ""
		}
	case len("Transfer-Encoding"):
		if strings.EqualFold(name, "Transfer-Encoding") {
			return ""
		}
	}
	return name
}

// Open sends a request and returns the head of the answer and its body as it comes, without limits
// of time or size; who takes the body closes it. Errors are those of Call.
func (h *HTTP) Open(ctx context.Context, request HTTPRequest) (HTTPResponse, io.ReadCloser, error) {
	address, err := parseAddress(request.URL)
	if err != nil {
		return HTTPResponse{}, nil, err
	}
	in, err := h.transport(&request).RoundTrip(outgoing(ctx, address, &request))
	if err != nil {
		return HTTPResponse{}, nil, callFailure(address, err)
	}
	return headOf(in), in.Body, nil
}

func (h *HTTP) transport(request *HTTPRequest) *http.Transport {
	if request.InsecureTLS {
		return h.trusting
	}
	return h.checked
}

func send(transport *http.Transport, out *http.Request) (HTTPResponse, error) {
	in, err := transport.RoundTrip(out)
	if err != nil {
		return HTTPResponse{}, err
	}
	defer in.Body.Close()
	body, err := readAnswer(out.Method, in)
	if err != nil {
		return HTTPResponse{}, err
	}
	response := headOf(in)
	response.Body = body
	return response, nil
}

// headOf returns the status and header lines of an answer.
func headOf(in *http.Response) HTTPResponse {
	header := make(exchange.Header, 0, len(in.Header)+2)
	for _, name := range slices.Sorted(maps.Keys(in.Header)) {
		for _, value := range in.Header[name] {
			header = append(header, exchange.Field{Name: name, Value: value})
		}
	}
	return HTTPResponse{Status: in.StatusCode, Header: header}
}

// readAnswer reads a body of at most 10 MB; reading it to its end keeps the connection alive.
func readAnswer(method string, in *http.Response) ([]byte, error) {
	switch {
	case method == http.MethodHead || in.ContentLength == 0:
		return nil, nil
	case in.ContentLength > maxHTTPResponse:
		return nil, tooLarge(in.ContentLength)
	case in.ContentLength > 0:
		body := make([]byte, in.ContentLength)
		_, err := io.ReadFull(in.Body, body)
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(in.Body, maxHTTPResponse+1))
	if err == nil && len(body) > maxHTTPResponse {
		return nil, tooLarge(int64(len(body)))
	}
	return body, err
}
