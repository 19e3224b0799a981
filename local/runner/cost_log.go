package runner

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"portico/local/cost"
)

// maxLogLine is the longest line of an access log; CloudWatch Logs takes events of 256 KB.
const maxLogLine = 256 << 10

// loggedTraffic makes a month of access logs.
func loggedTraffic(i *cost.Infrastructure, q CostQuestion) (*cost.Traffic, error) {
	t := &cost.Traffic{
		Assume: cost.Assumed(), APIs: map[string]cost.APITraffic{},
		Functions: map[string]cost.FunctionTraffic{},
	}
	var sources []string
	for _, one := range q.Logs {
		log, err := readAccessLog(i, one)
		if err != nil {
			return nil, err
		}
		over := q.Over
		if over == 0 {
			over = max(log.last.Sub(log.first), time.Minute)
		}
		t.APIs[log.api] = log.month(over)
		sources = append(sources, fmt.Sprintf("%s (%d lines of %s, %s)", log.path, log.lines, log.api,
			over))
	}
	t.Source = strings.Join(sources, " and ")
	return t, nil
}

// accessLogFile is what an access log tells of an API's traffic.
type accessLogFile struct {
	path, api   string
	lines       int
	first, last time.Time
	requests    float64 // messages, of a WebSocket API
	bytes       float64 // of responses
	sized       float64 // responses whose size is told
	connects    float64
	minutes     float64 // of connections that were opened and closed
	closed      float64
	open        map[string]time.Time // since when, by id of the connection
	unread      error
}

// logFor splits "public=FILE"; without a name, the API is told by the name of the file, or is the
// only one.
func logFor(i *cost.Infrastructure, one string) (api, path string, err error) {
	if name, file, found := strings.Cut(one, "="); found {
		api, err = namingOf(i).API(name)
		return api, file, err
	}
	base := filepath.Base(one)
	var all []string
	for _, candidate := range i.APIs {
		all = append(all, candidate.Name)
		if strings.Contains(base, candidate.Name) && len(candidate.Name) > len(api) {
			api = candidate.Name
		}
	}
	if api == "" && len(all) == 1 {
		api = all[0]
	}
	if api == "" {
		return "", "", fmt.Errorf("which API is %s the access log of? Say so with --from NAME=FILE; there "+
			"are: %s", one, strings.Join(all, ", "))
	}
	return api, one, nil
}

func readAccessLog(i *cost.Infrastructure, one string) (*accessLogFile, error) {
	api, path, err := logFor(i, one)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the access log: %w", err)
	}
	defer file.Close()
	log := &accessLogFile{path: path, api: api, open: map[string]time.Time{}}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLogLine)
	number := 0
	for lines.Scan() {
		number++
		if line := strings.TrimSpace(lines.Text()); line != "" {
			if err := log.add(line); err != nil && log.unread == nil {
				log.unread = fmt.Errorf("line %d: %w", number, err)
			}
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%s: line %d is longer than %d bytes: this is no access log", path,
			number+1, maxLogLine)
	case err != nil:
		return nil, fmt.Errorf("reading the access log: %w", err)
	case log.lines == 0 && log.unread != nil:
		return nil, fmt.Errorf("%s: holds no call: want lines of JSON or of the common log format; %w",
			path, log.unread)
	case log.lines == 0:
		return nil, fmt.Errorf("%s: is empty: want lines of JSON or of the common log format", path)
	}
	return log, nil
}

// lengthKeys are what access logs call the size of a response.
func lengthKeys() []string {
	return []string{"responselength", "bytes", "bytessent", "bodybytessent", "contentlength", "size"}
}

// commonTail is what ends the request in a line of the common log format: status and bytes.
var commonTail = regexp.MustCompile(`" (\d{3}) (\d+|-)`)

// add counts a line.
func (l *accessLogFile) add(line string) error {
	if !strings.HasPrefix(line, "{") {
		r, err := readCommonLine(line)
		if err != nil {
			return err
		}
		if tail := commonTail.FindStringSubmatch(line); tail != nil {
			l.size(tail[2])
		}
		l.requests++
		l.at(r.Received)
		return nil
	}
	var raw map[string]any
	if err := json.Unmarshal([]byte(line), &raw); err != nil {
		return fmt.Errorf("%.60q is no JSON: %w", line, err)
	}
	values := map[string]string{}
	flatten("", raw, values)
	at := parseTime(firstOf(values, accessKeys.time))
	if event := values["eventtype"]; event != "" {
		return l.event(event, values["connectionid"], at)
	}
	if _, err := accessRequest(values); err != nil {
		return err
	}
	l.size(firstOf(values, lengthKeys()))
	l.requests++
	l.at(at)
	return nil
}

func firstOf(values map[string]string, keys []string) string {
	for _, key := range keys {
		if value := values[key]; value != "" && value != "-" {
			return value
		}
	}
	return ""
}

func (l *accessLogFile) size(text string) {
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 {
		l.bytes += n
		l.sized++
	}
}

// at counts a line, and remembers when it was written.
func (l *accessLogFile) at(when time.Time) {
	l.lines++
	if when.IsZero() {
		return
	}
	if l.first.IsZero() || when.Before(l.first) {
		l.first = when
	}
	if when.After(l.last) {
		l.last = when
	}
}

// event counts a line of a WebSocket API.
func (l *accessLogFile) event(event, connection string, at time.Time) error {
	switch event {
	case "CONNECT":
		l.connects++
		l.open[connection] = at
	case "MESSAGE":
		l.requests++
	case "DISCONNECT":
		if since, known := l.open[connection]; known && !at.IsZero() && !since.IsZero() {
			l.minutes += at.Sub(since).Minutes()
			l.closed++
		}
		delete(l.open, connection)
	default:
		return fmt.Errorf("the event type %q is none of CONNECT, MESSAGE, DISCONNECT", event)
	}
	l.at(at)
	return nil
}

// month makes a month of what the log tells, as if it went on like that.
func (l *accessLogFile) month(over time.Duration) cost.APITraffic {
	scale := cost.Month / over.Hours()
	made := cost.APITraffic{Requests: l.requests * scale, Connections: l.connects * scale}
	if l.sized > 0 {
		kb := l.bytes / l.sized / 1024
		made.ResponseKB = &kb
	}
	if l.closed > 0 {
		made.ConnectionMinutes = made.Connections * l.minutes / l.closed
	}
	return made
}
