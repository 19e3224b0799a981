package restapi

import (
	"errors"
	"io"
	"strconv"
	"time"

	"portico/local/gateway/clock"
	"portico/local/gateway/exchange"
	"portico/local/gateway/pipeline"
)

// The transfer modes as $context.integration.responseTransferMode has them ("Troubleshoot issues
// with response streaming in API Gateway").
const (
	transferBuffered = "BUFFERED"
	transferStreamed = "STREAMED"
)

// What TestInvokeMethod waits for a stream, and shows of it (the same page).
const (
	testedFor   = 35 * time.Second
	testedBytes = 1 << 20
)

// beginReply notes when the head of a streamed answer was complete, and hands on the rest.
func (c *call) beginReply(s *stream) {
	c.vars.IntegrationLatency = clock.Took(c.clock, s.began)
	c.vars.TimeToAllHeaders = c.vars.IntegrationLatency
	c.Note("response transfer mode", "STREAM")
	c.Note("latency", c.vars.IntegrationLatency.String())
	c.reply.Stream = s
}

// noReply notes how long an integration took that did not begin to answer.
func (c *call) noReply(s *stream) {
	_ = s.Close()
	c.vars.IntegrationLatency = clock.Took(c.clock, s.began)
}

// streamReply makes the reply of a head, with the stream that beginReply left. TestInvokeMethod
// answers in one piece, so it is collected for that: until its end, for 35 s, or 1 MB.
//
// Unlike AWS: a tested method whose head takes longer than 35 s is waited for, and answers with its
// own status; there the status is 0.
func (c *call) streamReply(head exchange.Reply) error {
	head.Stream = c.reply.Stream
	if c.tested {
		s := c.reply.Stream.(*stream)
		defer s.Close()
		stop := clock.Unmoved(c.clock).AfterFunc(testedFor, func() { s.breakOff(errStreamTested) })
		defer stop()
		body, err := io.ReadAll(io.LimitReader(s, testedBytes))
		if err != nil && !errors.Is(err, errStreamTested) {
			return c.refusedAs(badGateway("the stream broke off: " + err.Error()))
		}
		head.Body, head.Stream = body, nil
	}
	c.reply = head
	return nil
}

var errStreamTested = errors.New("a tested stream is shown for 35 seconds")

// tellWhenOver has everybody told of a streamed call when its reply has ended: access log,
// execution log and observer, in this order, each once. Status and headers are with the client by
// then. Length and latencies are only known at the end, and a line that is written at the head
// would say that all went well. The listener tells before it writes the last chunk, so a client
// that has seen the end of a chunked reply finds the line written, as with buffered ones.
//
// AWS's pages do not say what a line has of a stream that broke off: here it keeps the status that
// the client got, with what was sent, and integration.error says what happened.
func (a *API) tellWhenOver(s *stream, c *call, marks []pipeline.Mark) {
	opened := clock.Begin(a.deps.Clock)
	c.reply.Ended = func(bytes int) {
		e := s.ended()
		c.streamEnded(s, e, bytes)
		a.logAccess(c)
		a.writeExecutionLog(c, marks)
		mark := e.mark(bytes)
		mark.Took = e.over.Sub(opened)
		a.observe(c, append(marks, mark))
	}
}

// streamEnded fills in what is known now. The integration's latency lasts to the end of its answer.
func (c *call) streamEnded(s *stream, e ending, bytes int) {
	c.vars.ResponseLength = bytes
	c.vars.ResponseLatency = e.over.Sub(c.vars.Began)
	c.vars.IntegrationLatency = e.over.Sub(s.began)
	if !e.first.IsZero() {
		c.vars.TimeToFirstContent = e.first.Sub(s.began)
	}
	if e.err != nil {
		c.vars.IntegrationError = e.err.Error()
	}
}

// mark returns what a stream leaves after the steps.
func (e ending) mark(bytes int) pipeline.Mark {
	mark := pipeline.Mark{
		Step: "stream reply", Verdict: pipeline.Passed,
		Facts: []pipeline.Fact{{Name: "bytes", Value: strconv.Itoa(bytes)}},
	}
	switch {
	case e.err != nil:
		mark.Verdict, mark.Reason = pipeline.Failed, "the stream broke off: "+e.err.Error()
	case !e.whole:
		mark.Facts = append(mark.Facts, pipeline.Fact{
			Name: "ended", Value: "the client took no more",
		})
	}
	return mark
}
