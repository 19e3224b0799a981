package build

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// manifest is everything that went into a program, as it was when it was compiled.
type manifest struct {
	Toolchain   string // go command, system, flags
	Files       []file
	Folders     []folder
	Fingerprint string
}

type file struct {
	Path string
	Size int64
	Time time.Time
	Hash string
}

// folder is where a new file could become part of the program.
type folder struct {
	Path string
	Time time.Time
	Hash string // of the names in it
}

// toolchain tells one compiler from another without starting it.
func (b *Builder) toolchain() string {
	text := strings.Join([]string{runtime.GOOS, runtime.GOARCH, strings.Join(flags, " ")}, " ")
	path, err := exec.LookPath(b.options.Go)
	if err != nil {
		return text
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	info, err := os.Stat(path)
	if err != nil {
		return text
	}
	return fmt.Sprintf("%s %s %d %d", text, path, info.Size(), info.ModTime().UnixNano())
}

// unchanged answers from the manifest alone: stats when nothing was touched, else the contents.
func (j *job) unchanged() (Artifact, bool) {
	m, err := j.readManifest()
	if err != nil || m.Toolchain != j.builder.toolchain() || !j.has(m.Fingerprint) {
		return Artifact{}, false
	}
	if m.untouched() {
		return j.artifact(m, true), true
	}
	if !m.unchanged() {
		return Artifact{}, false
	}
	m.refresh()
	_ = j.writeManifest(m) // only saves the hashing next time
	return j.artifact(m, true), true
}

// untouched compares sizes and times.
func (m *manifest) untouched() bool {
	for i := range m.Files {
		f := &m.Files[i]
		info, err := os.Stat(f.Path)
		if err != nil || info.Size() != f.Size || !info.ModTime().Equal(f.Time) {
			return false
		}
	}
	for i := range m.Folders {
		f := &m.Folders[i]
		info, err := os.Stat(f.Path)
		if err != nil || !info.ModTime().Equal(f.Time) {
			return false
		}
	}
	return true
}

// unchanged compares contents where sizes and times differ.
func (m *manifest) unchanged() bool {
	for i := range m.Files {
		now, err := readFile(m.Files[i].Path)
		if err != nil || now.Hash != m.Files[i].Hash {
			return false
		}
	}
	for i := range m.Folders {
		now, err := readFolder(m.Folders[i].Path)
		if err != nil || now.Hash != m.Folders[i].Hash {
			return false
		}
	}
	return true
}

// refresh takes the times of today for contents that are known to be the same.
func (m *manifest) refresh() {
	for i := range m.Files {
		if now, err := readFile(m.Files[i].Path); err == nil && now.Hash == m.Files[i].Hash {
			m.Files[i] = now
		}
	}
	for i := range m.Folders {
		if now, err := readFolder(m.Folders[i].Path); err == nil {
			m.Folders[i].Time = now.Time
		}
	}
}

func (m *manifest) watched() []string {
	paths := make([]string, 0, len(m.Folders)+2)
	for _, f := range m.Folders {
		paths = append(paths, f.Path)
	}
	for _, f := range m.Files {
		// Of what a folder holds, all Go files count; others, such as embedded ones, only by name.
		if filepath.Ext(f.Path) != ".go" || !slices.Contains(paths, filepath.Dir(f.Path)) {
			paths = append(paths, f.Path)
		}
	}
	return paths
}

// seal computes the fingerprint.
func (m *manifest) seal() {
	sum := sha256.New()
	fmt.Fprintln(sum, m.Toolchain)
	for _, f := range m.Files {
		fmt.Fprintln(sum, f.Path, f.Hash)
	}
	m.Fingerprint = hex.EncodeToString(sum.Sum(nil))[:16]
}

func readFile(path string) (file, error) {
	info, err := os.Stat(path) // before the content: a later change shows in a later time
	if err != nil {
		return file{}, err
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return file{}, err
	}
	return file{
		Path: path, Size: info.Size(), Time: info.ModTime(), Hash: shortHash(string(content)),
	}, nil
}

// readFolder takes the names that could matter: not hidden ones, backups and tests.
func readFolder(path string) (folder, error) {
	info, err := os.Stat(path)
	if err != nil {
		return folder{}, err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return folder{}, err
	}
	var names strings.Builder
	for _, entry := range entries {
		name := entry.Name()
		if name[0] != '.' && !strings.HasSuffix(name, "~") && !strings.HasSuffix(name, "_test.go") {
			names.WriteString(name + "\n")
		}
	}
	return folder{Path: path, Time: info.ModTime(), Hash: shortHash(names.String())}, nil
}

func shortHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:16]
}

func (j *job) manifestPath() string { return filepath.Join(j.folder, "manifest.json") }

func (j *job) readManifest() (*manifest, error) {
	text, err := os.ReadFile(j.manifestPath())
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("reading %s: %w", j.manifestPath(), err)
	}
	if m.Fingerprint == "" || len(m.Files) == 0 {
		return nil, errors.New("reading " + j.manifestPath() + ": it names no program")
	}
	return &m, nil
}

func (j *job) writeManifest(m *manifest) error {
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("building %s: writing its manifest: %w", j.source, err)
	}
	if err := os.MkdirAll(j.folder, 0o755); err != nil {
		return fmt.Errorf("building %s: making its state folder: %w", j.source, err)
	}
	temporary := j.manifestPath() + ".new"
	if err := os.WriteFile(temporary, text, fs.FileMode(0o644)); err != nil {
		return fmt.Errorf("building %s: writing its manifest: %w", j.source, err)
	}
	if err := os.Rename(temporary, j.manifestPath()); err != nil {
		return fmt.Errorf("building %s: putting its manifest in place: %w", j.source, err)
	}
	return nil
}
