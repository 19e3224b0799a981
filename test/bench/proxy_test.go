package bench

import (
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"
)

// bareBackend is what all proxies call: net/http with an answer of 1 KB.
func bareBackend(b *testing.B) string {
	body := kilobyte()
	return listen(b, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(body)
	}))
}

// defaultProxy is httputil's, as most programs use it.
func defaultProxy(b *testing.B, backend string) string {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	b.Cleanup(transport.CloseIdleConnections)
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: backend})
	proxy.Transport = transport
	return listen(b, proxy)
}

// tunedProxy is the quickest that net/http does: a transport that keeps a connection for every
// client, whole messages handed over with no more than the hop's own lines taken out.
func tunedProxy(b *testing.B, backend string) string {
	transport := &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		MaxIdleConnsPerHost: 1024,
		DisableCompression:  true,
		ReadBufferSize:      16 << 10,
		WriteBufferSize:     16 << 10,
	}
	b.Cleanup(transport.CloseIdleConnections)
	buffers := sync.Pool{New: func() any { return new([32 << 10]byte) }}
	return listen(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		target := *r.URL
		target.Scheme, target.Host = "http", backend
		r.Header.Del("Connection")
		out := (&http.Request{
			Method: r.Method, URL: &target, Host: r.Host, Header: r.Header,
			Body: r.Body, ContentLength: r.ContentLength,
		}).WithContext(r.Context())
		in, err := transport.RoundTrip(out)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer in.Body.Close()
		header := w.Header()
		for name, values := range in.Header {
			header[name] = values
		}
		w.WriteHeader(in.StatusCode)
		buffer := buffers.Get().(*[32 << 10]byte)
		defer buffers.Put(buffer)
		_, _ = io.CopyBuffer(struct{ io.Writer }{w}, in.Body, buffer[:])
	}))
}
