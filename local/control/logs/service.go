// Package logs is what the management API of CloudWatch Logs (2014-03-28) does.
//
// The door of local/control hands it the inputs of operations. Events are in the log groups of
// package journal, which the runner writes too: what functions print, access logs and execution
// logs, so that all of it is found under AWS's names. What is said of groups, their retention,
// keys, tags and metric filters, is kept in the state folder; groups of the template are shown, and
// cannot be changed. Metric filters look at events when they arrive, and add to package metrics.
//
// Queries of Logs Insights, subscriptions, exports and deliveries are refused by name.
package logs

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
	"portico/local/gateway/api"
	"portico/local/gateway/clock"
	"portico/local/journal"
	"portico/local/metrics"
)

// Host knows what a template describes.
type Host interface {
	// LogGroups returns the log groups of the template, with their metric filters.
	LogGroups() []Described
}

// Described is a log group of a template.
type Described struct {
	Name, Region  string
	RetentionDays int
	KMSKeyID      string
	Class         string // STANDARD when ""
	Filters       []DescribedFilter
}

// DescribedFilter is a metric filter of a template, by CloudFormation's names of its properties.
type DescribedFilter struct {
	Name, Pattern   string
	Transformations []map[string]any
}

// Options say where what is created is kept, and what it is about.
type Options struct {
	Account api.Account // of the configuration, whose region the runner's own groups belong to
	Dir     string      // of the state; nothing is kept when empty
	Clock   clock.Clock
	Journal *journal.Journal
	Metrics *metrics.Store
	Host    Host // nil where there is no template
}

// Service answers the operations of CloudWatch Logs.
type Service struct {
	options Options
	worlds  *state.Store[world]
	begun   time.Time

	mu      sync.Mutex           // guards filters
	filters map[string][]*filter // by the journal's name of a group
}

// world is what was said of the log groups of a region.
type world struct{ Groups map[string]*group }

// group is what was said of a log group.
type group struct {
	Created   int64 // milliseconds; 0 for one that was not created through the API
	Retention int   `json:",omitempty"`
	KMSKeyID  string
	Class     string
	Protected bool                       `json:",omitempty"` // from deletion
	Tags      map[string]string          `json:",omitempty"`
	Filters   map[string]*filterSettings `json:",omitempty"`

	template bool
}

// filterSettings is a metric filter as it was put.
type filterSettings struct {
	Pattern         string
	Created         int64
	Transformations []model.Object
}

func newWorld() *world { return &world{Groups: map[string]*group{}} }

// Open restores what was kept, and lets metric filters look at events from now on.
func Open(o Options) (*Service, error) {
	if o.Clock == nil {
		return nil, errors.New("CloudWatch Logs need a clock")
	}
	if o.Journal == nil {
		o.Journal = journal.Open("", o.Clock.Now)
	}
	if o.Metrics == nil {
		o.Metrics = metrics.New()
	}
	worlds, err := state.Open(o.Dir, newWorld)
	if err != nil {
		return nil, err
	}
	s := &Service{options: o, worlds: worlds, begun: o.Clock.Now()}
	o.Journal.Observe(s.observe)
	return s, nil
}

// Refresh puts the metric filters into effect, those of the template too.
func (s *Service) Refresh() error {
	var errs []error
	for _, region := range s.regions() {
		errs = append(errs, s.applyFilters(region))
	}
	return errors.Join(errs...)
}

func (s *Service) regions() []string {
	all := map[string]bool{s.options.Account.Region: true}
	for _, region := range s.worlds.Regions() {
		all[region] = true
	}
	for _, described := range s.described() {
		all[described.Region] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// Reset forgets everything that was created. What the runner has logged stays.
func (s *Service) Reset() error {
	var errs []error
	for _, region := range s.worlds.Regions() {
		for name, g := range s.worlds.Read(region).Groups {
			if g.Created == 0 {
				continue
			}
			err := s.options.Journal.Remove(s.journalName(region, name))
			if err != nil && !errors.Is(err, journal.ErrNoGroup) {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(append(errs, s.worlds.Reset(), s.Refresh())...)
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
		"CreateLogStream":       createLogStream,
		"DeleteLogStream":       deleteLogStream,
		"DescribeLogGroups":     describeLogGroups,
		"DescribeLogStreams":    describeLogStreams,
		"DescribeMetricFilters": describeMetricFilters,
		"FilterLogEvents":       filterLogEvents,
		"GetLogEvents":          getLogEvents,
		"ListTagsForResource":   listTags,
		"ListTagsLogGroup":      listTags,
		"PutLogEvents":          putLogEvents,
		"TestMetricFilter":      testMetricFilter,
	}
}

func writing() map[string]operation {
	return map[string]operation{
		"AssociateKmsKey":       associateKey,
		"CreateLogGroup":        createLogGroup,
		"DeleteLogGroup":        deleteLogGroup,
		"DeleteMetricFilter":    deleteMetricFilter,
		"DeleteRetentionPolicy": deleteRetention,
		"DisassociateKmsKey":    disassociateKey,
		"PutMetricFilter":       putMetricFilter,
		"PutRetentionPolicy":    putRetention,
		"TagLogGroup":           tag,
		"TagResource":           tag,
		"UntagLogGroup":         untag,
		"UntagResource":         untag,
	}
}

func (s *Service) newCall(in model.Call, w *world) *call {
	return &call{Service: s, in: in.Input, region: in.Region, now: s.options.Clock.Now(), world: w}
}

// reads makes a handler of an operation that changes nothing that is said of groups.
func (s *Service) reads(do operation) model.Handler {
	return func(_ context.Context, in model.Call) (model.Object, error) {
		return do(s.newCall(in, s.worlds.Read(in.Region)))
	}
}

// writes makes a handler of an operation that changes what is said of groups.
func (s *Service) writes(do operation) model.Handler {
	return func(_ context.Context, in model.Call) (model.Object, error) {
		out, err := state.Answer(s.worlds, in.Region, func(draft *world) (model.Object, error) {
			return do(s.newCall(in, draft))
		}, nil)
		if err != nil {
			return nil, err
		}
		return out, s.applyFilters(in.Region)
	}
}

func (s *Service) described() []Described {
	if s.options.Host == nil {
		return nil
	}
	return s.options.Host.LogGroups()
}

// journalName is what the journal calls a group: those of another region than the runner's stand
// beside its own.
func (s *Service) journalName(region, name string) string {
	if region == s.options.Account.Region {
		return name
	}
	return region + ":" + name
}

// apiName is the reverse of journalName; ok is false for a group of another region.
func (s *Service) apiName(region, kept string) (name string, ok bool) {
	of, name, foreign := strings.Cut(kept, ":")
	if !foreign {
		of, name = s.options.Account.Region, kept
	}
	return name, of == region
}

func refusal(code, message string) error {
	return &model.Error{Code: code, Status: http.StatusBadRequest, Message: message}
}

func invalid(message string) error { return refusal("InvalidParameterException", message) }

func notFound(what string) error {
	return refusal("ResourceNotFoundException", "The specified "+what+" does not exist.")
}

func exists(what string) error {
	return refusal("ResourceAlreadyExistsException", "The specified "+what+" already exists")
}

func ofTemplate(name string) error {
	return invalid("The log group " + name + " is described by the template that is served here: " +
		"change it there")
}

// page returns the items that a call asks for, and the token of the next page; "" on the last one.
func page[T any](c *call, all []T, key func(T) string) ([]T, string, error) {
	shown, next, ok := model.Page(c.in.Text("nextToken"), all, cmp.Or(c.in.Int("limit"), 50), key)
	if !ok {
		return nil, "", invalid("The specified nextToken is invalid.")
	}
	return shown, next, nil
}

// paged prints a page.
func paged(name string, items []any, next string) model.Object {
	out := model.Object{name: items}
	if next != "" {
		out["nextToken"] = next
	}
	return out
}
