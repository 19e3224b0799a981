package lambda

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"portico/local/lambda/interpreter"
	"portico/local/lambda/process"
)

// program is what is started for an environment: the interpreter of a managed runtime, else the
// bootstrap of the code, else that of a layer. Its path is set even beside an error.
func (f *fleet) program() (process.Command, error) {
	fn := f.function
	if interpreter.IsManaged(fn.Runtime) {
		found, err := f.service.finder.Find(context.Background(), fn.Runtime)
		if err != nil {
			return process.Command{}, err
		}
		return fn.wrapped(process.Command{Path: found.Path, Args: found.Args})
	}
	own := filepath.Join(fn.dir, "bootstrap")
	for _, folder := range append([]string{fn.dir}, fn.layersLastFirst()...) {
		path := filepath.Join(folder, "bootstrap")
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return process.Command{Path: path}, nil
		}
	}
	//lint:ignore ST1005 these are AWS's words, which end up in its error document
	return process.Command{Path: own}, errors.New("Couldn't find valid bootstrap(s): " +
		"[/var/task/bootstrap /opt/bootstrap]")
}

// wrapped hands a runtime to the script that AWS_LAMBDA_EXEC_WRAPPER names, if it names one
// (Modifying the runtime environment). OS-only runtimes have none.
func (fn *function) wrapped(runtime process.Command) (process.Command, error) {
	const variable = "AWS_LAMBDA_EXEC_WRAPPER"
	name := fn.Environment[variable]
	if name == "" {
		return runtime, nil
	}
	candidates := []string{name}
	if below, ok := strings.CutPrefix(name, "/var/task/"); ok {
		candidates = []string{filepath.Join(fn.dir, below)}
	} else if below, ok := strings.CutPrefix(name, "/opt/"); ok {
		candidates = nil
		for _, layer := range fn.layersLastFirst() {
			candidates = append(candidates, filepath.Join(layer, below))
		}
	}
	for _, path := range candidates {
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return process.Command{Path: path, Args: append([]string{runtime.Path}, runtime.Args...)}, nil
		}
	}
	return process.Command{Path: name}, fmt.Errorf("%s: %s does not exist", variable, name)
}

// layersLastFirst returns the folders of the layers in the order in which a file is looked for.
func (fn *Function) layersLastFirst() []string {
	folders := slices.Clone(fn.Layers)
	slices.Reverse(folders)
	return folders
}

// searched are the variables by which programs find what layers bring, with AWS's folders below
// /opt (Working with layers).
//
// Unlike AWS: layers are not unpacked into one /opt, but each stands in these variables.
func (fn *function) searched(path string) map[string]string {
	set := map[string]string{"PATH": path}
	if len(fn.Layers) == 0 {
		return set
	}
	below := func(folders ...string) []string {
		var all []string
		for _, layer := range fn.layersLastFirst() {
			for _, folder := range folders {
				all = append(all, filepath.Join(layer, folder))
			}
		}
		return all
	}
	join := func(name string, folders ...string) {
		set[name] = strings.Join(folders, string(filepath.ListSeparator))
	}
	join("PATH", append([]string{path}, below("bin")...)...)
	join("LD_LIBRARY_PATH", append([]string{fn.dir, filepath.Join(fn.dir, "lib")}, below("lib")...)...)
	version := strings.TrimSuffix(strings.TrimPrefix(fn.Runtime, "nodejs"), ".x")
	join("NODE_PATH", below("nodejs/node"+version+"/node_modules", "nodejs/node_modules")...)
	join("PYTHONPATH", below("python", "python/lib/"+fn.Runtime+"/site-packages")...)
	return set
}
