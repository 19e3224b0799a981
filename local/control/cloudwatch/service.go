// Package cloudwatch is what the management API of CloudWatch (2010-08-01) does.
//
// The door of local/control hands it the inputs of operations, read from whichever of the service's
// three protocols a client speaks. It reads the series of package metrics, which the runner fills
// with what API Gateway, Lambda and AWS WAF measure and clients with metrics of their own, computes
// expressions on them, and holds alarms against them: those that clients put and those of the
// template. An alarm is evaluated for every minute that has passed since somebody asked last, so
// its state and history are those of a service that looks every minute, and follow the runner's
// clock however it is moved; nothing runs in between.
//
// Alarms, dashboards and tags are kept in the state folder; the states of alarms and their history
// end with the runner, as metrics do. Notifications are not sent: what an alarm would have done
// stands in its history. Anomaly detection, Metrics Insights, metric streams and Contributor
// Insights are refused by name.
package cloudwatch

import (
	"errors"
	"maps"
	"net/http"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/metrics"
)

// Host knows what a template describes.
type Host interface {
	// Alarms returns the alarms of the template.
	Alarms() []Described
	// Dashboards returns the dashboards of the template.
	Dashboards() []Described
}

// nobody is a host without a template.
type nobody struct{}

func (nobody) Alarms() []Described { return nil }

func (nobody) Dashboards() []Described { return nil }

// Described is an alarm or dashboard of a template, by CloudFormation's names of its properties,
// which are the API's. Its values are strings, float64, bool, []any and map[string]any.
type Described struct {
	Name, Region string
	Composite    bool // of an alarm
	Properties   map[string]any
}

// Options say where what is created is kept, and what it is about.
type Options struct {
	Account api.Account // of the configuration; calls for another region get their own
	Dir     string      // of the state; nothing is kept when empty
	Clock   clock.Clock
	Metrics *metrics.Store
	Host    Host // nil where there is no template
}

// Service answers the operations of CloudWatch.
type Service struct {
	options Options
	worlds  *state.Store[world]
	watch   *watch
}

// world is what was created in a region.
type world struct {
	Alarms     map[string]*alarm
	Dashboards map[string]*dashboard
	Tags       map[string]map[string]string // by ARN
}

func newWorld() *world {
	return &world{
		Alarms: map[string]*alarm{}, Dashboards: map[string]*dashboard{},
		Tags: map[string]map[string]string{},
	}
}

// Open restores what was kept.
func Open(o Options) (*Service, error) {
	if o.Clock == nil {
		return nil, errors.New("CloudWatch needs a clock")
	}
	if o.Metrics == nil {
		o.Metrics = metrics.New()
	}
	if o.Host == nil {
		o.Host = nobody{}
	}
	worlds, err := state.Open(o.Dir, newWorld)
	if err != nil {
		return nil, err
	}
	s := &Service{options: o, worlds: worlds}
	s.watch = newWatch(s, o.Clock.Now())
	return s, nil
}

// Refresh says which alarms of the template cannot be evaluated: they stay without data.
func (s *Service) Refresh() error {
	var errs []error
	for _, described := range s.options.Host.Alarms() {
		if _, err := compileAlarm(fromTemplate(described)); err != nil {
			errs = append(errs, &unevaluated{described.Name, err})
		}
	}
	return errors.Join(errs...)
}

// unevaluated is an alarm that cannot be held against metrics.
type unevaluated struct {
	alarm string
	cause error
}

// Error names the alarm.
func (e *unevaluated) Error() string {
	return "alarm " + e.alarm + " of the template is not evaluated: " + e.cause.Error()
}

// Unwrap returns why.
func (e *unevaluated) Unwrap() error { return e.cause }

// Reset forgets everything that was created, and the metrics of clients.
func (s *Service) Reset() error {
	s.watch.reset(s.options.Clock.Now())
	s.options.Metrics.Drop(func(m metrics.Metric) bool { return !isReserved(m.Namespace) })
	return s.worlds.Reset()
}

// call is one call of an operation.
type call struct {
	*Service
	in     model.Object
	region string
	now    time.Time
	world  *world // of a write: its draft
}

// operation is the behaviour of one operation.
type operation func(c *call) (model.Object, error)

// Handlers returns the operations that are implemented.
func (s *Service) Handlers() model.Handlers {
	all := model.Add(model.Handlers{}, s.reads, reading())
	return model.Add(all, s.writes, writing())
}

func reading() map[string]operation {
	return map[string]operation{
		"DescribeAlarmHistory":    describeAlarmHistory,
		"DescribeAlarms":          describeAlarms,
		"DescribeAlarmsForMetric": describeAlarmsForMetric,
		"GetDashboard":            getDashboard,
		"GetMetricData":           getMetricData,
		"GetMetricStatistics":     getMetricStatistics,
		"ListDashboards":          listDashboards,
		"ListMetrics":             listMetrics,
		"ListTagsForResource":     listTags,
		"PutMetricData":           putMetricData,
		"SetAlarmState":           setAlarmState,
	}
}

func writing() map[string]operation {
	return map[string]operation{
		"DeleteAlarms":        deleteAlarms,
		"DeleteDashboards":    deleteDashboards,
		"DisableAlarmActions": disableActions,
		"EnableAlarmActions":  enableActions,
		"PutCompositeAlarm":   putCompositeAlarm,
		"PutDashboard":        putDashboard,
		"PutMetricAlarm":      putMetricAlarm,
		"TagResource":         tagResource,
		"UntagResource":       untagResource,
	}
}

// alarms returns the alarms of the call's region, those of the template too, by name.
func (c *call) alarms() map[string]*alarm { return c.alarmsOf(c.world, c.region) }

func (s *Service) alarmsOf(w *world, region string) map[string]*alarm {
	all := maps.Clone(w.Alarms)
	for _, described := range s.options.Host.Alarms() {
		if described.Region == region {
			all[described.Name] = fromTemplate(described)
		}
	}
	return all
}

// arn returns the ARN of an alarm.
func (s *Service) arn(region, name string) string {
	a := s.options.Account
	return "arn:" + a.Partition + ":cloudwatch:" + region + ":" + a.ID + ":alarm:" + name
}

func refusal(code, message string) error {
	return &model.Error{Code: code, Status: http.StatusBadRequest, Message: message}
}

func invalidValue(message string) error { return refusal("InvalidParameterValue", message) }

func invalidCombination(message string) error {
	return refusal("InvalidParameterCombination", message)
}

func missing(parameter string) error {
	return refusal("MissingParameter", "The parameter "+parameter+" is required.")
}

func invalid(message string) error { return refusal("ValidationError", message) }

func notFound(code, message string) error {
	return &model.Error{Code: code, Status: http.StatusNotFound, Message: message}
}

// ofTemplate refuses to change what a template describes.
func ofTemplate(what, name string) error {
	return invalid(what + " " + name + " is described by the template that is served here: change " +
		"it there")
}

// seconds is how the API tells a time.
func seconds(at time.Time) float64 { return float64(at.UnixMilli()) / 1000 }

// timeOf reads a time of an input; the zero time when it is absent.
func timeOf(in model.Object, name string) time.Time {
	if !in.Has(name) {
		return time.Time{}
	}
	return time.UnixMilli(int64(in.Number(name) * 1000)).UTC()
}

// page returns the items that a call asks for, and the token of the next page; "" on the last one.
func page[T any](in model.Object, all []T, limit int, key func(T) string) ([]T, string, error) {
	shown, next, ok := model.Page(in.Text("NextToken"), all, limit, key)
	if !ok {
		return nil, "", refusal("InvalidNextToken", "The next token specified is invalid.")
	}
	return shown, next, nil
}
