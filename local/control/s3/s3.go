// Package s3 is what Amazon S3 does, as far as a deployment needs it: buckets, and objects in them
// that are uploaded, listed, read and deleted.
//
// The door of local/control hands it requests as they came, because bodies are streamed: no object
// is ever held in memory. Buckets are found by path and by host name. Objects are files in the state
// folder, named by a hash of their key; one beside each says what it is, and is the last thing
// written. Checksums of all kinds that clients send are verified, also those that trail a body.
//
// Unlike AWS: objects have one version; what is put as versioning, lifecycle, policy, public access
// block and tags of a bucket is kept and shown, and not acted on: this door is on the loopback
// interface, for its user alone. What is not served answers NotImplemented with the name of the
// operation.
package s3

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/api"
	"portico/local/gateway/clock"
)

// everywhere is the region of the state: names of buckets are unique in all of them.
const everywhere = "global"

// Options say where objects are kept.
type Options struct {
	Account api.Account
	Dir     string // of the state; without one there are no objects
	Clock   clock.Clock
}

// Service answers the requests of S3's clients.
type Service struct {
	options Options
	store   *state.Store[world]

	mu      sync.Mutex // guards objects
	objects map[string]map[string]object
}

// world is all buckets.
type world struct{ Buckets map[string]*bucket }

// bucket is a bucket and what was put to it.
type bucket struct {
	Name, Region string
	Created      time.Time
	Documents    map[string]string // XML or JSON by subresource: versioning, policy
}

// Open restores the buckets and finds their objects.
func Open(o Options) (*Service, error) {
	if o.Clock == nil {
		return nil, errors.New("S3 needs a clock")
	}
	store, err := state.Open(inDir(o.Dir, "buckets"), func() *world {
		return &world{Buckets: map[string]*bucket{}}
	})
	if err != nil {
		return nil, err
	}
	s := &Service{options: o, store: store, objects: map[string]map[string]object{}}
	for name := range s.buckets() {
		if s.objects[name], err = s.restore(name); err != nil {
			return nil, fmt.Errorf("restoring the objects of bucket %s: %w", name, err)
		}
	}
	return s, nil
}

func inDir(dir, name string) string {
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, name)
}

// Refresh has nothing to do: objects are there as soon as they are found.
func (s *Service) Refresh() error { return nil }

// Reset forgets every bucket and object.
func (s *Service) Reset() error {
	s.mu.Lock()
	s.objects = map[string]map[string]object{}
	s.mu.Unlock()
	err := s.store.Reset()
	if s.options.Dir != "" {
		err = errors.Join(err, os.RemoveAll(s.options.Dir))
	}
	return err
}

func (s *Service) buckets() map[string]*bucket { return s.store.Read(everywhere).Buckets }

// Handlers names the operations that are implemented. They are not called: Serve answers requests.
func (s *Service) Handlers() model.Handlers {
	all := model.Handlers{}
	for name := range operations() {
		all[name] = notByModel
	}
	return all
}

// Object returns the file that holds an object.
func (s *Service) Object(bucket, key string) (path string, ok bool) {
	found, ok := s.object(bucket, key)
	return filepath.Join(s.folder(bucket), found.File), ok
}

// Has says whether there is a bucket.
func (s *Service) Has(bucket string) bool { return s.buckets()[bucket] != nil }

// Provide makes a bucket that a stack describes, unless it is there.
func (s *Service) Provide(name, region string) error {
	if s.buckets()[name] != nil {
		return nil
	}
	return s.create(name, region)
}

// Withdraw deletes a bucket that a stack described.
func (s *Service) Withdraw(name string) error {
	if s.buckets()[name] == nil {
		return nil
	}
	return s.remove(name)
}

// IsEmpty says whether a bucket holds no object, as one must that is to be deleted.
func (s *Service) IsEmpty(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.objects[name]) == 0
}

func (s *Service) create(name, region string) error {
	return s.store.Write(everywhere, func(w *world) error {
		if w.Buckets[name] == nil {
			w.Buckets[name] = &bucket{
				Name: name, Region: region, Created: s.options.Clock.Now(), Documents: map[string]string{},
			}
		}
		return nil
	}, nil)
}

// remove deletes a bucket that holds nothing.
func (s *Service) remove(name string) error {
	err := s.store.Write(everywhere, func(w *world) error {
		if !s.IsEmpty(name) {
			return model.Refuse("BucketNotEmpty", 409, "The bucket you tried to delete is not empty")
		}
		delete(w.Buckets, name)
		return nil
	}, nil)
	if err != nil || s.options.Dir == "" {
		return err
	}
	return os.RemoveAll(s.folder(name))
}

// keys returns the keys of a bucket, sorted.
func (s *Service) keys(bucket string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(maps.Keys(s.objects[bucket]))
}

// object returns what is known of an object.
func (s *Service) object(bucket, key string) (object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.objects[bucket][key]
	return found, ok
}
