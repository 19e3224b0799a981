package process

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

// runnerVariable makes the test binary a runner that is killed with a program of its own.
const runnerVariable = "TEST_RUNNER_OF"

func TestMain(m *testing.M) {
	if program := os.Getenv(runnerVariable); program != "" {
		var s Spawner
		if _, err := s.Start(Command{Path: program}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("started")
		select {}
	}
	goleak.VerifyTestMain(m)
}

// script writes a program.
func script(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

type lines struct {
	mu   sync.Mutex // guards all
	all  []string
	came chan string
}

func (l *lines) add(stream Stream, text []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := string(stream) + " " + string(text)
	l.all = append(l.all, line)
	if l.came != nil {
		l.came <- line
	}
}

func run(t *testing.T, s *Spawner, text string, l *lines) *Process {
	t.Helper()
	p, err := s.Start(Command{
		Path: script(t, text), Dir: t.TempDir(), Env: []string{"PATH=/usr/bin:/bin", "A=b"},
		Line: l.add,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAProgramsOutputAndEnd(t *testing.T) {
	var s Spawner
	defer s.Close()
	rows := []struct {
		does, text, exit string
		want             []string
	}{
		{
			"lines of both streams, an unfinished one last", "echo one; echo two >&2; printf three",
			"",
			[]string{"stderr two", "stdout one", "stdout three"},
		},
		{"its own environment only", "echo $A$HOME", "", []string{"stdout b"}},
		{"an exit status", "exit 3", "exit status 3", nil},
		{"a signal", "kill -9 $$", "signal: killed", nil},
		{
			"a child that leaves the group does not hold up the end",
			"setsid sleep 2 & echo gone", "",
			[]string{"stdout gone"},
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			var l lines
			exit := run(t, &s, row.text, &l).Wait()
			slices.Sort(l.all)
			if diff := cmp.Diff(row.want, l.all); diff != "" || exit.String() != row.exit {
				t.Errorf("exit %q, want %q; lines %s", exit, row.exit, diff)
			}
		})
	}
	t.Run("a line beyond 256 KB comes in parts", func(t *testing.T) {
		var l lines
		run(t, &s, "head -c 300000 /dev/zero | tr '\\0' x; echo", &l).Wait()
		total := 0
		for _, line := range l.all {
			total += len(strings.TrimPrefix(line, "stdout "))
		}
		if total != 300000 || len(l.all) < 2 {
			t.Errorf("%d bytes in %d lines, want 300000 in more than one", total, len(l.all))
		}
	})
	t.Run("a program that is not there", func(t *testing.T) {
		if _, err := s.Start(Command{Path: "/nowhere/program"}); err == nil {
			t.Error("no error")
		}
	})
}

// A program that never stops printing must not hold up the end of a call.
func TestFlushEndsWhileMoreIsWritten(t *testing.T) {
	var s Spawner
	defer s.Close()
	prints := make(chan bool, 1)
	p, err := s.Start(Command{
		Path: script(t, "exec yes"), Dir: t.TempDir(), Env: []string{"PATH=/usr/bin:/bin"},
		Line: func(Stream, []byte) {
			select {
			case prints <- true:
			default:
			}
			_ = sha256.Sum256(make([]byte, 4<<10)) // slower than the program
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan Exit, 1)
	go func() { over <- p.Wait() }()
	<-prints
	p.Flush()
	p.Kill()
	<-over
}

func TestFlushDeliversWhatWasWritten(t *testing.T) {
	var s Spawner
	defer s.Close()
	l := lines{came: make(chan string, 10)}
	p := run(t, &s, "printf half; echo ready >&2; sleep 60", &l)
	ended := make(chan Exit, 1)
	go func() { ended <- p.Wait() }()
	<-l.came // stderr's line: the half one is written already
	p.Flush()
	if line := <-l.came; line != "stdout half" {
		t.Errorf("got %q", line)
	}
	if runtime.GOOS == "linux" && p.PeakMemory() <= 0 {
		t.Errorf("peak memory is %d", p.PeakMemory())
	}
	p.Kill()
	<-ended
	p.Flush() // after its end: nothing, and no harm
}

func TestTerminate(t *testing.T) {
	var s Spawner
	defer s.Close()
	rows := []struct{ does, text, want string }{
		{
			"a program that obeys has time to", "trap 'exit 5' TERM; echo on; sleep 60 & wait",
			"exit status 5",
		},
		{
			"a program that does not obey is killed", "trap '' TERM; echo on; sleep 60 & wait",
			"signal: killed",
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			l := lines{came: make(chan string, 10)}
			p := run(t, &s, row.text, &l)
			ended := make(chan Exit, 1)
			go func() { ended <- p.Wait() }()
			<-l.came
			p.Terminate(200 * time.Millisecond)
			p.Terminate(time.Hour) // the first grace counts
			if exit := <-ended; exit.String() != row.want {
				t.Errorf("got %q, want %q", exit, row.want)
			}
		})
	}
}

func TestNothingOutlivesAKilledRunner(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux ties a process to its parent's life")
	}
	dir := t.TempDir()
	fifo := filepath.Join(dir, "alive")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	runner := exec.Command(os.Args[0])
	runner.Env = append(runner.Environ(),
		runnerVariable+"="+script(t, "exec 3>"+fifo+"; exec /bin/sleep 3600"))
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	alive, err := os.Open(fifo) // returns once the program has opened its end
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = alive.Close() }()
	if err := runner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = runner.Wait()
	if _, err := io.ReadAll(alive); err != nil { // ends when the program does
		t.Error(err)
	}
}

func TestAClosedSpawnerStartsNothing(t *testing.T) {
	var s Spawner
	s.Close()
	s.Close()
	if _, err := s.Start(Command{Path: "/bin/true"}); err == nil {
		t.Error("no error")
	}
}
