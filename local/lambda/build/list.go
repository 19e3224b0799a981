package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// listed is what go list says about one package.
type listed struct {
	Dir        string
	Name       string
	Standard   bool
	Module     *module
	GoFiles    []string
	SFiles     []string
	HFiles     []string
	SysoFiles  []string
	EmbedFiles []string
	// EmbedPatterns say that new files may become part of the package.
	EmbedPatterns []string
}

type module struct {
	Version string
	GoMod   string
	Replace *module
}

const listedFields = "-json=Dir,Name,Standard,Module,GoFiles,SFiles,HFiles,SysoFiles," +
	"EmbedFiles,EmbedPatterns"

// isFixed reports whether go.mod and go.sum already say everything about the package's content.
func (p *listed) isFixed() bool {
	switch {
	case p.Standard:
		return true
	case p.Module == nil:
		return false
	case p.Module.Replace != nil:
		return p.Module.Replace.Version != ""
	}
	return p.Module.Version != ""
}

// list asks the go command for the build graph and reads all of it that can change.
func (j *job) list(ctx context.Context) (*manifest, error) {
	arguments := append([]string{"list", "-deps", listedFields}, flags[2:]...)
	output, err := j.run(ctx, append(arguments, ".")...)
	if err != nil {
		return nil, err
	}
	files, folders := map[string]bool{}, map[string]bool{}
	decoder := json.NewDecoder(bytes.NewReader(output))
	for {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("building %s: reading go list's answer: %w", j.source, err)
		}
		if p.Dir == j.source && p.Name != "main" {
			return nil, fmt.Errorf("building %s: a function must be package main, this is package %s",
				j.source, p.Name)
		}
		if !p.isFixed() {
			p.collect(files, folders)
		}
	}
	work, err := j.workspace(ctx)
	if err != nil {
		return nil, err
	}
	for _, path := range work {
		files[path] = true
	}
	return j.read(files, folders)
}

// collect adds what a change of p can touch.
func (p *listed) collect(files, folders map[string]bool) {
	folders[p.Dir] = true
	for _, names := range [][]string{p.GoFiles, p.SFiles, p.HFiles, p.SysoFiles, p.EmbedFiles} {
		for _, name := range names {
			files[filepath.Join(p.Dir, name)] = true
		}
	}
	for _, name := range p.EmbedFiles {
		folders[filepath.Dir(filepath.Join(p.Dir, name))] = true
	}
	if p.Module == nil || p.Module.GoMod == "" {
		return
	}
	root := filepath.Dir(p.Module.GoMod)
	for _, name := range []string{"go.mod", "go.sum"} {
		if path := filepath.Join(root, name); exists(path) {
			files[path] = true
		}
	}
}

// workspace returns the files of a workspace, when the module is part of one, and the user's own
// settings of the go command.
func (j *job) workspace(ctx context.Context) ([]string, error) {
	output, err := j.run(ctx, "env", "-json", "GOWORK", "GOENV")
	if err != nil {
		return nil, err
	}
	var settings struct{ GOWORK, GOENV string }
	if err := json.Unmarshal(output, &settings); err != nil {
		return nil, fmt.Errorf("building %s: reading go env's answer: %w", j.source, err)
	}
	var paths []string
	for _, path := range []string{settings.GOWORK, settings.GOWORK + ".sum", settings.GOENV} {
		if filepath.IsAbs(path) && exists(path) {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func (j *job) read(files, folders map[string]bool) (*manifest, error) {
	m := &manifest{Toolchain: j.builder.toolchain()}
	for _, path := range slices.Sorted(maps.Keys(folders)) {
		f, err := readFolder(path)
		if err != nil {
			return nil, fmt.Errorf("building %s: reading folder %s: %w", j.source, path, err)
		}
		m.Folders = append(m.Folders, f)
	}
	for _, path := range slices.Sorted(maps.Keys(files)) {
		f, err := readFile(path)
		if err != nil {
			return nil, fmt.Errorf("building %s: reading %s: %w", j.source, path, err)
		}
		m.Files = append(m.Files, f)
	}
	m.seal()
	return m, nil
}
