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

// reading are the operations that change nothing that is kept here. TestInvokeMethod is one: it works
// on what was there when it came, and holds up no write; and UpdateUsage, for the gateway counts.
func reading() map[string]operation {
	return map[string]operation{
		"FlushStageAuthorizersCache":      flushStageAuthorizersCache,
		"FlushStageCache":                 flushStageCache,
		"GetAccount":                      getAccount,
		"GetApiKey":                       getAPIKey,
		"GetApiKeys":                      getAPIKeys,
		"GetAuthorizer":                   getAuthorizer,
		"GetAuthorizers":                  getAuthorizers,
		"GetBasePathMapping":              getBasePathMapping,
		"GetBasePathMappings":             getBasePathMappings,
		"GetClientCertificate":            getClientCertificate,
		"GetClientCertificates":           getClientCertificates,
		"GetDeployment":                   getDeployment,
		"GetDeployments":                  getDeployments,
		"GetDocumentationPart":            getPart,
		"GetDocumentationParts":           getParts,
		"GetDocumentationVersion":         getVersion,
		"GetDocumentationVersions":        getVersions,
		"GetDomainName":                   getDomainName,
		"GetDomainNameAccessAssociations": getAccessAssociations,
		"GetDomainNames":                  getDomainNames,
		"GetExport":                       getExport,
		"GetGatewayResponse":              getGatewayResponse,
		"GetGatewayResponses":             getGatewayResponses,
		"GetIntegration":                  getIntegration,
		"GetIntegrationResponse":          getIntegrationResponse,
		"GetMethod":                       getMethod,
		"GetMethodResponse":               getMethodResponse,
		"GetModel":                        getModel,
		"GetModelTemplate":                getModelTemplate,
		"GetModels":                       getModels,
		"GetRequestValidator":             getRequestValidator,
		"GetRequestValidators":            getRequestValidators,
		"GetResource":                     getResource,
		"GetResources":                    getResources,
		"GetRestApi":                      getRestAPI,
		"GetRestApis":                     getRestAPIs,
		"GetSdkType":                      getSDKType,
		"GetSdkTypes":                     getSDKTypes,
		"GetStage":                        getStage,
		"GetStages":                       getStages,
		"GetTags":                         getTags,
		"GetUsage":                        getUsage,
		"GetUsagePlan":                    getUsagePlan,
		"GetUsagePlanKey":                 getUsagePlanKey,
		"GetUsagePlanKeys":                getUsagePlanKeys,
		"GetUsagePlans":                   getUsagePlans,
		"GetVpcLink":                      getVPCLink,
		"GetVpcLinks":                     getVPCLinks,
		"TestInvokeAuthorizer":            testInvokeAuthorizer,
		"TestInvokeMethod":                testInvokeMethod,
		"UpdateUsage":                     updateUsage,
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
		"ImportDocumentationParts":   importParts,
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
		"CreateApiKey":                      createAPIKey,
		"CreateBasePathMapping":             createBasePathMapping,
		"CreateDomainName":                  createDomainName,
		"CreateDomainNameAccessAssociation": createAccessAssociation,
		"CreateUsagePlan":                   createUsagePlan,
		"CreateUsagePlanKey":                createUsagePlanKey,
		"CreateVpcLink":                     createVPCLink,
		"DeleteApiKey":                      deleteAPIKey,
		"DeleteBasePathMapping":             deleteBasePathMapping,
		"DeleteClientCertificate":           deleteClientCertificate,
		"DeleteDomainName":                  deleteDomainName,
		"DeleteDomainNameAccessAssociation": deleteAccessAssociation,
		"DeleteUsagePlan":                   deleteUsagePlan,
		"DeleteUsagePlanKey":                deleteUsagePlanKey,
		"DeleteVpcLink":                     deleteVPCLink,
		"GenerateClientCertificate":         generateClientCertificate,
		"ImportApiKeys":                     importAPIKeys,
		"RejectDomainNameAccessAssociation": rejectAccessAssociation,
		"TagResource":                       tagResource,
		"UntagResource":                     untagResource,
		"UpdateAccount":                     updateAccount,
		"UpdateApiKey":                      updateAPIKey,
		"UpdateBasePathMapping":             updateBasePathMapping,
		"UpdateClientCertificate":           updateClientCertificate,
		"UpdateDomainName":                  updateDomainName,
		"UpdateUsagePlan":                   updateUsagePlan,
		"UpdateVpcLink":                     updateVPCLink,
	}
}
