package logs

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"portico/local/control/model"
	"portico/local/journal"
)

// What PutLogEvents takes ("PutLogEvents", CloudWatch Logs API).
const (
	maxBatch      = 1 << 20
	eventOverhead = 26 // bytes that each event counts for beside its message
	maxSpan       = 24 * time.Hour
	tooOld        = 14 * 24 * time.Hour
	tooNew        = 2 * time.Hour
)

// streams returns the streams of the group that a call is about.
func (c *call) streams(g *known) ([]journal.Stream, error) {
	all, err := c.options.Journal.Streams(c.journalName(c.region, g.name))
	if err != nil && !errors.Is(err, journal.ErrNoGroup) {
		return nil, fmt.Errorf("listing the streams of %s: %w", g.name, err)
	}
	return all, nil
}

func (c *call) hasStream(g *known, name string) (bool, error) {
	all, err := c.streams(g)
	return slices.ContainsFunc(all, func(s journal.Stream) bool { return s.Name == name }), err
}

func createLogStream(c *call) (model.Object, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	err = c.options.Journal.CreateStream(c.journalName(c.region, g.name), c.in.Text("logStreamName"))
	if errors.Is(err, journal.ErrExists) {
		return nil, exists("log stream")
	}
	return nil, err
}

func deleteLogStream(c *call) (model.Object, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	err = c.options.Journal.DeleteStream(c.journalName(c.region, g.name), c.in.Text("logStreamName"))
	if errors.Is(err, journal.ErrNoStream) || errors.Is(err, journal.ErrNoGroup) {
		return nil, notFound("log stream")
	}
	return nil, err
}

func describeLogStreams(c *call) (model.Object, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	byTime := c.in.Text("orderBy") == "LastEventTime"
	if byTime && c.in.Has("logStreamNamePrefix") {
		return nil, invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	all, err := c.streams(g)
	if err != nil {
		return nil, err
	}
	prefix := c.in.Text("logStreamNamePrefix")
	all = slices.DeleteFunc(all, func(s journal.Stream) bool {
		return !strings.HasPrefix(s.Name, prefix)
	})
	if byTime {
		slices.SortStableFunc(all, func(a, b journal.Stream) int { return cmp.Compare(a.Last, b.Last) })
	}
	if c.in.Bool("descending") {
		slices.Reverse(all)
	}
	shown, next, err := page(c, all, func(s journal.Stream) string { return s.Name })
	if err != nil {
		return nil, err
	}
	streams := []any{}
	for _, s := range shown {
		streams = append(streams, c.describeStream(g, s))
	}
	return paged("logStreams", streams, next), nil
}

func (c *call) describeStream(g *known, s journal.Stream) model.Object {
	out := model.Object{
		"logStreamName": s.Name, "creationTime": s.Created, "storedBytes": int64(0), // as on AWS
		"arn": c.arn(g.name) + ":log-stream:" + s.Name, "uploadSequenceToken": "0",
	}
	if s.Ingested != 0 {
		out["firstEventTimestamp"], out["lastEventTimestamp"] = s.First, s.Last
		out["lastIngestionTime"] = s.Ingested
	}
	return out
}

func putLogEvents(c *call) (model.Object, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	stream := c.in.Text("logStreamName")
	if found, err := c.hasStream(g, stream); err != nil || !found {
		return nil, cmp.Or(err, notFound("log stream"))
	}
	events, rejected, err := c.events(g)
	if err != nil {
		return nil, err
	}
	err = c.options.Journal.Write(c.journalName(c.region, g.name), stream, true, events...)
	if err != nil {
		return nil, fmt.Errorf("writing to log group %s: %w", g.name, err)
	}
	out := model.Object{"nextSequenceToken": "0"}
	if len(rejected) > 0 {
		out["rejectedLogEventsInfo"] = rejected
	}
	return out, nil
}

// events reads the events that a client sends, and says which are too old or too new.
func (c *call) events(g *known) ([]journal.Event, model.Object, error) {
	var events []journal.Event
	rejected := model.Object{}
	size, first, before := 0, int64(0), int64(0)
	oldest := c.now.Add(-tooOld).UnixMilli()
	expired := c.oldest(g)
	for i, one := range c.in.Objects("logEvents") {
		at := int64(one.Number("timestamp"))
		size += len(one.Text("message")) + eventOverhead
		if i == 0 {
			first = at
		}
		switch {
		case at < before:
			return nil, nil, invalid("Log events in a single PutLogEvents request must be in " +
				"chronological order.")
		case at-first > maxSpan.Milliseconds():
			return nil, nil, invalid("The batch of log events in a single PutLogEvents request cannot " +
				"span more than 24 hours.")
		case size > maxBatch:
			return nil, nil, invalid(fmt.Sprintf("Upload too large: %d bytes exceeds limit of %d", size,
				maxBatch))
		}
		before = at
		switch {
		case at < expired:
			rejected["expiredLogEventEndIndex"] = int64(i + 1)
		case at < oldest:
			rejected["tooOldLogEventEndIndex"] = int64(i + 1)
		case at > c.now.Add(tooNew).UnixMilli():
			if !rejected.Has("tooNewLogEventStartIndex") {
				rejected["tooNewLogEventStartIndex"] = int64(i)
			}
		default:
			events = append(events, journal.Event{At: at, Text: one.Text("message")})
		}
	}
	return events, rejected, nil
}

// oldest returns the time before which events are not kept.
func (c *call) oldest(g *known) int64 {
	if g.Retention == 0 {
		return 0
	}
	return c.now.AddDate(0, 0, -g.Retention).UnixMilli()
}
