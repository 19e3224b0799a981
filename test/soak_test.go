package test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/coder/websocket"

	"portico/local/runner"
)

var soakFor = flag.Duration("soak", 2*time.Second, "how long TestSoak goes on; make soak takes 30m")

// TestSoak has people connect, chat, be pushed to and leave in every way there is, for as long as
// -soak says. After each round everybody is gone, and what the program holds by then must not grow.
func TestSoak(t *testing.T) {
	const rounds, people, pushers = 12, 16, 4
	r := startConnections(t)
	s := &soak{
		reference: r, keys: r.roleKeys(t, "pusher"), ids: map[string]bool{},
		failures: make(chan error, 100),
	}
	s.someone.L = &s.mu
	var held []holding
	for round := range rounds + 1 { // the first one warms up
		s.round(t.Context(), *soakFor/rounds, people, pushers)
		select {
		case err := <-s.failures:
			t.Fatalf("round %d: %v", round, err)
		default:
		}
		if round > 0 {
			held = append(held, settle(held))
			t.Logf("round %d: %v; %d connections, %d messages, %d pushes until now", round,
				held[len(held)-1], s.opened.Load(), s.chatted.Load(), s.pushed.Load())
		}
	}
	if s.opened.Load() == 0 || s.chatted.Load() == 0 || s.pushed.Load() == 0 {
		t.Error("nothing happened")
	}
	early, late := median(held[:rounds/2]), median(held[rounds/2:])
	if late.heap > early.heap+early.heap/5+4<<20 || late.goroutines > early.goroutines+20 ||
		late.files > early.files+20 {
		t.Errorf("what is held has grown from %v to %v", early, late)
	}
}

// holding is what this process holds: its heap in bytes, goroutines, and file descriptors.
type holding struct{ heap, goroutines, files int }

func (h holding) String() string {
	return fmt.Sprintf("%.1f MiB, %d goroutines, %d files", float64(h.heap)/(1<<20),
		h.goroutines, h.files)
}

// settle measures once what the last round left behind is gone, or does not go.
func settle(before []holding) holding {
	limit := time.Now().Add(10 * time.Second)
	for {
		got := measure()
		if len(before) == 0 || got.goroutines <= before[0].goroutines || time.Now().After(limit) {
			return got
		}
		<-time.After(100 * time.Millisecond)
	}
}

func measure() holding {
	runtime.GC()
	runtime.GC() // a second time for what the first one only moved out of pools
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	files, _ := os.ReadDir("/proc/self/fd") // where there is no such folder, files are not counted
	return holding{int(memory.HeapAlloc), runtime.NumGoroutine(), len(files)}
}

// median takes the middle of each figure by itself.
func median(all []holding) holding {
	middle := func(of func(holding) int) int {
		figures := make([]int, len(all))
		for i, h := range all {
			figures[i] = of(h)
		}
		slices.Sort(figures)
		return figures[len(figures)/2]
	}
	return holding{
		middle(func(h holding) int { return h.heap }),
		middle(func(h holding) int { return h.goroutines }),
		middle(func(h holding) int { return h.files }),
	}
}

// soak is what the people and pushers of TestSoak share.
type soak struct {
	*reference
	keys                    runner.Keys
	opened, chatted, pushed atomic.Int64
	failures                chan error

	mu      sync.Mutex      // guards what follows
	someone sync.Cond       // rings when there are more ids, and when the round is over
	ids     map[string]bool // of open connections; true: to be deleted
	over    bool
}

// round lets people come and go for a while, and ends when all have gone.
func (s *soak) round(ctx context.Context, length time.Duration, people, pushers int) {
	ctx, cancel := context.WithTimeout(ctx, length)
	defer cancel()
	s.end(false)
	var visiting, pushing sync.WaitGroup
	for i := range people {
		visiting.Go(func() { s.person(ctx, i) })
	}
	for range pushers {
		pushing.Go(s.pusher)
	}
	visiting.Wait()
	s.end(true)
	pushing.Wait()
}

func (s *soak) end(over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over = over
	s.someone.Broadcast()
}

func (s *soak) fail(err error) {
	select {
	case s.failures <- err:
	default:
	}
}

// person comes and goes until the round is over, each time in another way.
func (s *soak) person(ctx context.Context, i int) {
	for n := i; ctx.Err() == nil; n++ {
		if err := s.visit(context.WithoutCancel(ctx), n); err != nil {
			s.fail(err)
			return
		}
	}
}

// visit connects, says a few things, and leaves.
func (s *soak) visit(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var socket net.Conn
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			var err error
			socket, err = new(net.Dialer).DialContext(ctx, network, address)
			return socket, err
		},
	}}
	defer client.CloseIdleConnections()
	conn, response, err := websocket.Dial(ctx, s.realtime.URL,
		&websocket.DialOptions{HTTPClient: client})
	if err != nil {
		if response != nil && response.StatusCode == http.StatusTooManyRequests {
			return nil // the account's limit of new connections
		}
		return fmt.Errorf("connecting: %w", err)
	}
	defer conn.CloseNow()
	s.opened.Add(1)
	id, err := s.chat(ctx, conn)
	if err != nil {
		return err
	}
	defer s.forget(id)
	if n%ways == 0 {
		return s.waitForTheEnd(ctx, conn, id)
	}
	return leave(ctx, conn, socket, n)
}

// chat talks with the function. What is pushed in between is passed over.
func (s *soak) chat(ctx context.Context, conn *websocket.Conn) (id string, err error) {
	for i := range 5 {
		said := fmt.Sprintf(`{"action":"say","n":%d}`, i)
		if err := conn.Write(ctx, websocket.MessageText, []byte(said)); err != nil {
			return "", fmt.Errorf("saying something: %w", err)
		}
		found, err := s.answer(ctx, conn)
		if err != nil || found.Message != said {
			return "", fmt.Errorf("answered %+v to %s: %w", found, said, err)
		}
		s.chatted.Add(1)
		if id == "" {
			id = found.Connection
			s.set(id, false)
		}
	}
	return id, nil
}

func (s *soak) answer(ctx context.Context, conn *websocket.Conn) (place, error) {
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return place{}, err
		}
		if !bytes.Equal(text, pushedText) {
			return readPlace(text)
		}
	}
}

func (s *soak) set(id string, doomed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[id] = doomed
	s.someone.Broadcast()
}

func (s *soak) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ids, id)
}

// ways is how many there are to leave.
const ways = 5

// leave goes politely, by hanging up, by half-closing, or with garbage.
func leave(ctx context.Context, conn *websocket.Conn, socket net.Conn, n int) error {
	switch n % ways {
	case 1:
		_ = conn.Close(websocket.StatusNormalClosure, "") // a push may come first
	case 2:
		_ = conn.CloseNow()
	case 3:
		if err := socket.(*net.TCPConn).CloseWrite(); err != nil {
			return fmt.Errorf("half-closing: %w", err)
		}
		_, _ = io.Copy(io.Discard, socket) // until the gateway hangs up
	default:
		_, _ = socket.Write(bytes.Repeat([]byte{0xff}, 100))
		_ = drain(ctx, conn)
	}
	return nil
}

// waitForTheEnd leaves when a pusher deletes the connection.
func (s *soak) waitForTheEnd(ctx context.Context, conn *websocket.Conn, id string) error {
	s.set(id, true)
	if got := websocket.CloseStatus(drain(ctx, conn)); got != websocket.StatusNormalClosure {
		return fmt.Errorf("thrown out with %v", got)
	}
	return nil
}

// drain reads until the end.
func drain(ctx context.Context, conn *websocket.Conn) error {
	for {
		if _, _, err := conn.Read(ctx); err != nil {
			return err
		}
	}
}

// pushedText is what pushers send.
var pushedText = []byte("pushed")

// pusher posts to open connections, and deletes those who wait for it, until the round is over.
func (s *soak) pusher() {
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for {
		id, doomed, found := s.pick()
		if !found {
			return
		}
		if err := s.command(client, id, doomed); err != nil {
			s.fail(err)
		}
	}
}

// pick waits for a connection and takes any; none is found when the round is over.
func (s *soak) pick() (id string, doomed, found bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.ids) == 0 && !s.over {
		s.someone.Wait()
	}
	for id, doomed := range s.ids {
		if doomed {
			delete(s.ids, id)
		}
		return id, doomed, true
	}
	return "", false, false
}

// command posts to a connection, or deletes it. One that is gone by then is no failure.
func (s *soak) command(client *http.Client, id string, doomed bool) error {
	method, body := http.MethodPost, pushedText
	if doomed {
		method, body = http.MethodDelete, nil
	}
	endpoint := "http" + s.realtime.URL[len("ws"):] + "/@connections/" + url.PathEscape(id)
	request, err := http.NewRequest(method, endpoint, bytes.NewReader(body))
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	err = v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{
		AccessKeyID: s.keys.AccessKeyID, SecretAccessKey: s.keys.SecretAccessKey,
		SessionToken: s.keys.SessionToken,
	}, request, hex.EncodeToString(sum[:]), "execute-api", signingRegion, time.Now())
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return errors.Join(err, response.Body.Close())
	}
	s.pushed.Add(1)
	switch response.StatusCode {
	case http.StatusOK, http.StatusNoContent, http.StatusGone:
		return response.Body.Close()
	}
	return fmt.Errorf("%s was answered %s %s", method, response.Status, text)
}
