package queues

import (
	"slices"
	"strings"
	"sync"
	"time"
)

// Clock tells the time and rings later.
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Service serves the queues of a template. It is an http.Handler.
type Service struct {
	clock Clock

	mu    sync.RWMutex // guards lines
	lines []*line      // by name
}

// New returns a service with empty queues.
func New(clock Clock, queues []Queue) *Service {
	s := &Service{clock: clock}
	s.Replace(queues)
	return s
}

// Replace makes queues those that are served. A queue that stays keeps its messages.
func (s *Service) Replace(queues []Queue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := make([]*line, 0, len(queues))
	for _, q := range queues {
		at := slices.IndexFunc(s.lines, func(l *line) bool { return l.config().ARN == q.ARN })
		if at < 0 {
			lines = append(lines, newLine(q))
			continue
		}
		s.lines[at].replace(q)
		lines = append(lines, s.lines[at])
	}
	slices.SortFunc(lines, byName)
	s.lines = lines
}

// byURL finds a queue by its URL or its path "/account/name": hosts differ between the template and
// this machine.
func (s *Service) byURL(url string) (*line, error) {
	name := url[strings.LastIndexByte(url, '/')+1:]
	return s.byName(name)
}

func (s *Service) byName(name string) (*line, error) {
	return s.find(func(q *Queue) bool { return q.Name == name })
}

func (s *Service) find(is func(*Queue) bool) (*line, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, l := range s.lines {
		if q := l.config(); is(&q) {
			return l, nil
		}
	}
	return nil, errNoQueue()
}

// receive takes up to most messages, and waits for the first one.
func (s *Service) receive(t target, in receiveInput) []message {
	hideFor, wait := t.queue.Visibility, t.queue.Wait
	if in.VisibilityTimeout != nil {
		hideFor = in.VisibilityTimeout.seconds()
	}
	if in.WaitTimeSeconds != nil {
		wait = in.WaitTimeSeconds.seconds()
	}
	until := s.clock.Now().Add(wait)
	for {
		now := s.clock.Now()
		found := t.take(in.most(), hideFor, now)
		s.bury(t.queue, found.failed, now)
		if len(found.messages) > 0 || !now.Before(until) || t.ctx.Err() != nil {
			return found.messages
		}
		next := until
		if !found.next.IsZero() && found.next.Before(next) {
			next = found.next
		}
		rung := make(chan struct{})
		stop := s.clock.AfterFunc(next.Sub(now), func() { close(rung) })
		select {
		case <-found.changed:
		case <-rung:
		case <-t.ctx.Done():
		}
		stop()
	}
}

// bury moves messages that failed too often to the dead-letter queue.
func (s *Service) bury(from Queue, failed []*message, now time.Time) {
	if len(failed) == 0 {
		return
	}
	target, err := s.find(func(q *Queue) bool { return q.ARN == from.DeadLetterARN })
	if err != nil {
		return // a dead-letter queue of another application: the messages leave this one
	}
	for _, m := range failed {
		m.source, m.visibleAt, m.receipt = from.ARN, now, ""
		target.add(m, now)
	}
}
