package provision

import "portico/local/cloudformation/coverage"

// iamCoverage declares roles and policies. They decide what functions and integrations may do in
// the account; companions on this machine check no rights.
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
