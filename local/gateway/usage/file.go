package usage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// keptDays is how far back usage is kept: more than the longest period.
const keptDays = 92

// planFile is what is kept of a plan, in a file of its own.
type planFile struct {
	Plan  string             `json:"plan"`
	Since string             `json:"since"`
	Keys  map[string]keyFile `json:"keys"`
}

type keyFile struct {
	Days   map[string]int `json:"days"`
	Grants []grant        `json:"grants,omitempty"`
}

const suffix = ".json"

// load reads the folder. A file that cannot be read stops it: to begin at zero would give keys
// their quota again.
func (s *Store) load() error {
	files, err := os.ReadDir(s.options.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the usage of API keys: %w", err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), suffix) {
			continue // left by a write that was interrupted
		}
		path := filepath.Join(s.options.Folder, file.Name())
		if err := s.loadPlan(path); err != nil {
			return fmt.Errorf("reading the usage of API keys: %s: %w; delete it to begin at zero",
				path, err)
		}
	}
	return nil
}

func (s *Store) loadPlan(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var kept planFile
	if err := json.Unmarshal(text, &kept); err != nil {
		return err
	}
	since, err := parseDay("since", kept.Since)
	if err != nil {
		return err
	}
	p := &plan{id: kept.Plan, store: s, since: since, keys: map[string]*tally{}}
	for id, k := range kept.Keys {
		t := p.key(id)
		t.grants = k.Grants
		for name, calls := range k.Days {
			d, err := parseDay("key "+id, name)
			if err != nil {
				return err
			}
			if calls < 0 {
				return fmt.Errorf("key %s on %s: %d calls, allowed are 0 and more", id, name, calls)
			}
			t.days[d] = calls
		}
	}
	s.plans[p.id] = p
	return nil
}

// save writes what is known of a plan beside the old file, and then in its place.
func (s *Store) save(p *plan) error {
	text, err := json.Marshal(p.snapshot(dayOf(s.options.Clock.Now())))
	if err != nil {
		return fmt.Errorf("keeping the usage of plan %s: %w", p.id, err)
	}
	if err := os.MkdirAll(s.options.Folder, 0o755); err != nil {
		return fmt.Errorf("keeping the usage of plan %s: %w", p.id, err)
	}
	path := filepath.Join(s.options.Folder, url.PathEscape(p.id)+suffix)
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return fmt.Errorf("keeping the usage of plan %s: %w", p.id, err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keeping the usage of plan %s: %w", p.id, err)
	}
	return nil
}

func (p *plan) snapshot(today day) planFile {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := planFile{Plan: p.id, Since: p.since.String(), Keys: map[string]keyFile{}}
	for id, t := range p.keys {
		if k := t.snapshot(today); len(k.Days)+len(k.Grants) > 0 {
			kept.Keys[id] = k
		}
	}
	return kept
}

// snapshot returns what of a key is kept, and forgets what is too long ago.
func (t *tally) snapshot(today day) keyFile {
	t.mu.Lock()
	defer t.mu.Unlock()
	k := keyFile{Days: map[string]int{}}
	for d, calls := range t.days {
		if d+keptDays <= today {
			delete(t.days, d)
			continue
		}
		k.Days[d.String()] = calls
	}
	t.grants = slices.DeleteFunc(t.grants, func(g grant) bool {
		from, err := parseDay("grant", g.From)
		return err != nil || from+keptDays <= today
	})
	k.Grants = slices.Clone(t.grants)
	return k
}
