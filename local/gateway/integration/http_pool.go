package integration

import (
	"sync"
	"time"

	"portico/local/gateway/clock"
)

const (
	idlePerBackend = 1024 // connections
	idleTime       = 90 * time.Second
)

// destination is where a connection leads; connections with the same one are worth the same.
type destination struct {
	host, port string
	secure     bool   // TLS
	trusting   bool   // of certificates of any issuer
	named      string // whom its certificate must name; "" for host
}

// pool keeps connections between calls. The one that was used last is used next, so that the others
// grow old; those that are too old are swept out.
type pool struct {
	clock clock.Clock

	mu      sync.Mutex // guards what follows
	shelves map[destination]*shelf
	stop    func() bool // of the next sweep; nil when none is due
	closed  bool
}

// shelf holds the kept connections to one destination, the oldest first.
type shelf struct{ kept []*connection }

// take returns a kept connection that is still open, nil when there is none.
func (p *pool) take(to destination) *connection {
	for {
		conn := p.pop(to)
		if conn == nil {
			return nil
		}
		if conn.probe() {
			conn.ready()
			return conn
		}
		_ = conn.Close()
	}
}

func (p *pool) pop(to destination) *connection {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.shelves[to]
	if s == nil || len(s.kept) == 0 {
		return nil
	}
	last := len(s.kept) - 1
	conn := s.kept[last]
	s.kept[last] = nil
	s.kept = s.kept[:last]
	return conn
}

// put keeps a connection, or closes it.
func (p *pool) put(conn *connection) {
	conn.rest()
	conn.since = p.clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.shelves[conn.to]
	if s == nil {
		s = &shelf{}
	}
	if p.closed || len(s.kept) >= idlePerBackend {
		_ = conn.Close()
		return
	}
	s.kept = append(s.kept, conn)
	p.shelves[conn.to] = s
	if p.stop == nil {
		p.stop = p.clock.AfterFunc(idleTime, p.sweep)
	}
}

// sweep closes what has been kept for too long.
func (p *pool) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop = nil
	now := p.clock.Now()
	for to, s := range p.shelves {
		old := 0
		for old < len(s.kept) && now.Sub(s.kept[old].since) >= idleTime {
			_ = s.kept[old].Close()
			old++
		}
		s.kept = append([]*connection(nil), s.kept[old:]...)
		if len(s.kept) == 0 {
			delete(p.shelves, to)
		}
	}
	if len(p.shelves) > 0 && !p.closed {
		p.stop = p.clock.AfterFunc(idleTime/2, p.sweep)
	}
}

// close closes what is kept, and keeps no more.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.stop != nil {
		p.stop()
		p.stop = nil
	}
	for _, s := range p.shelves {
		for _, conn := range s.kept {
			_ = conn.Close()
		}
	}
	clear(p.shelves)
}
