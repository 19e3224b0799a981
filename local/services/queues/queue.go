package queues

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// Queue is a queue of the template, with AWS's defaults filled in.
type Queue struct {
	Name, URL, ARN string
	FIFO           bool
	// DedupByContent makes the digest of the body a FIFO queue's deduplication id.
	DedupByContent bool
	// DedupByGroup limits deduplication to a message group (DeduplicationScope).
	DedupByGroup bool
	Delay        time.Duration // 0 to 15 min
	Visibility   time.Duration // 0 to 12 h
	Wait         time.Duration // 0 to 20 s
	Retention    time.Duration // 1 min to 14 days
	MaxBytes     int           // 1 KiB to 1 MiB
	// DeadLetterARN is the queue that takes what was received MaxReceives times; "" for none.
	DeadLetterARN string
	MaxReceives   int
}

// dedupWindow is how long a FIFO queue remembers a deduplication id.
const dedupWindow = 5 * time.Minute

// line is a queue and what waits in it.
type line struct {
	mu       sync.Mutex // guards all below
	queue    Queue
	messages []*message // in the order of their sequence numbers
	sequence uint64
	recent   map[string]recent // FIFO: by deduplication id
	changed  chan struct{}     // closed, and made anew, when a message may have become visible
}

// recent is a message that a FIFO queue took within dedupWindow.
type recent struct {
	at       time.Time
	id       string
	sequence uint64
}

func newLine(q Queue) *line {
	return &line{queue: q, recent: map[string]recent{}, changed: make(chan struct{})}
}

func (l *line) replace(q Queue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = q
	l.wake()
}

// add takes a message that is new, or that failed in another queue; a duplicate within a FIFO
// queue's window is answered with what was taken first.
func (l *line) add(m *message, now time.Time) (id string, sequence uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m.dedup != "" {
		key := m.dedup
		if l.queue.DedupByGroup {
			key = m.group + "\x00" + m.dedup
		}
		l.forget(now)
		if before, ok := l.recent[key]; ok {
			return before.id, before.sequence
		}
		l.recent[key] = recent{at: now, id: m.id, sequence: l.sequence + 1}
	}
	l.sequence++
	m.sequence = l.sequence
	l.messages = append(l.messages, m)
	l.wake()
	return m.id, m.sequence
}

func (l *line) forget(now time.Time) {
	for key, r := range l.recent {
		if now.Sub(r.at) >= dedupWindow {
			delete(l.recent, key)
		}
	}
}

// wake tells receivers that wait to look again.
func (l *line) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// taken is what a receive found.
type taken struct {
	messages []message // copies, as they were at this moment
	failed   []*message
	next     time.Time // when the next hidden message becomes visible; zero for none
	changed  <-chan struct{}
}

// take hides up to most visible messages for a while. Messages that were received too often leave
// the queue instead, for its dead-letter queue.
func (l *line) take(most int, hideFor time.Duration, now time.Time) taken {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	found := taken{changed: l.changed}
	held := l.heldGroups(now)
	kept := l.messages[:0]
	for _, m := range l.messages {
		if m.visibleAt.After(now) {
			if found.next.IsZero() || m.visibleAt.Before(found.next) {
				found.next = m.visibleAt
			}
			kept = append(kept, m)
			continue
		}
		if len(found.messages) == most || l.queue.FIFO && held[m.group] {
			kept = append(kept, m)
			continue
		}
		if l.queue.MaxReceives > 0 && m.receives >= l.queue.MaxReceives {
			found.failed = append(found.failed, m)
			continue
		}
		m.receive(now, hideFor)
		found.messages = append(found.messages, *m)
		kept = append(kept, m)
	}
	clear(l.messages[len(kept):])
	l.messages = kept
	return found
}

// heldGroups are the groups of a FIFO queue of which a message is being worked on.
func (l *line) heldGroups(now time.Time) map[string]bool {
	if !l.queue.FIFO {
		return nil
	}
	held := map[string]bool{}
	for _, m := range l.messages {
		if m.receives > 0 && m.visibleAt.After(now) {
			held[m.group] = true
		}
	}
	return held
}

func (m *message) receive(now time.Time, hideFor time.Duration) {
	if m.receives == 0 {
		m.first = now
	}
	m.receives++
	m.visibleAt = now.Add(hideFor)
	m.receipt = newReceipt(m.id)
}

// expire drops what is older than the queue keeps.
func (l *line) expire(now time.Time) {
	l.messages = slices.DeleteFunc(l.messages, func(m *message) bool {
		return now.Sub(m.sent) >= l.queue.Retention
	})
}

// find returns the message a receipt handle is of; nil for one that is gone.
func (l *line) find(receipt string) *message {
	id, ok := idOfReceipt(receipt)
	if !ok {
		return nil
	}
	for _, m := range l.messages {
		if m.id == id {
			return m
		}
	}
	return nil
}

func (l *line) remove(receipt string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.find(receipt); m != nil {
		l.messages = slices.DeleteFunc(l.messages, func(other *message) bool { return other == m })
		l.wake() // its group is free
	}
}

// hide changes how long a message that is being worked on stays hidden; false means that nobody
// works on it.
func (l *line) hide(receipt string, until, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.find(receipt)
	if m == nil || m.receives == 0 || !m.visibleAt.After(now) {
		return false
	}
	m.visibleAt = until
	l.wake()
	return true
}

func (l *line) purge() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.messages = nil
	l.wake()
}

// counts are the approximate numbers of messages: visible, being worked on, delayed.
func (l *line) counts(now time.Time) (visible, hidden, delayed int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	for _, m := range l.messages {
		switch {
		case !m.visibleAt.After(now):
			visible++
		case m.receives > 0:
			hidden++
		default:
			delayed++
		}
	}
	return visible, hidden, delayed
}

// byName orders lines for listings.
func byName(a, b *line) int { return cmp.Compare(a.config().Name, b.config().Name) }

func (l *line) config() Queue {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.queue
}
