package cloudformation

import (
	"slices"
	"strconv"
	"time"

	"portico/local/control/model"
)

// written returns a time as the protocol Query writes it.
func written(at time.Time) string { return at.UTC().Format(eventTime) }

// paged returns the items after NextToken, and the token of the next page; "" on the last.
func paged[T any](c *call, all []T, size int) (page []T, next string, err error) {
	from := 0
	if token := c.in.Text("NextToken"); token != "" {
		if from, err = strconv.Atoi(token); err != nil || from < 0 || from > len(all) {
			return nil, "", invalid("The specified NextToken is not valid")
		}
	}
	all = all[from:]
	if len(all) <= size {
		return all, "", nil
	}
	return all[:size], strconv.Itoa(from + size), nil
}

func withNext(out model.Object, next string) model.Object {
	if next != "" {
		out["NextToken"] = next
	}
	return out
}

func shownTags(all []tag) []any {
	list := make([]any, 0, len(all))
	for _, t := range all {
		list = append(list, model.Object{"Key": t.Key, "Value": t.Value})
	}
	return list
}

// all returns the stacks of the caller's region, with those of the runner's template.
func (c *call) all() []*stack {
	return append(c.world().ordered(), c.described()...)
}

// described returns the stacks of the runner's template as if they had been created.
func (c *call) described() []*stack {
	var all []*stack
	for _, d := range c.service.options.Host.Described() {
		if d.Region != c.region || c.world().Stacks[d.Name] != nil {
			continue
		}
		one := &stack{
			ID: d.ID, Name: d.Name, Region: d.Region, Status: "CREATE_COMPLETE", Served: true,
			Current: revision{Body: d.Body}, Outputs: d.Outputs, Imports: d.Imports,
		}
		for _, name := range sortedKeys(d.Parameters) {
			one.Current.Parameters = append(one.Current.Parameters,
				parameter{Key: name, Value: d.Parameters[name]})
		}
		for _, r := range d.Resources {
			one.put(r, "CREATE_COMPLETE", "", time.Time{})
		}
		all = append(all, one)
	}
	return all
}

// find returns a stack by its name or id, also a deleted one by its id; nil for none.
func (c *call) find(nameOrID string) *stack {
	if one := c.world().find(nameOrID); one != nil {
		return one
	}
	for _, one := range c.described() {
		if one.Name == nameOrID || one.ID == nameOrID {
			return one
		}
	}
	return nil
}

func describeStacks(c *call) (model.Object, error) {
	all := c.all()
	if name := c.in.Text("StackName"); name != "" {
		one := c.find(name)
		if one == nil {
			return nil, noStack(name)
		}
		all = []*stack{one}
	}
	page, next, err := paged(c, all, 100)
	if err != nil {
		return nil, err
	}
	stacks := make([]any, 0, len(page))
	for _, one := range page {
		stacks = append(stacks, one.shown())
	}
	return withNext(model.Object{"Stacks": stacks}, next), nil
}

// shown returns a stack as DescribeStacks shows it.
func (s *stack) shown() model.Object {
	out := s.summary()
	delete(out, "TemplateDescription")
	out["Parameters"], out["Tags"] = shown(s.Current.Parameters), shownTags(s.Current.Tags)
	out["Capabilities"] = model.TextList(s.Current.Capabilities)
	out["NotificationARNs"] = model.TextList(s.Current.Notifications)
	out["DisableRollback"], out["EnableTerminationProtection"] = s.NoRollback, s.Protected
	out["RollbackConfiguration"] = model.Object{}
	var outputs []any
	for _, o := range s.Outputs {
		outputs = append(outputs, model.Object{
			"OutputKey": o.Key, "OutputValue": o.Value,
		}.Take(model.Object{
			"Description": orNil(o.Description), "ExportName": orNil(o.Export),
		}, "Description", "ExportName"))
	}
	if outputs != nil {
		out["Outputs"] = outputs
	}
	if s.Current.Minutes > 0 {
		out["TimeoutInMinutes"] = int64(s.Current.Minutes)
	}
	return out.Take(model.Object{
		"Description": orNil(s.Current.Summary), "ChangeSetId": orNil(s.ChangeSet),
		"RoleARN": orNil(s.Current.Role),
	}, "Description", "ChangeSetId", "RoleARN")
}

// summary returns a stack as ListStacks shows it.
func (s *stack) summary() model.Object {
	out := model.Object{
		"StackId": s.ID, "StackName": s.Name, "CreationTime": written(s.Created),
		"StackStatus": s.Status, "DriftInformation": model.Object{"StackDriftStatus": "NOT_CHECKED"},
	}
	if !s.Updated.IsZero() {
		out["LastUpdatedTime"] = written(s.Updated)
	}
	if !s.Deleted.IsZero() {
		out["DeletionTime"] = written(s.Deleted)
	}
	return out.Take(model.Object{
		"StackStatusReason": orNil(s.Reason), "TemplateDescription": orNil(s.Current.Summary),
	}, "StackStatusReason", "TemplateDescription")
}

func listStacks(c *call) (model.Object, error) {
	all := c.all()
	for _, gone := range slices.Backward(c.world().Gone) {
		all = append(all, gone)
	}
	if filter := c.in.Texts("StackStatusFilter"); len(filter) > 0 {
		all = slices.DeleteFunc(all, func(s *stack) bool { return !slices.Contains(filter, s.Status) })
	}
	page, next, err := paged(c, all, 100)
	if err != nil {
		return nil, err
	}
	summaries := make([]any, 0, len(page))
	for _, one := range page {
		summaries = append(summaries, one.summary())
	}
	return withNext(model.Object{"StackSummaries": summaries}, next), nil
}

func describeStackEvents(c *call) (model.Object, error) {
	one := c.find(c.in.Text("StackName"))
	if one == nil {
		return nil, noStackInBrackets(c.in.Text("StackName"))
	}
	latest := slices.Clone(one.Events)
	slices.Reverse(latest)
	page, next, err := paged(c, latest, 100)
	if err != nil {
		return nil, err
	}
	events := make([]any, 0, len(page))
	for _, e := range page {
		events = append(events, e.shown(one))
	}
	return withNext(model.Object{"StackEvents": events}, next), nil
}

func (e event) shown(of *stack) model.Object {
	return model.Object{
		"StackId": of.ID, "StackName": of.Name, "EventId": e.ID, "LogicalResourceId": e.LogicalID,
		"PhysicalResourceId": e.PhysicalID, "ResourceType": e.Type, "Timestamp": written(e.At),
		"ResourceStatus": e.Status,
	}.Take(model.Object{
		"ResourceStatusReason": orNil(e.Reason), "ResourceProperties": orNil(e.Properties),
		"ClientRequestToken": orNil(e.Token),
	}, "ResourceStatusReason", "ResourceProperties", "ClientRequestToken")
}

// describeEvents tells why a change set failed, or what became of a stack.
func describeEvents(c *call) (model.Object, error) {
	if c.in.Text("ChangeSetName") != "" {
		one, set, err := c.changeSet()
		if err != nil {
			return nil, err
		}
		return model.Object{"OperationEvents": set.faultEvents(one)}, nil
	}
	one := c.find(c.in.Text("StackName"))
	if one == nil {
		return nil, noStackInBrackets(c.in.Text("StackName"))
	}
	onlyFailed := c.in.Object("Filters").Bool("FailedEvents")
	var events []any
	for _, e := range slices.Backward(one.Events) {
		if onlyFailed && !isFailure(e.Status) {
			continue
		}
		shown := e.shown(one)
		delete(shown, "StackName")
		shown["EventType"] = "STACK_EVENT"
		events = append(events, shown)
	}
	page, next, err := paged(c, events, 100)
	if err != nil {
		return nil, err
	}
	return withNext(model.Object{"OperationEvents": append([]any{}, page...)}, next), nil
}

func isFailure(status string) bool {
	switch status {
	case "CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED":
		return true
	}
	return false
}

// faultEvents returns what is wrong with the template of a change set.
func (s *changeSet) faultEvents(of *stack) []any {
	all := []any{}
	for i, fault := range s.Faults {
		all = append(all, model.Object{
			"EventId": s.ID + "/" + strconv.Itoa(i), "StackId": of.ID, "EventType": "VALIDATION_ERROR",
			"OperationType": "CREATE_CHANGESET", "OperationStatus": "FAILED",
			"Timestamp": written(s.Created), "ValidationName": "TEMPLATE",
			"ValidationStatus": "FAILED", "ValidationFailureMode": "FAIL",
			"ValidationStatusReason": fault.Reason,
			"ValidationPath":         "/Resources/" + fault.Resource,
			"LogicalResourceId":      fault.Resource,
		})
	}
	return all
}
