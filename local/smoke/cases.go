package smoke

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// How two answers to a case are compared.
const (
	CompareSame   = "same"   // bodies member by member, after masking; what is absent means
	CompareShape  = "shape"  // only the names and kinds of members
	CompareStatus = "status" // statuses alone
)

// Set is a file of cases.
type Set struct {
	Path string `yaml:"-"`
	// API is the one that cases call which name none: by name, or by its end (public).
	API string `yaml:"api"`
	// Variables are the values of {{NAME}} in the cases, unless the caller gives others.
	Variables map[string]string `yaml:"variables"`
	// Headers are compared between two answers besides those that always are.
	Headers []string `yaml:"headers"`
	Cases   []Case   `yaml:"cases"`
}

// Case is a call and what must come back.
type Case struct {
	Name string `yaml:"name" json:"name"`
	API  string `yaml:"api" json:"api,omitempty"`
	// Only is runner or aws for what can be asked there alone.
	Only    string   `yaml:"only" json:"only,omitempty"`
	Compare string   `yaml:"compare" json:"compare,omitempty"`
	Request *Request `yaml:"request" json:"request,omitempty"`
	// Connect opens a WebSocket connection instead, over which Messages go.
	Connect  *Request  `yaml:"connect" json:"connect,omitempty"`
	Messages []Message `yaml:"messages" json:"messages,omitempty"`
	// Times sends the request up to so many times, until the expected status comes: of throttles.
	Times  int    `yaml:"times" json:"times,omitempty"`
	Expect Expect `yaml:"expect" json:"expect"`
}

// Request is what is sent.
type Request struct {
	Method  string            `yaml:"method" json:"method,omitempty"` // GET when absent
	Path    string            `yaml:"path" json:"path,omitempty"`     // below the API's address
	Query   map[string]string `yaml:"query" json:"query,omitempty"`
	Headers map[string]string `yaml:"headers" json:"headers,omitempty"`
	// One of these is the body, or none: text, JSON, or as many letters.
	Body string `yaml:"body" json:"body,omitempty"`
	JSON any    `yaml:"json" json:"json,omitempty"`
	Fill int    `yaml:"fill" json:"fill,omitempty"`
}

// Message is sent over a connection, and answered or not.
type Message struct {
	Send any `yaml:"send" json:"send,omitempty"` // text, or a value that is sent as JSON
	Fill int `yaml:"fill" json:"fill,omitempty"` // as many letters instead
	// One of these follows: a message, or the close of the connection with a code.
	Receive any `yaml:"receive" json:"receive,omitempty"`
	Closed  int `yaml:"closed" json:"closed,omitempty"`
}

// Expect is what must come back. What it does not name may be anything.
type Expect struct {
	Status int `yaml:"status" json:"status"`
	// Headers by name: "*" must be there, "" must not, "^…" is a regular expression.
	Headers map[string]string `yaml:"headers" json:"headers,omitempty"`
	// Body is a value with matchers, as those of events/ are; a text must be the whole body.
	Body any `yaml:"body" json:"body,omitempty"`
}

// maxFill is the largest body that a case may send: three times what API Gateway takes.
const maxFill = 30 << 20

// Load reads files of cases, and folders of them. Its errors name the file, the case or the line.
func Load(paths ...string) ([]Set, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("reading the cases: %w", err)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		found, err := inFolder(path)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	sets := make([]Set, 0, len(files))
	for _, file := range files {
		set, err := read(file)
		if err != nil {
			return nil, err
		}
		sets = append(sets, set)
	}
	return sets, nil
}

func inFolder(dir string) ([]string, error) {
	var files []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(path)) {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the cases: %w", err)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("reading the cases: %s has no file with cases (.yaml, .yml or .json)",
			dir)
	}
	return files, nil
}

func read(path string) (Set, error) {
	set := Set{Path: path}
	source, err := os.ReadFile(path)
	if err != nil {
		return set, fmt.Errorf("reading the cases: %w", err)
	}
	if len(strings.TrimSpace(string(source))) == 0 {
		return set, fmt.Errorf("%s: is empty, want cases", path)
	}
	if err := yaml.Load(source, &set, yaml.WithKnownFields(), yaml.WithUniqueKeys()); err != nil {
		return set, fmt.Errorf("%s: %w", path, err)
	}
	return set, set.check()
}

// check refuses what could not be asked, before anything is.
func (s *Set) check() error {
	if len(s.Cases) == 0 {
		return fmt.Errorf("%s: has no cases", s.Path)
	}
	for name := range s.Variables {
		if !variableName.MatchString(name) || slices.Contains(reserved(), name) {
			return fmt.Errorf("%s: %q cannot be a variable: want letters, and none of %s", s.Path, name,
				strings.Join(reserved(), ", "))
		}
	}
	names := map[string]bool{}
	for i := range s.Cases {
		c := &s.Cases[i]
		if c.API == "" {
			c.API = s.API
		}
		if c.Name == "" {
			return fmt.Errorf("%s: case %d has no name", s.Path, i+1)
		}
		if names[c.Name] {
			return fmt.Errorf("%s: two cases are named %q", s.Path, c.Name)
		}
		names[c.Name] = true
		if err := c.check(); err != nil {
			return fmt.Errorf("%s: case %q: %w", s.Path, c.Name, err)
		}
	}
	return nil
}

func (c *Case) check() error {
	switch {
	case c.API == "":
		return errors.New("names no api, and neither does its file")
	case (c.Request == nil) == (c.Connect == nil):
		return errors.New("needs one of request and connect")
	case c.Request != nil && len(c.Messages) > 0:
		return errors.New("messages go over a connection: name connect instead of request")
	case !slices.Contains([]string{"", CompareSame, CompareShape, CompareStatus}, c.Compare):
		return fmt.Errorf("compare is %q, want %s, %s or %s", c.Compare, CompareSame, CompareShape,
			CompareStatus)
	case !slices.Contains([]string{"", onlyRunner, onlyAWS}, c.Only):
		return fmt.Errorf("only is %q, want %s or %s", c.Only, onlyRunner, onlyAWS)
	case c.Expect.Status < 100 || c.Expect.Status > 599:
		return fmt.Errorf("expect.status is %d, want 100 to 599", c.Expect.Status)
	case c.Times < 0 || c.Times > 1000:
		return fmt.Errorf("times is %d, want 1 to 1000", c.Times)
	}
	for name, value := range c.Expect.Headers {
		if _, err := headerMatcher(value); err != nil {
			return fmt.Errorf("expect.headers.%s: %w", name, err)
		}
	}
	for i, m := range c.Messages {
		if (m.Send == nil) == (m.Fill == 0) || m.Receive != nil && m.Closed != 0 {
			return fmt.Errorf("message %d needs one of send and fill, and at most one of receive and "+
				"closed", i+1)
		}
		if m.Fill < 0 || m.Fill > maxFill {
			return fmt.Errorf("message %d: fill is %d, want up to %d", i+1, m.Fill, maxFill)
		}
	}
	if c.Request == nil {
		return c.Connect.check()
	}
	return c.Request.check()
}

func (r *Request) check() error {
	bodies := 0
	for _, is := range []bool{r.Body != "", r.JSON != nil, r.Fill != 0} {
		if is {
			bodies++
		}
	}
	switch {
	case bodies > 1:
		return errors.New("has several bodies: body, json and fill exclude each other")
	case r.Fill < 0 || r.Fill > maxFill:
		return fmt.Errorf("fill is %d, want up to %d", r.Fill, maxFill)
	case r.Path != "" && !strings.HasPrefix(r.Path, "/"):
		return fmt.Errorf("path is %q, want one that begins with /", r.Path)
	}
	return nil
}

// headerMatcher compiles the expected value of a header; nil for one that is no expression.
func headerMatcher(value string) (*regexp.Regexp, error) {
	if !strings.HasPrefix(value, "^") {
		return nil, nil
	}
	return regexp.Compile(value)
}

var (
	variableName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*$`)
	variable     = regexp.MustCompile(`\{\{([A-Za-z][A-Za-z0-9]*)\}\}`)
)

// reserved are the words in {{ }} that are no variables.
func reserved() []string {
	return []string{"key", "token", "before", "any", "uuid", "time", "number", "regex"}
}

// withVariables returns a case with the values of its variables.
func (c *Case) withVariables(values map[string]string) (Case, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return Case{}, fmt.Errorf("case %q: %w", c.Name, err)
	}
	var unknown error
	filled := variable.ReplaceAllStringFunc(string(text), func(found string) string {
		name := strings.Trim(found, "{}")
		if slices.Contains(reserved(), name) {
			return found
		}
		value, known := values[name]
		if !known && unknown == nil {
			unknown = fmt.Errorf("case %q: {{%s}} has no value: add it to variables, or give "+
				"--set %s=VALUE", c.Name, name, name)
		}
		quoted, _ := json.Marshal(value) // a text always encodes
		return string(quoted[1 : len(quoted)-1])
	})
	if unknown != nil {
		return Case{}, unknown
	}
	var made Case
	if err := json.Unmarshal([]byte(filled), &made); err != nil {
		return made, fmt.Errorf("case %q: %w", c.Name, err)
	}
	return made, nil
}
