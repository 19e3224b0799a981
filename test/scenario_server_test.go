package test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// How long a scenario waits for what must happen, and how long the runner may take to stop.
const (
	startPatience = 2 * time.Minute
	linePatience  = 30 * time.Second
	stopPatience  = 8 * time.Second // $disconnect may take five
)

// server is "portico start", running.
type server struct {
	command *exec.Cmd
	output  *transcript
	ended   chan struct{} // closed when the process is gone
	err     error         // of its end; read after ended
	seen    int           // up to where until has read
}

// serve starts "portico start" with the given flags, waits until it is ready, and sets a variable
// with the address of each API: "partner" becomes $partner. What it prints is kept in runner.log.
// It is interrupted when the scenario ends.
func serve(ts *testscript.TestScript, negated bool, args []string) {
	if negated {
		ts.Fatalf("serve cannot be negated; use exits")
	}
	command := exec.Command(binaryOf(ts), append([]string{"start"}, args...)...)
	command.Dir = ts.Getenv("WORK")
	for _, name := range []string{
		"PATH", "HOME", "GOPATH", "GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY", "WORK",
	} {
		command.Env = append(command.Env, name+"="+ts.Getenv(name))
	}
	log, err := os.Create(ts.MkAbs("runner.log"))
	ts.Check(err)
	s := &server{
		command: command, ended: make(chan struct{}),
		output: &transcript{file: log, changed: make(chan struct{})},
	}
	command.Stdout, command.Stderr, command.WaitDelay = s.output, s.output, stopPatience
	ts.Check(command.Start())
	sceneOf(ts).server = s
	var waiting sync.WaitGroup
	waiting.Go(func() {
		s.err = command.Wait()
		close(s.ended)
	})
	ts.Defer(func() {
		_ = command.Process.Signal(os.Interrupt)
		waiting.Wait()
		_ = log.Close()
	})
	if !s.await(regexp.MustCompile(`(?m)^ready in `), startPatience) {
		ts.Fatalf("portico start did not become ready:\n%s", s.output.text())
	}
	for line := range strings.Lines(s.output.text()) {
		remember(ts, line)
	}
}

// remember reads the addresses out of the table that start prints.
func remember(ts *testscript.TestScript, line string) {
	fields := strings.Fields(line)
	if len(fields) < 2 {
		return
	}
	address := fields[len(fields)-1]
	scheme, _, found := strings.Cut(address, "://")
	if found && slices.Contains([]string{"http", "https", "ws"}, scheme) {
		ts.Setenv(strings.TrimSuffix(fields[0], ":"), address)
	}
}

func binaryOf(ts *testscript.TestScript) string {
	dir, _, _ := strings.Cut(ts.Getenv("PATH"), string(os.PathListSeparator))
	return filepath.Join(dir, "portico")
}

// until waits until the runner has printed what matches a regular expression, after what the until
// before it waited for.
func until(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: until REGEXP")
	}
	s := sceneOf(ts).server
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	if !s.await(pattern, linePatience) {
		ts.Fatalf("the runner did not print %q; it printed:\n%.4000s", args[0],
			s.output.text()[s.seen:])
	}
}

// await waits until the output holds a match, and reports whether it does.
func (s *server) await(pattern *regexp.Regexp, patience time.Duration) bool {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		changed := s.output.next()
		if match := pattern.FindStringIndex(s.output.text()[s.seen:]); match != nil {
			s.seen += match[1]
			return true
		}
		select {
		case <-changed:
		case <-s.ended:
			return pattern.MatchString(s.output.text()[s.seen:])
		case <-deadline.C:
			return false
		}
	}
}

// end interrupts the runner as Ctrl-C does, and wants it and all of its processes gone in the time
// that it has. "end killed" kills it instead, which it cannot notice: its processes must go all the
// same. Its standard output names the processes. "end idle" is for a runner that has none.
func end(ts *testscript.TestScript, negated bool, args []string) {
	s, killed := sceneOf(ts).server, slices.Equal(args, []string{"killed"})
	idle := slices.Equal(args, []string{"idle"})
	if negated || !killed && !idle && len(args) > 0 {
		ts.Fatalf("usage: end [killed|idle]")
	}
	children := descendants(s.command.Process.Pid)
	if len(children) == 0 && !idle {
		ts.Fatalf("the runner has no processes, so ending it proves nothing")
	}
	for _, p := range children {
		_, _ = fmt.Fprintln(ts.Stdout(), p.name)
	}
	signal := os.Interrupt
	if killed {
		signal = os.Kill
	}
	ts.Check(s.command.Process.Signal(signal))
	deadline := time.NewTimer(stopPatience)
	defer deadline.Stop()
	select {
	case <-s.ended:
	case <-deadline.C:
		ts.Fatalf("the runner did not end within %v:\n%s", stopPatience, s.output.text())
	}
	if s.err != nil && !killed {
		ts.Fatalf("the interrupted runner ended with %v, want exit code 0:\n%s", s.err,
			s.output.text())
	}
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for left := alive(children); len(left) > 0; left = alive(children) {
		select {
		case <-look.C:
		case <-deadline.C:
			ts.Fatalf("the runner is gone, these processes are not: %s", strings.Join(left, ", "))
		}
	}
}

// process is one line of the table of processes.
type process struct {
	parent int
	name   string
	start  string // tells a process from a later one with the same id
	gone   bool   // but for whoever should ask for its exit code
}

// processes reads the table of processes from Linux's /proc ("proc_pid_stat(5)").
func processes() map[int]process {
	all := map[int]process{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		id, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		before, after, _ := strings.Cut(string(text), ") ")
		_, name, _ := strings.Cut(before, "(")
		fields := strings.Fields(after)
		parent, _ := strconv.Atoi(fields[1])
		all[id] = process{
			parent: parent, name: name, start: fields[19], gone: fields[0] == "Z" || fields[0] == "X",
		}
	}
	return all
}

// descendants returns every process that a process began, and those began.
func descendants(of int) map[int]process {
	all, found := processes(), map[int]process{}
	for begun := []int{of}; len(begun) > 0; begun = begun[1:] {
		for id, p := range all {
			if p.parent == begun[0] && !p.gone {
				found[id] = p
				begun = append(begun, id)
			}
		}
	}
	return found
}

// alive names those of the processes that have not ended.
func alive(of map[int]process) []string {
	var names []string
	for id, p := range processes() {
		if was, ok := of[id]; ok && was.start == p.start && !p.gone {
			names = append(names, fmt.Sprintf("%s (%d)", p.name, id))
		}
	}
	return names
}

// transcript keeps what is written, in a file too, and tells of every change.
type transcript struct {
	file *os.File

	mu      sync.Mutex // guards what follows
	written strings.Builder
	changed chan struct{} // closed at the next change
}

// Write keeps the text.
func (t *transcript) Write(text []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.written.Write(text)
	close(t.changed)
	t.changed = make(chan struct{})
	if _, err := t.file.Write(text); err != nil && !errors.Is(err, syscall.EBADF) {
		return 0, err
	}
	return len(text), nil
}

func (t *transcript) text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.written.String()
}

func (t *transcript) next() <-chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.changed
}
