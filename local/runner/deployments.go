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

// deployments keeps what each deployment of an API froze, in the state folder: an edit of the
// template reaches a stage only with a new deployment, as on AWS, and a canary's baseline stays what
// it was. Stages of HTTP and WebSocket APIs that deploy by themselves freeze nothing.
type deployments struct {
	rest, http, webSocket string // state folder/{kind}/{shape of a definition}
	say                   func(string)
}

func newDeployments(state string, say func(string)) *deployments {
	return &deployments{
		rest: shapeFolder[api.REST](state, "rest"), http: shapeFolder[api.HTTP](state, "http"),
		webSocket: shapeFolder[api.WebSocket](state, "websocket"), say: say,
	}
}

// shapeFolder names a folder after the shape of a definition: one of another shape was written by
// another version of this program, which read templates differently.
func shapeFolder[D any](state, kind string) string {
	shape := sha256.Sum256([]byte(shapeOf(reflect.TypeFor[D](), nil)))
	return filepath.Join(state, kind, hex.EncodeToString(shape[:6]))
}

// deployed is a deployment that a stage points at.
type deployed struct{ path, id, kind, api, stage string }

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

// freeze writes down what the deployments of a REST API hold that are new.
func (d *deployments) freeze(definition api.REST) error {
	frozen := definition
	frozen.Stages, frozen.UsagePlans = nil, nil // settings that take effect without a deployment
	frozen.Deployments = nil
	for _, id := range definition.Deployments {
		if err := d.keep(deployed{
			path: pathOf(d.rest, definition.ID, id), id: id, kind: "AWS::ApiGateway::Deployment",
			api: definition.Name, stage: stageOf(definition, id),
		}, frozen); err != nil {
			return err
		}
	}
	return nil
}

// stageOf returns the stage that serves a deployment, alone or to a canary's share; "" for none.
func stageOf(definition api.REST, id string) string {
	for _, stage := range definition.Stages {
		if stage.DeploymentID == id || stage.Canary != nil && stage.Canary.DeploymentID == id {
			return stage.Name
		}
	}
	return ""
}

// has says whether a deployment of a REST API was frozen.
func (d *deployments) has(apiID, id string) bool {
	_, err := os.Stat(pathOf(d.rest, apiID, id))
	return err == nil && id != ""
}

// freezeHTTP is freeze for an HTTP API.
func (d *deployments) freezeHTTP(definition api.HTTP) error {
	frozen := definition
	frozen.Stages = nil
	for _, stage := range definition.Stages {
		if stage.AutoDeploy || stage.DeploymentID == "" {
			continue
		}
		if err := d.keep(deployed{
			path: pathOf(d.http, definition.ID, stage.DeploymentID), id: stage.DeploymentID,
			kind: "AWS::ApiGatewayV2::Deployment", api: definition.Name, stage: stage.Name,
		}, frozen); err != nil {
			return err
		}
	}
	return nil
}

// keep writes a definition down, unless the deployment has one.
func (d *deployments) keep(of deployed, definition any) error {
	live, err := json.Marshal(definition)
	if err != nil {
		return fmt.Errorf("freezing deployment %s of %s: %w", of.id, of.api, err)
	}
	kept, err := os.ReadFile(of.path)
	if err == nil {
		if of.stage != "" && !bytes.Equal(kept, live) {
			d.say(fmt.Sprintf("stage %s of %s goes on with deployment %s as it was made: the template has "+
				"changed since, but names no new deployment (on AWS too, an edit needs one). Give "+
				"%s a new logical id, or delete %s", of.stage, of.api, of.id, of.kind, of.path))
		}
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading deployment %s of %s: %w", of.id, of.api, err)
	}
	if err := os.MkdirAll(filepath.Dir(of.path), 0o755); err != nil {
		return fmt.Errorf("keeping deployment %s of %s: %w", of.id, of.api, err)
	}
	if err := os.WriteFile(of.path, live, 0o600); err != nil { // mapped values may be secrets
		return fmt.Errorf("keeping deployment %s of %s: %w", of.id, of.api, err)
	}
	return nil
}

// of returns what finds the deployments of a REST API.
func (d *deployments) of(apiID string) func(id string) (api.REST, bool) {
	return func(id string) (api.REST, bool) {
		return readDeployment[api.REST](pathOf(d.rest, apiID, id))
	}
}

// ofHTTP returns what finds the deployments of an HTTP API.
func (d *deployments) ofHTTP(apiID string) func(id string) (api.HTTP, bool) {
	return func(id string) (api.HTTP, bool) {
		return readDeployment[api.HTTP](pathOf(d.http, apiID, id))
	}
}

func readDeployment[D any](path string) (definition D, ok bool) {
	text, err := os.ReadFile(path)
	if err != nil || json.Unmarshal(text, &definition) != nil {
		var none D
		return none, false
	}
	return definition, true
}

func pathOf(folder, apiID, id string) string {
	return filepath.Join(folder, apiID, filepath.Base(id)+".json")
}
