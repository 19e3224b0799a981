package constructs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
)

// Sources knows the Go source of every function: where it lies, and a fingerprint of all that its
// build depends on. Fingerprints need no build, so a template is the same whether or not the
// functions were compiled for it.
type Sources struct {
	root     string
	packages func() (map[string]goPackage, error)
}

// NewSources reads the functions below a folder of the repository at root, once, when it is first
// asked for one.
func NewSources(root, folder string) *Sources {
	s := &Sources{root: root}
	s.packages = sync.OnceValues(func() (map[string]goPackage, error) {
		return listPackages(root, folder)
	})
	return s
}

// goPackage is what `go list` tells of a package.
type goPackage struct {
	ImportPath string
	Dir        string
	Standard   bool
	Module     *goModule
	GoFiles    []string
	SFiles     []string
	EmbedFiles []string
	Deps       []string
	// digest stands for the files of a package of this module.
	digest string
}

type goModule struct {
	Path    string
	Version string
	Main    bool
	Replace *goModule
	// GoVersion is the language version, which may change what the compiler makes of a file.
	GoVersion string
}

// Dir returns the folder of a source that is named relative to the repository.
func (s *Sources) Dir(source string) string {
	return filepath.Join(s.root, filepath.FromSlash(source))
}

// Fingerprint returns a hash over all that decides a function's binary: the recipe of the build,
// the files of this module it is built from, and the version of every other module it uses. A
// change to anything else leaves the function's deployed code alone.
func (s *Sources) Fingerprint(source string) (string, error) {
	packages, err := s.packages()
	if err != nil {
		return "", err
	}
	main, ok := find(packages, s.Dir(source))
	if !ok {
		return "", fmt.Errorf("function source %q holds no Go package: "+
			"it must be a folder of the repository with a main package", source)
	}
	sum := sha256.New()
	fmt.Fprintf(sum, "%q\n", buildArguments())
	fmt.Fprintf(sum, "%q\n", buildEnvironment())
	modules := map[string]bool{}
	for _, name := range append(slices.Sorted(slices.Values(main.Deps)), main.ImportPath) {
		p := packages[name]
		switch {
		case p.Standard || p.Module == nil:
		case p.Module.Main:
			fmt.Fprintln(sum, p.ImportPath, p.digest)
		default:
			modules[p.Module.identity()] = true
		}
	}
	for _, module := range sortedKeys(modules) {
		fmt.Fprintln(sum, module)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// digestFiles hashes the names and contents of the package's files.
func (p goPackage) digestFiles() (string, error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "go%s\n", p.Module.GoVersion)
	for _, name := range slices.Concat(p.GoFiles, p.SFiles, p.EmbedFiles) {
		content, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s %x\n", filepath.ToSlash(name), sha256.Sum256(content))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// identity names the code of a module exactly; go.sum pins what stands behind it.
func (m *goModule) identity() string {
	if m.Replace != nil {
		return m.Path + " => " + m.Replace.identity()
	}
	return m.Path + "@" + m.Version
}

func find(packages map[string]goPackage, dir string) (goPackage, bool) {
	for _, p := range packages {
		if p.Dir == dir && len(p.GoFiles) > 0 {
			return p, true
		}
	}
	return goPackage{}, false
}

// listPackages asks the go command for every package below folder and all they import. It goes on
// when one of them does not compile: that is the build's business, not the template's.
func listPackages(root, folder string) (map[string]goPackage, error) {
	if _, err := os.Stat(filepath.Join(root, folder)); err != nil {
		return nil, fmt.Errorf("list function sources: %w", err)
	}
	command := exec.Command("go", "list", "-e", "-deps", "-tags", buildTags,
		"-json=ImportPath,Dir,Standard,Module,GoFiles,SFiles,EmbedFiles,Deps",
		"./"+folder+"/...")
	command.Dir = root
	command.Env = append(command.Environ(), buildEnvironment()...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("list function sources in %s: go list: %w\n%s",
			folder, err, bytes.TrimSpace(stderr.Bytes()))
	}
	return readPackages(out)
}

// readPackages reads what go list printed, and the files of this module's packages.
func readPackages(list []byte) (map[string]goPackage, error) {
	packages := map[string]goPackage{}
	for decoder := json.NewDecoder(bytes.NewReader(list)); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the answer of go list: %w", err)
		}
		if p.Module != nil && p.Module.Main {
			if p.digest, err = p.digestFiles(); err != nil {
				return nil, fmt.Errorf("read the source of package %s: %w", p.ImportPath, err)
			}
		}
		packages[p.ImportPath] = p
	}
}
