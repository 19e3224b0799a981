package cloudformation

import (
	"os"
	"path/filepath"
)

// Options say where the stacks are thought to be, and what they are given.
type Options struct {
	Account    string            // used where the assembly names none; 123456789012 when empty
	Region     string            // used where the assembly names none; us-east-1 when empty
	Partition  string            // aws when empty
	Parameters map[string]string // by "Name" for every stack, or by "Stack:Name" for one
	SSM        map[string]string // parameters of AWS Systems Manager, by name
	// Version numbers what a resource publishes, AWS::Lambda::Version, by the unqualified ARN of the
	// function and by "stack/logical id"; always 1 when nil.
	Version func(functionARN, origin string) string
	// Deployed says that the stacks are there already: one may import from any other, not only from
	// those before it.
	Deployed bool
}

// Assembly is everything that one deployment would create.
type Assembly struct {
	Dir    string   // the folder of cdk.out, or of the template
	Stacks []*Stack // in deployment order
}

// Stack is one template with every function evaluated.
type Stack struct {
	Name, Account, Region string
	File                  string      // the template, as a path on this machine
	Resources             []*Resource // by logical id; those whose condition is false are absent
	Outputs               map[string]Output
	Assets                map[string]Asset // by the id that object keys begin with
	Imports               []string         // the exports of other stacks that it uses
}

// Output is a value that a stack shows, and exports when Export is not empty.
type Output struct {
	Value               any
	Export, Description string
}

// Asset is a file or folder that a deployment would upload.
type Asset struct {
	ID        string
	Path      string // absolute
	Packaging string // "zip" for a folder, "file" for a file
}

// Resource is one resource of a stack, with every function in it evaluated.
type Resource struct {
	Stack      *Stack
	LogicalID  string
	Type       string
	Path       string // aws:cdk:path, empty for a template that CDK did not write
	PhysicalID string // what Ref returns
	// Properties hold map[string]any, []any, string, json.Number and bool only.
	Properties map[string]any
	Metadata   map[string]any
	DependsOn  []string // logical ids, as the template orders them

	attributes func(name string) (any, error)
}

// ByType returns the resources of the given types, in the order of stacks and logical ids.
func (a *Assembly) ByType(types ...string) []*Resource {
	wanted := make(map[string]bool, len(types))
	for _, t := range types {
		wanted[t] = true
	}
	var found []*Resource
	for _, s := range a.Stacks {
		for _, r := range s.Resources {
			if wanted[r.Type] {
				found = append(found, r)
			}
		}
	}
	return found
}

// Resource returns one resource by the name of its stack and its logical id.
func (a *Assembly) Resource(stack, logicalID string) (*Resource, bool) {
	for _, s := range a.Stacks {
		if s.Name != stack {
			continue
		}
		for _, r := range s.Resources {
			if r.LogicalID == logicalID {
				return r, true
			}
		}
	}
	return nil, false
}

// Attribute returns what Fn::GetAtt of r answers: an ARN as a string, a list of names.
func (r *Resource) Attribute(name string) (any, error) { return r.attributes(name) }

// Asset returns the folder or file that holds the code of a function or the content of a layer.
func (r *Resource) Asset() (dir string, ok bool) {
	for _, property := range []string{"Code", "Content"} {
		switch code := r.Properties[property].(type) {
		case map[string]any:
			key, _ := code["S3Key"].(string)
			if asset, found := r.Stack.assetOf(key); found {
				return asset.Path, true
			}
		case string:
			if path, found := r.beside(code); found {
				return path, true
			}
		}
	}
	path, _ := r.Metadata["aws:asset:path"].(string)
	return r.beside(path)
}

// assetOf finds the asset that is uploaded as key, "hash.zip" or "prefix/hash.zip".
func (s *Stack) assetOf(key string) (Asset, bool) {
	id := keyID(key)
	asset, ok := s.Assets[id]
	return asset, ok && id != ""
}

// beside resolves a path that is written relative to the template's folder.
func (r *Resource) beside(path string) (string, bool) {
	if path == "" {
		return "", false
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(r.Stack.File), path)
	}
	if _, err := os.Stat(path); err != nil {
		return "", false
	}
	return path, true
}
