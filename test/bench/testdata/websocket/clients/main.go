// Command clients opens WebSocket connections and keeps them, in a process of its own.
//
//	clients ADDRESS PATH COUNT
//
// It prints the id of each connection, and then "ready". To a line "N" it answers "heard" once so
// many messages have come; at the end of its input it ends.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

func main() {
	log.SetFlags(0)
	if err := run(os.Args[1:]); err != nil {
		log.Fatal("clients: ", err)
	}
}

func run(arguments []string) error {
	if len(arguments) != 3 {
		return errors.New("usage: clients ADDRESS PATH COUNT")
	}
	count, err := strconv.Atoi(arguments[2])
	if err != nil {
		return err
	}
	heard := &counter{changed: make(chan struct{}, 1)}
	if err := openAll(arguments[0], arguments[1], count, heard); err != nil {
		return err
	}
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		wanted, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		heard.wait(wanted)
		fmt.Println("heard")
	}
	return lines.Err()
}

// openAll opens connections, several at once.
func openAll(address, path string, count int, heard *counter) error {
	const atOnce = 8
	var opening sync.WaitGroup
	left := make(chan struct{}, count)
	for range count {
		left <- struct{}{}
	}
	close(left)
	failed := make(chan error, atOnce)
	for range atOnce {
		opening.Go(func() {
			for range left {
				if err := open(address, path, heard); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	opening.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// errBusy says that the account's limit of new connections is reached.
var errBusy = errors.New("busy")

func open(address, path string, heard *counter) error {
	conn, err := upgrade(address, path)
	for errors.Is(err, errBusy) {
		time.Sleep(50 * time.Millisecond)
		conn, err = upgrade(address, path)
	}
	if err != nil {
		return err
	}
	// No route takes the message, so the answer says no, and names the connection.
	if err := wsutil.WriteClientText(conn, []byte("?")); err != nil {
		return err
	}
	text, err := wsutil.ReadServerText(conn)
	if err != nil {
		return err
	}
	var answer struct{ ConnectionID string }
	if err := json.Unmarshal(text, &answer); err != nil || answer.ConnectionID == "" {
		return fmt.Errorf("answered %s: %w", text, err)
	}
	fmt.Println(answer.ConnectionID)
	go listen(conn, heard)
	return nil
}

func upgrade(address, path string) (net.Conn, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n"+
		"Connection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"+
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n\r\n", path, address)
	if err != nil {
		return nil, err
	}
	// The gateway speaks when it is asked: nothing behind the head is lost with the buffer.
	response, err := http.ReadResponse(bufio.NewReaderSize(conn, 512), nil)
	if err != nil {
		return nil, err
	}
	switch response.StatusCode {
	case http.StatusSwitchingProtocols:
		return conn, nil
	case http.StatusTooManyRequests:
		return nil, errors.Join(errBusy, conn.Close())
	}
	body, _ := io.ReadAll(response.Body)
	return nil, fmt.Errorf("answered %s %s", response.Status, strings.TrimSpace(string(body)))
}

// listen counts messages until the connection ends.
func listen(conn net.Conn, heard *counter) {
	for {
		header, err := ws.ReadHeader(conn)
		if err != nil {
			return
		}
		if _, err := io.CopyN(io.Discard, conn, header.Length); err != nil {
			return
		}
		heard.add()
	}
}

// counter counts, and tells who waits for a number.
type counter struct {
	mu      sync.Mutex // guards count
	count   int
	changed chan struct{}
}

func (c *counter) add() {
	c.mu.Lock()
	c.count++
	c.mu.Unlock()
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

func (c *counter) wait(wanted int) {
	for {
		c.mu.Lock()
		count := c.count
		c.mu.Unlock()
		if count >= wanted {
			return
		}
		<-c.changed
	}
}
