package cloudformation

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const manifestName = "manifest.json"

// manifest is manifest.json of a cloud assembly, as far as it is needed.
type manifest struct {
	Artifacts map[string]artifact `json:"artifacts"`
	Missing   []struct {
		Key      string `json:"key"`
		Provider string `json:"provider"`
	} `json:"missing"`
}

type artifact struct {
	Type         string                `json:"type"`
	Environment  string                `json:"environment"`
	Dependencies []string              `json:"dependencies"`
	Metadata     map[string][]metadata `json:"metadata"` // by construct path
	MetadataFile string                `json:"additionalMetadataFile"`
	Properties   struct {
		TemplateFile  string            `json:"templateFile"`
		StackName     string            `json:"stackName"`
		Parameters    map[string]string `json:"parameters"`
		File          string            `json:"file"`          // of an asset manifest
		DirectoryName string            `json:"directoryName"` // of a nested assembly
	} `json:"properties"`
}

type metadata struct {
	Type string `json:"type"`
	Data any    `json:"data"`
}

// assetManifest is `<stack>.assets.json`.
type assetManifest struct {
	Files map[string]struct {
		Source struct {
			Path      string `json:"path"`
			Packaging string `json:"packaging"`
		} `json:"source"`
		Destinations map[string]struct {
			ObjectKey string `json:"objectKey"`
		} `json:"destinations"`
	} `json:"files"`
}

// readManifest returns the stacks of an assembly and of those nested in it, in deployment order.
func readManifest(path string) ([]source, error) {
	var m manifest
	if err := readJSON(path, &m); err != nil {
		return nil, err
	}
	if len(m.Missing) > 0 {
		return nil, fmt.Errorf("%s is incomplete: %d lookups were never made, the first is %s (%s); "+
			"run cdk synth where it can reach AWS, or write the values into the app",
			path, len(m.Missing), m.Missing[0].Key, m.Missing[0].Provider)
	}
	w := &manifestWalk{dir: filepath.Dir(path), artifacts: m.Artifacts, done: map[string]bool{}}
	for _, id := range slices.Sorted(maps.Keys(m.Artifacts)) {
		if err := w.visit(id); err != nil {
			return nil, err
		}
	}
	if len(w.sources) == 0 {
		return nil, fmt.Errorf("%s names no stack", path)
	}
	return w.sources, nil
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("reading the assembly: %w", err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

// manifestWalk visits artifacts, what one depends on before itself.
type manifestWalk struct {
	dir       string
	artifacts map[string]artifact
	done      map[string]bool // false while its dependencies are visited
	sources   []source
}

func (w *manifestWalk) visit(id string) error {
	a, exists := w.artifacts[id]
	finished, begun := w.done[id]
	switch {
	case !exists || finished:
		return nil
	case begun:
		return fmt.Errorf("%s: the artifact %s depends on itself",
			filepath.Join(w.dir, manifestName), id)
	}
	w.done[id] = false
	for _, dependency := range slices.Sorted(slices.Values(a.Dependencies)) {
		if err := w.visit(dependency); err != nil {
			return err
		}
	}
	w.done[id] = true
	switch a.Type {
	case "aws:cloudformation:stack":
		s, err := w.stack(id, a)
		w.sources = append(w.sources, s)
		return err
	case "cdk:cloud-assembly":
		nested, err := readManifest(
			filepath.Join(w.dir, a.Properties.DirectoryName, manifestName))
		w.sources = append(w.sources, nested...)
		return err
	}
	return nil
}

func (w *manifestWalk) stack(id string, a artifact) (source, error) {
	s := source{
		name: id, file: filepath.Join(w.dir, a.Properties.TemplateFile),
		parameters: a.Properties.Parameters,
	}
	if a.Properties.StackName != "" {
		s.name = a.Properties.StackName
	}
	account, region, _ := strings.Cut(strings.TrimPrefix(a.Environment, "aws://"), "/")
	if account != "unknown-account" {
		s.account = account
	}
	if region != "unknown-region" {
		s.region = region
	}
	if err := w.addMetadata(&s, a); err != nil {
		return s, err
	}
	s.assets = make(map[string]Asset)
	for _, dependency := range a.Dependencies {
		file := w.artifacts[dependency].Properties.File
		if w.artifacts[dependency].Type == "cdk:asset-manifest" && file != "" {
			if err := w.addAssets(s.assets, filepath.Join(w.dir, file)); err != nil {
				return s, err
			}
		}
	}
	return s, nil
}

// addMetadata takes the construct path of every resource, and refuses what cdk would not deploy.
func (w *manifestWalk) addMetadata(s *source, a artifact) error {
	all := a.Metadata
	if a.MetadataFile != "" {
		var more map[string][]metadata
		if err := readJSON(filepath.Join(w.dir, a.MetadataFile), &more); err != nil {
			return err
		}
		all = maps.Clone(all)
		if all == nil {
			all = make(map[string][]metadata, len(more))
		}
		maps.Copy(all, more)
	}
	s.paths = make(map[string]string)
	var refused []error
	for _, path := range slices.Sorted(maps.Keys(all)) {
		for _, m := range all[path] {
			text, _ := m.Data.(string)
			switch m.Type {
			case "aws:cdk:logicalId":
				s.paths[text] = strings.TrimPrefix(path, "/")
			case "aws:cdk:error":
				refused = append(refused, fmt.Errorf("%s: %s: %s", s.name, path, text))
			}
		}
	}
	return errors.Join(refused...)
}

func (w *manifestWalk) addAssets(assets map[string]Asset, path string) error {
	var m assetManifest
	if err := readJSON(path, &m); err != nil {
		return err
	}
	for id, file := range m.Files {
		if file.Source.Path == "" { // made by a command at deployment
			continue
		}
		at := file.Source.Path
		if !filepath.IsAbs(at) {
			at = filepath.Join(filepath.Dir(path), at)
		}
		asset := Asset{ID: id, Path: at, Packaging: file.Source.Packaging}
		assets[id] = asset
		for _, d := range file.Destinations { // the key differs from the id when a prefix is set
			assets[keyID(d.ObjectKey)] = asset
		}
	}
	return nil
}

// keyID returns the id that an object key begins with: "prefix/hash.zip" → "hash".
func keyID(key string) string {
	base := key[strings.LastIndexByte(key, '/')+1:]
	id, _, _ := strings.Cut(base, ".")
	return id
}
