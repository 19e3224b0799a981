package authorize

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/payload"
)

// httpLambdaTimeout is how long an HTTP API waits for an authorizer function ("Quotas for
// configuring and running an HTTP API").
const httpLambdaTimeout = 10 * time.Second

// HTTPAnswer is what an HTTP API's authorizer function is to answer.
type HTTPAnswer struct {
	Simple bool // {"isAuthorized": …} instead of a policy
	Nested bool // payload format 2.0: the context may hold lists and objects
}

// NewHTTPLambda returns a REQUEST authorizer of an HTTP API, on one stage.
func NewHTTPLambda(o LambdaOptions, answer HTTPAnswer) (*Lambda, error) {
	l, err := NewLambda(o)
	if err != nil {
		return nil, err
	}
	l.timeout, l.parse = httpLambdaTimeout, answer.parse
	return l, nil
}

// evaluateSimple takes a simple response for what it is: it allows or denies every route, also
// from the cache ("Working with AWS Lambda authorizers for HTTP APIs").
func (l *Lambda) evaluateSimple(verdict *Verdict) error {
	if verdict.authorized {
		return nil
	}
	return deny(ExplicitDeny, "authorizer %s says isAuthorized: false%s", l.options.Name,
		ifCached(verdict.Cached))
}

// parse reads an answer: a simple response or a policy, and a context of native types.
func (a HTTPAnswer) parse(answer []byte) (*LambdaResult, error) {
	read := parseHTTPPolicy
	if a.Simple {
		read = parseSimple
	}
	result, context, err := read(answer)
	if err != nil {
		return nil, err
	}
	if err := result.readHTTPContext(context, a.Nested); err != nil {
		return nil, fmt.Errorf("context: %w", err)
	}
	return result, nil
}

// parseSimple reads {"isAuthorized": …, "context": {…}}.
func parseSimple(answer []byte) (*LambdaResult, jsontext.Value, error) {
	var output struct {
		Authorized jsontext.Value `json:"isAuthorized"`
		Context    jsontext.Value `json:"context"`
	}
	if err := json.Unmarshal(answer, &output); err != nil {
		return nil, nil, fmt.Errorf("it is no JSON object of an authorizer: %w", err)
	}
	switch output.Authorized.Kind() {
	case jsontext.KindTrue, jsontext.KindFalse:
	default:
		return nil, nil, errors.New("isAuthorized is missing or no boolean, which an authorizer " +
			"with simple responses has to answer")
	}
	authorized := output.Authorized.Kind() == jsontext.KindTrue
	return &LambdaResult{simple: true, authorized: authorized}, output.Context, nil
}

// parseHTTPPolicy reads a policy. Its context is not looked at yet.
func parseHTTPPolicy(answer []byte) (*LambdaResult, jsontext.Value, error) {
	var output struct {
		PrincipalID    jsontext.Value `json:"principalId"`
		PolicyDocument jsontext.Value `json:"policyDocument"`
		Context        jsontext.Value `json:"context"`
	}
	if err := json.Unmarshal(answer, &output); err != nil {
		return nil, nil, fmt.Errorf("it is no JSON object of an authorizer: %w", err)
	}
	result := &LambdaResult{}
	if output.PrincipalID.Kind() != jsontext.KindString {
		return nil, nil, errors.New("principalId is missing or no string")
	}
	if err := json.Unmarshal(output.PrincipalID, &result.PrincipalID); err != nil {
		return nil, nil, fmt.Errorf("principalId: %w", err)
	}
	if err := result.readPolicy(output.PolicyDocument); err != nil {
		return nil, nil, fmt.Errorf("policyDocument: %w", err)
	}
	return result, output.Context, nil
}

// readHTTPContext takes an object whose values keep their types. Lists and objects are for
// authorizers of payload format 2.0; AWS shows them there alone, so elsewhere they are malformed,
// as is the name "claims" in format 1.0, which AWS reserves.
func (r *LambdaResult) readHTTPContext(object jsontext.Value, nested bool) error {
	if len(object) != 0 && object.Kind() != jsontext.KindNull {
		if object.Kind() != jsontext.KindBeginObject {
			return errors.New("it is no object")
		}
		decoder := stdjson.NewDecoder(bytes.NewReader(object))
		decoder.UseNumber() // 1e400 and 0.10 go on as they were written
		if err := decoder.Decode(&r.Variables); err != nil {
			return err
		}
	}
	for name, value := range r.Variables {
		switch value.(type) {
		case []any, map[string]any:
			if !nested {
				return fmt.Errorf("%q is an object or a list, which needs payload format 2.0", name)
			}
		}
		if name == "claims" && !nested {
			return errors.New(`the name "claims" is reserved`)
		}
	}
	return r.renderHTTPEvents()
}

// renderHTTPEvents writes what integrations are told: once, because the result is shared by calls.
func (r *LambdaResult) renderHTTPEvents() error {
	native := []byte("null")
	var err error
	if r.Variables != nil {
		if native, err = renderJSON(r.Variables); err != nil {
			return err
		}
	}
	r.Event20 = payload.AppendLambdaAuthorizer20(nil, native)
	flat := make(map[string]any, len(r.Variables)+1)
	for name, value := range r.Variables {
		flat[name] = value
	}
	if r.PrincipalID != "" {
		flat["principalId"] = r.PrincipalID
	}
	r.Event10, err = renderJSON(flat)
	return err
}

// renderJSON prints a value with sorted keys and without HTML escapes.
func renderJSON(value any) ([]byte, error) {
	var text bytes.Buffer
	encoder := stdjson.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), nil
}
