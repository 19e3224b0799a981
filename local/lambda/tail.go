package lambda

import "sync"

// maxTail is how much of a call's log its caller may get (LogType of Invoke).
const maxTail = 4096

// Tail keeps the last 4 KB of one call's log. Its zero value is empty.
type Tail struct {
	mu   sync.Mutex // guards kept
	kept []byte
}

// add takes a line in; a nil tail drops it.
func (t *Tail) add(line string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(append(t.kept, line...), '\n')
	if over := len(t.kept) - maxTail; over > 0 {
		t.kept = append(t.kept[:0], t.kept[over:]...)
	}
}

// Text returns what was kept.
func (t *Tail) Text() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]byte(nil), t.kept...)
}
