package control_test

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// objectClient calls S3.
type objectClient struct{ *client }

func newObjectClient(t testing.TB, state string) objectClient {
	return objectClient{newClient(t, state)}
}

// ask makes a request: "PUT /bucket/key x-header=value", with a body.
func (c objectClient) ask(line, body string) (*http.Response, string) {
	words := strings.Fields(line)
	request := httptest.NewRequest(words[0], words[1], strings.NewReader(body))
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/s3/aws4_request")
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, ":")
		if name == "host" {
			request.Host = value
		}
		request.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	c.door.ServeHTTP(recorder, request)
	return recorder.Result(), recorder.Body.String()
}

// do is ask for a call that is answered well.
func (c objectClient) do(line, body string) string {
	c.t.Helper()
	response, text := c.ask(line, body)
	if response.StatusCode >= 300 {
		c.t.Fatalf("%s answers %d %s", line, response.StatusCode, text)
	}
	return text
}

// chunked is "hello world" as SDKs stream it: with a checksum that trails it ("Signature
// calculations for the authorization header: transferring a payload in multiple chunks").
const chunked = "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n"

const streaming = " x-amz-content-sha256:STREAMING-UNSIGNED-PAYLOAD-TRAILER x-amz-decoded-content-length:11" +
	" x-amz-trailer:x-amz-checksum-crc32 Content-Encoding:aws-chunked"

func TestObjects(t *testing.T) {
	sum := sha256.Sum256([]byte("hello world"))
	wholeSum := base64.StdEncoding.EncodeToString(sum[:])
	signed := "5;chunk-signature=aa\r\nhello\r\n6;chunk-signature=bb\r\n world\r\n0;chunk-signature=cc\r\n\r\n"
	for _, row := range []struct {
		name, put, body, get, want string
		status                     int
		header                     map[string]string
	}{
		{
			name: "an object comes back as it was put", put: "PUT /bucket/a/b%20c Content-Type:text/plain " +
				"x-amz-meta-who:me", body: "hello world", get: "GET /bucket/a/b%20c", want: "hello world",
			status: 200, header: map[string]string{
				"Content-Type": "text/plain", "x-amz-meta-who": "me",
				"ETag": `"5eb63bbbe01eeed093cb22bb8f5acdc3"`,
			},
		},
		{
			name: "a bucket stands in the host name too", put: "PUT /k host:bucket.localhost:3000",
			body: "x", get: "GET /k host:bucket.s3.us-east-1.localhost:3000", want: "x", status: 200,
		},
		{
			name: "a key may look like a path that leads out", put: "PUT /bucket/../../etc/x", body: "x",
			get: "GET /bucket/../../etc/x", want: "x", status: 200,
		},
		{
			name: "a range is a part", put: "PUT /bucket/k", body: "hello world",
			get: "GET /bucket/k Range:bytes=6-8", want: "wor", status: 206,
			header: map[string]string{"Content-Range": "bytes 6-8/11"},
		},
		{
			name: "the last bytes are a range", put: "PUT /bucket/k", body: "hello world",
			get: "GET /bucket/k Range:bytes=-5", want: "world", status: 206,
		},
		{
			name: "a range behind the end is refused", put: "PUT /bucket/k", body: "hello",
			get: "GET /bucket/k Range:bytes=9-", want: "<Code>InvalidRange</Code>", status: 416,
		},
		{
			name: "HEAD has no body", put: "PUT /bucket/k", body: "hello", get: "HEAD /bucket/k", status: 200,
			header: map[string]string{"Content-Length": "5"},
		},
		{
			name: "nothing changed since", put: "PUT /bucket/k", body: "hello world",
			get: `GET /bucket/k If-None-Match:"5eb63bbbe01eeed093cb22bb8f5acdc3"`, status: 304,
		},
		{
			name: "a body may come in chunks with a trailing checksum", put: "PUT /bucket/k" + streaming,
			body: chunked, get: "GET /bucket/k x-amz-checksum-mode:ENABLED", want: "hello world", status: 200,
			header: map[string]string{"x-amz-checksum-crc32": "DUoRhQ==", "Content-Encoding": ""},
		},
		{
			name: "and in signed chunks", put: "PUT /bucket/k x-amz-content-sha256:STREAMING-AWS4-HMAC-" +
				"SHA256-PAYLOAD x-amz-decoded-content-length:11", body: signed, get: "GET /bucket/k",
			want: "hello world", status: 200,
		},
		{
			name: "a checksum in a header is kept", put: "PUT /bucket/k x-amz-checksum-sha256:" + wholeSum,
			body: "hello world", get: "HEAD /bucket/k x-amz-checksum-mode:ENABLED", status: 200,
			header: map[string]string{"x-amz-checksum-sha256": wholeSum},
		},
		{
			name: "CRC-64/NVME is known", put: "PUT /bucket/k x-amz-checksum-crc64nvme:rosUhgp5mIg=",
			body: "123456789", get: "GET /bucket/k", want: "123456789", status: 200,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newObjectClient(t, t.TempDir())
			c.do("PUT /bucket", "")
			c.do(row.put, row.body)
			response, text := c.ask(row.get, "")
			if response.StatusCode != row.status || !strings.Contains(text, row.want) {
				t.Errorf("%s answers %d %q, want %d %q", row.get, response.StatusCode, text, row.status,
					row.want)
			}
			for name, want := range row.header {
				if got := headerOf(response, name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// headerOf returns a header, also one whose name is written in lower case.
func headerOf(response *http.Response, name string) string {
	if values := response.Header.Values(name); values != nil {
		return strings.Join(values, ",")
	}
	return strings.Join(response.Header[name], ",")
}

func TestUploadsThatAreRefused(t *testing.T) {
	for _, row := range []struct {
		name, call, body, code string
		status                 int
	}{
		{"to no bucket", "PUT /none/k", "x", "NoSuchBucket", 404},
		{"an object that is not there", "GET /bucket/none", "", "NoSuchKey", 404},
		{"a checksum that does not fit", "PUT /bucket/k x-amz-checksum-crc32:AAAAAA==", "x", "BadDigest", 400},
		{"a trailing one", "PUT /bucket/k" + streaming, strings.Replace(chunked, "DUo", "AAA", 1), "BadDigest", 400},
		{"chunks that break off", "PUT /bucket/k" + streaming, chunked[:9], "IncompleteBody", 400},
		{"no chunks at all", "PUT /bucket/k" + streaming, "zz\r\n", "InvalidChunkSizeError", 400},
		{
			"another body than was signed", "PUT /bucket/k x-amz-content-sha256:" + strings.Repeat("a", 64), "x",
			"XAmzContentSHA256Mismatch", 400,
		},
		{"a long key", "PUT /bucket/" + strings.Repeat("k", 1025), "x", "KeyTooLongError", 400},
		{"a copy", "PUT /bucket/k x-amz-copy-source:/a/b", "", "NotImplemented", 501},
		{"an access control list", "GET /bucket?acl", "", "NotImplemented", 501},
		{"a bucket's bad name", "PUT /Bucket", "", "InvalidBucketName", 400},
		{"a bucket of somebody else", "HEAD /bucket x-amz-expected-bucket-owner:999999999999", "", "", 403},
		{"a bucket that is not empty", "DELETE /bucket", "", "BucketNotEmpty", 409},
		{"no policy", "GET /bucket?policy", "", "NoSuchBucketPolicy", 404},
		{"a part of no upload", "PUT /bucket/k?partNumber=1&uploadId=../../x", "x", "NoSuchUpload", 404},
		{"tags of an object", "PUT /bucket/k x-amz-tagging:a=b", "x", "NotImplemented", 501},
		{"nothing to delete", "POST /bucket?delete", "<Delete/>", "MalformedXML", 400},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := newObjectClient(t, t.TempDir())
			c.do("PUT /bucket", "")
			c.do("PUT /bucket/there", "x")
			response, text := c.ask(row.call, row.body)
			if response.StatusCode != row.status || strings.Join(between(text, "Code"), "") != row.code {
				t.Errorf("%s answers %d %s, want %d %s", row.call, response.StatusCode, text, row.status,
					row.code)
			}
			if text := c.do("GET /bucket?list-type=2", ""); strings.Contains(text, "<Key>k</Key>") {
				t.Errorf("what was refused is there: %s", text)
			}
		})
	}
}

func TestListsOfObjects(t *testing.T) {
	c := newObjectClient(t, t.TempDir())
	c.do("PUT /bucket", "")
	for _, key := range []string{"a", "b/1", "b/2", "c/1", "d%2B%20e"} {
		c.do("PUT /bucket/"+key, "x")
	}
	for _, row := range []struct{ name, query, want string }{
		{"all keys are in order", "", "a b/1 b/2 c/1 d+ e"},
		{"those below a prefix", "&prefix=b/", "b/1 b/2"},
		{"after one", "&start-after=b/1", "b/2 c/1 d+ e"},
		{"names that are encoded", "&encoding-type=url&prefix=d", "d%2B%20e"},
		{"a page", "&max-keys=2", "a b/1"},
		{"with a delimiter", "&delimiter=/", "a d+ e"},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := c.do("GET /bucket?list-type=2"+row.query, "")
			if got := strings.Join(between(text, "Key"), " "); got != row.want {
				t.Errorf("the keys are %q, want %q", got, row.want)
			}
		})
	}
	var keys []string
	token, pages := "", 0
	for ; pages < 9; pages++ {
		text := c.do("GET /bucket?list-type=2&max-keys=1&delimiter=/&continuation-token="+token, "")
		keys = append(keys, append(between(text, "Key"), between(text, "CommonPrefixes")...)...)
		next := between(text, "NextContinuationToken")
		if next == nil {
			break
		}
		token = next[0]
	}
	if got := strings.Join(keys, " "); got != "a <Prefix>b/</Prefix> <Prefix>c/</Prefix> d+ e" {
		t.Errorf("page by page there are %q", got)
	}
}

func TestUploadsInParts(t *testing.T) {
	state := t.TempDir()
	c := newObjectClient(t, state)
	c.do("PUT /bucket", "")
	id := between(c.do("POST /bucket/big?uploads x-amz-meta-a:b", ""), "UploadId")[0]
	first, last := strings.Repeat("a", 5<<20), "end"
	var parts string
	for i, body := range []string{first, last} {
		response, _ := c.ask(fmt.Sprintf("PUT /bucket/big?partNumber=%d&uploadId=%s", i+1, id), body)
		parts += fmt.Sprintf("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>", i+1,
			response.Header.Get("ETag"))
	}
	c.do("POST /bucket/big?uploadId="+id, "<CompleteMultipartUpload>"+parts+"</CompleteMultipartUpload>")
	one, two := md5.Sum([]byte(first)), md5.Sum([]byte(last))
	want := fmt.Sprintf(`"%x-2"`, md5.Sum(append(one[:], two[:]...)))
	again := newObjectClient(t, state) // it is there after a restart
	response, _ := again.ask("HEAD /bucket/big", "")
	if got := response.Header.Get("ETag"); got != want || response.ContentLength != 5<<20+3 ||
		headerOf(response, "x-amz-meta-a") != "b" {
		t.Errorf("the object has the tag %s, %d bytes, want %s", got, response.ContentLength, want)
	}
	if text := again.do("GET /bucket/big Range:bytes=5242880-", ""); text != "end" {
		t.Errorf("it ends with %q", text)
	}
	if status, _ := again.ask("DELETE /bucket/big?uploadId="+id, ""); status.StatusCode != 404 {
		t.Errorf("the upload can be aborted after its end: %d", status.StatusCode)
	}
	again.do("POST /bucket?delete", "<Delete><Object><Key>big</Key></Object><Object><Key>no</Key></Object></Delete>")
	again.do("DELETE /bucket", "")
}

func TestDocumentsOfBuckets(t *testing.T) {
	c := newObjectClient(t, t.TempDir())
	c.do("PUT /bucket", "")
	for _, row := range []struct{ subresource, document string }{
		{"versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"},
		{"policy", `{"Statement":[]}`},
		{"lifecycle", "<LifecycleConfiguration/>"},
		{"tagging", "<Tagging><TagSet/></Tagging>"},
		{"publicAccessBlock", "<PublicAccessBlockConfiguration/>"},
	} {
		c.do("PUT /bucket?"+row.subresource, row.document)
		if text := c.do("GET /bucket?"+row.subresource, ""); text != row.document {
			t.Errorf("%s is %s", row.subresource, text)
		}
	}
	for call, want := range map[string]string{
		"GET /bucket?location":   "<LocationConstraint ",
		"GET /bucket?encryption": "<SSEAlgorithm>AES256</SSEAlgorithm>",
		"GET /":                  "<Name>bucket</Name>",
	} {
		if text := c.do(call, ""); !strings.Contains(text, want) {
			t.Errorf("%s answers %s", call, text)
		}
	}
}

// FuzzUploads sends bodies in chunks that may be anything: never a failure.
func FuzzUploads(f *testing.F) {
	f.Add(chunked, "k")
	f.Add("5\r\nhello", "k/../x")
	f.Add("ffffffffffffffff\r\n", "\x00")
	c := newObjectClient(f, f.TempDir())
	c.do("PUT /bucket", "")
	f.Fuzz(func(t *testing.T, body, key string) {
		request := httptest.NewRequest(http.MethodPut, "/bucket/k", strings.NewReader(body))
		request.URL.Path = "/bucket/" + key
		request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20261122/us-east-1/s3/aws4_request")
		request.Header.Set("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		request.Header.Set("x-amz-decoded-content-length", "11")
		recorder := httptest.NewRecorder()
		c.door.ServeHTTP(recorder, request)
		if recorder.Code >= 500 {
			t.Errorf("%q answers %d %s", body, recorder.Code, recorder.Body)
		}
	})
}
