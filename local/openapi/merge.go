package openapi

import (
	"maps"
	"slices"

	"portico/local/gateway/api"
)

// over puts what was imported over what is there already. Resources keep their ids where the path
// stays, and stages and usage plans are none of the document's business.
func (r *restImporter) over(base api.REST, mode string) api.REST {
	made := r.api
	made.Stages, made.UsagePlans = base.Stages, base.UsagePlans
	if made.Name == "" {
		made.Name = base.Name
	}
	made.APIKeySource = first(r.keySource, base.APIKeySource, "HEADER")
	made.MinimumCompressionSize = base.MinimumCompressionSize
	if r.compression != nil {
		made.MinimumCompressionSize = r.compression
	}
	made.DisableExecuteAPIEndpoint = base.DisableExecuteAPIEndpoint
	if r.disable != nil {
		made.DisableExecuteAPIEndpoint = *r.disable
	}
	made.Policy = base.Policy
	if r.policy != nil {
		made.Policy = r.policy
	}
	if mode != ModeOverwrite || len(made.BinaryMediaTypes) == 0 {
		made.BinaryMediaTypes = union(base.BinaryMediaTypes, made.BinaryMediaTypes)
	}
	keepResources(&made, base)
	if mode == ModeMerge {
		keepParts(&made, base)
	}
	return made
}

func first(texts ...string) string {
	for _, one := range texts {
		if one != "" {
			return one
		}
	}
	return ""
}

// union appends what a does not have, the older types first.
func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, one := range b {
		if !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return all
}

// keepResources gives the resources whose path stays their old ids.
func keepResources(made *api.REST, base api.REST) {
	for i := range made.Resources {
		for _, old := range base.Resources {
			if old.Path == made.Resources[i].Path {
				made.Resources[i].ID = old.ID
			}
		}
	}
}

// keepParts merges: what the document does not define stays.
func keepParts(made *api.REST, base api.REST) {
	for _, old := range base.Resources {
		at := slices.IndexFunc(made.Resources, func(r api.Resource) bool { return r.Path == old.Path })
		if at < 0 {
			made.Resources = append(made.Resources, old)
			continue
		}
		made.Resources[at].Methods = merged(old.Methods, made.Resources[at].Methods)
	}
	slices.SortFunc(made.Resources, func(a, b api.Resource) int {
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	keepAuthorizers(made, base)
	made.Models = merged(base.Models, made.Models)
	made.RequestValidators = merged(base.RequestValidators, made.RequestValidators)
	made.GatewayResponses = merged(base.GatewayResponses, made.GatewayResponses)
}

// keepAuthorizers lets an authorizer of a known name replace the old one under the old one's id,
// which methods that stay refer to.
func keepAuthorizers(made *api.REST, base api.REST) {
	renamed := map[string]string{}
	fresh := map[string]api.RESTAuthorizer{}
	for id, authorizer := range made.Authorizers {
		for oldID, old := range base.Authorizers {
			if old.Name == authorizer.Name {
				renamed[id], authorizer.ID = oldID, oldID
			}
		}
		fresh[authorizer.ID] = authorizer
	}
	made.Authorizers = merged(base.Authorizers, fresh)
	for _, resource := range made.Resources {
		for verb, method := range resource.Methods {
			if id, ok := renamed[method.AuthorizerID]; ok {
				method.AuthorizerID = id
				resource.Methods[verb] = method
			}
		}
	}
}

// merged returns the entries of both; the new ones win.
func merged[T any](old, fresh map[string]T) map[string]T {
	if len(old) == 0 {
		return fresh
	}
	all := maps.Clone(old)
	maps.Copy(all, fresh)
	return all
}
