package apigateway

import "portico/local/control/model"

// Handlers returns the operations that are implemented.
func (s *Service) Handlers() model.Handlers {
	handlers := model.Handlers{}
	for name, do := range reading() {
		handlers[name] = s.reads(do)
	}
	for _, all := range []map[string]operation{writing(), writingShared()} {
		for name, do := range all {
			handlers[name] = s.writes(do)
		}
	}
	return handlers
}

// reading are the operations that change nothing. TestInvokeMethod is one: it works on what was
// there when it came, and holds up no write.
func reading() map[string]operation {
	return map[string]operation{
		"FlushStageCache":          flushStageCache,
		"GetAccount":               getAccount,
		"GetApiKey":                getAPIKey,
		"GetApiKeys":               getAPIKeys,
		"GetAuthorizer":            getAuthorizer,
		"GetAuthorizers":           getAuthorizers,
		"GetDeployment":            getDeployment,
		"GetDeployments":           getDeployments,
		"GetDocumentationPart":     getPart,
		"GetDocumentationParts":    getParts,
		"GetDocumentationVersion":  getVersion,
		"GetDocumentationVersions": getVersions,
		"GetGatewayResponse":       getGatewayResponse,
		"GetGatewayResponses":      getGatewayResponses,
		"GetIntegration":           getIntegration,
		"GetIntegrationResponse":   getIntegrationResponse,
		"GetMethod":                getMethod,
		"GetMethodResponse":        getMethodResponse,
		"GetModel":                 getModel,
		"GetModelTemplate":         getModelTemplate,
		"GetModels":                getModels,
		"GetRequestValidator":      getRequestValidator,
		"GetRequestValidators":     getRequestValidators,
		"GetResource":              getResource,
		"GetResources":             getResources,
		"GetRestApi":               getRestAPI,
		"GetRestApis":              getRestAPIs,
		"GetStage":                 getStage,
		"GetStages":                getStages,
		"GetTags":                  getTags,
		"GetUsagePlan":             getUsagePlan,
		"GetUsagePlanKey":          getUsagePlanKey,
		"GetUsagePlanKeys":         getUsagePlanKeys,
		"GetUsagePlans":            getUsagePlans,
		"GetVpcLink":               getVPCLink,
		"GetVpcLinks":              getVPCLinks,
		"TestInvokeMethod":         testInvokeMethod,
	}
}

// writing are the operations that change an API.
func writing() map[string]operation {
	return map[string]operation{
		"CreateAuthorizer":           createAuthorizer,
		"CreateDeployment":           createDeployment,
		"CreateDocumentationPart":    createPart,
		"CreateDocumentationVersion": createVersion,
		"CreateModel":                createModel,
		"CreateRequestValidator":     createRequestValidator,
		"CreateResource":             createResource,
		"CreateRestApi":              createRestAPI,
		"CreateStage":                createStage,
		"DeleteAuthorizer":           deleteAuthorizer,
		"DeleteDeployment":           deleteDeployment,
		"DeleteDocumentationPart":    deletePart,
		"DeleteDocumentationVersion": deleteVersion,
		"DeleteGatewayResponse":      deleteGatewayResponse,
		"DeleteIntegration":          deleteIntegration,
		"DeleteIntegrationResponse":  deleteIntegrationResponse,
		"DeleteMethod":               deleteMethod,
		"DeleteMethodResponse":       deleteMethodResponse,
		"DeleteModel":                deleteModel,
		"DeleteRequestValidator":     deleteRequestValidator,
		"DeleteResource":             deleteResource,
		"DeleteRestApi":              deleteRestAPI,
		"DeleteStage":                deleteStage,
		"ImportRestApi":              importRestAPI,
		"PutGatewayResponse":         putGatewayResponse,
		"PutIntegration":             putIntegration,
		"PutIntegrationResponse":     putIntegrationResponse,
		"PutMethod":                  putMethod,
		"PutMethodResponse":          putMethodResponse,
		"PutRestApi":                 putRestAPI,
		"UpdateAuthorizer":           updateAuthorizer,
		"UpdateDeployment":           updateDeployment,
		"UpdateDocumentationPart":    updatePart,
		"UpdateDocumentationVersion": updateVersion,
		"UpdateGatewayResponse":      updateGatewayResponse,
		"UpdateIntegration":          updateIntegration,
		"UpdateIntegrationResponse":  updateIntegrationResponse,
		"UpdateMethod":               updateMethod,
		"UpdateMethodResponse":       updateMethodResponse,
		"UpdateModel":                updateModel,
		"UpdateRequestValidator":     updateRequestValidator,
		"UpdateResource":             updateResource,
		"UpdateRestApi":              updateRestAPI,
		"UpdateStage":                updateStage,
	}
}

// writingShared are the operations that change what belongs to no single API, or may.
func writingShared() map[string]operation {
	return map[string]operation{
		"CreateApiKey":       createAPIKey,
		"CreateUsagePlan":    createUsagePlan,
		"CreateUsagePlanKey": createUsagePlanKey,
		"CreateVpcLink":      createVPCLink,
		"DeleteApiKey":       deleteAPIKey,
		"DeleteUsagePlan":    deleteUsagePlan,
		"DeleteUsagePlanKey": deleteUsagePlanKey,
		"DeleteVpcLink":      deleteVPCLink,
		"ImportApiKeys":      importAPIKeys,
		"TagResource":        tagResource,
		"UntagResource":      untagResource,
		"UpdateAccount":      updateAccount,
		"UpdateApiKey":       updateAPIKey,
		"UpdateUsagePlan":    updateUsagePlan,
		"UpdateVpcLink":      updateVPCLink,
	}
}
