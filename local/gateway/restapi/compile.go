package restapi

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"portico/local/gateway/accesslog"
	"portico/local/gateway/api"
	"portico/local/gateway/authorize"
	"portico/local/gateway/cache"
	"portico/local/gateway/firewall"
	"portico/local/gateway/integration"
	"portico/local/gateway/route"
	"portico/local/gateway/throttle"
)

// stage is a stage as its calls need it.
type stage struct {
	def              *api.Stage
	deployed         *api.REST // what its deployment froze
	canary           *stage    // nil when there is none
	arn              string    // arn:…:{api}/{stage}/, what method ARNs begin with
	tree             *route.Tree[*method]
	variables        []byte              // as a JSON object; nil when there are none
	keys             map[string]*heldKey // by value
	gatewayResponses map[string]*gatewayResponse
	accessLog        *accesslog.Format         // nil when there is none
	cache            *cache.Cache              // nil when there is none
	webACL           *firewall.ACL             // nil when there is none, or it is not known
	logs             bool                      // a method has an execution log
	policy           *authorize.ResourcePolicy // nil when there is none
	caller           *integration.HTTP         // of HTTP backends; nil when its certificate is not known
	guards           map[string]authorization  // the API's authorizers by id
}

// method is a method on one stage.
type method struct {
	def           *api.Method
	resource      *api.Resource
	verb          string // "ANY" for all that have no method of their own
	route         string // "GET /orders/{id}"
	target        string // the function's name, or the integration's type
	function      string // "" when it is none
	authorization authorization
	validation    validation
	bucket        *throttle.Bucket            // of the stage's throttle, nil for none
	verbBuckets   map[string]*throttle.Bucket // of a method ANY, where a verb has one of its own
	settled       map[string]settled          // by verb; also those that ANY stands for
	backend       backend
}

func (a *API) compileStage(def *api.Stage) (*stage, error) {
	s := &stage{
		def: def, deployed: &a.def, tree: route.New[*method](route.REST),
		arn: a.arn() + "/" + def.Name + "/",
	}
	var err error
	s.caller, err = integration.CallerFor(a.deps.HTTP, a.deps.Presenting, def.ClientCertificateID)
	if err != nil {
		return nil, fmt.Errorf("stage %s: %w", def.Name, err)
	}
	if s.keys, err = a.compileKeys(def.Name); err != nil {
		return nil, err
	}
	if s.gatewayResponses, err = compileGatewayResponses(a.def.GatewayResponses); err != nil {
		return nil, err
	}
	if def.AccessLog != nil {
		if s.accessLog, err = accesslog.Compile(def.AccessLog.Format); err != nil {
			return nil, fmt.Errorf("stage %s: access log: %w", def.Name, err)
		}
	}
	if len(def.Variables) > 0 {
		if s.variables, err = json.Marshal(def.Variables, json.Deterministic(true)); err != nil {
			return nil, fmt.Errorf("stage %s: variables: %w", def.Name, err)
		}
	}
	if def.WebACL != "" && a.deps.WebACL != nil {
		s.webACL = a.deps.WebACL(def.WebACL)
	}
	if s.policy, err = a.compilePolicy(); err != nil {
		return nil, err
	}
	s.guards = a.compileAuthorizers(s)
	for i := range a.def.Resources {
		if err := a.compileResource(s, &a.def.Resources[i]); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// arn returns what the execute-api ARNs of the API begin with.
func (a *API) arn() string {
	account := a.def.Account
	return "arn:" + account.Partition + ":execute-api:" + account.Region + ":" + account.ID + ":" +
		a.def.ID
}

func (a *API) compileResource(s *stage, resource *api.Resource) error {
	for verb, def := range resource.Methods {
		m := &method{
			def: &def, resource: resource, route: verb + " " + resource.Path,
			verb: verb, target: def.Integration.Type, authorization: a.guard(s, &def, s.guards),
			validation: a.compileValidation(&def), verbBuckets: map[string]*throttle.Bucket{},
		}
		if err := a.limitMethod(s, m, verb); err != nil {
			return fmt.Errorf("resource %s, method %s: throttle: %w", resource.Path, verb, err)
		}
		if err := a.settle(s, m); err != nil {
			return fmt.Errorf("resource %s, method %s: %w", resource.Path, verb, err)
		}
		backend, err := a.compileIntegration(s, m, verb)
		if err != nil {
			return fmt.Errorf("resource %s, method %s: %w", resource.Path, verb, err)
		}
		m.backend = backend
		if err := s.tree.Add(verb, resource.Path, m); err != nil {
			return err
		}
	}
	return nil
}
