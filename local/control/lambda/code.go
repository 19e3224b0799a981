package lambda

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"portico/local/control/model"
)

// Limits of code (Lambda quotas).
const (
	maxZipped   = 52_428_800
	maxUnzipped = 262_144_000
)

// CodePath is where the Host serves Code: what follows is the SHA-256 of the code.
const CodePath = "/_portico/lambda/code/"

// code is a deployment package: a zip file that is kept by its SHA-256, and unpacked beside it.
type code struct {
	// Digest is the SHA-256 in hexadecimal; of a function of the template, what tells codes apart.
	Digest         string
	Size, Unzipped int64 // bytes
}

// sum is the digest as Lambda shows it.
func (o code) sum() string {
	raw, _ := hex.DecodeString(o.Digest) // what was made by hex is read by hex
	return base64.StdEncoding.EncodeToString(raw)
}

func (s *Service) codeFolder() string { return filepath.Join(s.options.Dir, "code") }

// folderOf is where code lies unpacked. What is there never changes.
func (s *Service) folderOf(digest string) string { return filepath.Join(s.codeFolder(), digest) }

func (s *Service) zipOf(digest string) string { return s.folderOf(digest) + ".zip" }

// location is where code can be fetched.
func (c *call) location(o code) string {
	return c.service.options.Host.Address() + CodePath + o.Digest
}

// take reads the code of a function or layer, from the request or a bucket, and keeps it.
func (c *call) take(from model.Object) (code, error) {
	zipped := from.Bytes("ZipFile")
	bucket, key := from.Text("S3Bucket"), from.Text("S3Key")
	switch {
	case bucket != "" && key != "":
		var err error
		if zipped, err = c.object(bucket, key); err != nil {
			return code{}, err
		}
	case !from.Has("ZipFile"):
		return code{}, invalid("Please provide a source for function code.")
	case len(zipped) > maxZipped:
		return code{}, tooLarge("Zipped size must be smaller than %d bytes", maxZipped)
	}
	if len(zipped) == 0 {
		return code{}, invalid("Uploaded file must be a non-empty zip")
	}
	return c.service.keep(zipped)
}

func (c *call) object(bucket, key string) ([]byte, error) {
	found, err := c.service.options.Host.Object(c, bucket, key)
	var refused *ObjectError
	if errors.As(err, &refused) {
		return nil, invalid("Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: %s",
			refused.Code, refused.Message)
	}
	return found, err
}

// keep writes a zip file down and unpacks it, unless it is there.
func (s *Service) keep(zipped []byte) (code, error) {
	sum := sha256.Sum256(zipped)
	made := code{Digest: hex.EncodeToString(sum[:]), Size: int64(len(zipped))}
	archive, err := zip.NewReader(bytes.NewReader(zipped), int64(len(zipped)))
	if err != nil {
		return made, unreadable()
	}
	for _, file := range archive.File {
		made.Unzipped += int64(min(file.UncompressedSize64, maxUnzipped+1))
		if made.Unzipped > maxUnzipped {
			return made, oversized()
		}
	}
	if s.options.Dir == "" {
		return made, invalid("no code can be kept here: the runner has no state folder")
	}
	if _, err := os.Stat(s.folderOf(made.Digest)); err == nil {
		return made, nil
	}
	if err := os.MkdirAll(s.codeFolder(), 0o700); err != nil {
		return made, err
	}
	under, err := os.MkdirTemp(s.codeFolder(), ".new-*")
	if err != nil {
		return made, err
	}
	defer func() { _ = os.RemoveAll(under) }()
	if err := unpack(archive, under); err != nil {
		return made, err
	}
	if err := os.WriteFile(s.zipOf(made.Digest), zipped, 0o600); err != nil {
		return made, err
	}
	if err := os.Rename(under, s.folderOf(made.Digest)); !errors.Is(err, fs.ErrExist) {
		return made, err
	}
	return made, nil // somebody else was faster
}

func unreadable() error {
	return invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
}

func oversized() error {
	return invalid("Unzipped size must be smaller than %d bytes", maxUnzipped)
}

// Code answers with the code that the path names. It is for what stands below CodePath; that a
// caller knows the digest is all that is asked of it.
func (s *Service) Code(w http.ResponseWriter, r *http.Request) {
	digest := strings.TrimPrefix(r.URL.Path, CodePath)
	if raw, err := hex.DecodeString(digest); err != nil || len(raw) != sha256.Size {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/zip")
	http.ServeFile(w, r, s.zipOf(strings.ToLower(digest)))
}

// sweep removes the code that nothing names. It is for a start: later, environments may run it.
func (s *Service) sweep() error {
	used := map[string]bool{}
	for _, region := range s.store.Regions() {
		s.store.Read(region).digests(used)
	}
	entries, err := os.ReadDir(s.codeFolder())
	if s.options.Dir == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, entry := range entries {
		if !used[strings.TrimSuffix(entry.Name(), ".zip")] {
			errs = append(errs, os.RemoveAll(filepath.Join(s.codeFolder(), entry.Name())))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("removing code of functions that is not used any more: %w", err)
	}
	return nil
}

func (s *Service) forgetCode() error {
	if s.options.Dir == "" {
		return nil
	}
	return os.RemoveAll(s.codeFolder())
}

// digests names the code that a world uses.
func (w *world) digests(used map[string]bool) {
	of := func(v *version) {
		used[v.Code.Digest] = true
		for _, l := range v.Layers {
			used[l.Code.Digest] = true
		}
	}
	for _, f := range w.Functions {
		of(f.Latest)
		for _, v := range f.Versions {
			of(v)
		}
	}
	for _, l := range w.Layers {
		for _, v := range l.Versions {
			used[v.Code.Digest] = true
		}
	}
}
