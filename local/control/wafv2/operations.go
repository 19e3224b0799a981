package wafv2

import "portico/local/control/model"

// Handlers returns the operations that are implemented.
func (s *Service) Handlers() model.Handlers {
	all := model.Add(model.Handlers{}, s.reads, reading())
	return model.Add(all, s.writes, writing())
}

// reading are the operations that change nothing.
func reading() map[string]operation {
	all := map[string]operation{
		"CheckCapacity":                         checkCapacity,
		"DescribeManagedRuleGroup":              describeManagedGroup,
		"GetLoggingConfiguration":               getLogging,
		"GetPermissionPolicy":                   getPermission,
		"GetRateBasedStatementManagedKeys":      getManagedKeys,
		"GetSampledRequests":                    getSampled,
		"GetWebACLForResource":                  getWebACLForResource,
		"ListAvailableManagedRuleGroupVersions": listManagedVersions,
		"ListAvailableManagedRuleGroups":        listManagedGroups,
		"ListLoggingConfigurations":             listLogging,
		"ListResourcesForWebACL":                listResources,
		"ListTagsForResource":                   listTags,
	}
	for _, k := range kinds() {
		all["Get"+k.member], all["List"+k.list] = get(k), list(k)
	}
	return all
}

// writing are the operations that change something.
func writing() map[string]operation {
	all := map[string]operation{
		"AssociateWebACL":            associate,
		"DeleteLoggingConfiguration": deleteLogging,
		"DeletePermissionPolicy":     deletePermission,
		"DisassociateWebACL":         disassociate,
		"PutLoggingConfiguration":    putLogging,
		"PutPermissionPolicy":        putPermission,
		"TagResource":                tag,
		"UntagResource":              untag,
	}
	for _, k := range kinds() {
		all["Create"+k.member], all["Update"+k.member] = create(k), update(k)
		all["Delete"+k.member] = remove(k)
	}
	return all
}
