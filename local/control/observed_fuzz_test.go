package control_test

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"portico/local/control/model"
)

// FuzzObserved sends generated requests of every operation of CloudWatch, in its three protocols,
// and of CloudWatch Logs: each is answered as AWS would, and never by a failure.
func FuzzObserved(f *testing.F) {
	services := fuzzed(f, 4, "cloudwatch", "logs")
	f.Fuzz(func(t *testing.T, seed uint64) {
		d := newDesk(t)
		d.alarm("a", nil)
		d.group("g", "s")
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 5)), names: map[string]string{}}
		good := observedValues()
		for range 3 {
			for _, name := range sortedNames(services) {
				g.service = services[name]
				for _, operation := range sortedNames(g.service.Operations) {
					g.checkObserved(t, d, g.service.Operations[operation], good)
				}
			}
		}
		if d.log.Len() > 0 {
			t.Errorf("the log says %s", d.log)
		}
	})
}

// observedValues are good values by member.
func observedValues() map[string][]string {
	return map[string][]string{
		"AlarmName": {"a", "b"}, "AlarmNames": {"a"}, "Namespace": {"Own", "AWS/Lambda"},
		"MetricName": {"Orders"}, "Stat": {"Sum", "p99", "p101", "tm90"}, "Statistic": {"Sum"},
		"Expression": {"m + 1", "FILL(m, 0)", "IF(m", "SUM(METRICS())", "e", "[m]"}, "Id": {"m", "e", "E"},
		"AlarmRule":     {"ALARM(a)", "NOT OK(b)", "TRUE AND (", "ALARM("},
		"DashboardName": {"d"}, "DashboardBody": {"{}", "["}, "NextToken": {"a", "after-1"},
		"ComparisonOperator": {"GreaterThanThreshold"}, "TreatMissingData": {"ignore", "breaching"},
		"ResourceARN":  {"arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"},
		"logGroupName": {"g", "h"}, "logStreamName": {"s", "t"}, "filterName": {"f"},
		"resourceArn":   {"arn:aws:logs:us-east-1:123456789012:log-group:g"},
		"filterPattern": {"a", `"b" -c ?d`, "{ $.a = 1 }", "{ $.a", "[a]", "%x%", "{ ($.a[0].b != *x* || $.c IS NULL) }"},
		"metricValue":   {"1", "$.a"}, "nextToken": {"g", "f/0000/s"}, "logGroupIdentifier": {"g"},
		"message": {`{"a":1}`, "a b"},
	}
}

func (g *generator) checkObserved(
	t *testing.T, d *desk, op *model.Operation, good map[string][]string,
) {
	t.Helper()
	protocols := g.service.Protocols
	if len(protocols) == 0 {
		protocols = []string{g.service.Protocol}
	}
	var in any = tree{}
	if op.Input != "" {
		in = g.value("", op.Input, 0)
	}
	g.season(in, good)
	request := d.request(g.service.Signing, g.pick(protocols...), op.Name, in)
	status, header, answer := d.send(request)
	if status < 300 {
		return
	}
	shaped := strings.Contains(string(answer), "<Code>") || strings.Contains(string(answer), "__type")
	if !shaped || header.Get("Content-Type") == "" || status >= 500 && status != http.StatusNotImplemented {
		t.Errorf("%s %v answers %d %q", op.Name, in, status, answer)
	}
}
