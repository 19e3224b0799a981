package iam

import "portico/local/control/model"

// Handlers returns the operations that are implemented.
func (s *Service) Handlers() model.Handlers {
	all := model.Add(model.Handlers{}, s.reads, reading())
	return model.Add(all, s.writes, writing())
}

// reading are the operations that change nothing.
func reading() map[string]operation {
	all := map[string]operation{
		"DeleteLoginProfile":                 noLoginProfile,
		"GetAccessKeyLastUsed":               getAccessKeyLastUsed,
		"GetAccountSummary":                  getAccountSummary,
		"GetGroup":                           getGroup,
		"GetInstanceProfile":                 getInstanceProfile,
		"GetLoginProfile":                    noLoginProfile,
		"GetPolicy":                          getPolicy,
		"GetPolicyVersion":                   getPolicyVersion,
		"GetRole":                            getRole,
		"GetServiceLinkedRoleDeletionStatus": getDeletionStatus,
		"GetUser":                            getUser,
		"ListAccessKeys":                     listAccessKeys,
		"ListAccountAliases":                 none("AccountAliases"),
		"ListEntitiesForPolicy":              listEntitiesForPolicy,
		"ListGroups":                         listGroups,
		"ListGroupsForUser":                  listGroupsForUser,
		"ListInstanceProfiles":               none("InstanceProfiles"),
		"ListInstanceProfilesForRole":        noneOf(role, "InstanceProfiles"),
		"ListMFADevices":                     noneOf(user, "MFADevices"),
		"ListOpenIDConnectProviders":         none("OpenIDConnectProviderList"),
		"ListPolicies":                       listPolicies,
		"ListPolicyTags":                     listPolicyTags,
		"ListPolicyVersions":                 listPolicyVersions,
		"ListRoleTags":                       listTags(role),
		"ListRoles":                          listRoles,
		"ListSAMLProviders":                  none("SAMLProviderList"),
		"ListSSHPublicKeys":                  noneOf(user, "SSHPublicKeys"),
		"ListServerCertificates":             none("ServerCertificateMetadataList"),
		"ListServiceSpecificCredentials":     noneOf(user, "ServiceSpecificCredentials"),
		"ListSigningCertificates":            noneOf(user, "Certificates"),
		"ListUserTags":                       listTags(user),
		"ListUsers":                          listUsers,
		"ListVirtualMFADevices":              none("VirtualMFADevices"),
	}
	for _, k := range []kind{role, user, group} {
		name := string(k)
		all["Get"+name+"Policy"] = getInline(k)
		all["List"+name+"Policies"] = listInline(k)
		all["ListAttached"+name+"Policies"] = listAttached(k)
	}
	return all
}

// writing are the operations that change something.
func writing() map[string]operation {
	all := map[string]operation{
		"AddUserToGroup":          addUserToGroup,
		"CreateAccessKey":         createAccessKey,
		"CreateGroup":             createGroup,
		"CreatePolicy":            createPolicy,
		"CreatePolicyVersion":     createPolicyVersion,
		"CreateRole":              createRole,
		"CreateServiceLinkedRole": createServiceLinkedRole,
		"CreateUser":              createUser,
		"DeleteAccessKey":         deleteAccessKey,
		"DeleteGroup":             deleteGroup,
		"DeletePolicy":            deletePolicy,
		"DeletePolicyVersion":     deletePolicyVersion,
		"DeleteRole":              deleteRole,
		"DeleteServiceLinkedRole": deleteServiceLinkedRole,
		"DeleteUser":              deleteUser,
		"RemoveUserFromGroup":     removeUserFromGroup,
		"SetDefaultPolicyVersion": setDefaultPolicyVersion,
		"TagPolicy":               tagPolicy,
		"UntagPolicy":             untagPolicy,
		"UpdateAccessKey":         updateAccessKey,
		"UpdateAssumeRolePolicy":  updateAssumeRolePolicy,
		"UpdateGroup":             updateGroup,
		"UpdateRole":              updateRole,
		"UpdateRoleDescription":   updateRoleDescription,
		"UpdateUser":              updateUser,
	}
	for _, k := range []kind{role, user} {
		name := string(k)
		all["Tag"+name], all["Untag"+name] = tag(k), untag(k)
		all["Put"+name+"PermissionsBoundary"] = putBoundary(k)
		all["Delete"+name+"PermissionsBoundary"] = deleteBoundary(k)
	}
	for _, k := range []kind{role, user, group} {
		name := string(k)
		all["Put"+name+"Policy"], all["Delete"+name+"Policy"] = putInline(k), deleteInline(k)
		all["Attach"+name+"Policy"], all["Detach"+name+"Policy"] = attach(k), detach(k)
	}
	return all
}
