package cloudformation

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"portico/local/control/model"
	"portico/local/gateway/exchange"
)

// noChanges is why a change set without changes fails.
const noChanges = "The submitted information didn't contain changes. Submit different information to " +
	"create a change set."

// changeSet is a change of a stack that was not made yet.
type changeSet struct {
	ID, Name, Description string
	Kind                  string // CREATE or UPDATE
	Status, Reason        string
	Execution             string // ExecutionStatus
	Created               time.Time
	Wanted                revision
	Changes               []change
	Faults                Faults // why it failed
	OnFailure             string // OnStackFailure
	Nested                bool   // IncludeNestedStacks
}

var changeSetName = regexp.MustCompile(`^[a-zA-Z][-a-zA-Z0-9]{0,127}$`)

// changeSet returns the change set that a call names, by name or id, and its stack.
func (c *call) changeSet() (*stack, *changeSet, error) {
	name, stackName := c.in.Text("ChangeSetName"), c.in.Text("StackName")
	isID := strings.HasPrefix(name, "arn:")
	if stackName == "" && !isID {
		return nil, nil, invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
	}
	if stackName != "" {
		one := c.world().live(stackName)
		if one == nil {
			return nil, nil, noStackInBrackets(stackName)
		}
		if set := one.changeSet(name); set != nil {
			return one, set, nil
		}
		return one, nil, noChangeSet(name)
	}
	for _, one := range c.world().Stacks {
		if set := one.changeSet(name); set != nil {
			return one, set, nil
		}
	}
	return nil, nil, noChangeSet(name)
}

// changeSet returns a change set by its name or id; nil for none.
func (s *stack) changeSet(nameOrID string) *changeSet {
	for _, set := range s.ChangeSets {
		if set.Name == nameOrID || set.ID == nameOrID {
			return set
		}
	}
	return nil
}

// hasChangeSet says whether the name of a change set is taken.
//
// Unlike AWS: that of one that was executed is free. Clients make names of the seconds of the clock,
// and a deployment takes less than one here.
func (s *stack) hasChangeSet(name string) bool {
	set := s.changeSet(name)
	return set != nil && !strings.HasPrefix(set.Execution, "EXECUTE_")
}

func createChangeSet(c *call) (model.Object, error) {
	name, kind := c.in.Text("ChangeSetName"), c.in.Text("ChangeSetType")
	if kind == "" {
		kind = "UPDATE"
	}
	if err := c.checkChangeSet(name, kind); err != nil {
		return nil, err
	}
	one := c.world().live(c.in.Text("StackName"))
	stackName, before, err := c.target(kind, one)
	if err != nil {
		return nil, err
	}
	if one != nil && one.hasChangeSet(name) {
		return nil, model.Refuse("AlreadyExistsException", 400, "ChangeSet %s already exists", name)
	}
	wanted, err := c.wanted(before)
	if err != nil {
		return nil, err
	}
	id := "arn:" + c.service.options.Account.Partition + ":cloudformation:" + c.region + ":" +
		c.service.options.Account.ID + ":changeSet/" + name + "/" + exchange.NewRequestID()
	made := &changeSet{
		ID: id, Name: name, Description: c.in.Text("Description"), Kind: kind, Created: c.now,
		Status: "CREATE_COMPLETE", Execution: "AVAILABLE", Wanted: wanted.revision,
		OnFailure: c.in.Text("OnStackFailure"), Nested: c.in.Bool("IncludeNestedStacks"),
	}
	evaluated, err := c.compare(made, one, stackName, wanted)
	if err != nil {
		return nil, err
	}
	var stackID string
	err = c.write(func(w *world) error {
		now := w.Stacks[stackName]
		if now == nil {
			now = w.add(stackName, evaluated.ID, c.region, c.now)
			now.Protected = false
			now.turn(c.now, "REVIEW_IN_PROGRESS", "User Initiated", "")
		}
		if now.ChangeSets == nil {
			now.ChangeSets = map[string]*changeSet{}
		}
		now.ChangeSets[name], stackID = made, now.ID
		return nil
	})
	return model.Object{"Id": id, "StackId": stackID}, err
}

func (c *call) checkChangeSet(name, kind string) error {
	switch {
	case !changeSetName.MatchString(name):
		return invalid("1 validation error detected: Value '%s' at 'changeSetName' failed to satisfy "+
			"constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*", name)
	case kind == "IMPORT" || len(c.in.List("ResourcesToImport")) > 0:
		return invalid("ChangeSetType IMPORT is not served here: no resource exists outside of a stack " +
			"that could be imported")
	case c.in.Text("DeploymentMode") != "":
		return invalid("DeploymentMode %s is not served here: nothing drifts", c.in.Text("DeploymentMode"))
	case kind != "CREATE" && kind != "UPDATE":
		return invalid("1 validation error detected: Value '%s' at 'changeSetType' failed to satisfy "+
			"constraint: Member must satisfy enum value set: [IMPORT, UPDATE, CREATE]", kind)
	}
	return nil
}

// target returns the name of the stack that a change set is for, and what that is so far.
func (c *call) target(kind string, one *stack) (name string, before *revision, err error) {
	name = c.in.Text("StackName")
	if one == nil || c.isDescribed(name) {
		if kind == "UPDATE" && !c.isDescribed(name) {
			return "", nil, noStackInBrackets(name)
		}
		return name, nil, c.checkName(name)
	}
	switch {
	case kind == "CREATE" && one.Status != "REVIEW_IN_PROGRESS":
		return "", nil, invalid("Stack [%s] already exists and cannot be created again with the changeSet "+
			"[%s].", one.Name, c.in.Text("ChangeSetName"))
	case kind == "UPDATE" && !one.isUpdatable():
		return "", nil, cannotUpdate(one)
	case kind == "UPDATE":
		return one.Name, &one.Current, nil
	}
	return one.Name, nil, nil
}

// compare fills in what a change set would change, or why it fails.
func (c *call) compare(
	made *changeSet, one *stack, name string, w wanted,
) (Evaluated, error) {
	_, is, err := c.service.together(c.region, name, w)
	var faults Faults
	if errors.As(err, &faults) {
		made.fail(err.Error())
		made.Faults = faults
		return Evaluated{ID: c.stackID(name)}, nil
	}
	if err != nil {
		return Evaluated{}, invalid("%s", err)
	}
	if one == nil || !one.Served {
		made.Changes = changesOf(nil, is.Resources, nil, w.document)
		return is, nil
	}
	was, err := c.parse(one.Current.Body)
	if err != nil {
		return Evaluated{}, err
	}
	made.Changes = changesOf(one.plainResources(), is.Resources, was, w.document)
	if !one.differs(is, was, w) {
		made.fail(noChanges)
	}
	return is, nil
}

func (s *changeSet) fail(reason string) {
	s.Status, s.Reason, s.Execution = "FAILED", reason, "UNAVAILABLE"
}

// stackID returns the id that a stack has or will have.
func (c *call) stackID(name string) string {
	body := `{"Resources":{"None":{"Type":"AWS::CloudFormation::WaitConditionHandle"}}}`
	made, err := c.service.options.Host.Evaluate([]Template{{Name: name, Region: c.region, Body: body}})
	if err != nil || len(made) == 0 {
		return name
	}
	return made[0].ID
}

func describeChangeSet(c *call) (model.Object, error) {
	one, set, err := c.changeSet()
	if err != nil {
		return nil, err
	}
	values := c.in.Bool("IncludePropertyValues")
	page, next, err := paged(c, set.Changes, 100)
	if err != nil {
		return nil, err
	}
	changes := make([]any, 0, len(page))
	for _, ch := range page {
		changes = append(changes, ch.shown(values))
	}
	out := set.summary(one)
	delete(out, "IncludeNestedStacks")
	out["Changes"], out["Parameters"] = changes, shown(set.Wanted.Parameters)
	out["Tags"], out["Capabilities"] = shownTags(set.Wanted.Tags), model.TextList(set.Wanted.Capabilities)
	out["NotificationARNs"] = model.TextList(set.Wanted.Notifications)
	out["RollbackConfiguration"] = model.Object{}
	out["IncludeNestedStacks"] = set.Nested
	if set.OnFailure != "" {
		out["OnStackFailure"] = set.OnFailure
	}
	return withNext(out, next), nil
}

// summary returns what a list shows of a change set.
func (s *changeSet) summary(of *stack) model.Object {
	out := model.Object{
		"ChangeSetId": s.ID, "ChangeSetName": s.Name, "StackId": of.ID, "StackName": of.Name,
		"Status": s.Status, "ExecutionStatus": s.Execution, "CreationTime": written(s.Created),
		"IncludeNestedStacks": s.Nested,
	}
	return out.Take(model.Object{
		"StatusReason": orNil(s.Reason), "Description": orNil(s.Description),
	}, "StatusReason", "Description")
}

func listChangeSets(c *call) (model.Object, error) {
	one := c.world().live(c.in.Text("StackName"))
	if one == nil {
		return nil, noStackInBrackets(c.in.Text("StackName"))
	}
	all := make([]*changeSet, 0, len(one.ChangeSets))
	for _, set := range one.ChangeSets {
		all = append(all, set)
	}
	slices.SortFunc(all, func(a, b *changeSet) int { return strings.Compare(a.Name, b.Name) })
	page, next, err := paged(c, all, 100)
	if err != nil {
		return nil, err
	}
	summaries := make([]any, 0, len(page))
	for _, set := range page {
		summaries = append(summaries, set.summary(one))
	}
	return withNext(model.Object{"Summaries": summaries}, next), nil
}

func deleteChangeSet(c *call) (model.Object, error) {
	one, set, err := c.changeSet()
	if set == nil {
		if one != nil || strings.HasPrefix(c.in.Text("ChangeSetName"), "arn:") {
			return model.Object{}, nil // AWS does not mind
		}
		return nil, err
	}
	if set.Execution == "EXECUTE_IN_PROGRESS" {
		return nil, model.Refuse("InvalidChangeSetStatus", 400, "ChangeSet [%s] cannot be deleted in its "+
			"current status of [%s]", set.ID, set.Execution)
	}
	return model.Object{}, c.write(func(w *world) error {
		delete(w.Stacks[one.Name].ChangeSets, set.Name)
		return nil
	})
}

func executeChangeSet(c *call) (model.Object, error) {
	one, set, err := c.changeSet()
	if err != nil {
		return nil, err
	}
	if c.isDescribed(one.Name) {
		return nil, templatesOwn(one.Name)
	}
	if set.Status != "CREATE_COMPLETE" || set.Execution != "AVAILABLE" {
		status := set.Status
		if status == "CREATE_COMPLETE" {
			status = set.Execution
		}
		return nil, model.Refuse("InvalidChangeSetStatus", 400,
			"ChangeSet [%s] cannot be executed in its current status of [%s]", set.ID, status)
	}
	parsed, err := c.parse(set.Wanted.Body)
	if err != nil {
		return nil, err
	}
	o := operation{
		service: c.service, region: c.region, name: one.Name, kind: set.Kind, changeSet: set.ID,
		token: c.in.Text("ClientRequestToken"), wanted: wanted{set.Wanted, parsed},
		keepFailed:   c.in.Bool("DisableRollback") || set.OnFailure == "DO_NOTHING",
		deleteFailed: set.OnFailure == "DELETE" && set.Kind == "CREATE",
	}
	if one.Current.Body != "" {
		if o.was, err = c.parse(one.Current.Body); err != nil {
			return nil, err
		}
	}
	_, err = o.begin(c, func(w *world) (*stack, error) {
		now := w.Stacks[one.Name]
		if now == nil {
			return nil, noStackInBrackets(one.Name)
		}
		ready := now.changeSet(set.ID)
		if now.isBusy() || ready == nil || ready.Execution != "AVAILABLE" {
			return nil, cannotUpdate(now)
		}
		ready.Execution = "EXECUTE_IN_PROGRESS"
		if set.Kind == "CREATE" {
			now.Current, now.NoRollback = set.Wanted, o.keepFailed
		}
		return now, nil
	})
	return model.Object{}, err
}

// describeHooks shows that no hook looks at change sets.
func describeHooks(c *call) (model.Object, error) {
	one, set, err := c.changeSet()
	if err != nil {
		return nil, err
	}
	return model.Object{
		"ChangeSetId": set.ID, "ChangeSetName": set.Name, "StackId": one.ID, "StackName": one.Name,
		"Hooks": []any{}, "Status": "PLANNED",
	}, nil
}

// listHookResults shows that there are no hooks.
func listHookResults(*call) (model.Object, error) {
	return model.Object{"HookResults": []any{}}, nil
}
