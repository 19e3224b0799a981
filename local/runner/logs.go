package runner

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"strings"

	"portico/local/journal"
	"portico/local/lambda"
)

// logsFolder is where the state folder keeps log groups.
const logsFolder = "logs"

// accessLog writes a line to the log group of that ARN.
func (r *Runner) accessLog(destinationARN, line string) {
	_, group, found := strings.Cut(destinationARN, ":log-group:")
	if !found {
		r.options.Log.Error("writing an access log: the destination is no log group",
			"destination", destinationARN)
		return
	}
	r.writeLog(strings.TrimSuffix(group, ":*"), line)
}

// executionLog writes a text to a log group, whose lines are events.
func (r *Runner) executionLog(group, text string) {
	r.writeLog(group, strings.Split(text, "\n")...)
}

// writeLog writes events to the one stream of a log group, whose name looks like API Gateway's.
func (r *Runner) writeLog(group string, texts ...string) {
	at := r.options.Clock.Now().UnixMilli()
	events := make([]journal.Event, 0, len(texts))
	for _, text := range texts {
		events = append(events, journal.Event{At: at, Text: text})
	}
	name := md5.Sum([]byte(group))
	r.lost(group, r.logs.Write(group, hex.EncodeToString(name[:]), true, events...))
}

// functionLine shows a line of a function's log, and writes it to the function's log group. A
// runner that is there for one event leaves the log groups to the one that serves the app.
func (r *Runner) functionLine(line lambda.Line) {
	r.terminal.function(line)
	if r.options.functionsOnly {
		return
	}
	event := journal.Event{At: line.Time.UnixMilli(), Text: line.Text}
	r.lost(line.LogGroup, r.logs.Write(line.LogGroup, line.LogStream, false, event))
}

// lost tells of lines that were not kept. Those of calls that are cut when the runner ends are not
// missed.
func (r *Runner) lost(group string, err error) {
	if err != nil && !errors.Is(err, journal.ErrClosed) {
		r.options.Log.Error("writing to a log group", "group", group, "error", err)
	}
}
