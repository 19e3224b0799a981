package cloudformation

import (
	"context"
	"regexp"
	"slices"
	"time"

	"portico/local/control/model"
)

// stackName is what a stack may be called.
var stackName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`)

// isDescribed says whether a stack comes from the template of the runner.
func (c *call) isDescribed(name string) bool {
	return slices.ContainsFunc(c.service.options.Host.Described(), func(d Described) bool {
		return d.Region == c.region && (d.Name == name || d.ID == name)
	})
}

// changeable returns the stack that a call wants to change.
func (c *call) changeable(name string) (*stack, error) {
	if c.isDescribed(name) {
		return nil, templatesOwn(name)
	}
	one := c.world().live(name)
	if one == nil {
		return nil, noStackInBrackets(name)
	}
	return one, nil
}

// checkName refuses what no stack may be called.
func (c *call) checkName(name string) error {
	switch {
	case !stackName.MatchString(name):
		return invalid("1 validation error detected: Value '%s' at 'stackName' failed to satisfy "+
			"constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", name)
	case c.isDescribed(name):
		return templatesOwn(name)
	}
	return nil
}

// evaluate returns what a stack would consist of among those that are served.
func (c *call) evaluate(name string, w wanted) (Evaluated, error) {
	_, is, err := c.service.together(c.region, name, w)
	if err != nil {
		return Evaluated{}, invalid("Template error: %s", err)
	}
	return is, nil
}

func createStack(c *call) (model.Object, error) {
	name := c.in.Text("StackName")
	if err := c.checkName(name); err != nil {
		return nil, err
	}
	if c.world().live(name) != nil {
		return nil, stackExists(name)
	}
	onFailure := c.in.Text("OnFailure")
	if onFailure != "" && c.in.Has("DisableRollback") {
		return nil, invalid("You can specify either OnFailure or DisableRollback, but not both.")
	}
	if _, err := readPolicy(c.in.Text("StackPolicyBody")); err != nil {
		return nil, invalid("Error validating stack policy: %s", err)
	}
	wanted, err := c.wanted(nil)
	if err != nil {
		return nil, err
	}
	evaluated, err := c.evaluate(name, wanted)
	if err != nil {
		return nil, err
	}
	o := operation{
		service: c.service, region: c.region, name: name, kind: "CREATE", wanted: wanted,
		token:        c.in.Text("ClientRequestToken"),
		keepFailed:   c.in.Bool("DisableRollback") || onFailure == "DO_NOTHING",
		deleteFailed: onFailure == "DELETE",
	}
	id, err := o.begin(c, func(w *world) (*stack, error) {
		if w.Stacks[name] != nil {
			return nil, stackExists(name)
		}
		one := w.add(name, evaluated.ID, c.region, c.now)
		one.Current, one.NoRollback = wanted.revision, o.keepFailed
		one.Protected = c.in.Bool("EnableTerminationProtection")
		one.Policy = c.in.Text("StackPolicyBody")
		return one, nil
	})
	return model.Object{"StackId": id}, err
}

// add makes a stack; what is remembered of a deleted one of the same id goes.
func (w *world) add(name, id, region string, now time.Time) *stack {
	w.Gone = slices.DeleteFunc(w.Gone, func(one *stack) bool { return one.ID == id })
	one := &stack{
		ID: id, Name: name, Region: region, Created: now, ChangeSets: map[string]*changeSet{},
	}
	w.Stacks[name] = one
	return one
}

func updateStack(c *call) (model.Object, error) {
	one, err := c.changeable(c.in.Text("StackName"))
	if err != nil {
		return nil, err
	}
	if !one.isUpdatable() {
		return nil, cannotUpdate(one)
	}
	if c.in.Has("StackPolicyDuringUpdateBody") || c.in.Has("StackPolicyDuringUpdateURL") {
		return nil, invalid("A policy for one update alone is not served here; set the stack's")
	}
	if _, err := readPolicy(c.in.Text("StackPolicyBody")); err != nil {
		return nil, invalid("Error validating stack policy: %s", err)
	}
	wanted, err := c.wanted(&one.Current)
	if err != nil {
		return nil, err
	}
	evaluated, err := c.evaluate(one.Name, wanted)
	if err != nil {
		return nil, err
	}
	was, err := c.parse(one.Current.Body)
	if err != nil {
		return nil, err
	}
	if !one.differs(evaluated, was, wanted) {
		return nil, invalid("No updates are to be performed.")
	}
	o := operation{
		service: c.service, region: c.region, name: one.Name, kind: "UPDATE", wanted: wanted, was: was,
		token: c.in.Text("ClientRequestToken"), keepFailed: c.in.Bool("DisableRollback"),
	}
	id, err := o.begin(c, func(w *world) (*stack, error) {
		now := w.Stacks[o.name]
		if now == nil {
			return nil, noStackInBrackets(o.name)
		}
		if !now.isUpdatable() {
			return nil, cannotUpdate(now)
		}
		if policy := c.in.Text("StackPolicyBody"); policy != "" {
			now.Policy = policy
		}
		return now, nil
	})
	return model.Object{"StackId": id}, err
}

// differs says whether an update would change anything: resources, outputs, tags or where
// notifications go.
func (s *stack) differs(is Evaluated, was document, w wanted) bool {
	return !s.Served || len(changesOf(s.plainResources(), is.Resources, was, w.document)) > 0 ||
		!slices.Equal(s.Outputs, is.Outputs) || !slices.Equal(s.Current.Tags, w.Tags) ||
		!slices.Equal(s.Current.Notifications, w.Notifications)
}

func deleteStack(c *call) (model.Object, error) {
	name := c.in.Text("StackName")
	if c.isDescribed(name) {
		return nil, templatesOwn(name)
	}
	one := c.world().live(name)
	if one == nil || one.Status == "DELETE_IN_PROGRESS" {
		return model.Object{}, nil
	}
	switch {
	case one.Protected:
		return nil, invalid("Stack [%s] cannot be deleted while TerminationProtection is enabled", one.ID)
	case one.isBusy():
		return nil, invalid("Stack [%s] cannot be deleted while in status %s", one.Name, one.Status)
	}
	before, token := one.Status, c.in.Text("ClientRequestToken")
	err := c.write(func(w *world) error {
		now := w.Stacks[one.Name]
		if now == nil || now.isBusy() {
			return invalid("Stack [%s] cannot be deleted while an operation is at work", one.Name)
		}
		now.turn(c.now, "DELETE_IN_PROGRESS", "User Initiated", token)
		return nil
	})
	if err != nil {
		return nil, err
	}
	region, s := c.region, c.service
	c.await(s.run(func(ctx context.Context) { s.delete(ctx, region, one.Name, before, token) }))
	return model.Object{}, nil
}

// delete serves all stacks without one.
func (s *Service) delete(ctx context.Context, region, name, before, token string) {
	s.serving.Lock()
	defer s.serving.Unlock()
	one := s.store.Read(region).Stacks[name]
	if one == nil {
		return
	}
	err := s.checkExports(region, name, nil)
	inUse := err != nil
	if err == nil && one.Served {
		err = s.options.Host.Deploy(ctx, templatesOf(without(s.served(), region, name)))
	}
	if err != nil && ctx.Err() != nil {
		return // the runner ends, and says so when it starts again
	}
	parsed, _ := s.options.Host.Parse(one.Current.Body)
	now := s.options.Clock.Now()
	kept := s.store.Write(region, func(w *world) error {
		gone := w.Stacks[name]
		switch {
		case inUse: // the deletion is called off
			gone.turn(now, before, err.Error(), token)
			return nil
		case err != nil:
			gone.turn(now, "DELETE_FAILED", err.Error(), token)
			return nil
		}
		for _, r := range slices.Backward(inOrder(gone.plainResources(), parsed)) {
			if gone.Served {
				gone.remove(r, parsed, now, token)
			}
			gone.put(r, "DELETE_COMPLETE", "", now)
		}
		gone.turn(now, "DELETE_COMPLETE", "", token)
		gone.Deleted, gone.Served, gone.ChangeSets = now, false, nil
		w.bury(gone)
		return nil
	}, nil)
	if kept != nil && err == nil { // it is still deployed, so it is served
		_ = s.options.Host.Deploy(ctx, templatesOf(s.served()))
	}
}

// cancelUpdate has nothing to stop: an update is served whole, as soon as it is built.
func cancelUpdate(c *call) (model.Object, error) {
	one, err := c.changeable(c.in.Text("StackName"))
	if err != nil {
		return nil, err
	}
	if one.Status != "UPDATE_IN_PROGRESS" {
		return nil, invalid("CancelUpdateStack cannot be called from current stack status")
	}
	return nil, invalid("The update of stack [%s] is being put into effect, and cannot be cancelled here",
		one.Name)
}

// continueRollback is refused as AWS refuses it in every status but UPDATE_ROLLBACK_FAILED, which no
// stack ends in here.
func continueRollback(c *call) (model.Object, error) {
	one, err := c.changeable(c.in.Text("StackName"))
	if err != nil {
		return nil, err
	}
	return nil, invalid("Stack:%s is in %s state and can not continue update rollback.", one.ID, one.Status)
}

// rollbackStack ends what was left standing after a failure without a rollback.
func rollbackStack(c *call) (model.Object, error) {
	one, err := c.changeable(c.in.Text("StackName"))
	if err != nil {
		return nil, err
	}
	err = c.write(func(w *world) error {
		now, token := w.Stacks[one.Name], c.in.Text("ClientRequestToken")
		prefix, ok := map[string]string{
			"CREATE_FAILED": "ROLLBACK", "UPDATE_FAILED": "UPDATE_ROLLBACK",
		}[now.Status]
		if !ok {
			return invalid("Stack:%s is in %s state and can not be rolled back.", now.ID, now.Status)
		}
		now.turn(c.now, prefix+"_IN_PROGRESS", "User Initiated", token)
		now.turn(c.now, prefix+"_COMPLETE", "", token)
		return nil
	})
	return model.Object{"StackId": one.ID}, err
}

func protect(c *call) (model.Object, error) {
	one, err := c.changeable(c.in.Text("StackName"))
	if err != nil {
		return nil, err
	}
	err = c.write(func(w *world) error {
		w.Stacks[one.Name].Protected = c.in.Bool("EnableTerminationProtection")
		return nil
	})
	return model.Object{"StackId": one.ID}, err
}

// setPolicy keeps a stack policy, which updates are held against.
func setPolicy(c *call) (model.Object, error) {
	one, err := c.changeable(c.in.Text("StackName"))
	if err != nil {
		return nil, err
	}
	body := c.in.Text("StackPolicyBody")
	if url := c.in.Text("StackPolicyURL"); url != "" && body == "" {
		if body, err = c.service.options.Host.Fetch(url); err != nil {
			return nil, invalid("%s", err)
		}
	}
	if _, err := readPolicy(body); err != nil {
		return nil, invalid("Error validating stack policy: %s", err)
	}
	return model.Object{}, c.write(func(w *world) error {
		w.Stacks[one.Name].Policy = body
		return nil
	})
}

func getPolicy(c *call) (model.Object, error) {
	one := c.world().live(c.in.Text("StackName"))
	if one == nil {
		return nil, noStack(c.in.Text("StackName"))
	}
	return model.Object{}.Take(model.Object{"StackPolicyBody": orNil(one.Policy)}, "StackPolicyBody"), nil
}
