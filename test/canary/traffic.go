package canary

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"sync"
	"time"
)

// The clients that Traffic stands for.
const (
	clients = 8
	// Rate is how many calls they make a second, together.
	Rate = 200
)

// Traffic are clients that call until they are stopped.
type Traffic struct {
	// Call makes a call, told apart by a number, and returns what it was answered with.
	Call func(number int) (answer string)

	still   sync.RWMutex // held to write while no call may be under way
	cancel  context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex // guards what follows
	number  int        // of the last call
	total   int        // answers
	answers map[string]int
	made    chan struct{} // closed at the next answer
}

// Start begins to call.
func (t *Traffic) Start() {
	ctx, cancel := context.WithCancel(context.Background())
	t.cancel, t.made = cancel, make(chan struct{})
	t.answers = map[string]int{}
	for range clients {
		t.running.Go(func() { t.run(ctx) })
	}
}

// Stop ends the clients, and returns when each has its last answer.
func (t *Traffic) Stop() {
	t.cancel()
	t.running.Wait()
}

func (t *Traffic) run(ctx context.Context) {
	tick := time.NewTicker(clients * time.Second / Rate)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			t.still.RLock()
			t.once()
			t.still.RUnlock()
		}
	}
}

func (t *Traffic) once() {
	t.mu.Lock()
	t.number++
	number := t.number
	t.mu.Unlock()
	answer := t.Call(number)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.answers[answer]++
	t.total++
	close(t.made)
	t.made = make(chan struct{})
}

// Await returns when so many calls more were answered.
func (t *Traffic) Await(ctx context.Context, calls int) error {
	count := func() (int, chan struct{}) {
		t.mu.Lock()
		defer t.mu.Unlock()
		return t.total, t.made
	}
	total, made := count()
	for wanted := total + calls; total < wanted; total, made = count() {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-made:
		}
	}
	return nil
}

// Still does something while no call is under way: each that was made is answered then.
func (t *Traffic) Still(do func() error) error {
	t.still.Lock()
	defer t.still.Unlock()
	return do()
}

// Answers returns how often each answer came so far, and forgets them.
func (t *Traffic) Answers() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	answers := maps.Clone(t.answers)
	clear(t.answers)
	return answers
}

// Getter makes GET calls; an answer is the status and the body, or why there is none.
func Getter(client *http.Client, address string) func(number int) string {
	return func(number int) string {
		response, err := client.Get(fmt.Sprintf("%s?number=%d", address, number))
		if err != nil {
			return err.Error()
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%d %s", response.StatusCode, body)
	}
}
