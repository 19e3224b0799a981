package control_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"portico/local/control"
	"portico/local/control/cloudwatch"
	"portico/local/control/logs"
	"portico/local/control/model"
	"portico/local/gateway/clock"
	"portico/local/journal"
	"portico/local/metrics"
)

// noon is when tests of what is observed begin.
var noon = time.Date(2026, 1, 2, 12, 0, 30, 0, time.UTC)

// desk is where what is observed is looked at: a door with a clock that tests move.
type desk struct {
	t       testing.TB
	door    *control.Door
	clock   *clock.Manual
	metrics *metrics.Store
	journal *journal.Journal
	log     *strings.Builder // errors of the door
	// template is what the template describes.
	alarms, boards []cloudwatch.Described
	groups         []logs.Described
}

func (d *desk) Alarms() []cloudwatch.Described     { return d.alarms }
func (d *desk) Dashboards() []cloudwatch.Described { return d.boards }
func (d *desk) LogGroups() []logs.Described        { return d.groups }

func newDesk(t testing.TB, describe ...func(*desk)) *desk {
	t.Helper()
	d := &desk{t: t, clock: clock.NewManual(noon), metrics: metrics.New(), log: &strings.Builder{}}
	for _, one := range describe {
		one(d)
	}
	d.open(t.TempDir())
	return d
}

// open opens a door on a state folder.
func (d *desk) open(state string) {
	d.t.Helper()
	d.journal = journal.Open(state+"/logs", d.clock.Now)
	d.t.Cleanup(func() {
		if err := d.journal.Close(); err != nil {
			d.t.Error(err)
		}
	})
	options := newClient(d.t, "").with
	options.State, options.Clock = state+"/control", d.clock
	options.Log = slog.New(slog.NewTextHandler(d.log, &slog.HandlerOptions{Level: slog.LevelError}))
	options.Hosts.Watch, options.Hosts.Logs = d, d
	options.Hosts.Metrics, options.Hosts.Journal = d.metrics, d.journal
	var err error
	d.door, err = control.Open(options)
	if err != nil {
		d.t.Fatal(err)
	}
	if err := d.door.Refresh(); err != nil {
		d.t.Fatal(err)
	}
}

// request makes a request of an operation in a protocol.
func (d *desk) request(service, protocol, operation string, in any) *http.Request {
	target := map[string]string{
		"logs": "Logs_20140328", "monitoring": "GraniteServiceVersion20100801",
	}[service]
	path, header := "/", http.Header{}
	text, err := json.Marshal(in)
	switch protocol {
	case model.CBOR:
		text, err = cbor.Marshal(in)
		path = "/service/" + target + "/operation/" + operation
		header.Set("Smithy-Protocol", "rpc-v2-cbor")
	case model.Query:
		form := url.Values{"Action": {operation}, "Version": {"2010-08-01"}}
		flatten(form, "", in)
		text = []byte(form.Encode())
	default:
		header.Set("X-Amz-Target", target+"."+operation)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	request := httptest.NewRequest("POST", path, bytes.NewReader(text))
	request.Header = header
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20260102/us-east-1/"+
		service+"/aws4_request, SignedHeaders=host, Signature=0")
	return request
}

func (d *desk) send(request *http.Request) (int, http.Header, []byte) {
	recorder := httptest.NewRecorder()
	if !d.door.Serves(request) {
		d.t.Fatalf("%s is not served", request.URL)
	}
	d.door.ServeHTTP(recorder, request)
	text, _ := io.ReadAll(recorder.Result().Body)
	return recorder.Code, recorder.Result().Header, text
}

type tree = map[string]any

// ask calls an operation of CloudWatch (in CBOR, as SDKs for Go do) or CloudWatch Logs, and returns
// what it answers.
func (d *desk) ask(service, operation string, in tree) (int, tree) {
	d.t.Helper()
	protocol := model.CBOR
	if service == "logs" {
		protocol = model.JSON
	}
	status, _, text := d.send(d.request(service, protocol, operation, in))
	out := tree{}
	var err error
	if protocol == model.JSON {
		if len(text) > 0 {
			err = json.Unmarshal(text, &out)
		}
	} else {
		var mode cbor.DecMode
		mode, err = cbor.DecOptions{DefaultMapType: reflect.TypeFor[tree]()}.DecMode()
		if err == nil {
			err = mode.Unmarshal(text, &out)
		}
	}
	if err != nil {
		d.t.Fatalf("%s answers %q: %v", operation, text, err)
	}
	return status, out
}

// do calls an operation that succeeds.
func (d *desk) do(service, operation string, in tree) tree {
	d.t.Helper()
	status, out := d.ask(service, operation, in)
	if status != http.StatusOK {
		d.t.Fatalf("%s %v answers %d %v", operation, in, status, out)
	}
	return out
}

// refused calls an operation that fails with a code, and words in its message.
func (d *desk) refused(service, operation string, in tree, code, words string) {
	d.t.Helper()
	_, out := d.ask(service, operation, in)
	message, _ := out["message"].(string)
	if out["__type"] != code || !strings.Contains(message, words) {
		d.t.Errorf("%s %v answers %v, want %s with %q", operation, in, out, code, words)
	}
}

// list returns a member that is a list of structures.
func list(out tree, name string) []tree {
	var all []tree
	items, _ := out[name].([]any)
	for _, item := range items {
		if one, ok := item.(tree); ok {
			all = append(all, one)
		}
	}
	return all
}

func TestCloudWatchSpeaksThreeProtocols(t *testing.T) {
	for protocol, want := range map[string]struct{ answer, content, refusal string }{
		model.Query: {
			"<Datapoints><member><Timestamp>2026-01-02T12:00:00.000Z</Timestamp><Sum>4.0</Sum>" +
				"<Unit>Count</Unit></member></Datapoints>",
			"text/xml",
			"<Type>Sender</Type><Code>InvalidParameterValue</Code><Message>The value AWS/",
		},
		model.JSON: {
			`"Datapoints":[{"Timestamp":1767355200,"Sum":4.0,"Unit":"Count"}]`,
			"application/x-amz-json-1.1",
			`{"__type":"InvalidParameterValueException","message":"The value AWS/`,
		},
		model.CBOR: {
			"\x63Sum\xfb\x40\x10\x00\x00\x00\x00\x00\x00\x64Unit\x65Count" +
				"\x69Timestamp\xc1\xfb\x41\xda\x55\xec\xd0\x00\x00\x00",
			"application/cbor",
			"InvalidParameterValueException",
		},
	} {
		t.Run(protocol, func(t *testing.T) {
			d := newDesk(t)
			for range 2 {
				status, _, text := d.send(d.request("monitoring", protocol, "PutMetricData", tree{
					"Namespace": "Own", "MetricData": []any{tree{
						"MetricName": "Orders", "Value": 2, "Unit": "Count",
						"Dimensions": []any{tree{"Name": "Kind", "Value": "rush"}},
					}},
				}))
				if status != http.StatusOK {
					t.Fatalf("putting metrics answers %d %s", status, text)
				}
			}
			asked := tree{
				"Namespace": "Own", "MetricName": "Orders", "Period": 60, "Statistics": []any{"Sum"},
				"Dimensions": []any{tree{"Name": "Kind", "Value": "rush"}},
				"StartTime":  1767355200, "EndTime": 1767355300.5,
			}
			if protocol == model.Query {
				asked["StartTime"], asked["EndTime"] = "2026-01-02T12:00:00Z", "2026-01-02T12:01:40.5Z"
			}
			status, header, text := d.send(d.request("monitoring", protocol, "GetMetricStatistics", asked))
			if status != http.StatusOK || !strings.Contains(string(text), want.answer) ||
				header.Get("Content-Type") != want.content {
				t.Errorf("answers %d %v %q, want in it %q", status, header, text, want.answer)
			}
			status, header, text = d.send(d.request("monitoring", protocol, "PutMetricData", tree{
				"Namespace": "AWS/Own", "MetricData": []any{tree{"MetricName": "m", "Value": 1}},
			}))
			if status != http.StatusBadRequest || !strings.Contains(string(text), want.refusal) {
				t.Errorf("a refusal is %d %q, want %q", status, text, want.refusal)
			}
			if protocol != model.Query && header.Get("x-amzn-query-error") != "InvalidParameterValue;Sender" {
				t.Errorf("a refusal has the lines %v", header)
			}
		})
	}
}

func TestBodiesAreUncompressed(t *testing.T) {
	d := newDesk(t)
	request := d.request("monitoring", model.JSON, "PutMetricData", tree{
		"Namespace": "Own", "MetricData": []any{tree{"MetricName": "m", "Value": 1}},
	})
	plain, _ := io.ReadAll(request.Body)
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, err := writer.Write(plain)
	if err != nil || writer.Close() != nil {
		t.Fatal(err)
	}
	request.Body = io.NopCloser(&packed)
	request.Header.Set("Content-Encoding", "gzip")
	if status, _, text := d.send(request); status != http.StatusOK {
		t.Errorf("answers %d %s", status, text)
	}
	request = d.request("monitoring", model.JSON, "ListMetrics", tree{})
	request.Header.Set("Content-Encoding", "gzip")
	if status, _, text := d.send(request); status != http.StatusBadRequest {
		t.Errorf("a body that is not compressed answers %d %s", status, text)
	}
}
