package lambda

import (
	"strconv"
	"time"
)

// flight is one call on its way through a fleet.
type flight struct {
	id, arn, trace string
	version        string
	meter          *meter
	payload        []byte
	release        func() // gives the concurrency back
	landed         chan landing
	stream         *stream // of a caller that takes the answer as it comes; nil otherwise
	client         string  // context, of the caller's
	tail           *Tail   // of the log; nil unless the caller asked for it

	// Written by the fleet under its mutex.
	started time.Time     // handed to an environment
	stop    func() bool   // of the time limit that runs
	queued  bool          // no environment has it
	limit   time.Duration // for the environment; less than the timeout when init took of it
}

// landing is how a call ended.
type landing struct {
	output Output
	err    error
}

// finish delivers the answer; whoever took the flight out of the fleet calls it, once.
func (f *flight) finish(payload []byte, functionError string) {
	f.free()
	if f.isStreaming() {
		f.endStream(payload, functionError)
		return
	}
	f.landed <- landing{output: Output{
		Payload: payload, FunctionError: functionError,
		ExecutedVersion: f.version, RequestID: f.id,
	}}
}

// free gives the concurrency back.
func (f *flight) free() {
	f.meter.flying.Add(-1)
	f.release()
}

func (f *flight) refuse(err error) {
	f.free()
	f.landed <- landing{err: err}
}

// disarm stops the time limit.
func (f *flight) disarm() {
	if f.stop != nil {
		f.stop()
	}
}

// milliseconds prints a duration as REPORT lines do: 2.31.
func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64)
}
