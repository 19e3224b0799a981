package authorize

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"portico/local/gateway/policy"
)

// maxPolicyResource is the longest resource a returned policy may name ("Quotas").
const maxPolicyResource = 512

// LambdaResult is what an authorizer function answered. It is shared by calls, so nobody changes
// it.
type LambdaResult struct {
	PrincipalID string
	Context     []ContextValue // in the function's order
	// Variables is the context by name, as $context.authorizer shows it.
	Variables map[string]any
	UsageKey  string // usageIdentifierKey: the API key when its source is AUTHORIZER
	RequestID string // of the function's run
	// Event10 and Event20 are requestContext.authorizer of the events of an HTTP API.
	Event10, Event20 []byte

	simple, authorized bool // of an HTTP API's simple response, which has no policy
	policy             *policy.Policy
	hasConditions      bool
}

// ContextValue is an entry of the context a function returned, as text: 1 is "1", true is "true".
type ContextValue struct{ Name, Value string }

// parseResult reads an authorizer function's answer ("Output from an API Gateway Lambda
// authorizer").
func parseResult(payload []byte) (*LambdaResult, error) {
	var output struct {
		PrincipalID    jsontext.Value `json:"principalId"`
		PolicyDocument jsontext.Value `json:"policyDocument"`
		Context        jsontext.Value `json:"context"`
		UsageKey       *string        `json:"usageIdentifierKey"`
	}
	if err := json.Unmarshal(payload, &output, jsontext.AllowDuplicateNames(true)); err != nil {
		return nil, fmt.Errorf("it is no JSON object of an authorizer: %w", err)
	}
	result := &LambdaResult{}
	if output.PrincipalID.Kind() != jsontext.KindString {
		return nil, errors.New("principalId is missing or no string")
	}
	if err := json.Unmarshal(output.PrincipalID, &result.PrincipalID); err != nil {
		return nil, fmt.Errorf("principalId: %w", err)
	}
	if output.UsageKey != nil {
		result.UsageKey = *output.UsageKey
	}
	if err := result.readPolicy(output.PolicyDocument); err != nil {
		return nil, fmt.Errorf("policyDocument: %w", err)
	}
	if err := result.readContext(output.Context); err != nil {
		return nil, fmt.Errorf("context: %w", err)
	}
	return result, nil
}

// Evaluate says what the returned policy decides about a request of the asker's.
func (r *LambdaResult) Evaluate(q policy.Request) policy.Decision {
	if r.policy == nil {
		return policy.Decision{Effect: policy.NoMatch}
	}
	return r.policy.Evaluate(q)
}

func (r *LambdaResult) readPolicy(document jsontext.Value) error {
	if document.Kind() != jsontext.KindBeginObject {
		return errors.New("it is missing or no object")
	}
	parsed, err := policy.Parse(document)
	if err != nil {
		return err
	}
	if resource := longResource(document); resource != "" {
		return fmt.Errorf("a resource has %d bytes, allowed are %d: %.40s…",
			len(resource), maxPolicyResource, resource)
	}
	r.policy = parsed
	r.hasConditions = bytes.Contains(document, []byte(`"Condition"`)) ||
		bytes.Contains(document, []byte("${"))
	return nil
}

// longResource returns a resource of a document that is longer than allowed, or "".
func longResource(document jsontext.Value) string {
	dec := jsontext.NewDecoder(bytes.NewReader(document), jsontext.AllowDuplicateNames(true))
	for {
		token, err := dec.ReadToken()
		if err != nil {
			return ""
		}
		if token.Kind() == jsontext.KindString && len(token.String()) > maxPolicyResource &&
			strings.Contains(string(dec.StackPointer()), "Resource") {
			return token.String()
		}
	}
}

// readContext takes a flat object of strings, numbers and booleans; null entries say nothing.
func (r *LambdaResult) readContext(object jsontext.Value) error {
	if len(object) == 0 || object.Kind() == jsontext.KindNull {
		return nil
	}
	dec := jsontext.NewDecoder(bytes.NewReader(object), jsontext.AllowDuplicateNames(true))
	if token, err := dec.ReadToken(); err != nil || token.Kind() != jsontext.KindBeginObject {
		return errors.New("it is no object")
	}
	for dec.PeekKind() != jsontext.KindEndObject {
		token, err := dec.ReadToken()
		if err != nil {
			return err
		}
		name := token.String()
		token, err = dec.ReadToken()
		if err != nil {
			return err
		}
		switch token.Kind() {
		case jsontext.KindNull:
		case jsontext.KindString, jsontext.KindNumber, jsontext.KindTrue, jsontext.KindFalse:
			r.addContext(name, token.String())
		default:
			return fmt.Errorf("%q is an object or a list, allowed are strings, numbers and booleans",
				name)
		}
	}
	return nil
}

// addContext adds an entry; of a name that comes twice the last one counts.
func (r *LambdaResult) addContext(name, value string) {
	if _, twice := r.Variables[name]; twice {
		r.Context = slices.DeleteFunc(r.Context, func(v ContextValue) bool { return v.Name == name })
	}
	if r.Variables == nil {
		r.Variables = map[string]any{}
	}
	r.Variables[name] = value
	r.Context = append(r.Context, ContextValue{Name: name, Value: value})
}

// errorMessage returns the message of an error document, or the document when it has none.
func errorMessage(document []byte) string {
	var failure struct {
		Message string `json:"errorMessage"`
	}
	if err := json.Unmarshal(document, &failure); err != nil || failure.Message == "" {
		return string(document)
	}
	return failure.Message
}
