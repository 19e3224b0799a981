package s3

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"portico/local/control/model"
)

// nvme is the polynomial of CRC-64/NVME, reversed.
const nvme = 0x9a6c9329ac4bc9b5

// content is a body as its client means it, read as it arrives: without the chunks of aws-chunked.
// At its end it is held against every checksum that came with it.
type content struct {
	from   io.Reader
	chunks *chunks // nil when the body is plain
	length int64   // that the client says, -1 when it does not
	read   int64
	md5    hash.Hash
	checks []check
	ended  error // what Read answers once the end was reached
}

// check is a checksum on its way.
type check struct {
	name  string // sha256, of x-amz-checksum-sha256; "" for those of other headers
	sum   hash.Hash
	print func(sum []byte) string
	want  string // "" for one that trails the body
	code  string // of the error
}

// algorithms are the checksums that clients may send, by the end of their header's name.
func algorithms() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{
		"crc32":     func() hash.Hash { return crc32.NewIEEE() },
		"crc32c":    func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
		"crc64nvme": func() hash.Hash { return crc64.New(crc64.MakeTable(nvme)) },
		"sha1":      sha1.New,
		"sha256":    sha256.New,
	}
}

var isSHA256 = regexp.MustCompile(`^[0-9a-f]{64}$`)

// content returns the body of a request.
func (v *visit) content() (*content, error) {
	header := v.r.Header
	c := &content{from: v.r.Body, length: v.r.ContentLength, md5: md5.New()}
	if strings.HasPrefix(header.Get("x-amz-content-sha256"), "STREAMING-") {
		c.chunks = newChunks(v.r.Body)
		c.from = c.chunks
		length, err := strconv.ParseInt(header.Get("x-amz-decoded-content-length"), 10, 64)
		if err != nil || length < 0 {
			return nil, model.Refuse("MissingContentLength", http.StatusLengthRequired,
				"You must provide the Content-Length HTTP header.")
		}
		c.length = length
	}
	base := base64.StdEncoding.EncodeToString
	if want := header.Get("Content-MD5"); want != "" {
		c.checks = append(c.checks, check{sum: md5.New(), print: base, want: want, code: "BadDigest"})
	}
	if want := header.Get("x-amz-content-sha256"); isSHA256.MatchString(want) {
		c.checks = append(c.checks, check{
			sum: sha256.New(), print: hex.EncodeToString, want: want, code: "XAmzContentSHA256Mismatch",
		})
	}
	trailer := strings.TrimPrefix(strings.ToLower(header.Get("x-amz-trailer")), "x-amz-checksum-")
	for name, make := range algorithms() {
		want := header.Get("x-amz-checksum-" + name)
		if want != "" || trailer == name {
			c.checks = append(c.checks, check{
				name: name, sum: make(), print: base, want: want, code: "BadDigest",
			})
		}
	}
	return c, nil
}

// Read passes what arrives on, and counts and sums it up.
func (c *content) Read(p []byte) (int, error) {
	if c.ended != nil {
		return 0, c.ended
	}
	n, err := c.from.Read(p)
	c.read += int64(n)
	_, _ = c.md5.Write(p[:n]) // a hash takes everything
	for _, check := range c.checks {
		_, _ = check.sum.Write(p[:n])
	}
	if errors.Is(err, io.EOF) {
		if wrong := c.verify(); wrong != nil {
			err = wrong
		}
	}
	c.ended = err
	return n, err
}

// verify holds the whole body against what came with it.
func (c *content) verify() error {
	if c.length >= 0 && c.read != c.length {
		return incomplete()
	}
	for i, check := range c.checks {
		want := check.want
		if want == "" && c.chunks != nil {
			want = c.chunks.trailer["x-amz-checksum-"+check.name]
			c.checks[i].want = want
		}
		if got := check.print(check.sum.Sum(nil)); got != want {
			return model.Refuse(check.code, http.StatusBadRequest,
				"The checksum you specified did not match what we received: you sent %q, it is %q", want, got)
		}
	}
	return nil
}

// checksum returns the first of the checksums that S3 keeps, "" for none.
func (c *content) checksum() (algorithm, sum string) {
	for _, check := range c.checks {
		if check.name != "" {
			return check.name, check.want
		}
	}
	return "", ""
}

// etag returns the entity tag of what was read.
func (c *content) etag() string { return `"` + hex.EncodeToString(c.md5.Sum(nil)) + `"` }

func incomplete() error {
	return model.Refuse("IncompleteBody", http.StatusBadRequest, "You did not provide the number of bytes "+
		"specified by the Content-Length HTTP header")
}

// bodyError returns what a client is told when its body could not be read.
func bodyError(err error) error {
	var refused *model.Error
	if errors.As(err, &refused) {
		return refused
	}
	return incomplete()
}
