package apigateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	fast "github.com/go-json-experiment/json"

	"portico/local/gateway/api"
)

// The files of a region: shared.json, apis/{api}.json, and deployments/{api}/{deployment}.json,
// which is written once.
const (
	sharedFile = "shared.json"
	apisFolder = "apis"
	frozen     = "deployments"
)

// keep writes down what a call has changed.
func (s *Service) keep(c *call, region string) error {
	if s.options.Dir == "" {
		return nil
	}
	dir := filepath.Join(s.options.Dir, region)
	for id := range c.touched {
		if err := keepAPI(dir, id, c.world.APIs[id]); err != nil {
			return fmt.Errorf("keeping REST API %s: %w", id, err)
		}
	}
	if !c.shared {
		return nil
	}
	if err := write(filepath.Join(dir, sharedFile), c.world.shared); err != nil {
		return fmt.Errorf("keeping what was created in %s: %w", region, err)
	}
	return nil
}

func keepAPI(dir, id string, a *restAPI) error {
	path := filepath.Join(dir, apisFolder, id+".json")
	deployments := filepath.Join(dir, frozen, id)
	if a == nil {
		return errors.Join(ignoreMissing(os.Remove(path)), os.RemoveAll(deployments))
	}
	for deployment, definition := range a.Frozen {
		file := filepath.Join(deployments, deployment+".json")
		if _, err := os.Stat(file); err == nil {
			continue
		}
		if err := write(file, definition); err != nil {
			return err
		}
	}
	return write(path, a)
}

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// write replaces a file whole: whoever reads it sees what was before, or what is.
func write(path string, value any) error {
	text, err := fast.Marshal(value)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	made, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600: it may hold secrets
	if err != nil {
		return err
	}
	_, err = made.Write(text)
	if err := errors.Join(err, made.Close()); err != nil {
		return errors.Join(err, os.Remove(made.Name()))
	}
	return os.Rename(made.Name(), path)
}

// restore reads what was kept, by region.
func restore(dir string) (map[string]*world, error) {
	regions := map[string]*world{}
	if dir == "" {
		return regions, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return regions, ignoreMissing(err)
	}
	for _, entry := range entries {
		if !entry.IsDir() {
			continue
		}
		w, err := restoreRegion(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("restoring what the management API was told (delete %s to begin "+
				"anew): %w", dir, err)
		}
		regions[entry.Name()] = w
	}
	return regions, nil
}

func restoreRegion(dir string) (*world, error) {
	w := newWorld()
	if err := ignoreMissing(read(filepath.Join(dir, sharedFile), &w.shared)); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, apisFolder, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		a := newAPI()
		if err := read(file, a); err != nil {
			return nil, err
		}
		id := strings.TrimSuffix(filepath.Base(file), ".json")
		for deployment := range a.Deployments {
			var definition api.REST
			if err := read(filepath.Join(dir, frozen, id, deployment+".json"), &definition); err != nil {
				return nil, err
			}
			a.Frozen[deployment] = &definition
		}
		w.APIs[id] = a
	}
	return w, nil
}

func read(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func forget(dir string) error {
	if dir == "" {
		return nil
	}
	return os.RemoveAll(dir)
}
