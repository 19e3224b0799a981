package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"portico/local/cloudformation"
	"portico/local/cloudformation/coverage"
	"portico/local/control"
	stacks "portico/local/control/cloudformation"
	"portico/local/control/ssm"
	"portico/local/lambda"
	"portico/local/lambda/build"
	"portico/local/provision"
)

// load evaluates stacks as if they were the assembly of an app, those of each region together. The
// files of their templates are there until remove is called.
func (h *stackHost) load(
	all []stacks.Template,
) (assembly *cloudformation.Assembly, remove func(), err error) {
	dir, err := os.MkdirTemp("", "portico-stacks-*")
	if err != nil {
		return nil, nil, fmt.Errorf("writing the templates of stacks: %w", err)
	}
	remove = func() { _ = os.RemoveAll(dir) } // what is left in the folder for temporary files
	assembly = &cloudformation.Assembly{Dir: dir}
	var regions []string
	for _, t := range all {
		if !slices.Contains(regions, t.Region) {
			regions = append(regions, t.Region)
		}
	}
	var wrong cloudformation.Errors
	for _, region := range regions {
		part, err := h.loadRegion(filepath.Join(dir, region), region, all)
		var faults cloudformation.Errors
		switch {
		case errors.As(err, &faults):
			wrong = append(wrong, faults...)
		case err != nil:
			remove()
			return nil, nil, err
		default:
			assembly.Stacks = append(assembly.Stacks, part.Stacks...)
		}
	}
	if len(wrong) > 0 {
		remove()
		return nil, nil, wrong
	}
	return assembly, remove, nil
}

// loadRegion evaluates the stacks of one region: one may import what any other exports.
func (h *stackHost) loadRegion(
	dir, region string, all []stacks.Template,
) (*cloudformation.Assembly, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	account := h.runner.App().account()
	artifacts, parameters := map[string]any{}, map[string]string{}
	for i, t := range all {
		if t.Region != region {
			continue
		}
		file := t.Name + ".template"
		if err := os.WriteFile(filepath.Join(dir, file), []byte(t.Body), 0o600); err != nil {
			return nil, err
		}
		artifacts[fmt.Sprintf("%06d", i)] = map[string]any{
			"type": "aws:cloudformation:stack", "environment": "aws://" + account.ID + "/" + region,
			"properties": map[string]any{"templateFile": file, "stackName": t.Name},
		}
		for name, value := range t.Parameters {
			parameters[t.Name+":"+name] = value
		}
	}
	manifest, err := json.Marshal(map[string]any{"artifacts": artifacts})
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "manifest.json"), manifest, 0o600); err != nil {
		return nil, err
	}
	return cloudformation.Load(dir, cloudformation.Options{
		Account: account.ID, Region: region, Partition: account.Partition, Parameters: parameters,
		SSM: h.parameters(region), Deployed: true, Version: h.numbers().Of,
	})
}

func (h *stackHost) numbers() *lambda.Numbers {
	return lambda.ReadNumbers(inDir(h.runner.options.State, publishedFolder))
}

// parameters returns what templates can read of Parameter Store.
func (h *stackHost) parameters(region string) map[string]string {
	store, ok := control.Opened[*ssm.Service](h.runner.managed.door)
	if !ok {
		return h.runner.App().Settings.SSM
	}
	return store.Values(region)
}

// plan is what stacks come to, before anything is served.
type plan struct {
	assembly    *cloudformation.Assembly
	application provision.Application
	stores      map[string]stored
	code        map[string]bool // the folders of unpacked code that are used
}

// plan reads stacks as an app is read: what is not honoured, what cannot be built and what cannot be
// deleted is refused.
func (h *stackHost) plan(ctx context.Context, all []stacks.Template) (*plan, error) {
	if len(all) == 0 {
		return &plan{}, h.checkStores(nil)
	}
	assembly, remove, err := h.load(all)
	if err != nil {
		return nil, err
	}
	defer remove()
	made := &plan{assembly: assembly, code: map[string]bool{}, stores: h.storesOf(assembly, all)}
	if err := h.checkStores(made.stores); err != nil {
		return nil, err
	}
	findings := coverage.Only(coverage.Check(assembly, provision.Coverage()), coverage.NotHonoured)
	if len(findings) > 0 && !h.runner.options.Lenient {
		return nil, &NotHonouredError{Findings: findings}
	}
	if err := h.placeCode(assembly, made.code); err != nil {
		return nil, err
	}
	o, numbers := h.runner.options, h.numbers()
	application, err := provision.Read(assembly, provision.Options{
		Root: o.Dir, Documents: h.documents(assembly), Published: numbers.Published,
		Deployed: newDeployments(o.State, nil).has,
	})
	if err := errors.Join(numbers.Err(), err); err != nil {
		return nil, err
	}
	findings = coverage.Only(application.Findings, coverage.NotHonoured)
	if len(findings) > 0 && !o.Lenient {
		return nil, &NotHonouredError{Findings: findings}
	}
	if err := checkTruststores(application.Domains, o.Clock.Now(), o.Log); err != nil {
		return nil, err
	}
	made.application = *application
	return made, h.build(ctx, application.Lambda.Functions)
}

// build compiles the functions that have a source folder, so that one that does not compile keeps
// its stack from being served. The programs are found again when they are deployed.
func (h *stackHost) build(ctx context.Context, functions []lambda.Function) error {
	builder := build.New(build.Options{StateDir: inDir(h.runner.options.State, "functions")})
	var mu sync.Mutex // guards faults
	var faults stacks.Faults
	var building sync.WaitGroup
	for _, f := range functions {
		if f.Code.Source == "" {
			continue
		}
		building.Go(func() {
			if _, err := builder.Build(ctx, f.Code.Source); err != nil {
				mu.Lock()
				defer mu.Unlock()
				faults = append(faults, stacks.Fault{Stack: f.Stack, Resource: f.LogicalID, Reason: err.Error()})
			}
		})
	}
	building.Wait()
	if faults == nil {
		return nil
	}
	return faults
}

// faultsOf says which resources of which stacks an error is about, where it says so.
func faultsOf(err error) error {
	var faults stacks.Faults
	if errors.As(err, &faults) {
		return faults
	}
	found := gatherFaults(err)
	if found == nil {
		return err
	}
	return found
}

func gatherFaults(err error) stacks.Faults {
	switch err := err.(type) {
	case *cloudformation.Error:
		reason := err.Message
		if err.Path != "" {
			reason = err.Path + ": " + reason
		}
		if err.Line > 0 {
			reason += fmt.Sprintf(" (line %d, column %d)", err.Line, err.Column)
		}
		return stacks.Faults{{Stack: err.Stack, Resource: err.Resource, Reason: reason}}
	case *provision.Problem:
		return stacks.Faults{{Stack: err.Stack, Resource: err.LogicalID, Reason: err.Error()}}
	case *NotHonouredError:
		var all stacks.Faults
		for _, f := range err.Findings {
			all = append(all, stacks.Fault{Stack: f.Stack, Resource: f.Resource, Reason: describe(f) +
				"; it is not honoured here"})
		}
		return all
	case interface{ Unwrap() []error }:
		var all stacks.Faults
		for _, one := range err.Unwrap() {
			all = append(all, gatherFaults(one)...)
		}
		return all
	case interface{ Unwrap() error }:
		return gatherFaults(err.Unwrap())
	}
	return nil
}
