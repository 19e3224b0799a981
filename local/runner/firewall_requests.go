package runner

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"

	"portico/local/gateway/exchange"
)

// read adds the requests of a file: raw HTTP requests, an HTTP archive, or an access log with a
// line of JSON or of the common log format for each request. What it is, its content says.
func (c *recording) read(path string, input []byte) error {
	text := input
	if path != "-" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return fmt.Errorf("reading requests: %w", err)
		}
	}
	before, unread := len(c.requests), c.unread
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\uFEFF")))
	first, _, _ := bytes.Cut(text, []byte("\n"))
	var err error
	switch {
	case len(text) == 0:
	case text[0] == '{' && isArchive(text):
		err = c.readArchive(path, text)
	case text[0] == '{':
		c.readLines(path, text, readJSONLine)
	case startLine.Match(bytes.TrimSpace(first)) || bytes.HasPrefix(first, []byte("###")):
		err = c.readRaw(path, text)
	default:
		c.readLines(path, text, readCommonLine)
	}
	const want = "want raw HTTP requests, an HTTP archive (HAR), or an access log with lines of " +
		"JSON or of the common log format"
	switch {
	case err != nil || len(c.requests) > before:
	case len(text) == 0:
		err = errors.New("is empty: " + want)
	case c.unread > unread:
		err = fmt.Errorf("holds no request: %s; %s", want, c.first)
	default:
		err = errors.New("holds no request: " + want)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// archive is the part of an HTTP archive (HAR 1.2) that requests are in.
type archive struct {
	Log *struct {
		Entries []struct {
			Started string `json:"startedDateTime"`
			Client  string `json:"_clientIPAddress"`
			Request struct {
				Method, URL, HTTPVersion string
				Headers                  []struct{ Name, Value string }
				PostData                 *struct{ Text, Encoding string }
			}
		}
	}
}

func isArchive(text []byte) bool {
	var found archive
	return json.Unmarshal(text, &found) == nil && found.Log != nil
}

func (c *recording) readArchive(path string, text []byte) error {
	var found archive
	if err := json.Unmarshal(text, &found); err != nil {
		return err
	}
	for i := range found.Log.Entries {
		entry := &found.Log.Entries[i]
		r := trialRequest{Source: path + "#" + strconv.Itoa(i+1)}
		r.Method, r.Protocol = entry.Request.Method, "HTTP/1.1"
		r.SourceIP, r.Received = entry.Client, parseTime(entry.Started)
		r.setTarget(entry.Request.URL)
		for _, line := range entry.Request.Headers {
			if !strings.HasPrefix(line.Name, ":") { // of HTTP/2, which no header is
				r.Header.Add(line.Name, line.Value)
			}
		}
		if body := entry.Request.PostData; body != nil {
			r.Body = []byte(body.Text)
			if decoded, err := base64.StdEncoding.DecodeString(body.Text); err == nil &&
				body.Encoding == "base64" {
				r.Body = decoded
			}
		}
		c.add(r)
	}
	return nil
}

// startLine begins a raw request.
var startLine = regexp.MustCompile(`^([A-Z]{3,20}) (\S+)(?: (HTTP/\d(?:\.\d)?))?$`)

// readRaw reads requests as they go over the wire, with lines that begin with ### between them.
func (c *recording) readRaw(path string, text []byte) error {
	number := 1
	for _, part := range splitRaw(text) {
		start := number + part.line
		r, before, err := rawRequest(part.text)
		if err != nil {
			return fmt.Errorf("line %d: %w", start+before, err)
		}
		r.Source = path + ":" + strconv.Itoa(start)
		c.add(r)
	}
	return nil
}

// rawPart is a request of a file, and how many lines are before it.
type rawPart struct {
	text string
	line int
}

func splitRaw(text []byte) []rawPart {
	var parts []rawPart
	var current strings.Builder
	began := 0
	end := func() {
		if strings.TrimSpace(current.String()) != "" {
			parts = append(parts, rawPart{text: current.String(), line: began})
		}
		current.Reset()
	}
	for i, line := range strings.SplitAfter(string(text), "\n") {
		if strings.HasPrefix(line, "###") {
			end()
			continue
		}
		if current.Len() == 0 {
			if strings.TrimSpace(line) == "" {
				continue
			}
			began = i
		}
		current.WriteString(line)
	}
	end()
	return parts
}

// rawRequest reads a request; before is how many lines stand before one that is wrong.
func rawRequest(text string) (r trialRequest, before int, err error) {
	line, rest, _ := strings.Cut(text, "\n")
	parts := startLine.FindStringSubmatch(strings.TrimSpace(line))
	if parts == nil {
		return r, 0, fmt.Errorf("%.60q is no request line, want one like GET /orders HTTP/1.1", line)
	}
	r.Method, r.Protocol = parts[1], "HTTP/1.1"
	r.setTarget(parts[2])
	for before = 1; rest != ""; before++ {
		line, rest, _ = strings.Cut(rest, "\n")
		line = strings.TrimSuffix(line, "\r")
		if line == "" {
			break
		}
		name, value, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			return r, before, fmt.Errorf("%.60q is no header line, want one like Accept: text/html",
				line)
		}
		r.Header.Add(name, strings.TrimSpace(value))
	}
	length, wrong := strconv.Atoi(r.Header.Get("Content-Length"))
	if wrong != nil || length > len(rest) {
		rest = strings.TrimRight(rest, "\r\n")
		length = len(rest)
	}
	if length > 0 {
		r.Body = []byte(rest[:length])
	}
	return r, 0, nil
}

// readLines reads an access log; lines that are no request are counted.
func (c *recording) readLines(
	path string, text []byte, readLine func(line string) (trialRequest, error),
) {
	c.first = ""
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		r, err := readLine(line)
		if err != nil {
			c.unread++
			if c.first == "" {
				c.first = fmt.Sprintf("line %d: %v", i+1, err)
			}
			if c.example == "" {
				c.example = fmt.Sprintf("%s:%d: %v", path, i+1, err)
			}
			continue
		}
		r.Source = path + ":" + strconv.Itoa(i+1)
		c.add(r)
	}
}

// commonLine is a line of the common log format, or of the combined one. API Gateway's own has the
// path alone or with the method and the protocol.
var commonLine = regexp.MustCompile(
	`^(\S+) \S+ \S+ \[([^\]]+)\] ?"([A-Z]+) (\S+)(?: (HTTP/[\d.]+))?" \S+ \S+` +
		`(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)")?`)

func readCommonLine(line string) (trialRequest, error) {
	parts := commonLine.FindStringSubmatch(line)
	if parts == nil {
		return trialRequest{}, fmt.Errorf("%.60q is no line of the common log format", line)
	}
	r := trialRequest{Lacks: lackHeaders | lackBody}
	r.SourceIP, r.Received = parts[1], parseTime(parts[2])
	r.Method, r.Protocol = parts[3], "HTTP/1.1"
	r.setTarget(parts[4])
	for name, value := range map[string]string{"Referer": parts[6], "User-Agent": parts[7]} {
		if value != "" && value != "-" {
			r.Header.Add(name, value)
		}
	}
	return r, nil
}

// accessKeys are what access logs call the parts of a request, in lower case without separators;
// the first that a line has is taken.
var accessKeys = struct{ address, method, target, query, time, agent, host []string }{
	address: []string{"ip", "sourceip", "identitysourceip", "clientip", "remoteaddr", "remoteip"},
	method:  []string{"httpmethod", "method", "requestmethod", "verb"},
	target:  []string{"path", "rawpath", "uri", "requesturi", "url", "target", "resourcepath"},
	query:   []string{"querystring", "rawquerystring", "query", "args"},
	time:    []string{"requesttimeepoch", "requesttime", "time", "timestamp"},
	agent:   []string{"useragent", "identityuseragent", "agent"},
	host:    []string{"domainname", "host"},
}

// readJSONLine reads a line of an access log in JSON, or a record of AWS WAF's log.
func readJSONLine(line string) (trialRequest, error) {
	var record struct {
		Timestamp   int64
		HTTPRequest *struct {
			ClientIP, URI, Args, HTTPMethod string
			Headers                         []struct{ Name, Value string }
		}
	}
	if json.Unmarshal([]byte(line), &record) == nil && record.HTTPRequest != nil {
		logged := record.HTTPRequest
		r := trialRequest{Lacks: lackBody}
		r.Method, r.RawPath, r.RawQuery = logged.HTTPMethod, logged.URI, logged.Args
		r.SourceIP, r.Protocol = logged.ClientIP, "HTTP/1.1"
		r.Received = parseTime(strconv.FormatInt(record.Timestamp, 10))
		for _, field := range logged.Headers {
			r.Header = append(r.Header, exchange.Field(field))
		}
		return r, nil
	}
	var raw map[string]any
	if err := json.Unmarshal([]byte(line), &raw); err != nil {
		return trialRequest{}, fmt.Errorf("%.60q is no JSON: %w", line, err)
	}
	values := map[string]string{}
	flatten("", raw, values)
	return accessRequest(values)
}

func accessRequest(values map[string]string) (trialRequest, error) {
	pick := func(keys []string) string {
		for _, key := range keys {
			if value := values[key]; value != "" && value != "-" {
				return value
			}
		}
		return ""
	}
	r := trialRequest{Lacks: lackHeaders | lackBody}
	r.Method = pick(accessKeys.method)
	target := pick(accessKeys.target)
	if r.Method == "" || target == "" {
		return r, errors.New("the line tells no method or no path; wanted are keys like httpMethod " +
			"and path")
	}
	r.setTarget(target)
	if query := pick(accessKeys.query); query != "" {
		r.RawQuery = strings.TrimPrefix(query, "?")
	} else if r.RawQuery == "" {
		r.Lacks |= lackQuery // API Gateway has no context variable of it
	}
	r.SourceIP, r.Protocol = pick(accessKeys.address), "HTTP/1.1"
	r.Received = parseTime(pick(accessKeys.time))
	if agent := pick(accessKeys.agent); agent != "" {
		r.Header.Add("User-Agent", agent)
	}
	r.Host = pick(accessKeys.host)
	return r, nil
}

// flatten writes the values of an object under their path, in lower case without separators.
func flatten(path string, value any, into map[string]string) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			flatten(path+plainKey(name), inner, into)
		}
	case string:
		into[path] = v
	case float64:
		into[path] = strconv.FormatFloat(v, 'f', -1, 64)
	}
}

func plainKey(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToLower(name))
}
