package control_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"portico/local/control/logs"
	"portico/local/journal"
	"portico/local/metrics"
)

// ms is how CloudWatch Logs tells a time.
func ms(at time.Time) int64 { return at.UnixMilli() }

// group makes a log group with a stream.
func (d *desk) group(name, stream string) {
	d.t.Helper()
	d.do("logs", "CreateLogGroup", tree{"logGroupName": name})
	d.do("logs", "CreateLogStream", tree{"logGroupName": name, "logStreamName": stream})
}

// put sends messages, a second after each other.
func (d *desk) put(group, stream string, messages ...string) tree {
	d.t.Helper()
	var events []any
	for i, message := range messages {
		at := ms(d.clock.Now()) + int64(i)*1000
		events = append(events, tree{"timestamp": at, "message": message})
	}
	return d.do("logs", "PutLogEvents", tree{
		"logGroupName": group, "logStreamName": stream, "logEvents": events,
	})
}

func messages(out tree) []string {
	all := []string{}
	for _, e := range list(out, "events") {
		all = append(all, e["message"].(string))
	}
	return all
}

func TestLogGroupsAreKept(t *testing.T) {
	d := newDesk(t)
	d.do("logs", "CreateLogGroup", tree{
		"logGroupName": "/a", "tags": tree{"team": "x"}, "kmsKeyId": "arn:aws:kms:us-east-1:1:key/k",
	})
	d.refused("logs", "CreateLogGroup", tree{"logGroupName": "/a"}, "ResourceAlreadyExistsException",
		"The specified log group already exists")
	d.refused("logs", "CreateLogGroup", tree{"logGroupName": "a b"}, "InvalidParameterException",
		`1 validation error detected: Value 'a b' at 'logGroupName' failed to satisfy constraint: Member `+
			`must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+`)
	d.do("logs", "PutRetentionPolicy", tree{"logGroupName": "/a", "retentionInDays": 7})
	d.refused("logs", "PutRetentionPolicy", tree{"logGroupName": "/a", "retentionInDays": 8},
		"InvalidParameterException", "8")
	d.refused("logs", "PutRetentionPolicy", tree{"logGroupName": "/b", "retentionInDays": 7},
		"ResourceNotFoundException", "The specified log group does not exist.")
	arn := "arn:aws:logs:us-east-1:123456789012:log-group:/a"
	d.do("logs", "TagResource", tree{"resourceArn": arn, "tags": tree{"cost": "1"}})
	d.do("logs", "UntagLogGroup", tree{"logGroupName": "/a", "tags": []any{"team"}})
	want := tree{"tags": tree{"cost": "1"}}
	if diff := cmp.Diff(want, d.do("logs", "ListTagsForResource", tree{"resourceArn": arn})); diff != "" {
		t.Errorf("tags (-want +got)\n%s", diff)
	}
	groups := list(d.do("logs", "DescribeLogGroups", tree{"logGroupNamePrefix": "/a"}), "logGroups")
	if diff := cmp.Diff([]tree{{
		"logGroupName": "/a", "creationTime": float64(ms(noon)), "retentionInDays": 7.0,
		"metricFilterCount": 0.0, "arn": arn + ":*", "logGroupArn": arn, "storedBytes": 0.0,
		"kmsKeyId": "arn:aws:kms:us-east-1:1:key/k", "logGroupClass": "STANDARD",
		"deletionProtectionEnabled": false,
	}}, groups); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	d.do("logs", "DeleteLogGroup", tree{"logGroupName": "/a"})
	if left := list(d.do("logs", "DescribeLogGroups", tree{}), "logGroups"); len(left) != 0 {
		t.Errorf("after it was deleted there is %v", left)
	}
}

func TestLogGroupsComeInPages(t *testing.T) {
	d := newDesk(t)
	for i := range 7 {
		d.do("logs", "CreateLogGroup", tree{"logGroupName": fmt.Sprintf("g%d", i)})
	}
	var names []string
	in := tree{"limit": 3}
	for {
		out := d.do("logs", "DescribeLogGroups", in)
		for _, g := range list(out, "logGroups") {
			names = append(names, g["logGroupName"].(string))
		}
		if in["nextToken"] = out["nextToken"]; in["nextToken"] == nil {
			break
		}
	}
	if got := strings.Join(names, " "); got != "g0 g1 g2 g3 g4 g5 g6" {
		t.Errorf("got %s", got)
	}
	d.refused("logs", "DescribeLogGroups", tree{"nextToken": "x"}, "InvalidParameterException", "nextToken")
}

func TestWhatTheRunnerLogsIsVisible(t *testing.T) {
	d := newDesk(t, func(d *desk) {
		d.groups = []logs.Described{{Name: "/access", Region: "us-east-1", RetentionDays: 30}}
	})
	const stream = "2026/01/02/[$LATEST]0123456789abcdef0123456789abcdef"
	err := d.journal.Write("/aws/lambda/orders", stream, false, journal.Event{At: ms(noon), Text: "hello"})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, g := range list(d.do("logs", "DescribeLogGroups", tree{}), "logGroups") {
		names = append(names, g["logGroupName"].(string))
	}
	if diff := cmp.Diff([]string{"/access", "/aws/lambda/orders"}, names); diff != "" {
		t.Errorf("groups (-want +got)\n%s", diff)
	}
	streams := list(d.do("logs", "DescribeLogStreams", tree{
		"logGroupName": "/aws/lambda/orders", "orderBy": "LastEventTime", "descending": true,
	}), "logStreams")
	if len(streams) != 1 || streams[0]["logStreamName"] != stream ||
		streams[0]["lastEventTimestamp"] != float64(ms(noon)) {
		t.Errorf("streams %v", streams)
	}
	out := d.do("logs", "FilterLogEvents", tree{"logGroupName": "/aws/lambda/orders"})
	if diff := cmp.Diff([]string{"hello"}, messages(out)); diff != "" {
		t.Errorf("events (-want +got)\n%s", diff)
	}
	d.refused("logs", "PutRetentionPolicy", tree{"logGroupName": "/access", "retentionInDays": 1},
		"InvalidParameterException", "described by the template")
	d.do("logs", "PutRetentionPolicy", tree{"logGroupName": "/aws/lambda/orders", "retentionInDays": 1})
	d.clock.Advance(25 * time.Hour)
	out = d.do("logs", "FilterLogEvents", tree{"logGroupName": "/aws/lambda/orders"})
	if got := messages(out); len(got) != 0 {
		t.Errorf("after its retention there is %v", got)
	}
}

func TestEventsArePutAndRead(t *testing.T) {
	d := newDesk(t)
	d.group("g", "s")
	d.put("g", "s", "one", "two", "three", "four", "five")
	get := func(in tree) tree {
		in["logGroupName"], in["logStreamName"] = "g", "s"
		return d.do("logs", "GetLogEvents", in)
	}
	check := func(does string, out tree, want ...string) tree {
		t.Helper()
		if diff := cmp.Diff(want, messages(out)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", does, diff)
		}
		return out
	}
	last := check("the last ones", get(tree{"limit": 2}), "four", "five")
	before := check("those before", get(tree{"limit": 2, "nextToken": last["nextBackwardToken"]}), "two", "three")
	check("forward again", get(tree{"limit": 2, "nextToken": before["nextForwardToken"]}), "four", "five")
	first := check("the first ones", get(tree{"limit": 3, "startFromHead": true}), "one", "two", "three")
	end := check("those behind", get(tree{"nextToken": first["nextForwardToken"]}), "four", "five")
	if again := get(tree{"nextToken": end["nextForwardToken"]}); len(messages(again)) != 0 ||
		again["nextForwardToken"] != end["nextForwardToken"] {
		t.Errorf("at the end there is %v, want the same token", again)
	}
	check("between two times, of which the end does not belong to it", get(tree{
		"startTime": ms(noon) + 1000, "endTime": ms(noon) + 2000, "startFromHead": true,
	}), "two")
	out := d.do("logs", "FilterLogEvents", tree{
		"logGroupName": "g", "startTime": ms(noon) + 1000, "endTime": ms(noon) + 2000,
	})
	check("between two times, of which the end belongs to it", out, "two", "three")
	out = d.do("logs", "FilterLogEvents", tree{"logGroupName": "g", "filterPattern": "?one ?four", "limit": 1})
	check("a page of those that match", out, "one")
	out["logGroupName"], out["filterPattern"] = "g", "?one ?four"
	delete(out, "events")
	delete(out, "searchedLogStreams")
	check("the next page", d.do("logs", "FilterLogEvents", out), "four")
	d.refused("logs", "GetLogEvents", tree{"logGroupName": "g", "logStreamName": "x"},
		"ResourceNotFoundException", "The specified log stream does not exist.")
	d.refused("logs", "GetLogEvents", tree{"logGroupName": "g", "logStreamName": "s", "nextToken": "f/1/s"},
		"InvalidParameterException", "nextToken")
	d.do("logs", "DeleteLogStream", tree{"logGroupName": "g", "logStreamName": "s"})
	check("after the stream was deleted", d.do("logs", "FilterLogEvents", tree{"logGroupName": "g"}), []string{}...)
}

func TestEventsThatAreNotTaken(t *testing.T) {
	d := newDesk(t)
	d.group("g", "s")
	event := func(after time.Duration) any {
		return tree{"timestamp": ms(noon.Add(after)), "message": "x"}
	}
	put := tree{"logGroupName": "g", "logStreamName": "s"}
	put["logEvents"] = []any{event(time.Minute), event(0)}
	d.refused("logs", "PutLogEvents", put, "InvalidParameterException", "chronological order")
	put["logEvents"] = []any{event(0), event(25 * time.Hour)}
	d.refused("logs", "PutLogEvents", put, "InvalidParameterException", "span more than 24 hours")
	put["logEvents"] = []any{event(0), event(3 * time.Hour)}
	if out := d.do("logs", "PutLogEvents", put); cmp.Diff(tree{"tooNewLogEventStartIndex": 1.0},
		out["rejectedLogEventsInfo"]) != "" {
		t.Errorf("answers %v", out)
	}
	put["logEvents"] = []any{event(-15 * 24 * time.Hour)}
	if out := d.do("logs", "PutLogEvents", put); cmp.Diff(tree{"tooOldLogEventEndIndex": 1.0},
		out["rejectedLogEventsInfo"]) != "" {
		t.Errorf("answers %v", out)
	}
	if got := messages(d.do("logs", "FilterLogEvents", tree{"logGroupName": "g"})); len(got) != 1 {
		t.Errorf("there is %v", got)
	}
}

func TestMetricFiltersMeasureEvents(t *testing.T) {
	d := newDesk(t, func(d *desk) {
		d.groups = []logs.Described{{Name: "/described", Region: "us-east-1", Filters: []logs.DescribedFilter{{
			Name: "errors", Pattern: "ERROR", Transformations: []map[string]any{{
				"MetricName": "Errors", "MetricNamespace": "Own", "MetricValue": "1", "DefaultValue": 0.0,
			}},
		}}}}
	})
	d.group("g", "s")
	d.do("logs", "PutMetricFilter", tree{
		"logGroupName": "g", "filterName": "slow", "filterPattern": "{ $.took > 100 }",
		"metricTransformations": []any{tree{
			"metricName": "Slow", "metricNamespace": "Own", "metricValue": "$.took", "unit": "Milliseconds",
			"dimensions": tree{"Route": "$.route"},
		}},
	})
	d.put("g", "s", `{"took":50,"route":"a"}`, `{"took":150,"route":"a"}`, `{"took":250,"route":"b"}`, "text")
	sum := func(name string, dimensions ...metrics.Dimension) (total, count float64) {
		for _, p := range d.metrics.Read(metrics.Metric{
			Region: "us-east-1", Namespace: "Own", Name: name, Dimensions: dimensions,
		}, metrics.Window{From: noon.Add(-time.Hour), To: noon.Add(time.Hour), Period: time.Hour}) {
			total, count = total+p.Sum, count+p.Count
		}
		return total, count
	}
	if total, count := sum("Slow", metrics.Dimension{Name: "Route", Value: "b"}); total != 250 || count != 1 {
		t.Errorf("of route b there are %v in %v", total, count)
	}
	for _, line := range []string{"ERROR: no", "fine", "an ERROR"} {
		err := d.journal.Write("/described", "s", true, journal.Event{At: ms(noon), Text: line})
		if err != nil {
			t.Fatal(err)
		}
	}
	if total, count := sum("Errors"); total != 2 || count != 3 {
		t.Errorf("there are %v errors in %v events", total, count)
	}
	found := list(d.do("logs", "DescribeMetricFilters", tree{}), "metricFilters")
	if len(found) != 2 || found[0]["logGroupName"] != "/described" || found[1]["filterName"] != "slow" {
		t.Errorf("the filters are %v", found)
	}
	d.do("logs", "DeleteMetricFilter", tree{"logGroupName": "g", "filterName": "slow"})
	d.put("g", "s", `{"took":999,"route":"b"}`)
	if total, _ := sum("Slow", metrics.Dimension{Name: "Route", Value: "b"}); total != 250 {
		t.Errorf("a filter that was deleted measures: %v", total)
	}
	d.refused("logs", "PutMetricFilter", tree{
		"logGroupName": "g", "filterName": "f", "filterPattern": "[a, b]", "metricTransformations": []any{
			tree{"metricName": "m", "metricNamespace": "n", "metricValue": "1"},
		},
	}, "InvalidParameterException", "space-delimited")
}

func TestWhatIsNotServedIsNamed(t *testing.T) {
	d := newDesk(t)
	for _, call := range []string{"logs StartQuery", "logs PutSubscriptionFilter", "monitoring PutAnomalyDetector"} {
		service, operation, _ := strings.Cut(call, " ")
		status, out := d.ask(service, operation, tree{})
		if message, _ := out["message"].(string); status != 501 || !strings.Contains(message, operation) {
			t.Errorf("%s answers %d %v", call, status, out)
		}
	}
}
