package s3

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"time"

	"portico/local/control/state"
	"portico/local/gateway/exchange"
)

// object is what is known of an object; its bytes are in a file of their own.
type object struct {
	Key, File      string // File is a name in the bucket's folder
	Size           int64
	ETag           string // with its quotes
	Modified       time.Time
	Header         map[string]string // Content-Type, x-amz-meta-…, Cache-Control
	Sum, Algorithm string            // the checksum that came with it: base64, sha256
}

const (
	described = ".json"
	bytesOf   = ".data"
)

// folder returns where the objects of a bucket are; the name is a bucket's, so it is plain.
func (s *Service) folder(bucket string) string {
	return filepath.Join(s.options.Dir, "objects", bucket)
}

// hashed names what belongs to a key: keys may hold what no file name does.
func hashed(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// keep puts an object in the place of the one before, whose bytes go. The file at temporary becomes
// the new one's.
func (s *Service) keep(bucket string, made object, temporary string) error {
	name := hashed(made.Key)
	made.File = name + "-" + exchange.NewRequestID() + bytesOf
	folder := s.folder(bucket)
	if err := os.Rename(temporary, filepath.Join(folder, made.File)); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := state.Replace(filepath.Join(folder, name+described), made); err != nil {
		return err
	}
	if s.objects[bucket] == nil {
		s.objects[bucket] = map[string]object{}
	}
	before, had := s.objects[bucket][made.Key]
	s.objects[bucket][made.Key] = made
	if had { // whoever reads it has it open
		return state.IgnoreMissing(os.Remove(filepath.Join(folder, before.File)))
	}
	return nil
}

// drop deletes an object; one that is not there is no mistake.
func (s *Service) drop(bucket, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before, had := s.objects[bucket][key]
	if !had {
		return nil
	}
	folder := s.folder(bucket)
	if err := state.IgnoreMissing(os.Remove(filepath.Join(folder, hashed(key)+described))); err != nil {
		return err
	}
	delete(s.objects[bucket], key)
	return state.IgnoreMissing(os.Remove(filepath.Join(folder, before.File)))
}

// restore finds the objects of a bucket; bytes that nothing describes are what an end of the runner
// left, and go.
func (s *Service) restore(bucket string) (map[string]object, error) {
	found := map[string]object{}
	if s.options.Dir == "" {
		return found, nil
	}
	entries, err := os.ReadDir(s.folder(bucket))
	if err != nil {
		return found, state.IgnoreMissing(err)
	}
	files := map[string]bool{}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), described) {
			continue
		}
		var one object
		if err := state.Read(filepath.Join(s.folder(bucket), entry.Name()), &one); err != nil {
			return nil, err
		}
		found[one.Key], files[one.File] = one, true
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), bytesOf) && !files[entry.Name()] {
			_ = os.Remove(filepath.Join(s.folder(bucket), entry.Name())) // at the next start, else
		}
	}
	return found, nil
}
