package apigateway

import "portico/local/control/model"

// Handlers returns the operations that are implemented.
func (s *Service) Handlers() model.Handlers {
	handlers := model.Handlers{}
	for name, do := range reading() {
		handlers[name] = s.reads(do)
	}
	for name, do := range writing() {
		handlers[name] = s.writes(do)
	}
	return handlers
}

// reading are the operations that change nothing. TestInvokeMethod is one: it works on what was there
// when it came, and holds up no write.
func reading() map[string]operation {
	return map[string]operation{
		"FlushStageCache":        flushStageCache,
		"GetAccount":             getAccount,
		"GetApiKey":              getAPIKey,
		"GetApiKeys":             getAPIKeys,
		"GetAuthorizer":          getAuthorizer,
		"GetAuthorizers":         getAuthorizers,
		"GetDeployment":          getDeployment,
		"GetDeployments":         getDeployments,
		"GetGatewayResponse":     getGatewayResponse,
		"GetGatewayResponses":    getGatewayResponses,
		"GetIntegration":         getIntegration,
		"GetIntegrationResponse": getIntegrationResponse,
		"GetMethod":              getMethod,
		"GetMethodResponse":      getMethodResponse,
		"GetModel":               getModel,
		"GetModelTemplate":       getModelTemplate,
		"GetModels":              getModels,
		"GetRequestValidator":    getRequestValidator,
		"GetRequestValidators":   getRequestValidators,
		"GetResource":            getResource,
		"GetResources":           getResources,
		"GetRestApi":             getRestAPI,
		"GetRestApis":            getRestAPIs,
		"GetStage":               getStage,
		"GetStages":              getStages,
		"GetTags":                getTags,
		"GetUsagePlan":           getUsagePlan,
		"GetUsagePlanKey":        getUsagePlanKey,
		"GetUsagePlanKeys":       getUsagePlanKeys,
		"GetUsagePlans":          getUsagePlans,
		"TestInvokeMethod":       testInvokeMethod,
	}
}

func writing() map[string]operation {
	return map[string]operation{
		"CreateApiKey":              createAPIKey,
		"CreateAuthorizer":          createAuthorizer,
		"CreateDeployment":          createDeployment,
		"CreateModel":               createModel,
		"CreateRequestValidator":    createRequestValidator,
		"CreateResource":            createResource,
		"CreateRestApi":             createRestAPI,
		"CreateStage":               createStage,
		"CreateUsagePlan":           createUsagePlan,
		"CreateUsagePlanKey":        createUsagePlanKey,
		"DeleteApiKey":              deleteAPIKey,
		"DeleteAuthorizer":          deleteAuthorizer,
		"DeleteDeployment":          deleteDeployment,
		"DeleteGatewayResponse":     deleteGatewayResponse,
		"DeleteIntegration":         deleteIntegration,
		"DeleteIntegrationResponse": deleteIntegrationResponse,
		"DeleteMethod":              deleteMethod,
		"DeleteMethodResponse":      deleteMethodResponse,
		"DeleteModel":               deleteModel,
		"DeleteRequestValidator":    deleteRequestValidator,
		"DeleteResource":            deleteResource,
		"DeleteRestApi":             deleteRestAPI,
		"DeleteStage":               deleteStage,
		"DeleteUsagePlan":           deleteUsagePlan,
		"DeleteUsagePlanKey":        deleteUsagePlanKey,
		"ImportRestApi":             importRestAPI,
		"PutGatewayResponse":        putGatewayResponse,
		"PutIntegration":            putIntegration,
		"PutIntegrationResponse":    putIntegrationResponse,
		"PutMethod":                 putMethod,
		"PutMethodResponse":         putMethodResponse,
		"PutRestApi":                putRestAPI,
		"TagResource":               tagResource,
		"UntagResource":             untagResource,
		"UpdateAccount":             updateAccount,
		"UpdateApiKey":              updateAPIKey,
		"UpdateAuthorizer":          updateAuthorizer,
		"UpdateDeployment":          updateDeployment,
		"UpdateGatewayResponse":     updateGatewayResponse,
		"UpdateIntegration":         updateIntegration,
		"UpdateIntegrationResponse": updateIntegrationResponse,
		"UpdateMethod":              updateMethod,
		"UpdateMethodResponse":      updateMethodResponse,
		"UpdateModel":               updateModel,
		"UpdateRequestValidator":    updateRequestValidator,
		"UpdateResource":            updateResource,
		"UpdateRestApi":             updateRestAPI,
		"UpdateStage":               updateStage,
		"UpdateUsagePlan":           updateUsagePlan,
	}
}
