package s3

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"portico/local/control/model"
)

// bucketName is what a bucket may be called, but for addresses and two dots in a row.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func isBucketName(name string) bool {
	_, err := netip.ParseAddr(name)
	return bucketName.MatchString(name) && err != nil && !strings.Contains(name, "..")
}

// written is how S3 writes a time.
func written(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05.000Z") }

type owner struct{ ID, DisplayName string }

func (v *visit) owner() owner { return owner{v.account, v.account} }

func (v *visit) listBuckets() error {
	type entry struct{ Name, CreationDate, BucketRegion string }
	var all struct {
		XMLName xml.Name `xml:"ListAllMyBucketsResult"`
		Space   string   `xml:"xmlns,attr"`
		Owner   owner
		Buckets struct {
			Bucket []entry `xml:"Bucket"`
		}
	}
	all.Space, all.Owner = namespace, v.owner()
	for name, b := range v.service.buckets() {
		if strings.HasPrefix(name, v.query.Get("prefix")) {
			all.Buckets.Bucket = append(all.Buckets.Bucket, entry{name, written(b.Created), b.Region})
		}
	}
	slices.SortFunc(all.Buckets.Bucket, func(a, b entry) int { return strings.Compare(a.Name, b.Name) })
	v.write(http.StatusOK, all)
	return nil
}

func (v *visit) createBucket() error {
	if !isBucketName(v.bucket) {
		return model.Refuse("InvalidBucketName", http.StatusBadRequest, "The specified bucket is not valid.")
	}
	body, err := v.small()
	if err != nil {
		return err
	}
	var asked struct{ LocationConstraint string }
	if len(bytes.TrimSpace(body)) > 0 && xml.Unmarshal(body, &asked) != nil {
		return malformed()
	}
	region := asked.LocationConstraint
	switch {
	case region == "" && v.region == "us-east-1":
		region = "us-east-1"
	case region == "":
		return model.Refuse("IllegalLocationConstraintException", http.StatusBadRequest, "The unspecified "+
			"location constraint is incompatible for the region specific endpoint this request was sent to.")
	case region == "us-east-1":
		return model.Refuse("InvalidLocationConstraint", http.StatusBadRequest,
			"The specified location-constraint is not valid")
	}
	if before := v.service.buckets()[v.bucket]; before != nil && before.Region != "us-east-1" {
		return model.Refuse("BucketAlreadyOwnedByYou", http.StatusConflict, "Your previous request to create "+
			"the named bucket succeeded and you already own it.")
	}
	if err := v.service.create(v.bucket, region); err != nil {
		return err
	}
	v.w.Header().Set("Location", "/"+v.bucket)
	v.w.WriteHeader(http.StatusOK)
	return nil
}

func (v *visit) headBucket() error {
	v.w.Header().Set("x-amz-bucket-region", v.service.buckets()[v.bucket].Region)
	v.w.WriteHeader(http.StatusOK)
	return nil
}

func (v *visit) deleteBucket() error {
	if err := v.service.remove(v.bucket); err != nil {
		return err
	}
	v.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (v *visit) getLocation() error {
	region := v.service.buckets()[v.bucket].Region
	if region == "us-east-1" {
		region = "" // it has no constraint
	}
	v.write(http.StatusOK, struct {
		XMLName xml.Name `xml:"LocationConstraint"`
		Space   string   `xml:"xmlns,attr"`
		Region  string   `xml:",chardata"`
	}{Space: namespace, Region: region})
	return nil
}

// getEncryption answers what every bucket has that nobody configured.
func (v *visit) getEncryption() error {
	v.w.Header().Set("Content-Type", "application/xml")
	_, err := v.w.Write([]byte(xml.Header + `<ServerSideEncryptionConfiguration xmlns="` + namespace +
		`"><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm>` +
		`</ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled></Rule>` +
		`</ServerSideEncryptionConfiguration>`))
	return err
}

// document is something that is put to a bucket, and shown again.
type document struct {
	name    string // of the operations, after Get and Put
	deleted string // the operation that deletes it, "" for none
	missing string // the code of the error where there is none; "" answers empty
	status  int    // of the answer to Put
	json    bool
}

func documents() map[string]document {
	return map[string]document{
		"versioning": {name: "BucketVersioning", status: http.StatusOK},
		"policy": {
			name: "BucketPolicy", deleted: "DeleteBucketPolicy", missing: "NoSuchBucketPolicy",
			status: http.StatusNoContent, json: true,
		},
		"lifecycle": {
			name: "BucketLifecycleConfiguration", deleted: "DeleteBucketLifecycle",
			missing: "NoSuchLifecycleConfiguration", status: http.StatusOK,
		},
		"tagging": {
			name: "BucketTagging", deleted: "DeleteBucketTagging", missing: "NoSuchTagSet",
			status: http.StatusNoContent,
		},
		"publicAccessBlock": {
			name: "PublicAccessBlock", deleted: "DeletePublicAccessBlock",
			missing: "NoSuchPublicAccessBlockConfiguration", status: http.StatusOK,
		},
	}
}

func (v *visit) getDocument(subresource string, d document) error {
	text, put := v.service.buckets()[v.bucket].Documents[subresource]
	switch {
	case !put && d.missing != "":
		return model.Refuse(d.missing, http.StatusNotFound, "The bucket has no %s", subresource)
	case !put:
		text = xml.Header + `<VersioningConfiguration xmlns="` + namespace + `"/>`
	}
	kind := "application/xml"
	if d.json {
		kind = "application/json"
	}
	v.w.Header().Set("Content-Type", kind)
	_, err := v.w.Write([]byte(text))
	return err
}

func (v *visit) putDocument(subresource string, d document) error {
	body, err := v.small()
	if err != nil {
		return err
	}
	if d.json && !json.Valid(body) {
		return model.Refuse("MalformedPolicy", http.StatusBadRequest, "Policies must be valid JSON")
	}
	if !d.json && !isXML(body) {
		return malformed()
	}
	if err := v.change(func(b *bucket) { b.Documents[subresource] = string(body) }); err != nil {
		return err
	}
	v.w.WriteHeader(d.status)
	return nil
}

func (v *visit) deleteDocument(subresource string) error {
	if err := v.change(func(b *bucket) { delete(b.Documents, subresource) }); err != nil {
		return err
	}
	v.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (v *visit) change(do func(b *bucket)) error {
	return v.service.store.Write(everywhere, func(w *world) error {
		b := w.Buckets[v.bucket]
		if b == nil {
			return noBucket()
		}
		if b.Documents == nil {
			b.Documents = map[string]string{}
		}
		do(b)
		return nil
	}, nil)
}

func isXML(body []byte) bool {
	var any struct{ XMLName xml.Name }
	return xml.Unmarshal(body, &any) == nil
}
