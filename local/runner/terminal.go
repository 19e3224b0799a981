package runner

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"portico/local/gateway/exchange"
	"portico/local/lambda"
)

// terminal prints one line per finished call and what functions write.
type terminal struct {
	mu  sync.Mutex // keeps lines whole
	out io.Writer  // nil prints nothing
}

func newTerminal(out io.Writer) *terminal { return &terminal{out: out} }

// call prints a finished call: time, status, what was called, what served it, how long it took; for
// a refusal or failure the reason, which the client is not told.
func (t *terminal) call(r *exchange.Record) {
	if t.out == nil {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s %3d %-7s %s", r.Received.Local().Format("15:04:05"), r.Status, r.Method, r.Path)
	fmt.Fprintf(&b, "  %s", r.APIName)
	if r.Route != "" {
		fmt.Fprintf(&b, " %q", r.Route)
	}
	if r.Function != "" {
		fmt.Fprintf(&b, " → %s", r.Function)
	}
	fmt.Fprintf(&b, "  %s  %s", milliseconds(r.Took), r.RequestID)
	if reason := r.Reason(); reason != "" {
		fmt.Fprintf(&b, "\n         %s", strings.ReplaceAll(reason, "\n", "\n         "))
	}
	t.print(b.String())
}

// function prints a line of a function's log.
func (t *terminal) function(line lambda.Line) {
	if t.out == nil || line.Stream == lambda.Platform && isPlatformLine(line.Text) {
		return
	}
	t.print("         " + line.Function + " | " + line.Text)
}

// isPlatformLine reports whether Lambda itself wrote the line; the call's own line says the same.
func isPlatformLine(text string) bool {
	for _, prefix := range []string{
		"START RequestId: ", "END RequestId: ", "REPORT RequestId: ", "INIT_START ", `{"time":"`,
	} {
		if strings.HasPrefix(text, prefix) {
			return true
		}
	}
	return false
}

// note prints what a person should know that is neither a call nor a function's.
func (t *terminal) note(text string) { t.print("note: " + text) }

func (t *terminal) print(text string) {
	if t.out == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = io.WriteString(t.out, strings.TrimRight(text, "\n")+"\n")
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000)
}
