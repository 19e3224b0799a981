package lambda

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"time"
)

// Clock tells the time and rings later.
type Clock interface {
	Now() time.Time
	AfterFunc(d time.Duration, f func()) (stop func() bool)
}

// Options are what a service needs besides its functions.
type Options struct {
	Clock Clock // the machine's when nil
	// Log gets every line that functions write and that Lambda writes about them; nil drops them.
	// It is called by several goroutines at once, and a call waits for it. What a handler wrote
	// is delivered before its Invoke returns.
	Log func(Line)
	// Measure is told of every call that ran or was throttled; nil tells nobody. A call waits for it.
	Measure func(Measurement)
	// StateDir keeps compiled functions from one start to the next.
	StateDir string
	// Published is the folder that published versions are kept in, from one start to the next;
	// without it a version runs what $LATEST runs.
	Published string
	// Roll chooses among the versions of an alias: 0.0 up to 1.0, at random when nil.
	Roll func() float64
	// Deliver sends the outcome of an asynchronous call to a queue, topic, bus, or a function that is
	// not served here. Without it such outcomes are reported and lost.
	Deliver func(context.Context, Delivery) error
	// Environment is added to every function's variables; a function's own win.
	Environment map[string]string
	// Path is the PATH of functions: AWS's when "".
	Path string
	// Credentials are the execution role's; nil gives every function the same powerless ones.
	Credentials func(Function) Credentials
	Logger      *slog.Logger // the service's own reports; nil drops them
	Go          string       // the go command; "go" of the PATH when ""
	// AccountConcurrency is how many calls may be in flight, the account's limit: 1,000 when 0.
	AccountConcurrency int
	// WarmEnvironments is up to how many environments of a function start as soon as calls wait:
	// two per CPU when 0. Functions that only wait get more, up to MaxEnvironments: 16 per CPU
	// when 0. Calls beyond wait for a free one.
	WarmEnvironments, MaxEnvironments int
}

// Credentials are what an execution role's session consists of.
type Credentials struct{ AccessKeyID, SecretAccessKey, SessionToken string }

// Line is one line of a function's log.
type Line struct {
	Function  string // its name
	LogGroup  string // of the function: /aws/lambda/orders
	LogStream string // of the environment: 2026/01/31/[1]0123456789abcdef0123456789abcdef
	RequestID string // "" while the environment starts
	Stream    string // stdout, stderr, or platform for Lambda's own lines
	Text      string // without its end
	Time      time.Time
}

// Platform is the stream of START, END and REPORT lines.
const Platform = "platform"

type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now().UTC() }

func (machineClock) AfterFunc(d time.Duration, f func()) func() bool {
	return time.AfterFunc(d, f).Stop
}

// withDefaults fills what was left out.
func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = machineClock{}
	}
	if o.Path == "" {
		o.Path = "/usr/local/bin:/usr/bin/:/bin:/opt/bin"
	}
	if o.Roll == nil {
		o.Roll = rand.Float64
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Credentials == nil {
		o.Credentials = func(Function) Credentials {
			return Credentials{
				AccessKeyID: "ASIALOCALFUNCTIONROLE", SecretAccessKey: "local",
				SessionToken: "local",
			}
		}
	}
	if o.AccountConcurrency == 0 {
		o.AccountConcurrency = 1000
	}
	if o.WarmEnvironments == 0 {
		o.WarmEnvironments = 2 * runtime.NumCPU()
	}
	if o.MaxEnvironments == 0 {
		o.MaxEnvironments = max(16*runtime.NumCPU(), o.WarmEnvironments)
	}
	return o
}
