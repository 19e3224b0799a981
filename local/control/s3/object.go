package s3

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"portico/local/control/model"
	"portico/local/control/state"
)

// The limits of one upload, and of the metadata of an object.
const (
	maxObject   = 5 << 30
	maxMetadata = 2 << 10
)

func (v *visit) putObject() error {
	if err := v.checkPut(); err != nil {
		return err
	}
	header, err := v.kept()
	if err != nil {
		return err
	}
	body, err := v.content()
	if err != nil {
		return err
	}
	temporary, err := v.receive(body)
	if err != nil {
		return err
	}
	made := object{
		Key: v.key, Size: body.read, ETag: body.etag(), Header: header,
		Modified: v.service.options.Clock.Now(),
	}
	made.Algorithm, made.Sum = body.checksum()
	if err := v.service.keep(v.bucket, made, temporary); err != nil {
		return errors.Join(err, state.IgnoreMissing(os.Remove(temporary)))
	}
	v.w.Header().Set("ETag", made.ETag)
	v.tellSum(made)
	v.w.WriteHeader(http.StatusOK)
	return nil
}

// checkPut refuses what an object would not have that it was put with.
func (v *visit) checkPut() error {
	header := v.r.Header
	for _, name := range []string{
		"x-amz-tagging", "x-amz-object-lock-mode", "x-amz-object-lock-legal-hold",
		"x-amz-server-side-encryption-customer-algorithm", "x-amz-website-redirect-location",
		"x-amz-write-offset-bytes",
	} {
		if header.Get(name) != "" {
			return model.Refuse("NotImplemented", http.StatusNotImplemented,
				"A header you provided implies functionality that is not implemented: %s", name)
		}
	}
	before, exists := v.service.object(v.bucket, v.key)
	match := header.Get("If-Match")
	switch {
	case v.service.options.Dir == "":
		return model.Refuse("ServiceUnavailable", http.StatusServiceUnavailable,
			"there is no state folder to keep objects in")
	case v.r.ContentLength > maxObject:
		return tooLarge()
	case header.Get("If-None-Match") == "*" && exists,
		match != "" && exists && match != before.ETag && match != strings.Trim(before.ETag, `"`):
		return model.Refuse("PreconditionFailed", http.StatusPreconditionFailed,
			"At least one of the pre-conditions you specified did not hold")
	case match != "" && !exists:
		return noKey()
	}
	return nil
}

func tooLarge() error {
	return model.Refuse("EntityTooLarge", http.StatusBadRequest,
		"Your proposed upload exceeds the maximum allowed size")
}

// kept returns the headers that an object keeps.
func (v *visit) kept() (map[string]string, error) {
	made, size := map[string]string{"Content-Type": "binary/octet-stream"}, 0
	for name, values := range v.r.Header {
		lower, value := strings.ToLower(name), strings.Join(values, ",")
		if !utf8.ValidString(value) {
			return nil, invalidArgument("The header %s is no UTF-8", name)
		}
		switch lower {
		case "content-type", "cache-control", "content-disposition", "content-language", "expires",
			"x-amz-server-side-encryption":
			made[name] = value
		case "content-encoding":
			value = strings.Trim(strings.ReplaceAll(value, "aws-chunked", ""), ", ")
			if value != "" {
				made[name] = value
			}
		}
		if strings.HasPrefix(lower, "x-amz-meta-") {
			made[lower] = value
			size += len(lower) - len("x-amz-meta-") + len(value)
		}
	}
	if size > maxMetadata {
		return nil, model.Refuse("MetadataTooLarge", http.StatusBadRequest,
			"Your metadata headers exceed the maximum allowed metadata size")
	}
	return made, nil
}

// receive writes a body into a file of the bucket's folder, and returns it.
func (v *visit) receive(body *content) (string, error) {
	folder := v.service.folder(v.bucket)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	file, err := os.CreateTemp(folder, ".new-*")
	if err != nil {
		return "", err
	}
	_, err = io.Copy(file, io.LimitReader(body, maxObject+1))
	closed := file.Close()
	switch {
	case err != nil:
		err = bodyError(err)
	case closed != nil:
		err = closed
	case body.read > maxObject:
		err = tooLarge()
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// tellSum answers with the checksum that an object has.
func (v *visit) tellSum(one object) {
	if one.Sum != "" {
		v.w.Header().Set("x-amz-checksum-"+one.Algorithm, one.Sum)
		v.w.Header().Set("x-amz-checksum-type", "FULL_OBJECT")
	}
}

// getObject answers GET and HEAD, whole or a range, if the conditions of the request hold.
func (v *visit) getObject() error {
	one, file, err := v.open()
	if err != nil {
		return err
	}
	defer file.Close()
	header := v.w.Header()
	for name, value := range one.Header {
		header[name] = []string{value} // names of metadata are in lower case
	}
	for _, name := range []string{
		"Content-Type", "Content-Language", "Expires", "Cache-Control", "Content-Disposition",
		"Content-Encoding",
	} {
		if value := v.query.Get("response-" + strings.ToLower(name)); value != "" {
			header.Set(name, value)
		}
	}
	header.Set("ETag", one.ETag)
	asked := v.r.Header.Get("Range")
	if strings.EqualFold(v.r.Header.Get("x-amz-checksum-mode"), "ENABLED") && asked == "" {
		v.tellSum(one)
	}
	switch {
	case strings.Contains(asked, ","): // S3 knows one range only, and then answers all
		v.r.Header.Del("Range")
	case beyond(asked, one.Size):
		return model.Refuse("InvalidRange", http.StatusRequestedRangeNotSatisfiable,
			"The requested range is not satisfiable")
	}
	http.ServeContent(v.w, v.r, "", one.Modified, file)
	return nil
}

// open opens the file of an object: of the next one, if it is replaced just now.
func (v *visit) open() (object, *os.File, error) {
	for {
		one, ok := v.service.object(v.bucket, v.key)
		if !ok {
			return object{}, nil, noKey()
		}
		file, err := os.Open(filepath.Join(v.service.folder(v.bucket), one.File))
		if err == nil {
			return one, file, nil
		}
		if now, _ := v.service.object(v.bucket, v.key); now.File == one.File {
			return object{}, nil, err
		}
	}
}

// beyond says whether a range begins behind the end.
func beyond(asked string, size int64) bool {
	text, ok := strings.CutPrefix(asked, "bytes=")
	from, _, _ := strings.Cut(text, "-")
	number, err := strconv.ParseInt(from, 10, 64)
	return ok && err == nil && number >= size
}

func (v *visit) deleteObject() error {
	if err := v.service.drop(v.bucket, v.key); err != nil {
		return err
	}
	v.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (v *visit) deleteObjects() error {
	type named struct {
		Key       string
		VersionID string `xml:"VersionId,omitempty"`
	}
	var asked struct {
		Object []named
		Quiet  bool
	}
	if err := v.read(&asked); err != nil {
		return err
	}
	if len(asked.Object) == 0 || len(asked.Object) > 1000 {
		return malformed()
	}
	type failed struct{ Key, Code, Message string }
	var all struct {
		XMLName xml.Name `xml:"DeleteResult"`
		Space   string   `xml:"xmlns,attr"`
		Deleted []named
		Error   []failed
	}
	all.Space = namespace
	for _, one := range asked.Object {
		if one.VersionID != "" && one.VersionID != "null" {
			all.Error = append(all.Error, failed{
				one.Key, "NoSuchVersion",
				"The specified version does not exist.",
			})
			continue
		}
		err := v.service.drop(v.bucket, one.Key)
		switch {
		case err != nil:
			all.Error = append(all.Error, failed{one.Key, "InternalError", err.Error()})
		case !asked.Quiet:
			all.Deleted = append(all.Deleted, one)
		}
	}
	v.write(http.StatusOK, all)
	return nil
}
