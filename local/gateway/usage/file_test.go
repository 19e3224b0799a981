package usage

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/clock"
)

func TestUsageSurvivesARestart(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "usage")
	c := clock.NewManual(at(t, "2026-03-06T12:00:00Z"))
	plan := basic(&api.Quota{Limit: 5, Offset: 2, Period: "WEEK"})
	restarted := func() (*Store, *Meter) {
		s := open(t, c, folder)
		return s, s.Meter(plan, "k1")
	}
	end := func(s *Store) {
		t.Helper()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	s, m := restarted()
	m.Take()
	end(s)
	s, m = restarted()
	if got := drain(m); got != 2 { // the offset too is remembered
		t.Errorf("%d calls passed after the restart, want 2", got)
	}
	if _, err := s.UpdateUsage("plan1", "k1", 4); err != nil {
		t.Fatal(err)
	}
	end(s)
	s, m = restarted()
	if got := drain(m); got != 4 {
		t.Errorf("%d calls passed, want the 4 that were granted", got)
	}
	c.Advance(7 * 24 * time.Hour)
	end(s)
	s, m = restarted()
	if got := drain(m); got != 5 {
		t.Errorf("%d calls passed in the next week, want 5", got)
	}
	end(s)
	m.Take() // after Close: counted nowhere, and it starts nothing
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 || files[0].Name() != "plan1.json" {
		t.Errorf("the folder holds %v, %v", files, err)
	}
}

func TestTheFolderIsWrittenOnceASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		movable := clock.NewMovable(clock.System{})
		movable.Freeze()
		s := open(t, movable, folder)
		m := s.Meter(basic(nil), "k1")
		path := filepath.Join(folder, "plan1.json")
		var writes []string
		for range 35 { // 3.5 seconds
			var calls sync.WaitGroup
			for range 4 {
				calls.Go(func() { m.Take() })
			}
			calls.Wait()
			time.Sleep(100 * time.Millisecond)
			text, err := os.ReadFile(path)
			if err == nil && (len(writes) == 0 || writes[len(writes)-1] != string(text)) {
				writes = append(writes, string(text))
			}
		}
		if len(writes) != 3 {
			t.Errorf("it was written %d times in 3.5 seconds, want 3:\n%s", len(writes),
				strings.Join(writes, "\n"))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(path)
		if !strings.Contains(string(text), `:140}`) {
			t.Errorf("Close wrote %s, want all 140 calls", text)
		}
	})
}

func TestWhatCannotBeWrittenIsToldAndTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := filepath.Join(t.TempDir(), "usage")
		if err := os.WriteFile(folder, nil, 0o600); err != nil { // a file is in the way
			t.Fatal(err)
		}
		var told []error
		s := &Store{
			options: Options{Clock: clock.System{}, Folder: folder, Failed: func(err error) { told = append(told, err) }},
			machine: clock.System{}, plans: map[string]*plan{},
		}
		m := s.Meter(basic(nil), "k1")
		m.Take()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(told) != 1 || !strings.HasPrefix(told[0].Error(), "keeping the usage of plan plan1: ") {
			t.Errorf("told %v", told)
		}
		if err := s.Close(); err == nil {
			t.Error("Close wrote into a file")
		}
		if err := os.Remove(folder); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestFilesThatCannotBeReadStopTheStart(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "{", "no date": `{"plan":"p","since":"x"}`,
		"a day that is none": `{"plan":"p","since":"2026-01-01","keys":{"k":{"days":{"x":1}}}}`,
		"a number below 0":   `{"plan":"p","since":"2026-01-01","keys":{"k":{"days":{"2026-01-01":-1}}}}`,
	} {
		folder := t.TempDir()
		path := filepath.Join(folder, "p.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(Options{Clock: clock.System{}, Folder: folder})
		if err == nil || !strings.Contains(err.Error(), path) ||
			!strings.HasSuffix(err.Error(), "delete it to begin at zero") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestOldUsageIsForgotten(t *testing.T) {
	c := clock.NewManual(at(t, "2026-01-01T12:00:00Z"))
	folder := t.TempDir()
	s := open(t, c, folder)
	m := s.Meter(basic(nil), "k1")
	m.Take()
	c.Advance(keptDays * 24 * time.Hour)
	m.Take()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(filepath.Join(folder, "plan1.json"))
	const want = `{"plan":"plan1","since":"2026-01-01","keys":{"k1":{"days":{"2026-04-03":1}}}}`
	if string(text) != want {
		t.Errorf("got %s, want %s", text, want)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(`{"plan":"p","since":"2026-01-01","keys":{"k":{"days":{"2026-01-01":3},"grants":[{"period":"DAY","from":"2026-01-01","limit":7}]}}}`)
	f.Add(`{"plan":"../p","since":"0001-01-01"}`)
	f.Fuzz(func(t *testing.T, text string) {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "p.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(Options{Clock: clock.NewManual(at(t, "2026-01-01T12:00:00Z")), Folder: folder})
		if err != nil {
			return
		}
		for id := range s.plans {
			m := s.Meter(&api.UsagePlan{ID: id, Quota: &api.Quota{Limit: 9, Period: "MONTH"}}, "k")
			if left, ok := m.Take(); ok && left < 0 {
				t.Errorf("%d are left", left)
			}
		}
	})
}
