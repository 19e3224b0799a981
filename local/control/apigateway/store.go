package apigateway

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"portico/local/control/state"
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
	if err := state.Replace(filepath.Join(dir, sharedFile), c.world.shared); err != nil {
		return fmt.Errorf("keeping what was created in %s: %w", region, err)
	}
	return nil
}

func keepAPI(dir, id string, a *restAPI) error {
	path := filepath.Join(dir, apisFolder, id+".json")
	deployments := filepath.Join(dir, frozen, id)
	if a == nil {
		return errors.Join(state.IgnoreMissing(os.Remove(path)), os.RemoveAll(deployments))
	}
	for deployment, definition := range a.Frozen {
		file := filepath.Join(deployments, deployment+".json")
		if _, err := os.Stat(file); err == nil {
			continue
		}
		if err := state.Replace(file, definition); err != nil {
			return err
		}
	}
	return state.Replace(path, a)
}

// restore reads what was kept, by region.
func restore(dir string) (map[string]*world, error) {
	regions := map[string]*world{}
	if dir == "" {
		return regions, nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return regions, state.IgnoreMissing(err)
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
	if err := state.IgnoreMissing(state.Read(filepath.Join(dir, sharedFile), &w.shared)); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(dir, apisFolder, "*.json"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		a := newAPI()
		if err := state.Read(file, a); err != nil {
			return nil, err
		}
		id := strings.TrimSuffix(filepath.Base(file), ".json")
		for deployment := range a.Deployments {
			var definition api.REST
			if err := state.Read(filepath.Join(dir, frozen, id, deployment+".json"), &definition); err != nil {
				return nil, err
			}
			a.Frozen[deployment] = &definition
		}
		w.APIs[id] = a
	}
	return w, nil
}

func forget(dir string) error {
	if dir == "" {
		return nil
	}
	return os.RemoveAll(dir)
}
