package lambda

import "portico/local/control/model"

// Handlers returns the operations that are implemented; also of a service that is not open.
func (s *Service) Handlers() model.Handlers {
	all := model.Handlers{
		"Invoke": s.reads(invoke), "InvokeAsync": s.reads(invokeAsync),
		"InvokeWithResponseStream": s.reads(invokeWithResponseStream),
		"GetAccountSettings":       s.reads(getAccountSettings),
	}
	return model.Add(model.Add(all, s.reads, readings()), s.writes, writings())
}

// readings are the operations that show something.
func readings() map[string]operation {
	return map[string]operation{
		"GetFunction": getFunction, "GetFunctionConfiguration": getFunctionConfiguration,
		"ListFunctions": listFunctions, "ListVersionsByFunction": listVersions,
		"GetAlias": getAlias, "ListAliases": listAliases,
		"GetPolicy":            getPolicy,
		"GetFunctionUrlConfig": getURL, "ListFunctionUrlConfigs": listURLs,
		"GetFunctionConcurrency":            getConcurrency,
		"GetProvisionedConcurrencyConfig":   getProvisioned,
		"ListProvisionedConcurrencyConfigs": listProvisioned,
		"GetFunctionEventInvokeConfig":      getAsync,
		"ListFunctionEventInvokeConfigs":    listAsync,
		"GetEventSourceMapping":             getMapping,
		"ListEventSourceMappings":           listMappings,
		"GetLayerVersion":                   getLayerVersion,
		"GetLayerVersionByArn":              getLayerVersionByARN,
		"ListLayerVersions":                 listLayerVersions, "ListLayers": listLayers,
		"ListTags":                     listTags,
		"GetFunctionCodeSigningConfig": getCodeSigning,
		"GetFunctionRecursionConfig":   getRecursion,
		"GetRuntimeManagementConfig":   getRuntimeManagement,
	}
}

// writings are the operations that change something.
func writings() map[string]operation {
	return map[string]operation{
		"CreateFunction": createFunction, "DeleteFunction": deleteFunction,
		"UpdateFunctionCode":          updateFunctionCode,
		"UpdateFunctionConfiguration": updateFunctionConfiguration,
		"PublishVersion":              publishVersion,
		"CreateAlias":                 createAlias,
		"UpdateAlias":                 updateAlias, "DeleteAlias": deleteAlias,
		"AddPermission": addPermission, "RemovePermission": removePermission,
		"CreateFunctionUrlConfig": createURL, "UpdateFunctionUrlConfig": updateURL,
		"DeleteFunctionUrlConfig": deleteURL,
		"PutFunctionConcurrency":  putConcurrency, "DeleteFunctionConcurrency": deleteConcurrency,
		"PutProvisionedConcurrencyConfig":    putProvisioned,
		"DeleteProvisionedConcurrencyConfig": deleteProvisioned,
		"PutFunctionEventInvokeConfig":       putAsync, "UpdateFunctionEventInvokeConfig": updateAsync,
		"DeleteFunctionEventInvokeConfig": deleteAsync,
		"CreateEventSourceMapping":        createMapping, "UpdateEventSourceMapping": updateMapping,
		"DeleteEventSourceMapping": deleteMapping,
		"PublishLayerVersion":      publishLayerVersion, "DeleteLayerVersion": deleteLayerVersion,
		"TagResource": tagResource, "UntagResource": untagResource,
		"PutFunctionCodeSigningConfig":    putCodeSigning,
		"DeleteFunctionCodeSigningConfig": deleteCodeSigning,
		"PutFunctionRecursionConfig":      putRecursion,
		"PutRuntimeManagementConfig":      putRuntimeManagement,
	}
}
