package restapi

import (
	"time"

	"portico/local/gateway/clock"
)

// What a stream may send at any speed, and how fast it goes on ("Stream the integration response
// for your proxy integrations", considerations). AWS's MB are taken for 2^20 bytes, as elsewhere.
const (
	unpacedBytes   = 10 << 20
	bytesPerSecond = 2 << 20
)

// paceSlack is how far a stream may catch up after a wait that took longer than it was to.
const paceSlack = 50 * time.Millisecond

// pace holds the bytes of one stream to AWS's bandwidth.
type pace struct {
	clock clock.Clock
	bytes int
	next  time.Time // when more may be sent; zero while nothing holds it back
}

// wait returns when more may be sent; false when the stream ended before.
func (p *pace) wait(ended <-chan struct{}) bool {
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

// sent counts what goes out.
func (p *pace) sent(n int) {
	over := max(0, p.bytes+n-unpacedBytes) - max(0, p.bytes-unpacedBytes)
	p.bytes += n
	if over == 0 {
		return
	}
	from := p.next
	if earliest := p.clock.Now().Add(-paceSlack); from.Before(earliest) {
		from = earliest
	}
	p.next = from.Add(time.Duration(over) * time.Second / bytesPerSecond)
}
