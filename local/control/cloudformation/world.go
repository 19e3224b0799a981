package cloudformation

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// What is kept of the past: events of a stack, and stacks that were deleted.
const (
	keptEvents = 2000
	keptGone   = 100
)

// world is all stacks of a region.
type world struct {
	Stacks map[string]*stack // by name
	Gone   []*stack          // deleted ones, the last deleted last
}

func newWorld() *world { return &world{Stacks: map[string]*stack{}} }

// stack is a stack and all that is remembered of it.
type stack struct {
	ID, Name, Region          string
	Created, Updated, Deleted time.Time
	Status, Reason            string
	Served                    bool // what Current describes is served
	Current                   revision
	Protected, NoRollback     bool
	Policy                    string
	Resources                 []resource
	Outputs                   []Output
	Imports                   []string
	Events                    []event // oldest first
	ChangeSets                map[string]*changeSet
	ChangeSet                 string // the id of the one that was executed last
}

// revision is what a stack is asked to be.
type revision struct {
	Body, Summary string // Summary is the template's Description
	Parameters    []parameter
	Tags          []tag
	Capabilities  []string
	Notifications []string
	Role          string
	Minutes       int // TimeoutInMinutes, which nothing here takes
}

// parameter is a parameter's value; Resolved is what it names in Systems Manager.
type parameter struct {
	Key, Value, Resolved string
	Secret               bool // NoEcho
}

type tag struct{ Key, Value string }

// resource is a resource and what became of it.
type resource struct {
	Resource
	Status, Reason string
	At             time.Time
}

// event is one line of the history of a stack.
type event struct {
	ID, LogicalID, PhysicalID, Type string
	Status, Reason                  string
	Properties, Token               string
	At                              time.Time
}

// find returns the stack of a name or id, also a deleted one when its id is given; nil for none.
func (w *world) find(nameOrID string) *stack {
	if one := w.Stacks[nameOrID]; one != nil {
		return one
	}
	for _, one := range w.Stacks {
		if one.ID == nameOrID {
			return one
		}
	}
	for _, one := range slices.Backward(w.Gone) {
		if one.ID == nameOrID {
			return one
		}
	}
	return nil
}

// live returns the stack of a name or id that is not deleted; nil for none.
func (w *world) live(nameOrID string) *stack {
	if one := w.find(nameOrID); one != nil && one.Status != "DELETE_COMPLETE" {
		return one
	}
	return nil
}

// bury moves a stack to those that were deleted.
func (w *world) bury(one *stack) {
	delete(w.Stacks, one.Name)
	w.Gone = append(w.Gone, one)
	w.Gone = w.Gone[max(0, len(w.Gone)-keptGone):]
}

// ordered returns stacks, the youngest first.
func (w *world) ordered() []*stack {
	return slices.SortedFunc(maps.Values(w.Stacks), func(a, b *stack) int {
		return cmp.Or(b.Created.Compare(a.Created), strings.Compare(a.Name, b.Name))
	})
}

// isBusy says whether an operation is at work.
func (s *stack) isBusy() bool {
	return strings.HasSuffix(s.Status, "_IN_PROGRESS") && s.Status != "REVIEW_IN_PROGRESS"
}

// isUpdatable says whether an update may begin.
func (s *stack) isUpdatable() bool {
	switch s.Status {
	case "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_FAILED",
		"CREATE_FAILED":
		return true
	}
	return false
}

// deployed is a stack that is served, as it is handed to the host.
type deployed struct {
	Template
	created time.Time
}

func templatesOf(all []deployed) []Template {
	made := make([]Template, 0, len(all))
	for _, d := range all {
		made = append(made, d.Template)
	}
	return made
}

// template returns a revision of a stack as it is handed to the host.
func (r revision) template(name, region string) Template {
	given := make(map[string]string, len(r.Parameters))
	for _, p := range r.Parameters {
		given[p.Key] = p.Value
	}
	return Template{Name: name, Region: region, Body: r.Body, Parameters: given}
}

// served returns every stack that is served, of all regions, in the order of their making.
func (s *Service) served() []deployed {
	var all []deployed
	for _, region := range s.store.Regions() {
		for _, one := range s.store.Read(region).Stacks {
			if one.Served {
				all = append(all, deployed{one.Current.template(one.Name, region), one.Created})
			}
		}
	}
	slices.SortFunc(all, func(a, b deployed) int {
		return cmp.Or(strings.Compare(a.Region, b.Region), a.created.Compare(b.created),
			strings.Compare(a.Name, b.Name))
	})
	return all
}

// among returns all served stacks with one in the place of that of its name, or at the end.
func among(all []deployed, one Template, created time.Time) []deployed {
	at := slices.IndexFunc(all, func(d deployed) bool {
		return d.Name == one.Name && d.Region == one.Region
	})
	if at < 0 {
		return append(slices.Clone(all), deployed{one, created})
	}
	made := slices.Clone(all)
	made[at].Template = one
	return made
}

// without returns all served stacks but one.
func without(all []deployed, region, name string) []deployed {
	return slices.DeleteFunc(slices.Clone(all), func(d deployed) bool {
		return d.Region == region && d.Name == name
	})
}
