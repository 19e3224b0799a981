package s3

import (
	"encoding/base64"
	"encoding/xml"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// maxKeys is the most keys that a page holds.
const maxKeys = 1000

// listing is the answer to ListObjectsV2.
type listing struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Space                 string   `xml:"xmlns,attr"`
	Name, Prefix          string
	StartAfter            string `xml:",omitempty"`
	ContinuationToken     string `xml:",omitempty"`
	NextContinuationToken string `xml:",omitempty"`
	Delimiter             string `xml:",omitempty"`
	EncodingType          string `xml:",omitempty"`
	KeyCount, MaxKeys     int
	IsTruncated           bool
	Contents              []listed
	CommonPrefixes        []struct{ Prefix string }

	last string // key or prefix, in full
}

type listed struct {
	Key, LastModified, ETag string
	ChecksumAlgorithm       string `xml:",omitempty"`
	Size                    int64
	StorageClass            string
	Owner                   *owner `xml:",omitempty"`
}

func (v *visit) listObjects() error {
	l := &listing{
		Space: namespace, Name: v.bucket, Prefix: v.query.Get("prefix"), MaxKeys: maxKeys,
		StartAfter: v.query.Get("start-after"), Delimiter: v.query.Get("delimiter"),
		ContinuationToken: v.query.Get("continuation-token"), EncodingType: v.query.Get("encoding-type"),
	}
	if text := v.query.Get("max-keys"); text != "" {
		number, err := strconv.Atoi(text)
		if err != nil || number < 0 {
			return invalidArgument("Provided max-keys not an integer or within integer range")
		}
		l.MaxKeys = min(number, maxKeys)
	}
	if l.EncodingType != "" && l.EncodingType != "url" {
		return invalidArgument("Invalid Encoding Method specified in Request")
	}
	after := l.StartAfter
	if l.ContinuationToken != "" {
		token, err := base64.RawURLEncoding.DecodeString(l.ContinuationToken)
		if err != nil {
			return invalidArgument("The continuation token provided is incorrect")
		}
		after = string(token)
	}
	for _, key := range v.service.keys(v.bucket) {
		if !strings.HasPrefix(key, l.Prefix) || key <= after || isUnder(after, l.Delimiter, key) {
			continue
		}
		if !l.add(v, key) {
			break
		}
	}
	if l.IsTruncated {
		l.NextContinuationToken = base64.RawURLEncoding.EncodeToString([]byte(l.last))
	}
	l.encode()
	v.write(http.StatusOK, l)
	return nil
}

// isUnder says whether a key is below a common prefix that an earlier page ended with.
func isUnder(prefix, delimiter, key string) bool {
	return delimiter != "" && prefix != "" && strings.HasSuffix(prefix, delimiter) &&
		strings.HasPrefix(key, prefix)
}

// add adds a key, or the common prefix that it is below; it returns false when the page is full.
func (l *listing) add(v *visit, key string) bool {
	common := ""
	if l.Delimiter != "" {
		if at := strings.Index(key[len(l.Prefix):], l.Delimiter); at >= 0 {
			common = key[:len(l.Prefix)+at+len(l.Delimiter)]
		}
	}
	if common != "" && common == l.last {
		return true
	}
	if l.KeyCount == l.MaxKeys {
		l.IsTruncated = l.MaxKeys > 0
		return false
	}
	if common != "" {
		l.CommonPrefixes = append(l.CommonPrefixes, struct{ Prefix string }{common})
		l.last = common
		l.KeyCount++
		return true
	}
	one, ok := v.service.object(v.bucket, key)
	if !ok {
		return true // it was deleted just now
	}
	entry := listed{
		Key: key, LastModified: written(one.Modified), ETag: one.ETag, Size: one.Size,
		StorageClass: "STANDARD", ChecksumAlgorithm: strings.ToUpper(one.Algorithm),
	}
	if v.query.Get("fetch-owner") == "true" {
		who := v.owner()
		entry.Owner = &who
	}
	l.Contents, l.last = append(l.Contents, entry), key
	l.KeyCount++
	return true
}

// encode writes names as a URL has them, where the client asked for it.
func (l *listing) encode() {
	if l.EncodingType != "url" {
		return
	}
	for i := range l.Contents {
		l.Contents[i].Key = escaped(l.Contents[i].Key)
	}
	for i := range l.CommonPrefixes {
		l.CommonPrefixes[i].Prefix = escaped(l.CommonPrefixes[i].Prefix)
	}
	l.Prefix, l.StartAfter, l.Delimiter = escaped(l.Prefix), escaped(l.StartAfter), escaped(l.Delimiter)
}

func escaped(text string) string {
	return strings.NewReplacer("+", "%20", "%2F", "/").Replace(url.QueryEscape(text))
}
