package runner

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// cdkConfig is the part of cdk.json that says how to synthesize.
type cdkConfig struct {
	App     string         `json:"app"`
	Output  string         `json:"output"`
	Context map[string]any `json:"context"`
	Watch   struct {
		Include patterns `json:"include"`
		Exclude patterns `json:"exclude"`
	} `json:"watch"`
}

// patterns is one pattern or a list of them, as cdk.json allows.
type patterns []string

// UnmarshalJSON reads "a" and ["a", "b"].
func (p *patterns) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*p = patterns{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(p))
}

// never is what no synthesis depends on, whatever cdk.json says.
var never = []string{".git", ".portico", "node_modules", "cdk.out"}

// synthesizer turns cdk.json's app into a cloud assembly, when something it depends on changed.
type synthesizer struct {
	dir         string // of cdk.json
	state       string // .portico
	environment string // context value "env"
	progress    func(string)
}

// assembly returns the folder of an up-to-date cloud assembly.
func (s synthesizer) assembly(ctx context.Context) (string, error) {
	path := filepath.Join(s.dir, "cdk.json")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("no app to serve: %s has no cdk.json; name a cloud assembly with "+
			"--app cdk.out or a template with --template template.yaml", s.dir)
	}
	if err != nil {
		return "", fmt.Errorf("reading the CDK configuration: %w", err)
	}
	var config cdkConfig
	if err := json.Unmarshal(text, &config); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	if config.App == "" {
		return "", fmt.Errorf(`%s: "app" is empty; it names the command that synthesizes`, path)
	}
	out := filepath.Join(s.dir, "cdk.out")
	if config.Output != "" {
		out = filepath.Join(s.dir, config.Output)
	}
	print, err := s.fingerprint(config)
	if err != nil {
		return "", err
	}
	if isSealed(out, print) {
		return out, nil
	}
	if err := s.synthesize(ctx, config, out); err != nil {
		return "", err
	}
	return out, setSeal(out, print)
}

// sealFile stands in the assembly and says what it was synthesized from, and what came of it, so
// that an assembly that anybody else wrote is not taken for ours.
const sealFile = "portico.seal"

func isSealed(out, fingerprint string) bool {
	sealed, err := os.ReadFile(filepath.Join(out, sealFile))
	if err != nil {
		return false
	}
	content, err := contentOf(out)
	return err == nil && string(sealed) == fingerprint+" "+content
}

func setSeal(out, fingerprint string) error {
	content, err := contentOf(out)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, sealFile), []byte(fingerprint+" "+content), 0o644)
}

// contentOf is a hash over the manifest and the templates of an assembly.
func contentOf(out string) (string, error) {
	templates, err := filepath.Glob(filepath.Join(out, "*.template.json"))
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	for _, path := range append(templates, filepath.Join(out, "manifest.json")) {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("reading the assembly: %w", err)
		}
		fmt.Fprintf(hash, "%s %x\n", filepath.Base(path), sha256.Sum256(text))
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

func isAssembly(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "manifest.json"))
	return err == nil
}

// synthesize runs the app into a folder beside out and moves it there when it succeeded, so that a
// failure leaves the last assembly whole.
func (s synthesizer) synthesize(ctx context.Context, config cdkConfig, out string) error {
	s.progress("synthesizing the CDK app (" + config.App + "); the first time compiles it")
	began := time.Now()
	fresh := filepath.Join(s.state, "cdk.out.new")
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("clearing %s: %w", fresh, err)
	}
	values := map[string]any{
		"aws:cdk:enable-path-metadata":  true,
		"aws:cdk:enable-asset-metadata": true,
		"aws:cdk:bundling-stacks":       []string{}, // functions are built for this machine instead
	}
	for name, value := range config.Context {
		values[name] = value
	}
	values["env"] = s.environment
	contextJSON, err := json.Marshal(values)
	if err != nil {
		return fmt.Errorf("encoding the CDK context: %w", err)
	}
	var output bytes.Buffer
	command := exec.CommandContext(ctx, "sh", "-c", config.App)
	command.Dir = s.dir
	command.Stdout, command.Stderr = &output, &output
	command.Env = append(command.Environ(), "CDK_OUTDIR="+fresh, "CDK_CONTEXT_JSON="+string(contextJSON),
		"JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20")
	command.WaitDelay = 2 * time.Second
	if err := command.Run(); err != nil {
		return fmt.Errorf("synthesizing with %q in %s: %w\n%s", config.App, s.dir, err,
			strings.TrimSpace(output.String()))
	}
	if !isAssembly(fresh) {
		return fmt.Errorf("%q wrote no cloud assembly (manifest.json) to $CDK_OUTDIR", config.App)
	}
	if err := os.RemoveAll(out); err != nil {
		return fmt.Errorf("replacing %s: %w", out, err)
	}
	if err := os.Rename(fresh, out); err != nil {
		return fmt.Errorf("replacing %s: %w", out, err)
	}
	s.progress(fmt.Sprintf("synthesized in %.1f s", time.Since(began).Seconds()))
	return nil
}

// fingerprint is a hash over everything a synthesis may depend on: the files cdk.json watches.
func (s synthesizer) fingerprint(config cdkConfig) (string, error) {
	hash := sha256.New()
	fmt.Fprintf(hash, "env %s\n", s.environment)
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(s.dir, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(never, entry.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || !watches(config, filepath.ToSlash(name)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		fmt.Fprintf(hash, "%s %x\n", name, sum)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("looking for what the CDK app depends on: %w", err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// watches reports whether cdk.json's watch lists take the file in. Patterns are those of the CDK
// that people write: "**", "dir", "dir/**", "*.md", "**/*_test.go".
func watches(config cdkConfig, name string) bool {
	if name == "cdk.json" {
		return true
	}
	for _, pattern := range config.Watch.Exclude {
		if covers(pattern, name) {
			return false
		}
	}
	if len(config.Watch.Include) == 0 {
		return true
	}
	for _, pattern := range config.Watch.Include {
		if covers(pattern, name) {
			return true
		}
	}
	return false
}

func covers(pattern, name string) bool {
	if pattern == "**" || pattern == name {
		return true
	}
	if dir, found := strings.CutSuffix(pattern, "/**"); found {
		pattern = dir
	}
	if strings.HasPrefix(name, pattern+"/") {
		return true
	}
	if base, found := strings.CutPrefix(pattern, "**/"); found {
		matched, _ := filepath.Match(base, filepath.Base(name))
		return matched
	}
	matched, _ := filepath.Match(pattern, name)
	return matched
}
