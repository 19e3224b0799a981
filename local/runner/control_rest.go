package runner

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"portico/local/control"
	"portico/local/control/apigateway"
	"portico/local/control/apigatewayv2"
	"portico/local/gateway/api"
	"portico/local/gateway/restapi"
	"portico/local/gateway/usage"
	"portico/local/provision"
)

// controlHost serves what the management API of REST APIs describes.
type controlHost struct{ runner *Runner }

var _ apigateway.Host = controlHost{}

// Serve puts a REST API in place, whole: calls in flight finish on what was there.
func (h controlHost) Serve(
	definition api.REST, frozen func(deployment string) (api.REST, bool),
) error {
	return h.runner.place(definition.ID, h.compiler(definition, frozen))
}

func (h controlHost) compiler(
	definition api.REST, frozen func(string) (api.REST, bool),
) compiler {
	return func(app *App, shared restParts) (*served, error) {
		shared.frozen = frozen
		return h.runner.compileREST(app, definition, shared)
	}
}

// Remove ends a REST API.
func (h controlHost) Remove(id string) {
	h.runner.displace(context.Background(), id) // a REST API has no connections to close
}

// WebACL returns the ARN of the web ACL that the management API of AWS WAF put before a stage.
func (h controlHost) WebACL(stage string) string { return h.runner.App().StageWebACLs[stage] }

// Flush forgets the replies that a stage keeps.
func (h controlHost) Flush(api, stage string) error { return h.runner.FlushCache(api, stage) }

// FlushAuthorizers forgets the results that the authorizers of a stage keep. An API that is not
// served keeps none.
func (h controlHost) FlushAuthorizers(api, stage string) error {
	for _, s := range h.runner.allServed() {
		if kept, ok := s.api.(*restapi.API); ok && s.ID == api {
			return kept.FlushAuthorizers(stage)
		}
	}
	return nil
}

// tried compiles a definition, served or not, for one test of it.
func (h controlHost) tried(definition api.REST) (*restapi.API, error) {
	compiled, err := h.compiler(definition, func(string) (api.REST, bool) {
		return api.REST{}, false
	})(h.runner.App(), h.runner.sharedNow())
	if err != nil {
		return nil, err
	}
	tested, ok := compiled.api.(*restapi.API)
	if !ok {
		return nil, fmt.Errorf("API %s is no REST API", definition.ID)
	}
	return tested, nil
}

// Test calls a method of a definition.
func (h controlHost) Test(
	ctx context.Context, definition api.REST, in restapi.TestInvocation,
) (restapi.TestResult, error) {
	tested, err := h.tried(definition)
	if err != nil {
		return restapi.TestResult{}, err
	}
	return tested.TestInvokeMethod(ctx, in)
}

// TestAuthorizer asks an authorizer of a definition.
func (h controlHost) TestAuthorizer(
	ctx context.Context, definition api.REST, in restapi.TestAuthorization,
) (restapi.TestedAuthorization, error) {
	tested, err := h.tried(definition)
	if err != nil {
		return restapi.TestedAuthorization{}, err
	}
	return tested.TestInvokeAuthorizer(ctx, in)
}

// Described returns the REST APIs of the template and of deployed stacks.
func (h controlHost) Described() []api.REST { return h.runner.App().REST }

// restDomains is who put the domains of a region beside those of the template.
const restDomains = "apigateway domains "

// ServeDomains serves the domains of a region.
func (h controlHost) ServeDomains(ctx context.Context, region string, all []api.Domain) error {
	own := slices.Clone(all)
	for i := range own {
		mutual := own[i].MutualTLS
		if mutual == nil {
			continue
		}
		bucket, key, _ := strings.Cut(strings.TrimPrefix(mutual.TruststoreURI, "s3://"), "/")
		file, err := h.runner.stored(bucket, key)
		if err != nil {
			return fmt.Errorf("%s: %w; put it there, or name a copy of it in %s, documents: {%s/%s: FILE}",
				mutual.TruststoreURI, err, settingsFile, bucket, key)
		}
		trusted := *mutual
		trusted.File = file
		own[i].MutualTLS = &trusted
	}
	return h.runner.Put(ctx, restDomains+region, provision.Application{Domains: own})
}

// DescribedDomains returns the domains of the template, and those that other management APIs made.
func (h controlHost) DescribedDomains() []api.Domain {
	all := slices.Clone(h.runner.App().Domains)
	h.runner.changing.Lock()
	defer h.runner.changing.Unlock()
	for owner, part := range h.runner.added {
		if !strings.HasPrefix(owner, restDomains) {
			continue
		}
		all = slices.DeleteFunc(all, func(d api.Domain) bool {
			return slices.ContainsFunc(part.Domains, func(o api.Domain) bool { return o.Name == d.Name })
		})
	}
	return all
}

// Stages returns the names of the stages of an HTTP or WebSocket API.
func (h controlHost) Stages(id string) (names []string, ok bool) {
	for _, s := range h.runner.allServed() {
		if s.ID != id || s.Kind != "HTTP" && s.Kind != "WEBSOCKET" {
			continue
		}
		for _, stage := range s.Stages {
			names = append(names, stage.Name)
		}
		return names, true
	}
	created, ok := control.Opened[*apigatewayv2.Service](h.runner.managed.door)
	if !ok {
		return nil, false
	}
	return created.Stages(id)
}

// Usage is what API keys use of usage plans.
func (h controlHost) Usage() *usage.Store { return h.runner.usage }

// Certificate makes the client certificate of that id.
func (h controlHost) Certificate(id string) (apigateway.Certificate, error) {
	return h.runner.certificates.describe(id)
}

// ForgetCertificate deletes a client certificate.
func (h controlHost) ForgetCertificate(id string) error { return h.runner.certificates.forget(id) }

// describe returns the certificate of that id; it is made when there is none.
func (c *clientCertificates) describe(id string) (apigateway.Certificate, error) {
	if _, err := c.caller(id); err != nil {
		return apigateway.Certificate{}, err
	}
	loaded, err := c.load(id)
	if err != nil {
		return apigateway.Certificate{}, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: loaded.Certificate[0]})
	return apigateway.Certificate{PEM: string(text), Expires: loaded.Leaf.NotAfter}, nil
}

// forget deletes a certificate, and ends the idle connections that it was shown on.
func (c *clientCertificates) forget(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.callers[id]; known != nil {
		known.Close()
		delete(c.callers, id)
	}
	var errs []error
	for _, path := range []string{c.path(id), c.keyPath(id)} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("deleting a client certificate: %w", err))
		}
	}
	return errors.Join(errs...)
}
