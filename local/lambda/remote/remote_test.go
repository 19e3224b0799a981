package remote

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"portico/local/lambda"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const functionARN = "arn:aws:lambda:us-east-1:123456789012:function:elsewhere"

type still struct{}

func (still) Now() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }

func (still) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

func client(t *testing.T, answer http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return &Client{
		Endpoint: server.URL, Region: "us-east-1", Clock: still{}, Transport: server.Client().Transport,
		Credentials: aws.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "secret"},
	}
}

func TestTheInvokeAPIIsSpoken(t *testing.T) {
	rows := []struct {
		does     string
		in       lambda.Input
		uri      string
		kind     string
		function string // error
	}{
		{"a function", lambda.Input{FunctionARN: functionARN}, escapedARN + "/invocations", "RequestResponse", ""},
		{"a qualifier", lambda.Input{FunctionARN: functionARN + ":live"}, escapedARN + "/invocations?Qualifier=live", "RequestResponse", ""},
		{"an event", lambda.Input{FunctionARN: functionARN, Async: true}, escapedARN + "/invocations", "Event", ""},
		{"a name", lambda.Input{FunctionARN: "orders"}, "orders/invocations", "RequestResponse", ""},
		{"a function that fails", lambda.Input{FunctionARN: functionARN}, escapedARN + "/invocations", "RequestResponse", "Unhandled"},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			var got []string
			c := client(t, func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				scope, _, _ := strings.Cut(r.Header.Get("Authorization"), ",")
				got = []string{
					r.Method, r.RequestURI, r.Header.Get("X-Amz-Invocation-Type"),
					r.Header.Get("X-Amzn-Trace-Id"), string(body), scope,
				}
				if row.function != "" {
					w.Header().Set("X-Amz-Function-Error", row.function)
				}
				w.Header().Set("X-Amz-Executed-Version", "7")
				w.Header().Set("x-amzn-RequestId", "id-1")
				fmt.Fprint(w, `{"b":2}`)
			})
			row.in.Payload, row.in.Trace = []byte(`{"a":1}`), "Root=1-a-b"
			out, err := c.Invoke(t.Context(), row.in)
			if err != nil {
				t.Fatal(err)
			}
			want := lambda.Output{
				Payload: []byte(`{"b":2}`), FunctionError: row.function,
				ExecutedVersion: "7", RequestID: "id-1",
			}
			if diff := cmp.Diff(want, out); diff != "" {
				t.Error(diff)
			}
			sent := []string{
				"POST", "/2015-03-31/functions/" + row.uri, row.kind, "Root=1-a-b", `{"a":1}`,
				"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/lambda/aws4_request",
			}
			if diff := cmp.Diff(sent, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const escapedARN = "arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Aelsewhere"

func TestRefusalsOfTheEndpoint(t *testing.T) {
	rows := []struct {
		does, errorType, body string
		status                int
		want                  lambda.Error
	}{
		{
			"an unknown function", "ResourceNotFoundException",
			`{"Type":"User","Message":"Function not found: f"}`, 404,
			lambda.Error{Code: "ResourceNotFoundException", Status: 404, Message: "Function not found: f"},
		},
		{
			"a throttle", "TooManyRequestsException:http://internal.amazon.com/",
			`{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate Exceeded."}`, 429,
			lambda.Error{Code: "TooManyRequestsException", Status: 429, Message: "Rate Exceeded.", Reason: "CallerRateLimitExceeded"},
		},
		{
			"a type in the body", "", `{"__type":"com.amazon#AccessDeniedException","message":"no"}`, 403,
			lambda.Error{Code: "AccessDeniedException", Status: 403, Message: "no"},
		},
		{
			"what is no answer of Lambda's", "", "gone fishing", 503,
			lambda.Error{Code: "ServiceException", Status: 503, Message: `HOST answered 503 Service Unavailable to the invocation of ` + functionARN + `: "gone fishing"`},
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			c := client(t, func(w http.ResponseWriter, _ *http.Request) {
				if row.errorType != "" {
					w.Header().Set("x-amzn-ErrorType", row.errorType)
				}
				w.WriteHeader(row.status)
				fmt.Fprint(w, row.body)
			})
			_, err := c.Invoke(t.Context(), lambda.Input{FunctionARN: functionARN})
			var got *lambda.Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want a *lambda.Error", err)
			}
			got.Message = strings.Replace(got.Message, strings.TrimPrefix(c.Endpoint, "http://"), "HOST", 1)
			if diff := cmp.Diff(row.want, *got); diff != "" {
				t.Error(diff)
			}
		})
	}
	nobody := &Client{
		Endpoint: "http://127.0.0.1:1", Region: "us-east-1", Clock: still{},
		Credentials: aws.Credentials{AccessKeyID: "a", SecretAccessKey: "b"},
	}
	_, err := nobody.Invoke(t.Context(), lambda.Input{FunctionARN: functionARN})
	var refused *lambda.Error
	if err == nil || errors.As(err, &refused) || !strings.Contains(err.Error(), "http://127.0.0.1:1") {
		t.Errorf("got %v, want an error that names the endpoint", err)
	}
}

// event is one message of a stream of events.
func event(kind, name, body string) []byte {
	header := append([]byte{byte(len(name))}, name...)
	header = append(header, 7, 0, byte(len(kind)))
	header = append(header, kind...)
	message := binary.BigEndian.AppendUint32(nil, uint32(16+len(header)+len(body)))
	message = binary.BigEndian.AppendUint32(message, uint32(len(header)))
	message = binary.BigEndian.AppendUint32(message, crc32.ChecksumIEEE(message))
	message = append(append(message, header...), body...)
	return binary.BigEndian.AppendUint32(message, crc32.ChecksumIEEE(message))
}

func TestStreamsOfTheEndpoint(t *testing.T) {
	const kind = ":event-type"
	done := event("InvokeComplete", kind, "{}")
	broken := event("PayloadChunk", kind, "x")
	broken[len(broken)-1]++
	rows := []struct {
		does   string
		events [][]byte
		want   string
		err    string
	}{
		{"two chunks", [][]byte{event("PayloadChunk", kind, "fir"), event("PayloadChunk", kind, "st"), done}, "first", ""},
		{"an empty chunk", [][]byte{event("PayloadChunk", kind, ""), event("PayloadChunk", kind, "a"), done}, "a", ""},
		{"a failure", [][]byte{event("PayloadChunk", kind, "a"), event("InvokeComplete", kind, `{"ErrorCode":"Runtime.Exit","ErrorDetails":"why"}`)}, "a", `{"errorType":"Runtime.Exit","errorMessage":"why"}`},
		{"an exception", [][]byte{event("ServiceException", ":exception-type", `{"message":"no"}`)}, "", `{"message":"no"}`},
		{"an end without InvokeComplete", [][]byte{event("PayloadChunk", kind, "a")}, "a", "unexpected EOF"},
		{"a damaged event", [][]byte{broken}, "", "damaged"},
		{"no events", [][]byte{[]byte("hello hello hello")}, "", "damaged"},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			var uri string
			c := client(t, func(w http.ResponseWriter, r *http.Request) {
				uri = r.RequestURI
				_, _ = w.Write(bytes.Join(row.events, nil))
			})
			out, err := c.InvokeStream(t.Context(), lambda.Input{FunctionARN: functionARN})
			if err != nil {
				t.Fatal(err)
			}
			defer out.Body.Close()
			if want := "/2021-11-15/functions/" + escapedARN + "/response-streaming-invocations"; uri != want {
				t.Errorf("asked for %s, want %s", uri, want)
			}
			got, err := io.ReadAll(out.Body)
			if string(got) != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
			if (err == nil) != (row.err == "") || err != nil && !strings.Contains(err.Error(), row.err) {
				t.Errorf("got %v, want an error that says %q", err, row.err)
			}
		})
	}
}

func FuzzReadEvent(f *testing.F) {
	f.Add(event("PayloadChunk", ":event-type", "body"))
	f.Add([]byte{})
	f.Fuzz(func(_ *testing.T, data []byte) {
		source := bytes.NewReader(data)
		for {
			if _, _, err := readEvent(source); err != nil {
				return
			}
		}
	})
}
