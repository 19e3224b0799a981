package s3

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/exchange"
)

// The limits of uploads in parts.
const (
	maxParts = 10_000
	minPart  = 5 << 20 // of all but the last
)

// upload is an upload in parts that was begun.
type upload struct {
	Key    string
	Header map[string]string
}

// part is one that arrived.
type part struct {
	Number int
	ETag   string
	Size   int64
	File   string
}

var uploadID = regexp.MustCompile(`^[0-9a-f-]{36}$`)

const uploadFile = "upload.json"

// uploadFolder returns where the parts of the upload that a request names are.
func (v *visit) uploadFolder() (string, upload, error) {
	id := v.query.Get("uploadId")
	if !uploadID.MatchString(id) {
		return "", upload{}, noUpload()
	}
	folder := filepath.Join(v.service.folder(v.bucket), "uploads", id)
	var begun upload
	if state.Read(filepath.Join(folder, uploadFile), &begun) != nil || begun.Key != v.key {
		return "", upload{}, noUpload()
	}
	return folder, begun, nil
}

func partFile(number int) string { return fmt.Sprintf("%05d.json", number) }

func (v *visit) createUpload() error {
	if err := v.checkPut(); err != nil {
		return err
	}
	header, err := v.kept()
	if err != nil {
		return err
	}
	id := exchange.NewRequestID()
	path := filepath.Join(v.service.folder(v.bucket), "uploads", id, uploadFile)
	if err := state.Replace(path, upload{Key: v.key, Header: header}); err != nil {
		return err
	}
	v.write(http.StatusOK, struct {
		XMLName     xml.Name `xml:"InitiateMultipartUploadResult"`
		Space       string   `xml:"xmlns,attr"`
		Bucket, Key string
		UploadID    string `xml:"UploadId"`
	}{Space: namespace, Bucket: v.bucket, Key: v.key, UploadID: id})
	return nil
}

func (v *visit) uploadPart() error {
	folder, _, err := v.uploadFolder()
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(v.query.Get("partNumber"))
	if err != nil || number < 1 || number > maxParts {
		return invalidArgument("Part number must be an integer between 1 and %d, inclusive", maxParts)
	}
	body, err := v.content()
	if err != nil {
		return err
	}
	temporary, err := v.receive(body)
	if err != nil {
		return err
	}
	made := part{Number: number, ETag: body.etag(), Size: body.read}
	made.File = strings.TrimSuffix(partFile(number), ".json") + "-" + exchange.NewRequestID() + bytesOf
	if err := os.Rename(temporary, filepath.Join(folder, made.File)); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	if err := state.Replace(filepath.Join(folder, partFile(number)), made); err != nil {
		return err
	}
	v.w.Header().Set("ETag", made.ETag)
	if algorithm, sum := body.checksum(); sum != "" {
		v.w.Header().Set("x-amz-checksum-"+algorithm, sum)
	}
	v.w.WriteHeader(http.StatusOK)
	return nil
}

func (v *visit) completeUpload() error {
	folder, begun, err := v.uploadFolder()
	if err != nil {
		return err
	}
	parts, err := v.askedParts(folder)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(v.service.folder(v.bucket), ".new-*")
	if err != nil {
		return err
	}
	made := object{Key: v.key, Header: begun.Header, Modified: v.service.options.Clock.Now()}
	made.Size, err = join(file, folder, parts)
	if err := errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	made.ETag = etagOf(parts)
	if err := v.service.keep(v.bucket, made, file.Name()); err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	v.write(http.StatusOK, struct {
		XMLName                     xml.Name `xml:"CompleteMultipartUploadResult"`
		Space                       string   `xml:"xmlns,attr"`
		Location, Bucket, Key, ETag string
	}{
		Space: namespace, Location: "/" + v.bucket + "/" + v.key, Bucket: v.bucket, Key: v.key,
		ETag: made.ETag,
	})
	return nil
}

// askedParts returns the parts that a request lists, as they arrived.
func (v *visit) askedParts(folder string) ([]part, error) {
	var asked struct {
		Part []struct {
			PartNumber int
			ETag       string
		}
	}
	if err := v.read(&asked); err != nil {
		return nil, err
	}
	if len(asked.Part) == 0 || len(asked.Part) > maxParts {
		return nil, malformed()
	}
	var all []part
	for i, one := range asked.Part {
		if i > 0 && one.PartNumber <= asked.Part[i-1].PartNumber {
			return nil, model.Refuse("InvalidPartOrder", http.StatusBadRequest, "The list of parts was not in "+
				"ascending order. Parts must be ordered by part number.")
		}
		var found part
		err := state.Read(filepath.Join(folder, partFile(one.PartNumber)), &found)
		if err != nil || strings.Trim(found.ETag, `"`) != strings.Trim(one.ETag, `"`) {
			return nil, model.Refuse("InvalidPart", http.StatusBadRequest, "One or more of the specified parts "+
				"could not be found. The part may not have been uploaded, or the specified entity tag may "+
				"not match the part's entity tag.")
		}
		if found.Size < minPart && i < len(asked.Part)-1 {
			return nil, model.Refuse("EntityTooSmall", http.StatusBadRequest,
				"Your proposed upload is smaller than the minimum allowed size")
		}
		all = append(all, found)
	}
	return all, nil
}

// join writes parts one after the other.
func join(into io.Writer, folder string, parts []part) (size int64, err error) {
	for _, one := range parts {
		file, err := os.Open(filepath.Join(folder, one.File))
		if err != nil {
			return size, err
		}
		n, err := io.Copy(into, file)
		size += n
		if err := errors.Join(err, file.Close()); err != nil {
			return size, err
		}
	}
	return size, nil
}

// etagOf returns the entity tag of an object in parts: of their tags, and how many there are.
func etagOf(parts []part) string {
	sum := md5.New()
	for _, one := range parts {
		digest, _ := hex.DecodeString(strings.Trim(one.ETag, `"`)) // we wrote it
		_, _ = sum.Write(digest)
	}
	return fmt.Sprintf(`"%x-%d"`, sum.Sum(nil), len(parts))
}

func (v *visit) abortUpload() error {
	folder, _, err := v.uploadFolder()
	if err != nil {
		return err
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	v.w.WriteHeader(http.StatusNoContent)
	return nil
}
