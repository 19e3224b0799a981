package poller

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"portico/local/lambda"
	"portico/local/lambda/filter"
)

const (
	perReceive = 10 // messages SQS gives at once
	maxWait    = 20 * time.Second
	firstPause = 200 * time.Millisecond
	longest    = 10 * time.Second
	// minConcurrency is how many batches Lambda begins with for a queue.
	minConcurrency = 5
)

// Clock tells the time and rings later.
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Options are what a poller works with.
type Options struct {
	Clock  Clock
	Queues *sqs.Client
	Invoke func(context.Context, lambda.Input) (lambda.Output, error)
	Log    *slog.Logger
}

// Poller polls until it is closed.
type Poller struct {
	options Options
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// mapping is an event source with its filters compiled.
type mapping struct {
	lambda.EventSource
	filters []*filter.Pattern
}

// Start begins to poll the enabled sources, but for those with filters that are none: they are
// reported.
func Start(o Options, sources []lambda.EventSource) *Poller {
	ctx, cancel := context.WithCancel(context.Background())
	p := &Poller{options: o, cancel: cancel}
	for _, source := range sources {
		if !source.Enabled {
			continue
		}
		m, err := mappingOf(source)
		if err != nil {
			o.Log.Error("event source mapping: the queue is not polled", "queue", source.SourceARN,
				"function", source.FunctionARN, "error", err)
			continue
		}
		p.running.Go(func() { p.poll(ctx, m) })
	}
	return p
}

func mappingOf(source lambda.EventSource) (mapping, error) {
	m := mapping{EventSource: source}
	for _, text := range source.Filters {
		pattern, err := filter.Compile(text)
		if err != nil {
			return m, fmt.Errorf("filter %s: %w", text, err)
		}
		m.filters = append(m.filters, pattern)
	}
	return m, nil
}

// sift parts the messages that a filter admits from those that none does.
func (m *mapping) sift(batch []types.Message) (admitted, discarded []types.Message) {
	if len(m.filters) == 0 {
		return batch, nil
	}
	for _, message := range batch {
		fits := slices.ContainsFunc(m.filters, func(f *filter.Pattern) bool {
			return f.Matches(aws.ToString(message.Body))
		})
		if fits {
			admitted = append(admitted, message)
		} else {
			discarded = append(discarded, message)
		}
	}
	return admitted, discarded
}

// Close stops polling and waits; a batch that a function is working on comes again.
func (p *Poller) Close() {
	p.cancel()
	p.running.Wait()
}

// poll receives batches of one source and hands each to a function, a few at a time.
func (p *Poller) poll(ctx context.Context, source mapping) {
	slots := make(chan struct{}, concurrency(source.EventSource))
	var working sync.WaitGroup
	defer working.Wait()
	pause, reported := firstPause, false
	for ctx.Err() == nil {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		batch, err := p.batch(ctx, source.EventSource)
		if err != nil && ctx.Err() == nil {
			if !reported {
				p.options.Log.Error("event source mapping: the queue cannot be polled; it is tried again",
					"queue", source.SourceARN, "function", source.FunctionARN, "error", err)
			}
			reported = true
			p.rest(ctx, pause)
			pause = min(2*pause, longest)
		} else {
			pause, reported = firstPause, false
		}
		if len(batch) == 0 {
			<-slots
			continue
		}
		working.Go(func() {
			defer func() { <-slots }()
			p.deliver(ctx, source, batch)
		})
	}
}

func concurrency(source lambda.EventSource) int {
	if source.MaxConcurrency > 0 {
		return source.MaxConcurrency
	}
	return minConcurrency
}

// rest waits before a queue that failed is asked again.
func (p *Poller) rest(ctx context.Context, d time.Duration) {
	rung := make(chan struct{})
	stop := p.options.Clock.AfterFunc(d, func() { close(rung) })
	defer stop()
	select {
	case <-rung:
	case <-ctx.Done():
	}
}

// batch receives up to BatchSize messages: what is there, and with a batching window what comes
// within it.
func (p *Poller) batch(ctx context.Context, source lambda.EventSource) ([]types.Message, error) {
	name := source.SourceARN[strings.LastIndexByte(source.SourceARN, ':')+1:]
	found, err := p.options.Queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return nil, err
	}
	batch, err := p.receive(ctx, found.QueueUrl, min(source.BatchSize, perReceive), maxWait)
	if err != nil || len(batch) == 0 {
		return nil, err
	}
	until := p.options.Clock.Now().Add(source.Window)
	for len(batch) < source.BatchSize {
		left := until.Sub(p.options.Clock.Now())
		if left < time.Second {
			left = 0
		}
		more, err := p.receive(ctx, found.QueueUrl, min(source.BatchSize-len(batch), perReceive),
			min(left, maxWait))
		batch = append(batch, more...)
		if err != nil || left == 0 && len(more) == 0 {
			return batch, nil // what came so far is worked on; the error shows again
		}
	}
	return batch, nil
}

func (p *Poller) receive(
	ctx context.Context, url *string, most int, wait time.Duration,
) ([]types.Message, error) {
	out, err := p.options.Queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: url, MaxNumberOfMessages: int32(most), WaitTimeSeconds: int32(wait.Seconds()),
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{"All"},
	})
	if err != nil {
		return nil, err
	}
	return out.Messages, nil
}

// deliver invokes the function with a batch, and deletes what it worked off. The rest comes again
// when its visibility timeout ends. What no filter admits is deleted unread, as on AWS.
func (p *Poller) deliver(ctx context.Context, m mapping, batch []types.Message) {
	source := m.EventSource
	batch, discarded := m.sift(batch)
	if err := p.remove(ctx, source, discarded); err != nil && ctx.Err() == nil {
		p.options.Log.Error("event source mapping: messages that no filter admits come again",
			"queue", source.SourceARN, "error", err)
	}
	if len(batch) == 0 || ctx.Err() != nil {
		return
	}
	out, err := p.options.Invoke(ctx, lambda.Input{
		FunctionARN: source.FunctionARN, Payload: eventOf(source, batch),
		Trace: aws.ToString(traceOf(batch)),
	})
	if ctx.Err() != nil {
		return
	}
	log := p.options.Log.With("queue", source.SourceARN, "function", source.FunctionARN)
	if err != nil {
		log.Error("event source mapping: the function was not invoked", "error", err)
		return
	}
	if out.FunctionError != "" {
		log.Error("event source mapping: the function failed; the batch comes again",
			"messages", len(batch), "error", string(out.Payload))
		return
	}
	done, err := workedOff(source, batch, out.Payload)
	if err != nil {
		log.Error("event source mapping: the batch comes again", "error", err)
		return
	}
	if len(done) < len(batch) {
		log.Warn("event source mapping: the function reported messages that failed",
			"failed", len(batch)-len(done), "messages", len(batch))
	}
	if err := p.remove(ctx, source, done); err != nil && ctx.Err() == nil {
		log.Error("event source mapping: messages that were worked off come again", "error", err)
	}
}

func (p *Poller) remove(
	ctx context.Context, source lambda.EventSource, done []types.Message,
) error {
	if len(done) == 0 {
		return nil
	}
	name := source.SourceARN[strings.LastIndexByte(source.SourceARN, ':')+1:]
	found, err := p.options.Queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return err
	}
	for len(done) > 0 {
		n := min(len(done), perReceive)
		entries := make([]types.DeleteMessageBatchRequestEntry, n)
		for i, m := range done[:n] {
			entries[i] = types.DeleteMessageBatchRequestEntry{
				Id: aws.String(fmt.Sprint(i)), ReceiptHandle: m.ReceiptHandle,
			}
		}
		done = done[n:]
		out, err := p.options.Queues.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{
			QueueUrl: found.QueueUrl, Entries: entries,
		})
		if err != nil {
			return err
		}
		if len(out.Failed) > 0 {
			return fmt.Errorf("deleting: %s", aws.ToString(out.Failed[0].Message))
		}
	}
	return nil
}
