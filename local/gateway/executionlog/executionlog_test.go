package executionlog_test

import (
	"strings"
	"testing"
	"time"

	"portico/local/gateway/api"
	"portico/local/gateway/exchange"
	"portico/local/gateway/executionlog"
)

func TestSettings(t *testing.T) {
	for _, row := range []struct {
		level         string
		fine, refused bool
	}{{"INFO", true, true}, {"ERROR", false, true}, {"OFF", false, false}, {"", false, false}} {
		s := executionlog.SettingsOf(&api.MethodSettings{LoggingLevel: row.level})
		if s.Logs(false) != row.fine || s.Logs(true) != row.refused || s.Data {
			t.Errorf("%q is %+v", row.level, s)
		}
	}
}

// The prefixes and the limits are those of spec observability.md §2.
func TestLines(t *testing.T) {
	stage := executionlog.Lines{ID: "r-1"}
	stage.Add("short")
	stage.Add(strings.Repeat("x", 1_023) + "ü")
	want := "(r-1) short\n(r-1) " + strings.Repeat("x", 1_023) + "\uFFFD [TRUNCATED]\n"
	if got := stage.String(); got != want {
		t.Errorf("got %q", got)
	}
	tested := executionlog.Lines{At: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	tested.Title("Execution log for request r-1")
	tested.Add(strings.Repeat("x", 2_000))
	want = "Execution log for request r-1\nSun Nov 22 10:00:00 UTC 2026 : " + strings.Repeat("x", 2_000) + "\n"
	if got := tested.String(); got != want {
		t.Errorf("got %q", got)
	}
}

func TestMaps(t *testing.T) {
	header := exchange.Header{
		{Name: "X-API-Key", Value: "0123456789"},
		{Name: "b", Value: "1"},
		{Name: "a", Value: "2"},
		{Name: "b", Value: "3"},
		{Name: "Authorization", Value: "short"},
	}
	if got := executionlog.Listed(header); got != "{X-API-Key=****456789, b=1, a=2, b=3, Authorization=*****}" {
		t.Errorf("got %s", got)
	}
	// java.util.HashMap puts the keys a and b, whose hashes are 97 and 98, into its buckets 1 and 2.
	if got := executionlog.Map(header[1:4]); got != "{a=2, b=3}" {
		t.Errorf("got %s", got)
	}
	long := executionlog.Listed(exchange.Header{{Name: "a", Value: strings.Repeat("x", 2_000)}})
	if want := "{a=" + strings.Repeat("x", 995) + " [TRUNCATED]"; long != want {
		t.Errorf("got %s", long)
	}
}

func TestKnownFailures(t *testing.T) {
	for reason, want := range map[string]string{
		"Execution failed due to a timeout error: nobody answered within 29 s":            "Execution failed due to a timeout error",
		executionlog.Configuration + "Invalid endpoint address: \"x\"":                    executionlog.Configuration + "Invalid endpoint address",
		executionlog.Configuration + "no endpoint for the AWS service sqs: set something": "",
	} {
		if got := executionlog.KnownFailure(reason); got != want {
			t.Errorf("%s is %q, want %q", reason, got, want)
		}
	}
}
