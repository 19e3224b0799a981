package restapi

import (
	"bytes"
	"strings"
	"testing"
	"testing/iotest"
)

func FuzzStreamHead(f *testing.F) {
	zeros := string(headEnd)
	for _, seed := range []string{
		`{"statusCode":200,"headers":{"a":"b"},"cookies":["c=d"]}` + zeros + "body", zeros, "{}", "",
		`{"multiValueHeaders":{"a":["b"]}}` + zeros, strings.Repeat(" ", maxStreamHead-8) + zeros,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		head, ahead, err := readHead(iotest.HalfReader(bytes.NewReader(data)))
		at := bytes.Index(data[:min(len(data), maxStreamHead)], headEnd)
		if (err == nil) != (at >= 0) {
			t.Fatalf("the delimiter is at %d: %v", at, err)
		}
		if err != nil {
			return
		}
		if !bytes.Equal(head, data[:at]) || !bytes.HasPrefix(data[at+len(headEnd):], ahead) {
			t.Fatalf("cut into %q and %q", head, ahead)
		}
		output, _, err := parseHead(head)
		if err == nil && len(output.Body) > 0 {
			t.Fatalf("the head has a body: %q", output.Body)
		}
	})
}
