package lambda

import (
	"context"
	"errors"
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
		return process.Command{Path: found.Path, Args: found.Args}, nil
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
