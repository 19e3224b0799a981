package lambda

import "time"

// Configuration is everything that can be invoked: the functions of an application with their
// versions, aliases and resource policies.
type Configuration struct {
	Account, Region, Partition string
	Functions                  []Function
	Aliases                    []Alias
	Versions                   []Version
	Permissions                []Permission
	EventSources               []EventSource
	AsyncConfigurations        []AsyncConfiguration
	// Localize returns the environment of a function, or of one of its versions, as it must be on
	// this machine; nil leaves all as they are. What is published is kept without it.
	Localize func(Function) map[string]string
}

// Function is one Lambda function as its template describes it.
type Function struct {
	Name, ARN           string // ARN without a qualifier
	Runtime, Handler    string // provided.al2023, bootstrap
	MemoryMB            int    // 128 when 0
	TimeoutSeconds      int    // 3 when 0
	EphemeralMB         int    // 512 when 0; not enforced
	Environment         map[string]string
	ReservedConcurrency *int // nil shares the account's pool, 0 blocks every call
	Role, LogGroup      string
	Code                Code
	// Layers are absolute folders, each with what a layer would unpack into /opt; later ones win.
	Layers           []string
	Tracing          bool
	Logging          Logging
	DeadLetterARN    string // of a queue or topic for events that fail; "" for none
	LogicalID, Stack string
}

// Logging says how log lines are written and which are left out.
type Logging struct {
	JSON bool // else text, which is not filtered
	// ApplicationLevel and SystemLevel are the least severe ones that are kept: INFO when "".
	ApplicationLevel, SystemLevel string
}

// Code is where a function's program comes from. Source wins when both are set.
type Code struct {
	// Source is an absolute folder: a Go package main, built for this machine, or the code of a
	// managed runtime, run as it is.
	Source string
	Dir    string // absolute folder that already holds a bootstrap, or the code of a managed runtime
	// Digest names the content of Dir when that never changes; "" lets Dir be looked at.
	Digest string
	// Inline is the text of the one file that the code of a managed runtime has.
	Inline string
}

// Version is a published version of a function. It goes on with the code and configuration it was
// published with, for as long as Options.Published is the same folder; without one it runs what
// $LATEST runs.
type Version struct {
	FunctionARN, Number string
	// Origin names what publishes it, such as a resource of a template: the same origin never
	// publishes twice. "" is the number itself.
	Origin string
	// FollowsCode publishes again, under the next number, whenever code or configuration have
	// changed, and aliases of the configuration move along: CDK's currentVersion would give its
	// resource another name.
	FollowsCode bool
	Provisioned int // environments that are started ahead and kept
	// Definition is what the version was published with, for a publisher that keeps that itself; nil
	// takes what $LATEST is, and keeps it.
	Definition *Function
}

// Alias is a name for a version, which may give a share of its calls to another.
type Alias struct {
	FunctionARN, Name, Version string
	Weights                    map[string]float64 // by version; the rest goes to Version
	Provisioned                int                // environments that are started ahead and kept
}

// AsyncConfiguration says what becomes of asynchronous calls of one qualifier of a function.
type AsyncConfiguration struct {
	FunctionARN          string        // qualified as configured; unqualified is $LATEST
	Retries              *int          // after function errors, 0 to 2: 2 when nil
	MaxAge               time.Duration // of an event: six hours when 0
	OnSuccess, OnFailure string        // ARN of a queue, topic, bus or function; "" for none
}

// Permission is one statement of a function's resource policy.
type Permission struct {
	FunctionARN              string // qualified as granted
	Action, Principal        string
	SourceARN, SourceAccount string // "" sets no condition
}

// EventSource is an event source mapping from an SQS queue to a function.
type EventSource struct {
	FunctionARN     string // qualified as mapped
	SourceARN       string // of the queue
	BatchSize       int    // 1 to 10,000
	Window          time.Duration
	Enabled         bool
	ReportsFailures bool // FunctionResponseTypes has ReportBatchItemFailures
	MaxConcurrency  int  // 0: no limit of the mapping's own
	// Filters are patterns, one of which a message must match to be worked on; none admits all.
	Filters []string
}
