package exchange

import (
	"time"

	"portico/local/gateway/clock"
)

// paceSlack is how far a stream may catch up after a wait that took longer than it was to.
const paceSlack = 50 * time.Millisecond

// Pace holds the bytes of one stream to a bandwidth. Whoever reads the stream waits before a piece
// goes out and counts it after; of these only one goroutine at a time.
type Pace struct {
	clock     clock.Clock
	unpaced   int // bytes that go at any speed
	perSecond int
	bytes     int
	next      time.Time // when more may be sent; zero while nothing holds it back
}

// NewPace returns the pace of a stream that may send so many bytes at any speed, and goes on with
// so many per second.
func NewPace(c clock.Clock, unpaced, perSecond int) Pace {
	return Pace{clock: c, unpaced: unpaced, perSecond: perSecond}
}

// Wait returns when more may be sent; false when the stream ended before.
func (p *Pace) Wait(ended <-chan struct{}) bool {
	if p.next.IsZero() {
		return true
	}
	left := p.next.Sub(p.clock.Now())
	if left <= 0 {
		return true
	}
	due := make(chan struct{})
	stop := p.clock.AfterFunc(left, func() { close(due) })
	defer stop()
	select {
	case <-due:
		return true
	case <-ended:
		return false
	}
}

// Sent counts what goes out.
func (p *Pace) Sent(n int) {
	over := max(0, p.bytes+n-p.unpaced) - max(0, p.bytes-p.unpaced)
	p.bytes += n
	if over == 0 {
		return
	}
	from := p.next
	if earliest := p.clock.Now().Add(-paceSlack); from.Before(earliest) {
		from = earliest
	}
	p.next = from.Add(time.Duration(over) * time.Second / time.Duration(p.perSecond))
}

// Bytes returns how many were counted.
func (p *Pace) Bytes() int { return p.bytes }
