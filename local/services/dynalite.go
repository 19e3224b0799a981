package services

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Time limits of the companion.
const (
	startLimit = 15 * time.Second // until it answers and has its tables
	stopLimit  = time.Second      // between being asked to end and being killed
)

// Options say how Dynalite is started.
type Options struct {
	Modules string // the folder node_modules that holds dynalite
	Node    string // the program; "" looks for node in PATH
	Port    int    // 0 takes any free one
	Region  string
	Tables  []Table
	Log     *slog.Logger
}

// Dynalite is the supervised companion in DynamoDB's place. Its tables live in memory. When it
// crashes it is started once more, with empty tables; a second crash is left to the user.
type Dynalite struct {
	options  Options
	endpoint string
	program  string
	script   string

	pid atomic.Int64 // of the process that runs

	stop    chan struct{} // closed by Close
	closing sync.Once
	ended   chan struct{} // closed when the supervisor has ended
}

// Start runs dynalite and returns once it answers and has its tables. Close must be called.
func Start(ctx context.Context, o Options) (*Dynalite, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &Dynalite{
		options: o, stop: make(chan struct{}), ended: make(chan struct{}),
		script: filepath.Join(o.Modules, "dynalite", "cli.js"),
	}
	if err := d.find(); err != nil {
		return nil, err
	}
	first := make(chan error, 1)
	go d.supervise(first)
	select {
	case err := <-first:
		if err != nil {
			<-d.ended
			return nil, err
		}
		return d, nil
	case <-ctx.Done():
		return nil, errors.Join(context.Cause(ctx), d.Close())
	}
}

// find looks for node and dynalite, and chooses the port.
func (d *Dynalite) find() (err error) {
	name := d.options.Node
	if name == "" {
		name = "node"
	}
	if d.program, err = exec.LookPath(name); err != nil {
		return fmt.Errorf("the template has DynamoDB tables, which need Node.js and dynalite: %w; "+
			"install Node.js, or set %s_DYNAMODB to a DynamoDB of your own", err, endpointVariable)
	}
	if _, err := os.Stat(d.script); err != nil {
		return fmt.Errorf("the template has DynamoDB tables, which need dynalite: %w; run npm install, "+
			"or set %s_DYNAMODB to a DynamoDB of your own", err, endpointVariable)
	}
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(d.options.Port)))
	if err != nil {
		return fmt.Errorf("a port for dynalite: %w", err)
	}
	d.endpoint = "http://" + listener.Addr().String()
	d.options.Port = listener.Addr().(*net.TCPAddr).Port
	return listener.Close()
}

// Endpoint returns where DynamoDB is: http://127.0.0.1:4567.
func (d *Dynalite) Endpoint() string { return d.endpoint }

// Close ends the companion and waits for it; it may be called twice.
func (d *Dynalite) Close() error {
	d.closing.Do(func() { close(d.stop) })
	<-d.ended
	return nil
}

// supervise runs the companion until Close. It keeps its thread: Linux kills the child when the
// thread that started it ends.
func (d *Dynalite) supervise(first chan<- error) {
	defer close(d.ended)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	again := false
	for {
		err := d.run(func(err error) {
			if !again {
				first <- err
			} else if err == nil {
				d.options.Log.Warn("dynalite runs again; its tables are empty", "endpoint", d.endpoint)
			}
		})
		if err == nil {
			return
		}
		if again {
			d.options.Log.Error("dynalite ended again and stays down", "error", err)
			return
		}
		again = true
		d.options.Log.Warn("dynalite ended, starting it once more", "error", err)
	}
}

// run starts one process, tells ready of how that went, and waits for its end. It returns nil when
// nothing more is to be done: after Close, or when the very start failed.
func (d *Dynalite) run(ready func(error)) error {
	output := &tail{}
	command := exec.Command(d.program, d.script, "--host", "127.0.0.1",
		"--port", strconv.Itoa(d.options.Port), "--createTableMs", "0", "--deleteTableMs", "0",
		"--updateTableMs", "0")
	command.Stdout, command.Stderr = output, output
	command.WaitDelay = stopLimit
	ownGroup(command)
	if err := command.Start(); err != nil {
		ready(fmt.Errorf("starting dynalite: %w", err))
		return nil
	}
	d.pid.Store(int64(command.Process.Pid))
	exited := make(chan error, 1)
	go func() { exited <- command.Wait() }()
	if err := d.prepare(exited); err != nil {
		d.end(command, exited)
		err = fmt.Errorf("starting dynalite: %w%s", err, output)
		ready(err)
		return nil
	}
	ready(nil)
	select {
	case err := <-exited:
		return fmt.Errorf("dynalite ended by itself: %v%s", err, output)
	case <-d.stop:
		d.end(command, exited)
		return nil
	}
}

// prepare waits until the process answers, and creates the tables. What it reads from exited, it
// puts back.
func (d *Dynalite) prepare(exited chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), startLimit)
	defer cancel()
	watched := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case err := <-exited:
			exited <- err
			cancel()
		case <-d.stop:
			cancel()
		case <-done:
		}
	}()
	defer func() { close(done); <-watched }()
	db := client(d.endpoint, d.options.Region)
	err := poll(ctx, func() (bool, error) {
		_, err := db.ListTables(ctx, &dynamodb.ListTablesInput{})
		return err == nil, err
	})
	if err != nil {
		return err
	}
	return createTables(ctx, db, d.options.Tables)
}

// end asks the process to end, then kills its group, and waits.
func (d *Dynalite) end(command *exec.Cmd, exited <-chan error) {
	interrupt(command)
	timer := time.NewTimer(stopLimit)
	defer timer.Stop()
	select {
	case <-exited:
		return
	case <-timer.C:
	}
	kill(command)
	<-exited
}

// tail keeps the last of what a process prints.
type tail struct {
	mu   sync.Mutex // guards text
	text []byte
}

// Write keeps the end of everything written.
func (t *tail) Write(p []byte) (int, error) {
	const most = 2 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if len(t.text) > most {
		t.text = append([]byte(nil), t.text[len(t.text)-most:]...)
	}
	return len(p), nil
}

// String returns what was kept, as the continuation of an error.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if text := bytes.TrimSpace(t.text); len(text) > 0 {
		return "; it printed: " + string(text)
	}
	return ""
}
