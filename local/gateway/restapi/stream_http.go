package restapi

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portico/local/gateway/integration"
)

// httpStream is an HTTP_PROXY integration whose answer goes to the client as it comes, once all of
// its headers are there.
type httpStream struct {
	httpProxy
	transport *http.Transport
	limits    limits
}

var _ backend = (*httpStream)(nil)

// compileHTTPStream gives every stream a connection of its own: none is worth keeping.
func (a *API) compileHTTPStream(proxy *httpProxy) backend {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &httpStream{
		httpProxy: *proxy, limits: a.streamLimits(proxy.backend.Timeout),
		transport: &http.Transport{
			DisableCompression: true, MaxIdleConnsPerHost: -1, Protocols: protocols,
			TLSClientConfig: &tls.Config{
				InsecureSkipVerify: proxy.backend.InsecureTLS, MinVersion: tls.VersionTLS12,
			},
		},
	}
}

func (h *httpStream) invoke(ctx context.Context, c *call) error {
	began := c.clock.Now()
	c.Note("url", c.outgoing.Method+" "+c.outgoing.URL)
	ctx, s := h.limits.begin(ctx)
	answer, err := h.open(ctx, c, s)
	if err != nil {
		_ = s.Close()
		c.vars.IntegrationLatency = c.clock.Now().Sub(began)
		c.vars.TransferMode = "STREAM"
		return err
	}
	c.incoming = answer
	c.beginReply(s, began)
	status := strconv.Itoa(answer.Status)
	c.vars.IntegrationStatus, c.vars.IntegrationBackendStatus = status, status
	c.Note("backend status", status)
	return nil
}

// open sends the request and returns the answer's status and header lines.
func (h *httpStream) open(
	ctx context.Context, c *call, s *stream,
) (answer integration.HTTPResponse, err error) {
	out, err := outgoing(&c.outgoing)
	if err != nil {
		return answer, err
	}
	err = s.await(func() (io.ReadCloser, error) {
		in, err := h.transport.RoundTrip(out.WithContext(ctx))
		if err != nil {
			return nil, err
		}
		answer.Status = in.StatusCode
		for _, name := range slices.Sorted(maps.Keys(in.Header)) {
			for _, value := range in.Header[name] {
				answer.Header.Add(name, value)
			}
		}
		return in.Body, nil
	})
	if err == nil {
		return answer, nil
	}
	if late := s.late(err, out.URL.Host); late != nil {
		return answer, late
	}
	return answer, unreached(out.URL.Host, err)
}

func (h *httpStream) respond(c *call) error {
	return c.streamReply(integration.ProxyReply(&c.incoming))
}

// outgoing makes net/http's request, with the header lines as they were given.
func outgoing(request *integration.HTTPRequest) (*http.Request, error) {
	address, err := url.Parse(request.URL)
	if err != nil || address.Hostname() == "" ||
		address.Scheme != "http" && address.Scheme != "https" {
		return nil, &integration.Error{Kind: integration.Misconfigured, Text: fmt.Sprintf(
			"Execution failed due to configuration error: Invalid endpoint address: %q, allowed is "+
				"http://HOST/… or https://HOST/…", request.URL)}
	}
	out := &http.Request{
		Method: request.Method, URL: address, Host: address.Host,
		Header: http.Header{"User-Agent": {""}}, // or net/http names itself
	}
	for _, field := range request.Header {
		switch strings.ToLower(field.Name) {
		case "host":
			out.Host = field.Value
		case "user-agent":
			out.Header["User-Agent"] = []string{field.Value}
		case "content-length", "transfer-encoding", "trailer":
		default:
			out.Header[field.Name] = append(out.Header[field.Name], field.Value)
		}
	}
	if len(request.Body) > 0 {
		out.ContentLength = int64(len(request.Body))
		out.Body = io.NopCloser(bytes.NewReader(request.Body))
	}
	return out, nil
}

// unreached says in AWS's words why no answer began.
func unreached(host string, err error) error {
	const misconfigured = "Execution failed due to configuration error: "
	var unknownHost *net.DNSError
	var certificate *tls.CertificateVerificationError
	var dialing *net.OpError
	failed := &integration.Error{Kind: integration.Misconfigured}
	switch {
	case errors.As(err, &unknownHost):
		failed.Text = misconfigured + "Invalid endpoint address: host " + host + ": " + err.Error()
	case errors.As(err, &certificate):
		failed.Text = misconfigured + "General SSLEngine problem: " + host + ": " + err.Error()
	case errors.As(err, &dialing) && dialing.Op == "dial":
		failed.Text = misconfigured + "There was an internal error while executing your request: " +
			host + ": " + err.Error()
	default:
		failed.Kind = integration.Unreachable
		failed.Text = "Execution failed due to a network error communicating with endpoint: " + host +
			": " + err.Error()
	}
	return failed
}
