package lambda

import (
	"bytes"
	"math"
	"strconv"
	"time"

	"portico/local/lambda/process"
)

// sampling is how often the memory of a process is read: /proc costs more than a call.
const sampling = time.Second

// lineSink returns what takes a process's output, nil when nobody wants it.
func (e *environment) lineSink() func(process.Stream, []byte) {
	if e.fleet.service.options.Log == nil {
		return nil
	}
	logging := e.fleet.function.Logging
	return func(stream process.Stream, text []byte) {
		if !logging.JSON || logging.keeps(text) {
			e.log(string(stream), string(bytes.TrimSuffix(text, []byte{'\r'})))
		}
	}
}

func (e *environment) log(stream, text string) {
	line := Line{
		Function: e.fleet.function.Name, Stream: stream, Text: text,
		LogGroup: e.fleet.function.LogGroup, LogStream: e.logStream,
		Time: e.fleet.service.options.Clock.Now(),
	}
	if id := e.request.Load(); id != nil {
		line.RequestID = *id
	}
	e.tail.Load().add(text)
	e.fleet.service.options.Log(line)
}

func (e *environment) platform(text string) {
	if e.fleet.service.options.Log != nil {
		e.log(Platform, text)
	}
}

// begin writes the START line; output from now on belongs to fl.
func (e *environment) begin(fl *flight) {
	e.request.Store(&fl.id)
	e.tail.Store(fl.tail)
	switch {
	case e.fleet.service.options.Log == nil:
	case e.fleet.function.Logging.JSON:
		e.record(levelInfo, "platform.start", startRecord{RequestID: fl.id, Version: fl.version})
	default:
		e.log(Platform, "START RequestId: "+fl.id+" Version: "+fl.version)
	}
}

// reportFailure finishes a call with an error document.
func (e *environment) reportFailure(fl *flight, why failed) {
	if e.process != nil {
		e.process.Flush()
	}
	if why.message != "" && !e.fleet.function.Logging.JSON {
		e.platform(why.message)
	}
	e.report(fl, why)
	e.count(fl, true)
	fl.finish(why.payload, "Unhandled")
}

// initReport writes how an init phase ended that was not followed by a call.
func (e *environment) initReport(took time.Duration, status string) {
	if !e.fleet.function.Logging.JSON {
		e.platform("INIT_REPORT Init Duration: " + milliseconds(took) + " ms\tPhase: init\tStatus: " +
			status)
		return
	}
	e.record(levelWarn, "platform.initReport", initRecord{
		Type: e.initializationType(), Phase: "init", Status: status,
		Metrics: initMetrics{DurationMs: inMilliseconds(took)},
	})
}

// report writes the END and REPORT lines, or the records that stand for them.
//
// Unlike AWS: they come with the answer, not with the runtime's next call, so that a call's lines
// are complete when its caller hears of it. Memory is read once a second, and only on Linux.
func (e *environment) report(fl *flight, why failed) {
	if e.fleet.service.options.Log == nil {
		return
	}
	now := e.fleet.service.options.Clock.Now()
	took := now.Sub(fl.started)
	if e.fleet.function.Logging.JSON {
		e.reportRecords(fl, why, took)
		return
	}
	e.log(Platform, "END RequestId: "+fl.id)
	text := append(make([]byte, 0, 256), "REPORT RequestId: "+fl.id+"\tDuration: "...)
	text = append(text, milliseconds(took)+" ms\tBilled Duration: "...)
	text = strconv.AppendInt(text, int64(math.Ceil(float64(took)/1e6)), 10)
	text = append(text, " ms\tMemory Size: "...)
	text = strconv.AppendInt(text, int64(e.fleet.function.MemoryMB), 10)
	text = append(text, " MB\tMax Memory Used: "...)
	text = strconv.AppendInt(text, e.peakMemory(now)>>20, 10)
	text = append(text, " MB\t"...)
	if init := e.initTook.Swap(0); init > 0 {
		text = append(text, "Init Duration: "+milliseconds(time.Duration(init))+" ms\t"...)
	}
	if why.status != "" {
		text = append(text, "Status: "+why.status...)
		if why.errorType != "" {
			text = append(text, "\tError Type: "+why.errorType...)
		}
	}
	e.log(Platform, string(e.appendTrace(text, fl.trace)))
}

func (e *environment) peakMemory(now time.Time) int64 {
	due := now.UnixNano()-e.sampled.Load() >= int64(sampling)
	if e.process != nil && due {
		e.sampled.Store(now.UnixNano())
		e.memory.Store(max(e.memory.Load(), e.process.PeakMemory()))
	}
	return e.memory.Load()
}

// appendTrace adds the line of a traced function's sampled call.
func (e *environment) appendTrace(text []byte, trace string) []byte {
	root, parent, sampled := sampledTrace(trace)
	if !e.fleet.function.Tracing || !sampled {
		return text
	}
	return append(text, "\nXRAY TraceId: "+root+"\tSegmentId: "+parent+"\tSampled: true"...)
}
