package runner

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"portico/local/gateway/api"
)

// deployments keeps what each deployment of a REST API froze, in the state folder: an edit of the
// template reaches a stage only with a new deployment, as on AWS, and a canary's baseline stays
// what it was.
type deployments struct {
	dir string // state folder/rest/{shape of a definition}
	say func(string)
}

func newDeployments(state string, say func(string)) *deployments {
	// A definition of another shape was written by another version of this program, which read
	// templates differently.
	shape := sha256.Sum256([]byte(shapeOf(reflect.TypeFor[api.REST](), nil)))
	return &deployments{dir: filepath.Join(state, "rest", hex.EncodeToString(shape[:6])), say: say}
}

// shapeOf describes the fields of a type, and of what they hold.
func shapeOf(t reflect.Type, above []reflect.Type) string {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return t.Kind().String() + " " + shapeOf(t.Elem(), above)
	case reflect.Map:
		return "map " + shapeOf(t.Elem(), above)
	case reflect.Struct:
		for _, seen := range above {
			if seen == t {
				return t.Name()
			}
		}
		var b strings.Builder
		for field := range t.Fields() {
			b.WriteString(field.Name + " " + shapeOf(field.Type, append(above, t)) + ";")
		}
		return "{" + b.String() + "}"
	}
	return t.String()
}

// freeze writes down what the deployments of a definition hold that are new.
func (d *deployments) freeze(definition api.REST) error {
	frozen := definition
	frozen.Stages, frozen.UsagePlans = nil, nil // settings that take effect without a deployment
	live, err := json.Marshal(frozen)
	if err != nil {
		return fmt.Errorf("freezing a deployment of %s: %w", definition.Name, err)
	}
	for _, stage := range definition.Stages {
		ids := []string{stage.DeploymentID}
		if stage.Canary != nil {
			ids = append(ids, stage.Canary.DeploymentID)
		}
		for _, id := range ids {
			if err := d.keep(definition, stage.Name, id, live); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *deployments) keep(definition api.REST, stage, id string, live []byte) error {
	path := d.path(definition.ID, id)
	kept, err := os.ReadFile(path)
	if err == nil {
		if !bytes.Equal(kept, live) {
			d.say(fmt.Sprintf("stage %s of %s goes on with deployment %s as it was made: the template has "+
				"changed since, but names no new deployment (on AWS too, an edit needs one). Give "+
				"AWS::ApiGateway::Deployment a new logical id, or delete %s", stage, definition.Name, id, path))
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading deployment %s of %s: %w", id, definition.Name, err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("keeping deployment %s of %s: %w", id, definition.Name, err)
	}
	if err := os.WriteFile(path, live, 0o600); err != nil { // stage variables may be secrets
		return fmt.Errorf("keeping deployment %s of %s: %w", id, definition.Name, err)
	}
	return nil
}

// of returns what finds the deployments of an API.
func (d *deployments) of(apiID string) func(id string) (api.REST, bool) {
	return func(id string) (api.REST, bool) {
		var definition api.REST
		text, err := os.ReadFile(d.path(apiID, id))
		if err != nil || json.Unmarshal(text, &definition) != nil {
			return api.REST{}, false
		}
		return definition, true
	}
}

func (d *deployments) path(apiID, id string) string {
	return filepath.Join(d.dir, apiID, filepath.Base(id)+".json")
}
