package cloudformation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// operation is a change of one stack on its way.
type operation struct {
	service      *Service
	region, name string
	token        string   // ClientRequestToken
	kind         string   // CREATE or UPDATE
	was          document // the template of the stack so far
	wanted       wanted
	changeSet    string // the id of the change set that is executed, "" for none
	keepFailed   bool   // no rollback: DisableRollback, OnFailure DO_NOTHING
	deleteFailed bool   // OnFailure DELETE
}

// begin gives the stack its new status and goes to work; the call waits a little for its end.
func (o operation) begin(c *call, change func(w *world) (*stack, error)) (id string, err error) {
	err = c.write(func(w *world) error {
		one, err := change(w)
		if err != nil {
			return err
		}
		id = one.ID
		one.turn(c.now, o.kind+"_IN_PROGRESS", "User Initiated", o.token)
		return nil
	})
	if err != nil {
		return "", err
	}
	c.await(o.service.run(o.work))
	return id, nil
}

// work evaluates all stacks with the one that changes, serves them, and says how it went.
func (o operation) work(ctx context.Context) {
	s := o.service
	s.serving.Lock()
	defer s.serving.Unlock()
	made, err := o.serve(ctx)
	if err != nil && ctx.Err() != nil {
		return // the runner ends, and says so when it starts again
	}
	now := s.options.Clock.Now()
	finish := func(w *world) error {
		one := w.Stacks[o.name]
		if one == nil {
			return fmt.Errorf("stack %s is gone", o.name)
		}
		if err != nil {
			o.fail(w, one, now, err)
			return nil
		}
		o.succeed(one, now, made)
		return nil
	}
	if kept := s.store.Write(o.region, finish, nil); kept != nil && err == nil {
		// What could not be kept must not be served: all goes back to what was.
		_ = s.options.Host.Deploy(ctx, templatesOf(s.served()))
		err = kept
		_ = s.store.Write(o.region, finish, nil)
	}
}

// serve serves all stacks with the one that changes.
func (o operation) serve(ctx context.Context) (Evaluated, error) {
	s := o.service
	all, is, err := s.together(o.region, o.name, o.wanted)
	if err != nil {
		return Evaluated{}, err
	}
	if err := s.checkExports(o.region, o.name, is.Outputs); err != nil {
		return Evaluated{}, err
	}
	if err := s.checkPolicy(o, is); err != nil {
		return Evaluated{}, err
	}
	return is, s.options.Host.Deploy(ctx, all)
}

// together evaluates all stacks that are served with one as it is wanted, and returns them all and
// what that one consists of.
func (s *Service) together(region, name string, w wanted) ([]Template, Evaluated, error) {
	one := w.template(name, region)
	all := templatesOf(among(s.served(), one, s.options.Clock.Now()))
	evaluated, err := s.options.Host.Evaluate(all)
	if err != nil {
		return nil, Evaluated{}, err
	}
	for i, t := range all {
		if t.Name == name && t.Region == region {
			return all, evaluated[i], nil
		}
	}
	return nil, Evaluated{}, fmt.Errorf("stack %s was not evaluated", name)
}

// succeed writes what became of every resource, in AWS's order: what is new or changed as the
// resources depend on each other, then what is gone.
func (o operation) succeed(one *stack, now time.Time, made Evaluated) {
	changes := map[string]change{}
	all := changesOf(one.plainResources(), made.Resources, o.was, o.wanted.document)
	for _, ch := range all {
		changes[ch.resource().LogicalID] = ch
	}
	for _, r := range inOrder(made.Resources, o.wanted.document) {
		ch, changed := changes[r.LogicalID]
		if !changed {
			continue
		}
		o.realize(one, ch, now)
	}
	if o.kind == "UPDATE" {
		one.turn(now, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "", o.token)
	}
	for _, ch := range slices.Backward(all) {
		if ch.Action == "Remove" {
			one.remove(ch.Before, o.was, now, o.token)
		}
	}
	one.Current, one.Served = o.wanted.revision, true
	one.Outputs, one.Imports = made.Outputs, made.Imports
	if o.kind == "UPDATE" {
		one.Updated = now
	}
	o.executed(one, "EXECUTE_COMPLETE")
	one.turn(now, o.kind+"_COMPLETE", "", o.token)
}

// realize tells of one resource that is new or changed.
func (o operation) realize(one *stack, ch change, now time.Time) {
	if ch.Action == "Add" {
		one.about(ch.After, now, "CREATE_IN_PROGRESS", "", o.token)
		one.about(ch.After, now, "CREATE_IN_PROGRESS", "Resource creation Initiated", o.token)
		one.about(ch.After, now, "CREATE_COMPLETE", "", o.token)
		one.put(ch.After, "CREATE_COMPLETE", "", now)
		return
	}
	reason := ""
	if ch.Replacement == "True" {
		reason = "Requested update requires the creation of a new physical resource; hence creating one."
	}
	one.about(ch.After, now, "UPDATE_IN_PROGRESS", reason, o.token)
	one.about(ch.After, now, "UPDATE_COMPLETE", "", o.token)
	one.put(ch.After, "UPDATE_COMPLETE", "", now)
}

// remove tells of one resource that goes.
func (s *stack) remove(r Resource, d document, now time.Time, token string) {
	s.drop(r.LogicalID)
	if policy := d.attribute(r.LogicalID, "DeletionPolicy"); policy == "Retain" {
		s.about(r, now, "DELETE_SKIPPED", "", token)
		return
	}
	s.about(r, now, "DELETE_IN_PROGRESS", "", token)
	s.about(r, now, "DELETE_COMPLETE", "", token)
}

// fail writes why nothing came of it, resource by resource, and rolls the stack back. There is
// nothing to undo: a stack that cannot be served whole is not served at all.
func (o operation) fail(w *world, one *stack, now time.Time, err error) {
	reason, failed := o.blame(one, now, err)
	o.executed(one, "EXECUTE_FAILED")
	switch {
	case o.keepFailed:
		one.turn(now, o.kind+"_FAILED", reason, o.token)
		return
	case o.kind == "UPDATE":
		one.turn(now, "UPDATE_ROLLBACK_IN_PROGRESS", reason, o.token)
		one.turn(now, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", "", o.token)
		one.turn(now, "UPDATE_ROLLBACK_COMPLETE", "", o.token)
		return
	case o.deleteFailed:
		one.turn(now, "DELETE_IN_PROGRESS", reason, o.token)
	default:
		one.turn(now, "ROLLBACK_IN_PROGRESS", reason+". Rollback requested by user.", o.token)
	}
	for _, r := range failed {
		one.remove(r, nil, now, o.token)
		if !o.deleteFailed {
			one.put(r, "DELETE_COMPLETE", "", now)
		}
	}
	if o.deleteFailed {
		one.turn(now, "DELETE_COMPLETE", "", o.token)
		one.Deleted = now
		w.bury(one)
		return
	}
	one.turn(now, "ROLLBACK_COMPLETE", "", o.token)
}

// blame writes a failure into the events of the resources that it concerns.
func (o operation) blame(one *stack, now time.Time, err error) (reason string, failed []Resource) {
	var faults Faults
	if !errors.As(err, &faults) {
		return err.Error(), nil
	}
	reasons := map[string][]string{}
	var ids, others []string
	for _, fault := range faults {
		if fault.Stack != o.name || fault.Resource == "" {
			others = append(others, fault.Reason)
			continue
		}
		if reasons[fault.Resource] == nil {
			ids = append(ids, fault.Resource)
		}
		reasons[fault.Resource] = append(reasons[fault.Resource], fault.Reason)
	}
	verb := "create"
	if o.kind == "UPDATE" {
		verb = "update"
	}
	for _, id := range ids {
		r := o.resource(one, id)
		one.about(r, now, o.kind+"_IN_PROGRESS", "", o.token)
		one.about(r, now, o.kind+"_FAILED", strings.Join(reasons[id], "\n"), o.token)
		if o.kind == "CREATE" {
			one.put(r, "CREATE_FAILED", strings.Join(reasons[id], "\n"), now)
		}
		failed = append(failed, r)
	}
	if len(ids) > 0 {
		others = append([]string{fmt.Sprintf("The following resource(s) failed to %s: [%s]", verb,
			strings.Join(ids, ", "))}, others...)
	}
	return strings.Join(others, "\n"), failed
}

// resource returns a resource by its logical id, as far as it is known.
func (o operation) resource(one *stack, id string) Resource {
	for _, r := range one.Resources {
		if r.LogicalID == id {
			return r.Resource
		}
	}
	declared, _ := o.wanted.document.section("Resources")[id].(map[string]any)
	kind, _ := declared["Type"].(string)
	return Resource{LogicalID: id, Type: kind}
}

// executed says what became of the change set, and drops those that were made beside it.
func (o operation) executed(one *stack, status string) {
	for name, other := range one.ChangeSets {
		switch {
		case o.changeSet != "" && other.ID == o.changeSet:
			other.Execution = status
			one.ChangeSet = other.ID
		case status == "EXECUTE_COMPLETE":
			delete(one.ChangeSets, name)
		}
	}
}

// checkExports refuses a change or the loss of what other stacks import.
func (s *Service) checkExports(region, name string, now []Output) error {
	w := s.store.Read(region)
	one := w.Stacks[name]
	if one == nil || !one.Served {
		return nil
	}
	for _, before := range one.Outputs {
		if before.Export == "" {
			continue
		}
		at := slices.IndexFunc(now, func(o Output) bool { return o.Export == before.Export })
		what := "updated"
		switch {
		case at >= 0 && now[at].Value == before.Value:
			continue
		case at < 0:
			what = "deleted"
		}
		if users := w.importers(before.Export); len(users) > 0 {
			return Faults{{Stack: name, Reason: fmt.Sprintf("Export %s cannot be %s as it is in use by %s",
				before.Export, what, strings.Join(users, ", "))}}
		}
	}
	return nil
}

// importers returns the names of the stacks that import an export.
func (w *world) importers(export string) []string {
	var names []string
	for _, one := range w.Stacks {
		if one.Served && slices.Contains(one.Imports, export) {
			names = append(names, one.Name)
		}
	}
	slices.Sort(names)
	return names
}
