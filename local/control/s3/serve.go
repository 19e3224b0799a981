package s3

import (
	"encoding/xml"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"portico/local/control/model"
	"portico/local/gateway/exchange"
)

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

// visit is one request on its way.
type visit struct {
	service     *Service
	w           http.ResponseWriter
	r           *http.Request
	region      string // that it is signed for
	account     string
	bucket, key string
	query       url.Values
	id          string
}

// Serve answers one request, whose signature names the region; refused says why the caller may not
// call, nil when it may.
func (s *Service) Serve(w http.ResponseWriter, r *http.Request, call model.Call, refused error) {
	v := &visit{
		service: s, w: w, r: r, region: call.Region, account: call.Account, query: r.URL.Query(),
		id: exchange.NewRequestID(),
	}
	w.Header().Set("x-amz-request-id", v.id)
	w.Header().Set("x-amz-id-2", v.id)
	v.bucket, v.key = addressed(r.Host, r.URL.Path)
	err := refused
	if err == nil {
		err = v.answer()
	}
	if err != nil {
		v.refuse(err)
	}
}

// Addressed returns the bucket and the key that a URL of S3 names, AWS's or this machine's.
func Addressed(at *url.URL) (bucket, key string) { return addressed(at.Host, at.Path) }

// addressed finds the bucket in the path, or in the host name.
func addressed(host, path string) (bucket, key string) {
	path = strings.TrimPrefix(path, "/")
	if name := bucketOfHost(host); name != "" {
		return name, path
	}
	bucket, key, _ = strings.Cut(path, "/")
	return bucket, key
}

// bucketOfHost reads {bucket}.localhost, {bucket}.s3.{region}.localhost and the like of AWS; "" for
// an address without a bucket.
func bucketOfHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	for _, suffix := range []string{".localhost", ".amazonaws.com", ".amazonaws.com.cn"} {
		name, ok := strings.CutSuffix(host, suffix)
		if !ok {
			continue
		}
		if name == "s3" || strings.HasPrefix(name, "s3.") || strings.HasPrefix(name, "s3-") {
			return ""
		}
		if at := strings.LastIndex(name, ".s3."); at > 0 {
			return name[:at]
		}
		return strings.TrimSuffix(name, ".s3")
	}
	return ""
}

// answer finds the operation and calls it.
func (v *visit) answer() error {
	name := v.operation()
	do := operations()[name]
	if do == nil {
		return model.Refuse("NotImplemented", http.StatusNotImplemented,
			"s3 %s is not implemented here: portico check --apis lists what is", name)
	}
	if v.bucket == "" {
		return do(v)
	}
	owner := v.r.Header.Get("x-amz-expected-bucket-owner")
	exists := v.service.buckets()[v.bucket] != nil
	switch {
	case owner != "" && owner != v.account:
		return model.Refuse("AccessDenied", http.StatusForbidden, "Access Denied")
	case !exists && name != "CreateBucket":
		return noBucket()
	case !utf8.ValidString(v.key):
		return model.Refuse("InvalidURI", http.StatusBadRequest, "Couldn't parse the specified URI.")
	case len(v.key) > 1024:
		return model.Refuse("KeyTooLongError", http.StatusBadRequest, "Your key is too long")
	}
	return do(v)
}

// operations are those that are implemented, by AWS's names.
func operations() map[string]func(*visit) error {
	all := map[string]func(*visit) error{
		"ListBuckets": (*visit).listBuckets, "CreateBucket": (*visit).createBucket,
		"HeadBucket": (*visit).headBucket, "DeleteBucket": (*visit).deleteBucket,
		"GetBucketLocation":   (*visit).getLocation,
		"GetBucketEncryption": (*visit).getEncryption,
		"ListObjectsV2":       (*visit).listObjects, "DeleteObjects": (*visit).deleteObjects,
		"PutObject": (*visit).putObject, "GetObject": (*visit).getObject,
		"HeadObject": (*visit).getObject, "DeleteObject": (*visit).deleteObject,
		"CreateMultipartUpload": (*visit).createUpload, "UploadPart": (*visit).uploadPart,
		"CompleteMultipartUpload": (*visit).completeUpload, "AbortMultipartUpload": (*visit).abortUpload,
	}
	for subresource, d := range documents() {
		all["Get"+d.name] = func(v *visit) error { return v.getDocument(subresource, d) }
		all["Put"+d.name] = func(v *visit) error { return v.putDocument(subresource, d) }
		if d.deleted != "" {
			all[d.deleted] = func(v *visit) error { return v.deleteDocument(subresource) }
		}
	}
	return all
}

// operation names the operation of a request.
func (v *visit) operation() string {
	for subresource, d := range documents() {
		if v.key == "" && v.query.Has(subresource) {
			switch v.r.Method {
			case http.MethodGet, http.MethodPut:
				return v.verb() + d.name
			case http.MethodDelete:
				return d.deleted
			}
		}
	}
	switch {
	case v.bucket == "":
		return v.named("ListBuckets", http.MethodGet)
	case v.key == "":
		return v.ofBucket()
	}
	return v.ofObject()
}

// verb is what names of operations begin with.
func (v *visit) verb() string {
	return v.r.Method[:1] + strings.ToLower(v.r.Method[1:])
}

// named returns a name for the method that the operation has, else one that is not implemented.
func (v *visit) named(name, method string) string {
	if v.r.Method == method {
		return name
	}
	return v.r.Method + " of " + name
}

func (v *visit) ofBucket() string {
	switch sub := v.subresource(); {
	case sub == "location":
		return v.named("GetBucketLocation", http.MethodGet)
	case sub == "encryption":
		return v.named("GetBucketEncryption", http.MethodGet)
	case sub == "delete":
		return v.named("DeleteObjects", http.MethodPost)
	case sub != "":
		return v.verb() + "Bucket " + sub
	case v.r.Method == http.MethodGet && v.query.Get("list-type") == "2":
		return "ListObjectsV2"
	}
	name, ok := map[string]string{
		http.MethodPut: "CreateBucket", http.MethodHead: "HeadBucket",
		http.MethodDelete: "DeleteBucket", http.MethodGet: "ListObjects",
	}[v.r.Method]
	if !ok {
		return v.verb() + "Bucket"
	}
	return name
}

func (v *visit) ofObject() string {
	sub := v.subresource()
	switch {
	case sub == "uploads":
		return v.named("CreateMultipartUpload", http.MethodPost)
	case sub == "uploadId":
		return map[string]string{
			http.MethodPut: v.copyOr("UploadPart"), http.MethodPost: "CompleteMultipartUpload",
			http.MethodDelete: "AbortMultipartUpload", http.MethodGet: "ListParts",
		}[v.r.Method]
	case sub != "":
		return v.verb() + "Object " + sub
	case v.r.Method == http.MethodPut:
		if v.r.Header.Get("x-amz-copy-source") != "" {
			return "CopyObject"
		}
		return "PutObject"
	}
	return v.verb() + "Object"
}

func (v *visit) copyOr(name string) string {
	if v.r.Header.Get("x-amz-copy-source") != "" {
		return name + "Copy"
	}
	return name
}

// subresource returns the parameter that names an operation of its own; "" for none.
func (v *visit) subresource() string {
	known := []string{
		"acl", "accelerate", "analytics", "attributes", "cors", "delete", "encryption",
		"intelligent-tiering", "inventory", "legal-hold", "location", "logging", "metadataTable", "metrics",
		"notification", "object-lock", "ownershipControls", "policyStatus", "replication",
		"requestPayment", "restore", "retention", "select", "session", "tagging", "torrent", "uploadId",
		"uploads", "versionId", "versions", "website",
	}
	for _, name := range known {
		if v.query.Has(name) && (name != "versionId" || v.query.Get(name) != "null") {
			return name
		}
	}
	return ""
}

// refuse writes an error as S3 does: to HEAD without a body.
func (v *visit) refuse(err error) {
	var refused *model.Error
	if !errors.As(err, &refused) {
		refused = &model.Error{
			Code: "InternalError", Status: http.StatusInternalServerError, Message: err.Error(),
		}
	}
	if refused.Status == http.StatusNotModified || v.r.Method == http.MethodHead {
		v.w.WriteHeader(refused.Status)
		return
	}
	v.write(refused.Status, failure{
		Code: refused.Code, Message: refused.Message, BucketName: v.bucket, Key: v.key,
		Resource: v.r.URL.Path, RequestID: v.id, HostID: v.id,
	})
}

// write answers with XML.
func (v *visit) write(status int, body any) {
	text, err := xml.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte("<Error/>")
	}
	v.w.Header().Set("Content-Type", "application/xml")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(slices.Concat([]byte(xml.Header), text)) // the client may have gone
}

// read reads a small body as XML.
func (v *visit) read(into any) error {
	body, err := v.small()
	if err != nil {
		return err
	}
	if xml.Unmarshal(body, into) != nil {
		return malformed()
	}
	return nil
}

// maxDocument is the longest body that is no object.
const maxDocument = 2 << 20

func (v *visit) small() ([]byte, error) {
	from, err := v.content()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(from, maxDocument+1))
	if err != nil {
		return nil, bodyError(err)
	}
	if len(body) > maxDocument {
		return nil, model.Refuse("MaxMessageLengthExceeded", http.StatusBadRequest,
			"Your request was too big.")
	}
	return body, nil
}
