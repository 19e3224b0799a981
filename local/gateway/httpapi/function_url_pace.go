package httpapi

import (
	"io"
	"time"

	"portico/local/gateway/clock"
)

// What a function may stream at any speed, and how fast it goes on ("Response streaming for Lambda
// functions", bandwidth limits).
const (
	urlUnpacedBytes   = 6 << 20
	urlBytesPerSecond = 2 << 20
)

// urlPaceSlack is how far a stream may catch up after a wait that took longer than it was to.
const urlPaceSlack = 50 * time.Millisecond

// urlPace holds the bytes of one stream to Lambda's bandwidth.
type urlPace struct {
	clock clock.Clock
	bytes int
	next  time.Time // when more may be sent; zero while nothing holds it back
}

func newURLStream(c clock.Clock, body io.ReadCloser) *urlStream {
	return &urlStream{body: body, pace: urlPace{clock: c}, done: make(chan struct{})}
}

// wait returns when more may be sent; false when the stream ended before.
func (p *urlPace) wait(ended <-chan struct{}) bool {
	left := time.Duration(0)
	if !p.next.IsZero() {
		left = p.next.Sub(p.clock.Now())
	}
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
func (p *urlPace) sent(n int) {
	over := max(0, p.bytes+n-urlUnpacedBytes) - max(0, p.bytes-urlUnpacedBytes)
	p.bytes += n
	if over == 0 {
		return
	}
	from := p.next
	if earliest := p.clock.Now().Add(-urlPaceSlack); from.Before(earliest) {
		from = earliest
	}
	p.next = from.Add(time.Duration(over) * time.Second / urlBytesPerSecond)
}
