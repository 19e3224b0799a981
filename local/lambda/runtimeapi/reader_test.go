package runtimeapi

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/iotest"
)

// FuzzReader reads what a runtime might send. Whatever it accepts and net/http accepts too, they
// must read alike, so that nobody can smuggle one message in another.
func FuzzReader(f *testing.F) {
	for _, text := range []string{
		getNext,
		post("invocation/id/response", `{"a":1}`),
		"POST /2018-06-01/runtime/invocation/id/error HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" +
			"\r\n3;x\r\nabc\r\n0\r\nA: b\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
		"POST / HTTP/1.0\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		whole, wholeErr := readOne(bytes.NewReader(text))
		parts, partsErr := readOne(iotest.OneByteReader(bytes.NewReader(text)))
		if (wholeErr == nil) != (partsErr == nil) || !bytes.Equal(whole, parts) {
			t.Fatalf("at once %q %v, byte by byte %q %v", whole, wholeErr, parts, partsErr)
		}
		if wholeErr != nil {
			return
		}
		request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
		if err != nil {
			return // it is stricter here: it needs a Host, for one
		}
		body, err := io.ReadAll(request.Body)
		if err == nil && !bytes.Equal(body, whole) {
			t.Errorf("read %q, net/http reads %q", whole, body)
		}
	})
}

func readOne(source io.Reader) ([]byte, error) {
	r := reader{source: source, buffer: make([]byte, 16)}
	h, err := r.head()
	if err != nil {
		return nil, err
	}
	p, err := r.body(&h)
	if errors.Is(err, refuseTooLarge) {
		err = nil
	}
	return p.body, err
}
