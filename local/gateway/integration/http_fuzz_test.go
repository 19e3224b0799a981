package integration

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// What is taken for an answer, net/http takes for the same one: two readers of one answer that
// differ are how answers are smuggled.
func FuzzBackendAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"), false)
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2;a=b\r\nhi\r\n0\r\nX: 1\r\n\r\n"), false)
	f.Add([]byte("HTTP/1.0 404 No\r\nX-A: 1\r\n folded\r\n\r\nrest"), false)
	f.Add([]byte("HTTP/1.0 200 \nX:\x1c\n\n"), false)
	f.Add([]byte("HTTP/1.1 200 \nTrAnsfer-EnCoding:Chunked\n\n0\r\n\n"), false)
	f.Add([]byte("HTTP/1.1 304 Not Modified\nContent-Length: 5\n\n"), true)
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), false)
	f.Fuzz(func(t *testing.T, text []byte, head bool) {
		method := "GET"
		if head {
			method = "HEAD"
		}
		c := &connection{buffers: &buffers{in: bufio.NewReaderSize(bytes.NewReader(text), 64)}}
		in, err := c.readAnswer(method)
		if err != nil || in.isIdentified || strings.HasPrefix(string(text[len("HTTP/1.1"):]), " 1") {
			return // 1xx and identity are this reader's own to understand
		}
		body, err := in.readAll()
		if err != nil {
			return
		}
		want, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), &http.Request{Method: method})
		if err != nil {
			t.Fatalf("net/http refuses: %v", err)
		}
		wantBody, err := io.ReadAll(want.Body)
		if err != nil || want.StatusCode != in.status || !bytes.Equal(wantBody, body) {
			t.Errorf("got %d %q, net/http %d %q, %v", in.status, body, want.StatusCode, wantBody, err)
		}
		for _, field := range in.header {
			if isFraming(field.Name) || isNamed(field.Name, "Trailer") {
				continue // net/http keeps them to itself
			}
			if len(want.Header.Values(field.Name)) == 0 {
				t.Errorf("net/http has no %q", field.Name)
			}
		}
	})
}

// What leads somewhere leads there for net/url too.
func FuzzBackendAddress(f *testing.F) {
	for _, text := range []string{
		"http://b", "https://b.example:8443/a%2Fb//c?x=1&y=%zz#f", "http://[::1]:8080/", "http://u:p@b/",
		"http://b/a b?c d", "http://b:/?", "http://b?x", "HTTP://b/", "http://b/%zz", "http://b/\u00e9\"<>", "http://b#x/y",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseAddress(text)
		if err != nil {
			return
		}
		want, err := url.Parse(text)
		if err != nil {
			t.Fatalf("net/url refuses %q: %v", text, err)
		}
		target := strings.ReplaceAll(want.RequestURI(), " ", "%20")
		if want.Hostname() != got.host || want.Scheme != got.scheme() || target != got.target {
			t.Errorf("%q: got %s %q %q, want %s %q %q", text, got.scheme(), got.host, got.target,
				want.Scheme, want.Hostname(), target)
		}
		if strings.ContainsAny(got.target+got.authority, " \r\n") {
			t.Errorf("%q: %q would break the request line", text, got.target)
		}
	})
}
