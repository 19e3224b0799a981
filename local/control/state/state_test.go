package state_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"portico/local/control/state"
)

type book struct{ Pages map[string]int }

func empty() *book { return &book{Pages: map[string]int{}} }

func open(t *testing.T, dir string) *state.Store[book] {
	t.Helper()
	s, err := state.Open(dir, empty)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(name string, page int) func(*book) error {
	return func(b *book) error { b.Pages[name] = page; return nil }
}

func TestWhatIsWrittenIsThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	if err := open(t, dir).Write("us-east-1", put("one", 1), nil); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	if got := again.Read("us-east-1").Pages["one"]; got != 1 {
		t.Errorf("got %d", got)
	}
	if got := again.Read("eu-west-1").Pages; len(got) != 0 {
		t.Errorf("another region has %v", got)
	}
	info, err := os.Stat(filepath.Join(dir, "us-east-1.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v %v", info, err)
	}
	if err := again.Reset(); err != nil || len(again.Regions()) != 0 || len(open(t, dir).Regions()) != 0 {
		t.Errorf("after a reset: %v %v", again.Regions(), err)
	}
}

func TestAWriteThatFailsChangesNothing(t *testing.T) {
	s := open(t, "")
	if err := s.Write("r", put("one", 1), nil); err != nil {
		t.Fatal(err)
	}
	before, refused := s.Read("r"), errors.New("refused")
	if err := s.Write("r", func(b *book) error {
		b.Pages["one"] = 2
		return refused
	}, nil); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	var served []int
	err := s.Write("r", put("one", 3), func(now *book) error {
		served = append(served, now.Pages["one"])
		if now.Pages["one"] == 3 {
			return refused
		}
		return nil
	})
	if !errors.Is(err, refused) || len(served) != 2 || served[1] != 1 {
		t.Errorf("got %v, served %v; want the value before to be served again", err, served)
	}
	if s.Read("r") != before || before.Pages["one"] != 1 {
		t.Errorf("got %v", s.Read("r").Pages)
	}
}

func TestWritersAtOnceLoseNothing(t *testing.T) {
	s := open(t, t.TempDir())
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if err := s.Write("r", func(b *book) error { b.Pages["n"]++; return nil }, nil); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := s.Read("r").Pages["n"]; got != 20 {
		t.Errorf("got %d", got)
	}
}

func TestABrokenFileIsNamed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "r.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := state.Open(dir, empty); err == nil || !strings.Contains(err.Error(), "r.json") {
		t.Errorf("got %v", err)
	}
}
