package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// Stream tells apart what a program writes.
type Stream string

// The two streams of a program.
const (
	Stdout Stream = "stdout"
	Stderr Stream = "stderr"
)

// Command is a program to start.
type Command struct {
	Path string
	Args []string // without the program's own name
	Dir  string   // working folder
	Env  []string // all the program gets, as NAME=value
	// Line is called for each line without its end; calls of one stream come one at a time, those
	// of the two streams may overlap. The text is valid during the call only. nil discards.
	Line func(stream Stream, text []byte)
}

// Process is a running program.
type Process struct {
	command *exec.Cmd
	outputs [2]*output

	mu     sync.Mutex // guards ended: nobody signals a group whose leader was reaped
	ended  bool
	reaper *time.Timer
}

// Exit is how a program ended.
type Exit struct {
	Code   int // -1 when a signal ended it
	Signal os.Signal
}

// String says it in Go's words: "exit status 1", "signal: killed"; "" for exit status 0.
func (e Exit) String() string {
	switch {
	case e.Signal != nil:
		return "signal: " + e.Signal.String()
	case e.Code == 0:
		return ""
	}
	return fmt.Sprintf("exit status %d", e.Code)
}

// start runs on the spawner's thread.
func start(c Command) (*Process, error) {
	p := &Process{command: &exec.Cmd{
		Path: c.Path, Args: append([]string{c.Path}, c.Args...), Dir: c.Dir, Env: c.Env,
		SysProcAttr: attributes(),
	}}
	var writers [2]*os.File
	defer func() {
		for _, w := range writers {
			_ = w.Close() // the program has its own
		}
	}()
	for i, stream := range []Stream{Stdout, Stderr} {
		read, write, err := os.Pipe()
		if err == nil {
			writers[i] = write
			p.outputs[i], err = newOutput(read, stream, c.Line)
		}
		if err != nil {
			p.discard()
			return nil, fmt.Errorf("opening a pipe for %s of %s: %w", stream, c.Path, err)
		}
	}
	p.command.Stdout, p.command.Stderr = writers[0], writers[1]
	if err := p.command.Start(); err != nil {
		p.discard()
		return nil, err
	}
	return p, nil
}

func (p *Process) discard() {
	for _, o := range p.outputs {
		if o != nil {
			_ = o.file.Close()
		}
	}
}

// PID is the program's process id, and its group's.
func (p *Process) PID() int { return p.command.Process.Pid }

// Flush delivers every line, or part of one, that the program has written so far.
func (p *Process) Flush() {
	for _, o := range p.outputs {
		o.flush()
	}
}

// Wait delivers output until the program ends, ends what is left of its group, and returns when the
// last line was delivered. It must be called once for every started process.
func (p *Process) Wait() Exit {
	var readers sync.WaitGroup
	for _, o := range p.outputs {
		readers.Go(o.follow)
	}
	err := p.command.Wait()
	p.mu.Lock()
	p.ended = true
	if p.reaper != nil {
		p.reaper.Stop()
	}
	p.mu.Unlock()
	// While children stay in the group its number is taken; without any there is nobody to reach.
	_ = syscall.Kill(-p.PID(), syscall.SIGKILL)
	for _, o := range p.outputs {
		o.close()
	}
	readers.Wait()
	return exitOf(err, p.command.ProcessState)
}

func exitOf(err error, state *os.ProcessState) Exit {
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) || state == nil {
		return Exit{Code: -1}
	}
	status, ok := state.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() {
		return Exit{Code: -1, Signal: status.Signal()}
	}
	return Exit{Code: state.ExitCode()}
}

// Kill ends the program and its group at once.
func (p *Process) Kill() { p.signal(syscall.SIGKILL) }

// Terminate asks the group to end, and kills it when it is still there after grace.
func (p *Process) Terminate(grace time.Duration) {
	p.signal(syscall.SIGTERM)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended && p.reaper == nil {
		p.reaper = time.AfterFunc(grace, p.Kill)
	}
}

func (p *Process) signal(signal syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.ended {
		_ = syscall.Kill(-p.PID(), signal) // ESRCH: it ended just now, which was the aim
	}
}
