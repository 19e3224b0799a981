package lambda

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"time"
)

// level is how severe a line is (Lambda developer guide, Log-level filtering).
type level int

const (
	levelTrace level = iota
	levelDebug
	levelInfo
	levelWarn
	levelError
	levelFatal
)

// levels are the names of levels, as a template and as programs write them.
var levels = map[string]level{
	"TRACE": levelTrace, "DEBUG": levelDebug, "INFO": levelInfo, "WARN": levelWarn,
	"WARNING": levelWarn, "ERROR": levelError, "FATAL": levelFatal, "CRITICAL": levelFatal,
}

func levelOr(name string) string {
	if name == "" {
		return "INFO"
	}
	return name
}

// keeps reports whether a line that a function wrote is severe enough. A line without a valid level
// or without a valid timestamp is INFO; so is one that is not JSON.
//
// Unlike AWS: a line without a timestamp is not given one.
func (l Logging) keeps(text []byte) bool {
	return levelOf(text) >= levels[levelOr(l.ApplicationLevel)]
}

func levelOf(text []byte) level {
	text = bytes.TrimSpace(text)
	if len(text) == 0 || text[0] != '{' {
		return levelInfo
	}
	var line struct {
		Level     string `json:"level"`
		Timestamp string `json:"timestamp"`
		Time      string `json:"time"`
		TS        string `json:"ts"`
		At        string `json:"@timestamp"`
	}
	if json.Unmarshal(text, &line) != nil {
		return levelInfo
	}
	found, known := levels[strings.ToUpper(line.Level)]
	for _, at := range []string{line.Timestamp, line.Time, line.TS, line.At} {
		if _, err := time.Parse(time.RFC3339, at); err == nil && known {
			return found
		}
	}
	return levelInfo
}

// The records of Lambda's own lines, in AWS's key order.
type (
	startRecord struct {
		RequestID string `json:"requestId"`
		Version   string `json:"version"`
	}
	initStartRecord struct {
		Type     string `json:"initializationType"`
		Phase    string `json:"phase"`
		Function string `json:"functionName"`
		Version  string `json:"functionVersion"`
	}
	initRecord struct {
		Type    string      `json:"initializationType"`
		Phase   string      `json:"phase"`
		Status  string      `json:"status"`
		Metrics initMetrics `json:"metrics"`
	}
	initMetrics struct {
		DurationMs float64 `json:"durationMs"`
	}
	doneRecord struct {
		RequestID string      `json:"requestId"`
		Status    string      `json:"status"`
		ErrorType string      `json:"errorType,omitempty"`
		Metrics   initMetrics `json:"metrics"`
	}
	reportRecord struct {
		RequestID string        `json:"requestId"`
		Metrics   reportMetrics `json:"metrics"`
		Tracing   *tracing      `json:"tracing,omitempty"`
		Status    string        `json:"status"`
		ErrorType string        `json:"errorType,omitempty"`
	}
	reportMetrics struct {
		DurationMs       float64 `json:"durationMs"`
		BilledDurationMs int64   `json:"billedDurationMs"`
		MemorySizeMB     int     `json:"memorySizeMB"`
		MaxMemoryUsedMB  int64   `json:"maxMemoryUsedMB"`
		InitDurationMs   float64 `json:"initDurationMs,omitempty"`
	}
	tracing struct {
		SpanID string `json:"spanId"`
		Type   string `json:"type"`
		Value  string `json:"value"`
	}
)

// inMilliseconds rounds as records do.
func inMilliseconds(d time.Duration) float64 {
	return math.Round(float64(d)/float64(time.Microsecond)) / 1000
}

// record writes a line of Lambda's own as JSON, when the function keeps its level.
func (e *environment) record(at level, kind string, content any) {
	if e.fleet.service.options.Log == nil ||
		at < levels[levelOr(e.fleet.function.Logging.SystemLevel)] {
		return
	}
	e.log(Platform, string(compact(struct {
		Time   string `json:"time"`
		Type   string `json:"type"`
		Record any    `json:"record"`
	}{
		e.fleet.service.options.Clock.Now().UTC().Format("2006-01-02T15:04:05.000Z"), kind, content,
	})))
}

// initStarted writes that an init phase begins; a text log has no such line without the version
// of a managed runtime.
func (e *environment) initStarted() {
	if !e.fleet.function.Logging.JSON {
		return
	}
	e.record(levelDebug, "platform.initStart", initStartRecord{
		Type: e.initializationType(), Phase: "init", Function: e.fleet.function.Name,
		Version: e.fleet.function.version,
	})
}

// initDone writes that an init phase went well.
func (e *environment) initDone(took time.Duration) {
	if !e.fleet.function.Logging.JSON {
		return
	}
	kind := e.initializationType()
	e.record(levelDebug, "platform.initRuntimeDone", struct {
		Type   string `json:"initializationType"`
		Phase  string `json:"phase"`
		Status string `json:"status"`
	}{kind, "init", "success"})
	at := levelDebug
	if kind != onDemand {
		at = levelInfo
	}
	e.record(at, "platform.initReport", initRecord{
		Type: kind, Phase: "init", Status: "success",
		Metrics: initMetrics{DurationMs: inMilliseconds(took)},
	})
}

// reportRecords writes what stands for the END and REPORT lines of a call.
func (e *environment) reportRecords(fl *flight, why failed, took time.Duration) {
	status := why.status
	atDone, atReport := levelWarn, levelWarn
	if status == "" {
		status, atDone, atReport = "success", levelDebug, levelInfo
	}
	e.record(atDone, "platform.runtimeDone", doneRecord{
		RequestID: fl.id, Status: status, ErrorType: why.errorType,
		Metrics: initMetrics{DurationMs: inMilliseconds(took)},
	})
	report := reportRecord{
		RequestID: fl.id, Status: status, ErrorType: why.errorType, Metrics: reportMetrics{
			DurationMs:       inMilliseconds(took),
			BilledDurationMs: int64(math.Ceil(float64(took) / 1e6)),
			MemorySizeMB:     e.fleet.function.MemoryMB,
			MaxMemoryUsedMB:  e.peakMemory(e.fleet.service.options.Clock.Now()) >> 20,
			InitDurationMs:   inMilliseconds(time.Duration(e.initTook.Swap(0))),
		},
	}
	if root, parent, sampled := sampledTrace(fl.trace); sampled && e.fleet.function.Tracing {
		report.Tracing = &tracing{
			SpanID: parent, Type: "X-Amzn-Trace-Id",
			Value: "Root=" + root + ";Parent=" + parent + ";Sampled=1",
		}
	}
	e.record(atReport, "platform.report", report)
}
