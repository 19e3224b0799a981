package lambda

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJSONLogs(t *testing.T) {
	rows := []struct {
		does, event string
		logging     Logging
		want        []string
	}{
		// Shapes: monitoring-cloudwatchlogs-logformat and the Telemetry API's event schema.
		{
			"the levels that are kept unless others are named", `{"n":1}`,
			Logging{},
			[]string{
				`{"time":"T","type":"platform.start","record":{"requestId":"ID","version":"$LATEST"}}`,
				`{"time":"T","type":"platform.report","record":{"requestId":"ID","metrics":{` +
					`"durationMs":0,"billedDurationMs":0,"memorySizeMB":128,"maxMemoryUsedMB":M},` +
					`"status":"success"}}`,
			},
		},
		{
			"only failures at WARN", `{"do":"error","text":"no"}`,
			Logging{SystemLevel: "WARN", ApplicationLevel: "ERROR"},
			[]string{
				`{"time":"T","type":"platform.runtimeDone","record":{"requestId":"ID","status":"error",` +
					`"metrics":{"durationMs":0}}}`,
				`{"time":"T","type":"platform.report","record":{"requestId":"ID","metrics":{` +
					`"durationMs":0,"billedDurationMs":0,"memorySizeMB":128,"maxMemoryUsedMB":M},` +
					`"status":"error"}}`,
			},
		},
		{"nothing of what goes well at WARN", `{"n":1}`, Logging{SystemLevel: "WARN"}, nil},
		{
			"the init phase at DEBUG", `{"n":1}`,
			Logging{SystemLevel: "DEBUG"},
			[]string{
				`{"time":"T","type":"platform.initStart","record":{"initializationType":"on-demand",` +
					`"phase":"init","functionName":"orders","functionVersion":"$LATEST"}}`,
				"init line",
				`{"time":"T","type":"platform.initRuntimeDone","record":{` +
					`"initializationType":"on-demand","phase":"init","status":"success"}}`,
				`{"time":"T","type":"platform.initReport","record":{"initializationType":"on-demand",` +
					`"phase":"init","status":"success","metrics":{"durationMs":0}}}`,
				`{"time":"T","type":"platform.start","record":{"requestId":"ID","version":"$LATEST"}}`,
				`{"time":"T","type":"platform.runtimeDone","record":{"requestId":"ID",` +
					`"status":"success","metrics":{"durationMs":0}}}`,
				`{"time":"T","type":"platform.report","record":{"requestId":"ID","metrics":{` +
					`"durationMs":0,"billedDurationMs":0,"memorySizeMB":128,"maxMemoryUsedMB":M},` +
					`"status":"success"}}`,
			},
		},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			lines := newRecord()
			row.logging.JSON = true
			s := open(t, Options{Log: lines.add, Clock: newManual()},
				handlerFunction(t, func(f *Function) { f.Logging = row.logging }))
			before := 0
			if row.logging.SystemLevel != "DEBUG" { // the init phase is not looked at
				invoke(t, s, `{}`)
				before = len(lines.all())
			}
			out := invoke(t, s, row.event)
			var got []string
			memory := regexp.MustCompile(`("maxMemoryUsedMB":)\d+`)
			for _, line := range lines.all()[before:] {
				text := strings.ReplaceAll(line.Text, out.RequestID, "ID")
				text = strings.ReplaceAll(text, "2026-11-22T10:00:00.000Z", "T")
				got = append(got, memory.ReplaceAllString(text, "${1}M"))
			}
			if diff := cmp.Diff(row.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestApplicationLevels(t *testing.T) {
	const at = `"timestamp":"2024-11-02T16:51:31.587199Z"`
	rows := []struct {
		does, line, level string
		want              bool
	}{
		{"a line of the level", `{"level":"warn",` + at + `}`, "WARN", true},
		{"a line below it", `{"level":"debug","msg":"my debug log",` + at + `}`, "INFO", false},
		{"a line above it", `{"level":"ERROR",` + at + `}`, "WARN", true},
		{"slog's own time", `{"time":"2024-11-02T16:51:31Z","level":"DEBUG"}`, "INFO", false},
		{"without a level it is INFO", `{` + at + `}`, "WARN", false},
		{"with an unknown level it is INFO", `{"level":"loud",` + at + `}`, "INFO", true},
		{"without a timestamp it is INFO", `{"level":"error"}`, "WARN", false},
		{"with a bad timestamp it is INFO", `{"level":"debug","timestamp":"today"}`, "INFO", true},
		{"plain text is INFO", "hello", "INFO", true},
		{"plain text below the level", "hello", "ERROR", false},
		{"all at TRACE", `{"level":"trace",` + at + `}`, "TRACE", true},
		{"INFO unless said otherwise", `{"level":"debug",` + at + `}`, "", false},
	}
	for _, row := range rows {
		t.Run(row.does, func(t *testing.T) {
			if got := (Logging{ApplicationLevel: row.level}).keeps([]byte(row.line)); got != row.want {
				t.Errorf("kept %v, want %v", got, row.want)
			}
		})
	}
}

func FuzzLevelOf(f *testing.F) {
	f.Add([]byte(`{"level":"warn","timestamp":"2024-11-02T16:51:31Z"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		if at := levelOf(line); at < levelTrace || at > levelFatal {
			t.Errorf("%q has level %d", line, at)
		}
	})
}

func TestAFunctionIsToldItsLogFormat(t *testing.T) {
	s := open(t, Options{}, handlerFunction(t, func(f *Function) {
		f.Logging = Logging{JSON: true, ApplicationLevel: "WARN"}
	}))
	variables := strings.Join(decode[[]string](t, invoke(t, s, `{"do":"environment"}`)), "\n")
	for _, want := range []string{"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=WARN"} {
		if !strings.Contains(variables, want) {
			t.Errorf("%s is missing", want)
		}
	}
}
