package provision

import "portico/local/cloudformation/coverage"

// iamCoverage declares roles and policies. What they say of execute-api is evaluated for signed
// calls (roles.go); companions on this machine check no rights.
func iamCoverage() coverage.Table {
	table := coverage.Table{}
	for _, name := range []string{
		"Role", "Policy", "ManagedPolicy", "RolePolicy", "User", "UserPolicy", "Group",
		"InstanceProfile", "ServiceLinkedRole",
	} {
		table["AWS::IAM::"+name] = irrelevant(noRoles, "**")
	}
	return table
}
