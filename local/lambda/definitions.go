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
	Tracing             bool
	LogicalID, Stack    string
}

// Code is where a function's program comes from. Source wins when both are set.
type Code struct {
	Source string // absolute folder of a Go package main, built for this machine
	Dir    string // absolute folder that already holds a bootstrap
}

// Version is a published version of a function.
//
// Unlike AWS: every version runs the code and configuration of the newest deployment.
type Version struct{ FunctionARN, Number string }

// Alias is a name for a version, which may give a share of its calls to another.
type Alias struct {
	FunctionARN, Name, Version string
	Weights                    map[string]float64 // by version; the rest goes to Version
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
}
