// Package ssm is what the management API of Parameter Store (ssm, 2014-11-06) does, as far as
// parameters go: the CDK keeps the version of its bootstrap stack in one, and templates read them.
//
// The door of local/control hands it the inputs of operations, read and held against AWS's
// constraints. The parameters of the settings (ssm in portico.yaml) are shown, and cannot be changed
// here. No parameter expires, is shared, or is labelled.
//
// Unlike AWS: a SecureString is not encrypted in the state folder, whose files are the owner's alone;
// without WithDecryption its value is a text that says nothing.
package ssm

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"portico/local/control/model"
	"portico/local/control/state"
)

// The limits of Parameter Store.
const (
	maxVersions = 100
	maxLevels   = 15
	maxStandard = 4096
	maxAdvanced = 8192
	maxTags     = 50
)

// Host knows the parameters that stand in the settings.
type Host interface {
	// Settings returns the values of parameters by name, of every region.
	Settings() map[string]string
}

// Options say where parameters are kept.
type Options = state.Options[Host]

// Service answers the operations of ssm.
type Service struct {
	options Options
	store   *state.Store[world]
}

// world is all parameters of a region.
type world struct{ Parameters map[string]*parameter }

// parameter is a parameter with its versions, the oldest first.
type parameter struct {
	Name     string
	Versions []version
	Tags     map[string]string
}

// version is one value that a parameter had.
type version struct {
	Number                                      int
	Type, Value, Description, Pattern, DataType string
	Tier, Key                                   string
	At                                          time.Time
}

// Open restores the parameters.
func Open(o Options) (*Service, error) {
	store, err := state.Open(o.Dir, func() *world { return &world{Parameters: map[string]*parameter{}} })
	if err != nil {
		return nil, err
	}
	return &Service{options: o, store: store}, nil
}

// Refresh has nothing to do: parameters are there as soon as they are read.
func (s *Service) Refresh() error { return nil }

// Reset forgets every parameter.
func (s *Service) Reset() error { return s.store.Reset() }

// Value returns what a parameter of a region holds.
func (s *Service) Value(region, name string) (value string, ok bool) {
	p := s.find(region, name)
	if p == nil {
		return "", false
	}
	return p.latest().Value, true
}

// Values returns what all parameters of a region hold, by name.
func (s *Service) Values(region string) map[string]string {
	made := map[string]string{}
	for _, p := range s.all(region) {
		made[p.Name] = p.latest().Value
	}
	return made
}

// Provide sets a parameter that a stack describes.
func (s *Service) Provide(region, name, kind, value string) error {
	if before, ok := s.Value(region, name); ok && before == value {
		return nil
	}
	return s.store.Write(region, func(w *world) error {
		w.put(name, version{
			Type: kind, Value: value, DataType: "text", Tier: "Standard",
			At: s.options.Clock.Now(),
		})
		return nil
	}, nil)
}

// Withdraw takes away a parameter that a stack described.
func (s *Service) Withdraw(region, name string) error {
	return s.store.Write(region, func(w *world) error {
		delete(w.Parameters, name)
		return nil
	}, nil)
}

// put adds a version to a parameter.
func (w *world) put(name string, v version) *parameter {
	p := w.Parameters[name]
	if p == nil {
		p = &parameter{Name: name, Tags: map[string]string{}}
		w.Parameters[name] = p
	}
	v.Number = 1
	if len(p.Versions) > 0 {
		v.Number = p.latest().Number + 1
	}
	p.Versions = append(p.Versions, v)
	p.Versions = p.Versions[max(0, len(p.Versions)-maxVersions):]
	return p
}

func (p *parameter) latest() version { return p.Versions[len(p.Versions)-1] }

// find returns a parameter of the settings or one that was put; nil for none.
func (s *Service) find(region, name string) *parameter {
	if value, ok := s.settings()[name]; ok {
		return &parameter{Name: name, Versions: []version{{
			Number: 1, Type: "String", Value: value, DataType: "text", Tier: "Standard",
			Description: "of portico.yaml",
		}}}
	}
	return s.store.Read(region).Parameters[name]
}

func (s *Service) settings() map[string]string {
	if s.options.Host == nil {
		return nil
	}
	return s.options.Host.Settings()
}

// all returns every parameter of a region, by name.
func (s *Service) all(region string) []*parameter {
	names := slices.Collect(maps.Keys(s.store.Read(region).Parameters))
	for name := range s.settings() {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	found := make([]*parameter, 0, len(names))
	for _, name := range names {
		found = append(found, s.find(region, name))
	}
	return found
}

// call is one call of an operation.
type call struct {
	service *Service
	region  string
	in      model.Object
}

// Handlers returns the operations that are implemented.
func (s *Service) Handlers() model.Handlers {
	all := model.Handlers{}
	for name, do := range map[string]func(*call) (model.Object, error){
		"PutParameter": putParameter, "GetParameter": getParameter, "GetParameters": getParameters,
		"GetParametersByPath": getParametersByPath, "GetParameterHistory": getHistory,
		"DeleteParameter": deleteParameter, "DeleteParameters": deleteParameters,
		"DescribeParameters": describeParameters, "AddTagsToResource": addTags,
		"RemoveTagsFromResource": removeTags, "ListTagsForResource": listTags,
	} {
		all[name] = func(_ context.Context, in model.Call) (model.Object, error) {
			return do(&call{service: s, region: in.Region, in: in.Input})
		}
	}
	return all
}

func refuse(code, format string, args ...any) error {
	return &model.Error{
		Code: code, Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...),
	}
}

// notFound is AWS's answer for a parameter that is not there; it has no words.
func notFound() error { return refuse("ParameterNotFound", "") }

// write changes the parameters of the caller's region; one of the settings cannot be changed.
func (c *call) write(name string, change func(w *world) error) error {
	if _, fixed := c.service.settings()[name]; fixed {
		return refuse("ValidationException", "Parameter %s stands in portico.yaml (ssm), and cannot be "+
			"changed here", name)
	}
	return c.service.store.Write(c.region, change, nil)
}

// arn returns the ARN of a parameter.
func (c *call) arn(name string) string {
	a := c.service.options.Account
	return "arn:" + a.Partition + ":ssm:" + c.region + ":" + a.ID + ":parameter/" +
		strings.TrimPrefix(name, "/")
}

// plainName returns the name in what a call gives: a name, or an ARN.
func plainName(given string) string {
	_, name, isARN := strings.Cut(given, ":parameter/")
	if !isARN {
		return given
	}
	if strings.Contains(name, "/") {
		return "/" + name
	}
	return name
}
