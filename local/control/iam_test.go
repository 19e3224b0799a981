package control_test

import (
	"strings"
	"testing"
)

const account = "arn:aws:iam::123456789012:"

func TestRoles(t *testing.T) {
	c := documents(t)
	c.run("iam", "", []step{
		{
			call: "CreateRole?RoleName=app&AssumeRolePolicyDocument=<trust>&Path=/svc/&Description=d&" +
				"Tags.member.1.Key=team&Tags.member.1.Value=a",
			status: 200, want: "<Role><Path>/svc/</Path><RoleName>app</RoleName><RoleId>AROA",
		},
		{call: "GetRole?RoleName=app", status: 200, want: "<Arn>" + account + "role/svc/app</Arn>"},
		{
			call: "GetRole?RoleName=app", status: 200,
			want: "<AssumeRolePolicyDocument>%7B%22Version%22%3A%222012-10-17%22",
		},
		{call: "GetRole?RoleName=app", status: 200, want: "<MaxSessionDuration>3600</MaxSessionDuration>"},
		{call: "GetRole?RoleName=app", status: 200, want: "<RoleLastUsed></RoleLastUsed>"},
		{
			call: "GetRole?RoleName=app", status: 200,
			want: "<Tags><member><Key>team</Key><Value>a</Value></member></Tags>",
		},
		{
			call: "CreateRole?RoleName=APP&AssumeRolePolicyDocument=<trust>", status: 409,
			want: "<Code>EntityAlreadyExists</Code><Message>Role with name APP already exists.</Message>",
		},
		{
			call: "GetRole?RoleName=none", status: 404,
			want: "<Code>NoSuchEntity</Code><Message>The role with name none cannot be found.</Message>",
		},
		{call: "UpdateRole?RoleName=app&MaxSessionDuration=7200", status: 200, want: "<UpdateRoleResult>"},
		{call: "ListRoles?PathPrefix=/svc/", status: 200, want: "<MaxSessionDuration>7200</"},
		{call: "ListRoles?PathPrefix=/other/", status: 200, want: "<Roles></Roles><IsTruncated>false<"},
		{
			call:   "UpdateAssumeRolePolicy?RoleName=app&PolicyDocument={",
			status: 400, want: "<Message>This policy contains invalid Json</Message>",
		},
		{call: "PutRolePolicy?RoleName=app&PolicyName=p&PolicyDocument=<invoke>", status: 200},
		{
			call: "GetRolePolicy?RoleName=app&PolicyName=p", status: 200,
			want: "<PolicyName>p</PolicyName><PolicyDocument>%7B%22Version",
		},
		{
			call: "GetRolePolicy?RoleName=app&PolicyName=q", status: 404,
			want: "The role policy with name q cannot be found.",
		},
		{
			call:   "AttachRolePolicy?RoleName=app&PolicyArn=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
			status: 200,
		},
		{
			call: "ListAttachedRolePolicies?RoleName=app", status: 200,
			want: "<PolicyName>AWSLambdaBasicExecutionRole</PolicyName>",
		},
		{
			call: "AttachRolePolicy?RoleName=app&PolicyArn=" + account + "policy/none", status: 404,
			want: "Policy " + account + "policy/none does not exist or is not attachable.",
		},
		{
			call: "DeleteRole?RoleName=app", status: 409,
			want: "<Code>DeleteConflict</Code><Message>Cannot delete entity, must detach all policies first.",
		},
		{
			call:   "DetachRolePolicy?RoleName=app&PolicyArn=arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
			status: 200,
		},
		{
			call: "DeleteRole?RoleName=app", status: 409,
			want: "Cannot delete entity, must delete policies first.",
		},
		{call: "DeleteRolePolicy?RoleName=app&PolicyName=p", status: 200},
		{call: "UntagRole?RoleName=app&TagKeys.member.1=TEAM", status: 200},
		{call: "ListRoleTags?RoleName=app", status: 200, want: "<Tags></Tags>"},
		{call: "ListInstanceProfilesForRole?RoleName=app", status: 200, want: "<InstanceProfiles></"},
		{call: "CreateInstanceProfile?InstanceProfileName=p", status: 501, want: "NotImplemented"},
		{call: "DeleteRole?RoleName=app", status: 200},
		{call: "DeleteRole?RoleName=app", status: 404},
	})
}

func TestUsersAndGroups(t *testing.T) {
	c := documents(t)
	c.run("iam", "", []step{
		{call: "GetUser", status: 200, want: "<Arn>" + account + "root</Arn>"},
		{call: "CreateUser?UserName=ada", status: 200, want: "<UserName>ada</UserName><UserId>AIDA"},
		{call: "CreateGroup?GroupName=devs", status: 200, want: "<GroupId>AGPA"},
		{call: "PutGroupPolicy?GroupName=devs&PolicyName=p&PolicyDocument=<invoke>", status: 200},
		{call: "AddUserToGroup?GroupName=devs&UserName=ada", status: 200},
		{call: "GetGroup?GroupName=devs", status: 200, want: "<Users><member><Path>/</Path><UserName>ada<"},
		{call: "ListGroupsForUser?UserName=ada", status: 200, want: "<GroupName>devs</GroupName>"},
		{
			call: "CreateAccessKey?UserName=ada", status: 200, want: "<Status>Active</Status>",
			take: "id=<AccessKeyId>|</AccessKeyId>",
		},
		{call: "CreateAccessKey?UserName=ada", status: 200},
		{
			call: "CreateAccessKey?UserName=ada", status: 409,
			want: "<Code>LimitExceeded</Code><Message>Cannot exceed quota for AccessKeysPerUser: 2</Message>",
		},
		{call: "GetAccessKeyLastUsed?AccessKeyId=<id>", status: 200, want: "<UserName>ada</UserName>"},
		{call: "UpdateAccessKey?UserName=ada&AccessKeyId=<id>&Status=Inactive", status: 200},
		{
			call: "DeleteUser?UserName=ada", status: 409,
			want: "<Code>DeleteConflict</Code>",
		},
		{call: "DeleteGroup?GroupName=devs", status: 409, want: "must remove users from group first."},
		{call: "UpdateUser?UserName=ada&NewUserName=bob", status: 200},
		{call: "GetGroup?GroupName=devs", status: 200, want: "<UserName>bob<"},
		{call: "RemoveUserFromGroup?GroupName=devs&UserName=bob", status: 200},
		{call: "DeleteLoginProfile?UserName=bob", status: 404, want: "NoSuchEntity"},
		{call: "GetLoginProfile?UserName=bob", status: 404, want: "Login Profile for User bob cannot be found."},
	})
	if user := c.people.users["bob"]; len(user.Keys) != 1 || len(user.Policies) != 0 {
		t.Errorf("the host has %+v, want one active key and no policy", user)
	}
	c.run("iam", "", []step{{call: "AddUserToGroup?GroupName=devs&UserName=bob", status: 200}})
	if user := c.people.users["bob"]; len(user.Policies) != 1 {
		t.Errorf("the host has %+v, want the group's policy", user)
	}
}

func TestManagedPolicies(t *testing.T) {
	c := documents(t)
	c.names["arn"] = account + "policy/calls"
	c.run("iam", "", []step{
		{
			call: "CreatePolicy?PolicyName=calls&PolicyDocument=<invoke>", status: 200,
			want: "<DefaultVersionId>v1</DefaultVersionId><AttachmentCount>0</AttachmentCount>",
		},
		{
			call: "CreatePolicy?PolicyName=calls&PolicyDocument=<invoke>", status: 409,
			want: "A policy called calls already exists. Duplicate names are not allowed.",
		},
		{call: "CreateRole?RoleName=app&AssumeRolePolicyDocument=<trust>", status: 200},
		{call: "AttachRolePolicy?RoleName=app&PolicyArn=<arn>", status: 200},
		{call: "GetPolicy?PolicyArn=<arn>", status: 200, want: "<AttachmentCount>1</AttachmentCount>"},
		{call: "ListEntitiesForPolicy?PolicyArn=<arn>", status: 200, want: "<RoleName>app</RoleName>"},
		{
			call: "CreatePolicyVersion?PolicyArn=<arn>&PolicyDocument=<invoke>&SetAsDefault=true",
			want: "<VersionId>v2</VersionId><IsDefaultVersion>true</IsDefaultVersion>", status: 200,
		},
		{
			call: "DeletePolicyVersion?PolicyArn=<arn>&VersionId=v2", status: 409,
			want: "Cannot delete the default version of a policy.",
		},
		{
			call: "GetPolicyVersion?PolicyArn=<arn>&VersionId=v9", status: 404,
			want: "Policy <arn> version v9 does not exist or is not attachable.",
		},
		{call: "DeletePolicy?PolicyArn=<arn>", status: 409, want: "Cannot delete a policy attached to entities."},
		{call: "DetachRolePolicy?RoleName=app&PolicyArn=<arn>", status: 200},
		{call: "DetachRolePolicy?RoleName=app&PolicyArn=<arn>", status: 404, want: "Policy <arn> was not found."},
		{call: "DeletePolicy?PolicyArn=<arn>", status: 409, want: "This policy has more than one version."},
		{call: "DeletePolicyVersion?PolicyArn=<arn>&VersionId=v1", status: 200},
		{call: "DeletePolicy?PolicyArn=<arn>", status: 200},
		{call: "GetPolicy?PolicyArn=<arn>", status: 404, want: "Policy <arn> was not found."},
		{
			call:   "GetPolicy?PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess",
			status: 200, want: "<Path>/</Path>",
		},
		{call: "ListPolicies?Scope=Local", status: 200, want: "<Policies></Policies>"},
		{call: "ListPolicies?Scope=AWS&MaxItems=1", status: 200, want: "<IsTruncated>true<"},
		{call: "GetAccountSummary", status: 200, want: "<entry><key>Roles</key><value>1</value></entry>"},
	})
}

func TestAWSPoliciesAreThere(t *testing.T) {
	c := documents(t)
	for _, name := range []string{
		"AdministratorAccess", "service-role/AWSLambdaBasicExecutionRole",
		"service-role/AmazonAPIGatewayPushToCloudWatchLogs",
	} {
		c.run("iam", "", []step{{
			call:   "GetPolicyVersion?VersionId=v1&PolicyArn=arn:aws:iam::aws:policy/" + name,
			status: 200, want: "%22Effect%22%3A%22Allow%22",
		}})
	}
}

func TestListsHavePages(t *testing.T) {
	c := documents(t)
	c.run("iam", "", []step{
		{call: "CreateUser?UserName=a", status: 200},
		{call: "CreateUser?UserName=b", status: 200},
		{call: "CreateUser?UserName=c", status: 200},
		{
			call: "ListUsers?MaxItems=2", status: 200, want: "<IsTruncated>true</IsTruncated><Marker>",
			take: "marker=<Marker>|</Marker>",
		},
		{
			call: "ListUsers?MaxItems=2&Marker=<marker>", status: 200,
			want: "<ListUsersResult><Users><member><Path>/</Path><UserName>c</UserName>",
		},
		{call: "ListUsers?Marker=!", status: 400, want: "<Code>ValidationError</Code>"},
	})
}

func TestServiceLinkedRoles(t *testing.T) {
	documents(t).run("iam", "", []step{
		{
			call: "CreateServiceLinkedRole?AWSServiceName=ops.apigateway.amazonaws.com", status: 200,
			want: "role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway<",
		},
		{
			call: "CreateServiceLinkedRole?AWSServiceName=ops.apigateway.amazonaws.com", status: 400,
			want: "Service role name AWSServiceRoleForAPIGateway has been taken in this account",
		},
		{
			call: "TagRole?RoleName=AWSServiceRoleForAPIGateway&Tags.member.1.Key=a&" +
				"Tags.member.1.Value=b", status: 200,
		},
		{call: "DeleteRole?RoleName=AWSServiceRoleForAPIGateway", status: 400, want: "UnmodifiableEntity"},
		{
			call: "DeleteServiceLinkedRole?RoleName=AWSServiceRoleForAPIGateway", status: 200,
			take: "task=<DeletionTaskId>|</DeletionTaskId>",
		},
		{
			call: "GetServiceLinkedRoleDeletionStatus?DeletionTaskId=<task>", status: 200,
			want: "<Status>SUCCEEDED</Status>",
		},
	})
}

func TestPolicyDocumentsAreJudged(t *testing.T) {
	c := documents(t)
	c.run("iam", "", []step{{call: "CreateUser?UserName=ada", status: 200}})
	const statement = `{"Version":"2012-10-17","Statement":{`
	for _, r := range []struct{ name, document, want string }{
		{"no JSON", `{`, "Syntax errors in policy."},
		{"an unknown element", statement + `"Effect":"Allow","Actions":"a:b","Resource":"*"}}`, "Syntax errors in policy."},
		{"no statement", `{"Version":"2012-10-17","Statement":[]}`, "Syntax errors in policy."},
		{"an unknown operator", statement + `"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Like":{"a":"b"}}}}`, "Syntax errors in policy."},
		{"no version", `{"Statement":{"Effect":"Allow","Action":"a:b","Resource":"*"}}`, "Policy document must be version 2012-10-17 or greater."},
		{"an effect in lower case", statement + `"Effect":"allow","Action":"a:b","Resource":"*"}}`, "The policy failed legacy parsing"},
		{"a principal", statement + `"Effect":"Allow","Principal":"*","Action":"a:b","Resource":"*"}}`, "Policy document should not specify a principal."},
		{"no action", statement + `"Effect":"Allow","Resource":"*"}}`, "Policy statement must contain actions."},
		{"no resource", statement + `"Effect":"Allow","Action":"a:b"}}`, "Policy statement must contain resources."},
		{"an action without a vendor", statement + `"Effect":"Allow","Action":"Invoke","Resource":"*"}}`, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"an action with two colons", statement + `"Effect":"Allow","Action":"a:b:c","Resource":"*"}}`, "Actions/Condition can contain only one colon."},
		{"a resource that is no ARN", statement + `"Effect":"Allow","Action":"a:b","Resource":"x"}}`, "Resource x must be in ARN format or &#34;*&#34;."},
		{"one name twice", `{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Action":"a:b","Resource":"*"},{"Sid":"a","Effect":"Deny","Action":"a:b","Resource":"*"}]}`, "Statement IDs (SID) in a single policy must be unique."},
	} {
		t.Run(r.name, func(t *testing.T) {
			c.refusesDocument(t, "PutUserPolicy?UserName=ada&PolicyName=p&PolicyDocument=<document>", r.document, r.want)
		})
	}
}

// refusesDocument makes a call with a <document> that is refused as malformed.
func (c *client) refusesDocument(t *testing.T, call, document, why string) {
	t.Helper()
	c.names["document"] = document
	status, text := c.ask("iam", "", call)
	want := "<Code>MalformedPolicyDocument</Code><Message>" + why + "</Message>"
	if status != 400 || !strings.Contains(text, want) {
		t.Errorf("got %d %s, want 400 %s", status, text, want)
	}
}

func TestTrustPoliciesAreJudged(t *testing.T) {
	c := documents(t)
	const begin = `{"Version":"2012-10-17","Statement":{"Effect":"Allow",`
	for _, r := range []struct{ name, document, want string }{
		{"a resource", begin + `"Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}`, "Has prohibited field Resource"},
		{"another service's action", begin + `"Principal":"*","Action":"s3:GetObject"}}`, "AssumeRole policy may only specify STS AssumeRole actions."},
		{"no principal", begin + `"Action":"sts:AssumeRole"}}`, "Missing required field Principal"},
		{"nobody", begin + `"Principal":{"AWS":"` + account + `role/none"},"Action":"sts:AssumeRole"}}`, "Invalid principal in policy: &#34;AWS&#34;:&#34;" + account + "role/none&#34;"},
		{"no service", begin + `"Principal":{"Service":"lambda"},"Action":"sts:AssumeRole"}}`, "Invalid principal in policy: &#34;SERVICE&#34;:&#34;lambda&#34;"},
	} {
		t.Run(r.name, func(t *testing.T) {
			c.refusesDocument(t, "CreateRole?RoleName=r&AssumeRolePolicyDocument=<document>", r.document, r.want)
		})
	}
}

func TestConstraintsOfIAM(t *testing.T) {
	documents(t).run("iam", "", []step{
		{
			call: "GetRole?RoleName=a b", status: 400,
			want: "<Code>ValidationError</Code><Message>1 validation error detected: Value &#39;a b&#39; at " +
				"&#39;roleName&#39; failed to satisfy constraint: Member must satisfy regular expression " +
				"pattern: [\\w+=,.@-]+</Message>",
		},
		{call: "CreateRole?RoleName=a", status: 400, want: "Value null at &#39;assumeRolePolicyDocument&#39;"},
	})
}
