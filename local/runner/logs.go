package runner

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// logGroups keeps CloudWatch log groups as files of the state folder, one line an event.
type logGroups struct {
	dir string

	mu    sync.Mutex // guards files
	files map[string]*os.File
}

func newLogGroups(dir string) *logGroups {
	return &logGroups{dir: dir, files: map[string]*os.File{}}
}

// write appends text, a line an event, to a log group.
func (l *logGroups) write(group, text string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	file, ok := l.files[group]
	if !ok {
		path := filepath.Join(l.dir, strings.ReplaceAll(strings.Trim(group, "/"), "/", "_")+".log")
		if err := os.MkdirAll(l.dir, 0o755); err != nil {
			return err
		}
		var err error
		if file, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
			return err
		}
		l.files[group] = file
	}
	_, err := file.WriteString(text + "\n")
	return err
}

// close closes every file.
func (l *logGroups) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var errs []error
	for _, file := range l.files {
		errs = append(errs, file.Close())
	}
	l.files = map[string]*os.File{}
	return errors.Join(errs...)
}
