package runner

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/gateway/clock"
	"portico/local/journal"
	"portico/local/lambda"
)

func TestWhatIsLoggedIsInItsGroup(t *testing.T) {
	now := clock.NewManual(measuredAt)
	var failed strings.Builder
	r := &Runner{
		options: Options{Clock: now, Log: slog.New(slog.NewTextHandler(&failed, nil))},
		logs:    journal.Open(t.TempDir(), now.Now), terminal: newTerminal(nil),
	}
	defer func() {
		if err := r.logs.Close(); err != nil {
			t.Error(err)
		}
	}()
	r.accessLog("arn:aws:logs:us-east-1:1:log-group:/access:*", "a line")
	r.executionLog("API-Gateway-Execution-Logs_id/dev", "(id) one\n(id) two")
	r.functionLine(lambda.Line{
		LogGroup: "/aws/lambda/orders", LogStream: "2026/01/02/[1]00", Text: "hello",
		Time: measuredAt.Add(time.Second),
	})
	r.options.functionsOnly = true
	r.functionLine(lambda.Line{LogGroup: "/aws/lambda/orders", LogStream: "s", Text: "not here"})
	for group, want := range map[string][]string{
		"/access":                           {"a line"},
		"API-Gateway-Execution-Logs_id/dev": {"(id) one", "(id) two"},
		"/aws/lambda/orders":                {"2026/01/02/[1]00: hello"},
	} {
		page, err := r.logs.Read(group, journal.Selection{Limit: 10, Bytes: 1000})
		if err != nil {
			t.Errorf("%s: %v", group, err)
		}
		var got []string
		for _, e := range page.Events {
			if text := e.Text; len(e.Stream) == 32 { // API Gateway's have 32 digits
				got = append(got, text)
			} else {
				got = append(got, e.Stream+": "+text)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", group, diff)
		}
	}
	r.accessLog("arn:aws:firehose:us-east-1:1:deliverystream/x", "a line")
	if !strings.Contains(failed.String(), "the destination is no log group") {
		t.Errorf("the log says %s", failed.String())
	}
}
