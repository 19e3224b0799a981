// Package runtimeapi serves Lambda's Runtime API to one execution environment.
//
// It stands between the service, which hands in one invocation at a time, and the runtime in the
// function's process, which asks for the next one and posts its answer. Every call of a function
// crosses it twice, so it speaks HTTP/1.1 by hand over a kept connection: one write per message, no
// header maps, and the next event is written by the caller itself while the connection waits.
//
// It keeps no time and starts no process: limits, logs and restarts belong to the service. It does
// not serve the Extensions, Telemetry and SnapStart APIs; their paths answer 404. A response in
// chunks is handed on as it comes when the caller wants that, and is collected whole otherwise.
package runtimeapi
