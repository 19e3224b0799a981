package provision

import (
	"encoding/json"

	"portico/local/cloudformation/coverage"
)

// iamCoverage declares roles, users and policies. What they say of execute-api is evaluated for
// signed calls (roles.go); companions on this machine check no rights.
func iamCoverage() coverage.Table {
	table := coverage.Table{}
	for _, name := range []string{
		"Role", "Policy", "ManagedPolicy", "RolePolicy", "User", "UserPolicy", "Group",
		"GroupPolicy", "UserToGroupAddition", "AccessKey", "InstanceProfile", "ServiceLinkedRole",
	} {
		table["AWS::IAM::"+name] = irrelevant(noRoles, "**")
	}
	return table
}

// awsPolicies are AWS's own policies that allow calling APIs, by the end of their ARNs; others allow
// nothing here.
var awsPolicies = map[string]json.RawMessage{
	":iam::aws:policy/AdministratorAccess": json.RawMessage(
		`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`),
	":iam::aws:policy/PowerUserAccess": json.RawMessage(
		`{"Statement":[{"Effect":"Allow","NotAction":["iam:*","organizations:*","account:*"],` +
			`"Resource":"*"}]}`),
	":iam::aws:policy/AmazonAPIGatewayInvokeFullAccess": json.RawMessage(
		`{"Statement":[{"Effect":"Allow","Action":["execute-api:Invoke",` +
			`"execute-api:ManageConnections"],"Resource":"arn:aws:execute-api:*:*:*"}]}`),
}
