package process

import (
	"bytes"
	"os"
	"sync"
	"syscall"
)

// maxLine is CloudWatch's largest log event; a longer line is delivered in parts.
const maxLine = 256 << 10

// output delivers what comes out of one pipe. Its file is read by the following goroutine, which
// the runtime wakes, and by flush, which takes what is there without waiting.
type output struct {
	file   *os.File
	stream Stream
	line   func(Stream, []byte)

	mu      sync.Mutex // guards all below, and the order of lines
	fd      int        // -1 once closed
	buffer  []byte
	pending []byte // the beginning of a line
}

func newOutput(file *os.File, stream Stream, line func(Stream, []byte)) (*output, error) {
	o := &output{file: file, stream: stream, line: line}
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	// Not file.Fd, which would make reads wait.
	return o, raw.Control(func(fd uintptr) { o.fd = int(fd) })
}

// follow delivers until the pipe ends or is closed.
func (o *output) follow() {
	raw, err := o.file.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Read(func(uintptr) (done bool) { // the error says closed: the end of the work
		for {
			switch o.take() {
			case ended:
				return true
			case empty:
				return false
			}
		}
	})
}

func (o *output) take() left {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.drain()
}

// left is how a pipe was left.
type left int

const (
	empty left = iota // the next write wakes the follower
	full              // there may be more
	ended
)

// maxPipe is what a pipe holds: who reads as much has read all that was written before.
const maxPipe = 64 << 10

// drain reads until the pipe is empty, or maxPipe from a program that writes as fast. o.mu is held.
func (o *output) drain() left {
	if o.buffer == nil {
		o.buffer = make([]byte, 4<<10)
	}
	for read := 0; o.fd >= 0 && read < maxPipe; {
		n, err := syscall.Read(o.fd, o.buffer)
		switch {
		case err == syscall.EINTR:
		case err == syscall.EAGAIN:
			return empty
		case err != nil || n <= 0:
			return ended
		default:
			o.deliver(o.buffer[:n])
			if n < len(o.buffer) {
				return empty
			}
			read += n
		}
	}
	if o.fd < 0 {
		return ended
	}
	return full
}

func (o *output) deliver(text []byte) {
	for len(text) > 0 {
		at := bytes.IndexByte(text, '\n')
		if at < 0 {
			o.pending = append(o.pending, text...)
			if len(o.pending) >= maxLine {
				o.flushPending()
			}
			return
		}
		if len(o.pending) > 0 {
			o.pending = append(o.pending, text[:at]...)
			o.flushPending()
		} else {
			o.emit(text[:at])
		}
		text = text[at+1:]
	}
}

func (o *output) flushPending() {
	if len(o.pending) > 0 {
		o.emit(o.pending)
		o.pending = o.pending[:0]
	}
}

func (o *output) emit(text []byte) {
	if o.line != nil {
		o.line(o.stream, text)
	}
}

func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drain()
	o.flushPending()
}

// close delivers the rest and ends the following goroutine, even while a process that left the
// group still holds the other end.
func (o *output) close() {
	o.flush()
	o.mu.Lock()
	o.fd = -1
	o.mu.Unlock()
	_ = o.file.Close()
}
