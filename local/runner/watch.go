package runner

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"portico/local/lambda/build"
)

// settle is how long the files must be quiet before an edit is taken in: editors write several times.
const settle = 120 * time.Millisecond

// watcher takes edits in: of a function's sources by rebuilding it, of anything the template
// depends on by reading it again. Its one goroutine ends with close.
type watcher struct {
	runner *Runner
	notify *fsnotify.Watcher
	cancel context.CancelFunc
	done   sync.WaitGroup
}

func startWatcher(r *Runner) (*watcher, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching files: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &watcher{runner: r, notify: notify, cancel: cancel}
	if err := w.addFolders(); err != nil {
		cancel()
		return nil, errors.Join(err, notify.Close())
	}
	w.done.Go(func() { w.run(ctx) })
	return w, nil
}

func (w *watcher) close() error {
	w.cancel()
	err := w.notify.Close()
	w.done.Wait()
	return err
}

// addFolders watches the folders that functions are built from and those of the CDK app.
func (w *watcher) addFolders() error {
	folders := []string{w.runner.options.Dir}
	for _, f := range w.runner.App().Lambda.Functions {
		for _, path := range w.runner.functions.Watched(f.Name) {
			folders = append(folders, folderOf(path))
			if strings.HasPrefix(path, w.runner.options.Dir+string(filepath.Separator)) {
				folders = append(folders, filepath.Dir(path)) // tells when a folder is made anew
			}
		}
	}
	infra := filepath.Join(w.runner.options.Dir, "infra")
	err := filepath.WalkDir(infra, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return nil // without such a folder there is nothing to watch in it
	})
	if err != nil {
		return err
	}
	for _, path := range w.described() {
		folders = append(folders, filepath.Dir(path))
	}
	slices.Sort(folders)
	for _, folder := range slices.Compact(folders) {
		if err := w.notify.Add(folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("watching %s: %w", folder, err)
		}
	}
	return nil
}

// described are the files that say what is served where no CDK app does.
func (w *watcher) described() []string {
	o, settings := w.runner.options, w.runner.App().Settings
	var files []string
	for _, path := range []string{
		o.App, o.Template, inDir(o.Dir, settings.App), inDir(o.Dir, settings.Template),
	} {
		if path == "" {
			continue
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, "manifest.json")
		}
		if absolute, err := filepath.Abs(path); err == nil {
			files = append(files, absolute)
		}
	}
	for _, file := range settings.Documents {
		files = append(files, inDir(o.Dir, file))
	}
	return files
}

func folderOf(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	return filepath.Dir(path)
}

func (w *watcher) run(ctx context.Context) {
	changed := map[string]bool{}
	quiet := time.NewTimer(time.Hour)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case event, open := <-w.notify.Events:
			if !open {
				return
			}
			if w.matters(event) {
				changed[event.Name] = true
				quiet.Reset(settle)
			}
		case err := <-w.notify.Errors:
			if err != nil {
				w.runner.options.Log.Warn("watching files", "error", err)
			}
		case <-quiet.C:
			w.take(ctx, changed)
			clear(changed)
		}
	}
}

func (w *watcher) matters(event fsnotify.Event) bool {
	if event.Op == fsnotify.Chmod {
		return false
	}
	name := filepath.Base(event.Name)
	return strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") ||
		name == settingsFile || name == "cdk.json" || name == "go.mod" || name == "go.sum" ||
		slices.Contains(w.described(), event.Name) || len(w.runner.functions.Affected(event.Name)) > 0
}

// take rebuilds the functions whose sources changed, or reads the app again when something else did.
func (w *watcher) take(ctx context.Context, changed map[string]bool) {
	var functions []string
	explained := map[string]bool{}
	for path := range changed {
		if affected := w.runner.functions.Affected(path); len(affected) > 0 {
			functions = append(functions, affected...)
			explained[path] = true
		}
	}
	slices.Sort(functions)
	for _, name := range slices.Compact(functions) {
		w.rebuild(ctx, name)
	}
	for path := range changed {
		if !explained[path] {
			w.reload(ctx)
			return
		}
	}
	if err := w.addFolders(); err != nil { // a function may have a new one
		w.runner.terminal.print(err.Error())
	}
}

func (w *watcher) rebuild(ctx context.Context, name string) {
	began := time.Now()
	if err := w.runner.functions.Rebuild(ctx, name); err != nil {
		w.runner.terminal.print(fmt.Sprintf("%s was not rebuilt; the last build goes on serving\n%v",
			name, compilerWords(err)))
		return
	}
	w.runner.terminal.print(fmt.Sprintf("%s rebuilt in %s", name, milliseconds(time.Since(began))))
}

// compilerWords returns what the compiler said, or the whole error when something else was wrong.
func compilerWords(err error) error {
	var broken *build.Error
	if errors.As(err, &broken) {
		return broken
	}
	return err
}

func (w *watcher) reload(ctx context.Context) {
	if err := w.runner.reload(ctx); err != nil {
		w.runner.terminal.print(fmt.Sprintf("the app was not reloaded; it goes on as it was\n%v", err))
		return
	}
	if err := w.addFolders(); err != nil {
		w.runner.terminal.print(err.Error())
	}
	w.runner.terminal.print("the app was reloaded")
	w.runner.WriteTable(w.runner.terminal)
}

// Write lets tables be printed on the terminal.
func (t *terminal) Write(text []byte) (int, error) {
	if t.out == nil {
		return len(text), nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.out.Write(text)
}
