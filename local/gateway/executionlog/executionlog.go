// Package executionlog writes a call down in the words of AWS's execution logs.
//
// It runs after the reply is known, from what the steps of a call left behind: REST and WebSocket
// APIs say in which order, and which call is logged at all; HTTP APIs have no such log. What is
// secret shows its last characters alone, and long lines are cut, as CloudWatch has them. The lines
// go nowhere from here: the API package hands them on. TestInvokeMethod shows the same lines.
package executionlog

import (
	"strings"
	"time"

	"portico/local/gateway/api"
)

// Settings say which calls are in the log. The zero value is none.
type Settings struct {
	All, Refused bool // LoggingLevel INFO, ERROR
	Data         bool // with headers and bodies
}

// SettingsOf reads the settings of a method or route.
func SettingsOf(def *api.MethodSettings) Settings {
	switch def.LoggingLevel {
	case "INFO":
		return Settings{All: true, Data: def.DataTrace}
	case "ERROR":
		return Settings{Refused: true, Data: def.DataTrace}
	}
	return Settings{}
}

// Logs reports whether a call is in the log.
func (s Settings) Logs(refused bool) bool { return s.All || s.Refused && refused }

// Lines collects the lines of a call.
type Lines struct {
	At   time.Time // what a line begins with where there is no ID
	ID   string    // of the request: lines begin with it, and are cut; "" for the time
	Data bool      // with headers and bodies

	text strings.Builder
}

// lineLimit is how many bytes of a line a stage's log shows.
const lineLimit = 1_024

// Title adds a line that begins with nothing.
func (l *Lines) Title(line string) {
	l.text.WriteString(line)
	l.text.WriteByte('\n')
}

// Add adds a line.
func (l *Lines) Add(line string) {
	if l.ID == "" {
		l.text.WriteString(l.At.UTC().Format("Mon Jan 02 15:04:05 UTC 2006"))
		l.text.WriteString(" : ")
	} else {
		l.text.WriteString("(" + l.ID + ") ")
		if len(line) > lineLimit {
			line = Body([]byte(line[:lineLimit])) + " [TRUNCATED]"
		}
	}
	l.Title(line)
}

// String returns the lines, each with its line break.
func (l *Lines) String() string { return l.text.String() }
