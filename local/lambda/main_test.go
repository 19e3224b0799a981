package lambda

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// stateDir keeps the handler's program from one test to the next.
var stateDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "lambda")
	if err != nil {
		panic(err)
	}
	stateDir = dir
	code := m.Run()
	if code == 0 {
		if err := goleak.Find(); err != nil {
			println(err.Error())
			code = 1
		}
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

const account = "arn:aws:lambda:us-east-1:123456789012:function:"

// handlerFunction is testdata/handler as a function, with an alias and a version.
func handlerFunction(t testing.TB, change func(*Function)) Configuration {
	t.Helper()
	source, err := filepath.Abs("testdata/handler")
	if err != nil {
		t.Fatal(err)
	}
	fn := Function{
		Name: "orders", ARN: account + "orders", Runtime: "provided.al2023",
		Handler: "bootstrap", Code: Code{Source: source},
	}
	if change != nil {
		change(&fn)
	}
	return Configuration{
		Account: "123456789012", Region: "us-east-1", Partition: "aws",
		Functions: []Function{fn},
		Versions:  []Version{{FunctionARN: fn.ARN, Number: "1"}},
		Aliases:   []Alias{{FunctionARN: fn.ARN, Name: "live", Version: "1"}},
	}
}

// open returns a service that serves c and is closed with the test.
func open(t testing.TB, o Options, c Configuration) *Service {
	t.Helper()
	if o.StateDir == "" {
		o.StateDir = stateDir
	}
	s := New(o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := s.Deploy(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	return s
}

func invoke(t testing.TB, s *Service, event string) Output {
	t.Helper()
	out, err := s.Invoke(context.Background(), Input{
		FunctionARN: "orders", Payload: []byte(event),
	})
	if err != nil {
		t.Fatalf("Invoke(%s): %v", event, err)
	}
	return out
}

func decode[T any](t testing.TB, out Output) T {
	t.Helper()
	var value T
	if err := json.Unmarshal(out.Payload, &value); err != nil || out.FunctionError != "" {
		t.Fatalf("answer %s, function error %q: %v", out.Payload, out.FunctionError, err)
	}
	return value
}

// place is what the handler says about where it runs.
type place struct {
	ARN, ID, Folder, Trace, Version string
	Remaining                       float64
	PID                             int
}

// record keeps log lines and lets a test wait for one.
type record struct {
	mu    sync.Mutex // guards lines
	lines []Line
	wakes chan struct{}
}

func newRecord() *record { return &record{wakes: make(chan struct{}, 1)} }

func (r *record) add(l Line) {
	r.mu.Lock()
	r.lines = append(r.lines, l)
	r.mu.Unlock()
	select {
	case r.wakes <- struct{}{}:
	default:
	}
}

func (r *record) all() []Line {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.lines)
}

func (r *record) count(text string) int {
	n := 0
	for _, l := range r.all() {
		if strings.Contains(l.Text, text) {
			n++
		}
	}
	return n
}

// await returns once n lines hold text.
func (r *record) await(t testing.TB, text string, n int) {
	t.Helper()
	for r.count(text) < n {
		select {
		case <-r.wakes:
		case <-t.Context().Done():
			t.Fatalf("%d lines with %q, want %d", r.count(text), text, n)
		}
	}
}

// manual is a clock that stands still until it is moved.
type manual struct {
	mu    sync.Mutex // guards all below
	now   time.Time
	bells map[*bell]struct{}
	set   chan time.Duration // every bell that is set, as far as somebody listens
}

type bell struct {
	at time.Time
	f  func()
}

func newManual() *manual {
	return &manual{
		now:   time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC),
		bells: map[*bell]struct{}{}, set: make(chan time.Duration, 1000),
	}
}

func (m *manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *manual) AfterFunc(d time.Duration, f func()) func() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := &bell{at: m.now.Add(d), f: f}
	m.bells[b] = struct{}{}
	m.set <- d
	return func() bool {
		m.mu.Lock()
		defer m.mu.Unlock()
		_, waiting := m.bells[b]
		delete(m.bells, b)
		return waiting
	}
}

// awaitBell returns once a bell was set that rings after d.
func (m *manual) awaitBell(d time.Duration) {
	for set := range m.set {
		if set == d {
			return
		}
	}
}

func (m *manual) advance(d time.Duration) {
	m.mu.Lock()
	m.now = m.now.Add(d)
	var due []*bell
	for b := range m.bells {
		if !b.at.After(m.now) {
			due = append(due, b)
			delete(m.bells, b)
		}
	}
	m.mu.Unlock()
	for _, b := range due {
		b.f()
	}
}
