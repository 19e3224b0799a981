package apigatewayv2

import "portico/local/control/model"

// Handlers returns the operations that are implemented: all that HTTP and WebSocket APIs have.
// Portals are not served.
func (s *Service) Handlers() model.Handlers {
	all := model.Add(model.Handlers{}, s.reads, reading())
	return model.Add(all, s.writes, writing(), writingParts(), writingDomains())
}

// reading are the operations that change nothing.
func reading() map[string]operation {
	all := map[string]operation{
		"ExportApi":        exportAPI,
		"GetApi":           getAPI,
		"GetApiMapping":    getMapping,
		"GetApiMappings":   getMappings,
		"GetApis":          getAPIs,
		"GetDomainName":    getDomain,
		"GetDomainNames":   getDomains,
		"GetModelTemplate": getModelTemplate,
		"GetRoutingRule":   getRule,
		"GetTags":          getTags,
		"GetVpcLink":       getLink,
		"GetVpcLinks":      getLinks,
		"ListRoutingRules": listRules,
	}
	for _, name := range []string{
		authorizers, deployments, integrations, integrationResponses, models, routes, routeResponses,
		stages,
	} {
		all["Get"+name] = get(name)
		all["Get"+name+"s"] = list(name)
	}
	return all
}

// writing are the operations on APIs, their deployments and their stages.
func writing() map[string]operation {
	return map[string]operation{
		"CreateApi":               createAPI,
		"CreateDeployment":        create(deployments, fillDeployment),
		"CreateStage":             create(stages, fillStage),
		"DeleteAccessLogSettings": deleteAccessLog,
		"DeleteApi":               deleteAPI,
		"DeleteCorsConfiguration": deleteCORS,
		"DeleteDeployment":        remove(deployments, checkUnused),
		"DeleteRouteSettings":     deleteRouteSettings,
		"DeleteStage":             deleteStage,
		"ImportApi":               importAPI,
		"ReimportApi":             reimportAPI,
		"ResetAuthorizersCache":   resetAuthorizersCache,
		"TagResource":             tagResource,
		"UntagResource":           untagResource,
		"UpdateApi":               updateAPI,
		"UpdateDeployment":        update(deployments, updateDeployment),
		"UpdateStage":             update(stages, updateStage),
	}
}

// writingParts are the operations on what stages serve.
func writingParts() map[string]operation {
	return map[string]operation{
		"CreateAuthorizer":            create(authorizers, fillAuthorizer),
		"CreateIntegration":           create(integrations, fillIntegration),
		"CreateIntegrationResponse":   create(integrationResponses, fillIntegrationResponse),
		"CreateModel":                 create(models, fillModel),
		"CreateRoute":                 create(routes, fillRoute),
		"CreateRouteResponse":         create(routeResponses, fillRouteResponse),
		"DeleteAuthorizer":            remove(authorizers, checkAuthorizerUnused),
		"DeleteIntegration":           remove(integrations, checkIntegrationUnused),
		"DeleteIntegrationResponse":   remove(integrationResponses, nil),
		"DeleteModel":                 remove(models, nil),
		"DeleteRoute":                 remove(routes, nil),
		"DeleteRouteRequestParameter": deleteRequestParameter,
		"DeleteRouteResponse":         remove(routeResponses, nil),
		"UpdateAuthorizer":            update(authorizers, fillAuthorizer),
		"UpdateIntegration":           update(integrations, updateIntegration),
		"UpdateIntegrationResponse":   update(integrationResponses, updateIntegrationResponse),
		"UpdateModel":                 update(models, updateModel),
		"UpdateRoute":                 update(routes, updateRoute),
		"UpdateRouteResponse":         update(routeResponses, updateRouteResponse),
	}
}

// writingDomains are the operations on domains and VPC links.
func writingDomains() map[string]operation {
	return map[string]operation{
		"CreateApiMapping":  createMapping,
		"CreateDomainName":  createDomain,
		"CreateRoutingRule": createRule,
		"CreateVpcLink":     createLink,
		"DeleteApiMapping":  deleteMapping,
		"DeleteDomainName":  deleteDomain,
		"DeleteRoutingRule": deleteRule,
		"DeleteVpcLink":     deleteLink,
		"PutRoutingRule":    putRule,
		"UpdateApiMapping":  updateMapping,
		"UpdateDomainName":  updateDomain,
		"UpdateVpcLink":     updateLink,
	}
}
