package lambda

import (
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"time"
)

// flight is one call on its way through a fleet.
type flight struct {
	id, arn, trace string
	version        string
	payload        []byte
	release        func() // gives the concurrency back
	landed         chan landing
	stream         *stream // of a caller that takes the answer as it comes; nil otherwise

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
	f.release()
	if f.isStreaming() {
		f.endStream(payload, functionError)
		return
	}
	f.landed <- landing{output: Output{
		Payload: payload, FunctionError: functionError,
		ExecutedVersion: f.version, RequestID: f.id,
	}}
}

func (f *flight) refuse(err error) {
	f.release()
	f.landed <- landing{err: err}
}

// disarm stops the time limit.
func (f *flight) disarm() {
	if f.stop != nil {
		f.stop()
	}
}

// newTrace makes an X-Amzn-Trace-Id that is not sampled.
func newTrace(now time.Time) string {
	text := append(make([]byte, 0, 80), "Root=1-"...)
	text = appendHex(text, uint64(now.Unix())<<32, 4)
	text = appendHex(append(text, '-'), rand.Uint64(), 8)
	text = appendHex(text, rand.Uint64(), 4)
	text = appendHex(append(text, ";Parent="...), rand.Uint64(), 8)
	return string(append(text, ";Sampled=0"...))
}

// appendHex appends the first n bytes of value in hexadecimal.
func appendHex(text []byte, value uint64, n int) []byte {
	var raw [8]byte
	for i := range raw {
		raw[i] = byte(value >> (56 - 8*i))
	}
	return hex.AppendEncode(text, raw[:n])
}

// milliseconds prints a duration as REPORT lines do: 2.31.
func milliseconds(d time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'f', 2, 64)
}
