package runner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"

	"portico/local/cloudformation"
	"portico/local/cloudformation/physical"
	"portico/local/control"
	stacks "portico/local/control/cloudformation"
	"portico/local/control/s3"
	"portico/local/control/ssm"
)

// stackOwner owns what the stacks of the management API of CloudFormation describe.
const stackOwner = "cloudformation"

// maxTemplate is one byte more than the largest template that is fetched.
const maxTemplate = 1_000_001

// stackHost evaluates and serves the stacks that were deployed through the management API, with the
// code that reads a template at a start.
type stackHost struct {
	runner *Runner

	serving sync.Mutex // held by Deploy; guards stores
	stores  map[string]stored

	mu        sync.Mutex // guards what follows
	assembly  *cloudformation.Assembly
	described []stacks.Described
}

var _ stacks.Host = (*stackHost)(nil)

// Parse reads a template.
func (h *stackHost) Parse(body string) (map[string]any, error) { return ParseTemplate(body) }

// Fetch reads a template from the runner's own S3: from a URL of AWS's or of this machine.
func (h *stackHost) Fetch(address string) (string, error) {
	parsed, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("TemplateURL must be a supported URL: %s", address)
	}
	objects, ok := control.Opened[*s3.Service](h.runner.managed.door)
	if !ok {
		return "", errors.New("there is no S3 here to read a TemplateURL from")
	}
	bucket, key := s3.Addressed(parsed)
	path, ok := objects.Object(bucket, key)
	if !ok {
		return "", fmt.Errorf("S3 error: The specified key does not exist: nothing was put to s3://%s/%s",
			bucket, key)
	}
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("S3 error: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxTemplate))
	return string(text), err
}

// Parameter returns a parameter of the runner's own Parameter Store, or of the settings.
func (h *stackHost) Parameter(region, name string) (string, bool) {
	if parameters, ok := control.Opened[*ssm.Service](h.runner.managed.door); ok {
		return parameters.Value(region, name)
	}
	return "", false
}

// Evaluate says what stacks consist of.
func (h *stackHost) Evaluate(all []stacks.Template) ([]stacks.Evaluated, error) {
	assembly, remove, err := h.load(all)
	if err != nil {
		return nil, faultsOf(err)
	}
	remove()
	made := make([]stacks.Evaluated, 0, len(all))
	for _, t := range all {
		at := slices.IndexFunc(assembly.Stacks, func(s *cloudformation.Stack) bool {
			return s.Name == t.Name && s.Region == t.Region
		})
		made = append(made, h.evaluated(assembly.Stacks[at]))
	}
	return made, nil
}

// evaluated returns a stack as the management API keeps it.
func (h *stackHost) evaluated(s *cloudformation.Stack) stacks.Evaluated {
	account := h.runner.App().account()
	made := stacks.Evaluated{
		ID:      physical.StackID(account.Partition, s.Account, s.Region, s.Name),
		Imports: slices.Sorted(slices.Values(s.Imports)),
	}
	for _, r := range s.Resources {
		one := stacks.Resource{
			LogicalID: r.LogicalID, PhysicalID: r.PhysicalID, Type: r.Type,
			Properties: make(map[string]string, len(r.Properties)),
		}
		for name, value := range r.Properties {
			one.Properties[name] = asJSON(value)
		}
		if len(r.Metadata) > 0 {
			one.Metadata = asJSON(r.Metadata)
		}
		made.Resources = append(made.Resources, one)
	}
	for key, o := range s.Outputs {
		made.Outputs = append(made.Outputs, stacks.Output{
			Key: key, Value: fmt.Sprint(o.Value), Export: o.Export, Description: o.Description,
		})
	}
	slices.SortFunc(made.Outputs, func(a, b stacks.Output) int { return strings.Compare(a.Key, b.Key) })
	return made
}

// asJSON prints a value of a template.
func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil { // a template's values are those of JSON
		return "null"
	}
	return string(text)
}

// Described returns the stacks of the template that is served.
func (h *stackHost) Described() []stacks.Described {
	assembly := h.runner.App().Assembly
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.assembly == assembly {
		return h.described
	}
	h.assembly, h.described = assembly, nil
	for _, s := range assembly.Stacks {
		body, err := os.ReadFile(s.File)
		if err != nil {
			body = nil // it was moved since it was read
		}
		h.described = append(h.described, stacks.Described{
			Template:  stacks.Template{Name: s.Name, Region: s.Region, Body: string(body)},
			Evaluated: h.evaluated(s),
		})
	}
	return h.described
}

// Deploy serves stacks in the place of those that were served before.
func (h *stackHost) Deploy(ctx context.Context, all []stacks.Template) error {
	h.serving.Lock()
	defer h.serving.Unlock()
	plan, err := h.plan(ctx, all)
	if err != nil {
		return faultsOf(err)
	}
	if err := h.runner.Put(ctx, stackOwner, plan.application); err != nil {
		return faultsOf(err)
	}
	h.runner.managed.deployed.Store(plan.assembly)
	if err := h.provide(plan.stores); err != nil {
		return err
	}
	return h.sweep(plan.code)
}

// resources returns the resources of the template and of the stacks that were deployed.
func (r *Runner) resources(types ...string) []*cloudformation.Resource {
	all := r.App().Assembly.ByType(types...)
	if deployed := r.managed.deployed.Load(); deployed != nil {
		all = append(all, deployed.ByType(types...)...)
	}
	return all
}
