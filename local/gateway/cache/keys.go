package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"

	"portico/local/gateway/api"
)

// Key is what a reply is kept under: equal for calls that may share one.
type Key string

// Release is which of a stage's releases serves a call.
type Release struct {
	DeploymentID  string // of the deployment that serves it
	Canary        bool
	UseStageCache bool // of the canary's settings
}

// Cached reports whether the release uses the stage's cache at all. The stage and its canary share
// replies while they have the same deployment, because a key holds its id ("Set up an API Gateway
// canary release deployment").
func (r Release) Cached() bool { return !r.Canary || r.UseStageCache }

// Caches reports whether the stage settings that hold for a verb of a method keep its replies; key
// is what they are written under, "{path}/{METHOD}". Settings for every verb are for GET alone:
// others must be named ("Override API Gateway stage-level caching for method-level caching").
func Caches(key string, settings api.MethodSettings, verb string) bool {
	named := strings.HasSuffix(key, "/"+verb)
	return settings.CacheEnabled && settings.CacheTTL > 0 && (named || verb == "GET")
}

// Keys makes the keys of one method.
type Keys struct {
	method      []byte // namespace and parameters, encoded
	expressions []string
}

// parameterKinds are what a cache key parameter may begin with. Multi-value ones are refused by
// AWS.
var parameterKinds = []string{"path.", "querystring.", "header."}

// CompileKeys reads the cache namespace and cache key parameters of a method's integration.
func CompileKeys(resource *api.Resource, method *api.Method) (*Keys, error) {
	def := &method.Integration
	namespace := def.CacheNamespace
	if namespace == "" {
		namespace = resource.ID
	}
	if namespace == "" {
		return nil, errors.New("the cache namespace is empty, and the resource has no id instead")
	}
	names := slices.Clone(def.CacheKeyParameters)
	slices.Sort(names) // their order says nothing
	names = slices.Compact(names)
	k := &Keys{expressions: make([]string, len(names))}
	k.method = appendText(k.method, namespace)
	k.method = binary.AppendUvarint(k.method, uint64(len(names)))
	for i, name := range names {
		expression, err := expressionOf(name, method)
		if err != nil {
			return nil, err
		}
		k.expressions[i] = expression
		k.method = appendText(k.method, name)
	}
	return k, nil
}

// expressionOf returns where the value of a cache key parameter comes from: from the request, or
// from the mapping of the integration request that it names.
func expressionOf(name string, method *api.Method) (string, error) {
	const invalid = "Invalid cache key parameter specified: "
	if short, ok := strings.CutPrefix(name, "method.request."); ok && isParameter(short) {
		if _, declared := method.RequestParameters[name]; declared {
			return name, nil
		}
		return "", fmt.Errorf("%s%s: the method's request parameters do not declare it",
			invalid, name)
	}
	if short, ok := strings.CutPrefix(name, "integration.request."); ok && isParameter(short) {
		if expression, mapped := method.Integration.RequestParameters[name]; mapped {
			return expression, nil
		}
		return "", fmt.Errorf("%s%s: the integration's request parameters do not map it",
			invalid, name)
	}
	return "", fmt.Errorf("%s%s: allowed are method.request.{path|querystring|header}.NAME and "+
		"integration.request.{path|querystring|header}.NAME", invalid, name)
}

func isParameter(short string) bool {
	return slices.ContainsFunc(parameterKinds, func(kind string) bool {
		return strings.HasPrefix(short, kind) && len(short) > len(kind)
	})
}

// Expressions returns where the values of a key come from, in the order that Key asks for them:
// mapping expressions such as method.request.path.id or context.authorizer.tenant.
func (k *Keys) Expressions() []string { return k.expressions }

// Key returns the key of a call, from its deployment, its verb, the namespace and the values of the
// cache key parameters: value returns that of the expression at a place, and whether there is one.
// No two different lists make the same key; an empty value is another than none.
func (k *Keys) Key(deploymentID, verb string, value func(place int) (string, bool)) Key {
	const usual = 192
	var room [usual]byte
	key := appendText(room[:0], deploymentID)
	key = appendText(key, verb)
	key = append(key, k.method...)
	for place := range k.expressions {
		text, present := value(place)
		if !present {
			key = append(key, 0)
			continue
		}
		key = append(key, 1)
		key = appendText(key, text)
	}
	return Key(key)
}

// appendText appends a text with its length before it, so that none can run into the next.
func appendText(to []byte, text string) []byte {
	to = binary.AppendUvarint(to, uint64(len(text)))
	return append(to, text...)
}
