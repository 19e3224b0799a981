package logs

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"portico/local/control/model"
	"portico/local/journal"
)

// What a page holds, and how much text is looked at for one: a page of FilterLogEvents may be empty
// and still have a next one, as on AWS.
const (
	maxEvents = 10_000
	maxPage   = 1 << 20
	maxScan   = 64 << 20
)

// selection reads what a call asks for; inclusive says that its end belongs to it.
func (c *call) selection(g *known, inclusive bool) (journal.Selection, error) {
	from, to := int64(c.in.Number("startTime")), int64(c.in.Number("endTime"))
	if c.in.Has("endTime") {
		if from > to {
			return journal.Selection{}, invalid("End time should be greater than or equal to start time.")
		}
		if inclusive && to < math.MaxInt64 {
			to++
		}
		to = max(to, 1)
	}
	return journal.Selection{
		From: max(from, c.oldest(g)), To: to, Limit: cmp.Or(c.in.Int("limit"), maxEvents),
		Bytes: maxPage,
	}, nil
}

// read reads events; of a group that nothing was logged in there are none.
func (c *call) read(g *known, s journal.Selection) (journal.Page, error) {
	read, err := c.options.Journal.Read(c.journalName(c.region, g.name), s)
	if errors.Is(err, journal.ErrNoGroup) {
		return journal.Page{}, nil
	}
	if err != nil {
		return read, fmt.Errorf("reading log group %s: %w", g.name, err)
	}
	return read, nil
}

// token names a place; its letter is the direction that it is read in.
func token(direction string, at journal.Position) string {
	return fmt.Sprintf("%s/%020d%020d/s", direction, at.At, at.Seq)
}

// place reads a token.
func place(text string) (direction string, at journal.Position, err error) {
	var seq string
	direction, rest, _ := strings.Cut(text, "/")
	digits, end, _ := strings.Cut(rest, "/")
	ok := len(digits) == 40 && end == "s" && (direction == "f" || direction == "b")
	if ok {
		seq = digits[20:]
		_, err = fmt.Sscanf(digits[:20]+" "+seq, "%d %d", &at.At, &at.Seq)
	}
	if !ok || err != nil {
		return "", at, invalid("The specified nextToken is invalid.")
	}
	return direction, at, nil
}

func getLogEvents(c *call) (model.Object, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	stream := c.in.Text("logStreamName")
	if found, err := c.hasStream(g, stream); err != nil || !found {
		return nil, cmp.Or(err, notFound("log stream"))
	}
	s, err := c.selection(g, false)
	if err != nil {
		return nil, err
	}
	s.Stream = func(name string) bool { return name == stream }
	s.Backward = !c.in.Bool("startFromHead")
	given := c.in.Text("nextToken")
	if given != "" {
		direction, at, err := place(given)
		if err != nil {
			return nil, err
		}
		if s.Backward = direction == "b"; s.Backward {
			s.Before = &at
		} else {
			s.After = &at
		}
	}
	read, err := c.read(g, s)
	if err != nil {
		return nil, err
	}
	return printEvents(read.Events, s), nil
}

// printEvents prints a page with the tokens of those beside it. Where there is nothing more the
// token leads to where it came from, as on AWS.
func printEvents(found []journal.Found, s journal.Selection) model.Object {
	begin, end := journal.Position{}, journal.Position{}
	switch {
	case len(found) > 0:
		first, last := found[0], found[len(found)-1]
		begin = journal.Position{At: first.At, Seq: first.Seq}
		end = journal.Position{At: last.At, Seq: last.Seq}
	case s.After != nil:
		begin, end = *s.After, *s.After
	case s.Before != nil:
		begin, end = *s.Before, *s.Before
	}
	events := []any{}
	for _, e := range found {
		events = append(events, model.Object{
			"timestamp": e.At, "message": e.Text, "ingestionTime": e.Ingested,
		})
	}
	return model.Object{
		"events": events, "nextForwardToken": token("f", end), "nextBackwardToken": token("b", begin),
	}
}

func filterLogEvents(c *call) (model.Object, error) {
	g, err := c.group()
	if err != nil {
		return nil, err
	}
	s, err := c.selection(g, true)
	if err != nil {
		return nil, err
	}
	p, err := parsePattern(c.in.Text("filterPattern"))
	if err != nil {
		return nil, err
	}
	s.Match, s.Scan = p.matches, maxScan
	if s.Stream, err = c.asked(); err != nil {
		return nil, err
	}
	if given := c.in.Text("nextToken"); given != "" {
		_, at, err := place(given)
		if err != nil {
			return nil, err
		}
		s.After = &at
	}
	read, err := c.read(g, s)
	if err != nil {
		return nil, err
	}
	events := []any{}
	for _, e := range read.Events {
		events = append(events, model.Object{
			"logStreamName": e.Stream, "timestamp": e.At, "message": e.Text,
			"ingestionTime": e.Ingested, "eventId": fmt.Sprintf("%020d%036d", e.At, e.Seq),
		})
	}
	out := paged("events", events, "")
	out["searchedLogStreams"] = []any{}
	if read.More {
		out["nextToken"] = token("f", *read.Last)
	}
	return out, nil
}

// asked returns which streams a call asks for; nil for all.
func (c *call) asked() (func(name string) bool, error) {
	names, prefix := c.in.Texts("logStreamNames"), c.in.Text("logStreamNamePrefix")
	switch {
	case len(names) > 0 && prefix != "":
		return nil, invalid("logStreamNamePrefix and logStreamNames cannot both be given")
	case len(names) > 0:
		return func(name string) bool { return slices.Contains(names, name) }, nil
	case prefix != "":
		return func(name string) bool { return strings.HasPrefix(name, prefix) }, nil
	}
	return nil, nil
}
