package iam

import (
	"encoding/json"
	"strings"

	"portico/local/control/model"
)

// linkedNames are the names of service-linked roles that do not follow from their service's.
func linkedNames() map[string]string {
	return map[string]string{
		"ops.apigateway": "APIGateway", "wafv2": "WAFV2Logging", "autoscaling": "AutoScaling",
		"dynamodb.application-autoscaling": "ApplicationAutoScaling_DynamoDBTable",
		"replication.dynamodb":             "DynamoDBReplication", "elasticloadbalancing": "ElasticLoadBalancing",
		"replicator.lambda": "LambdaReplicator", "logs": "CloudWatchLogs", "ecs": "ECS", "rds": "RDS",
	}
}

func createServiceLinkedRole(c *call) (model.Object, error) {
	service := c.in.Text("AWSServiceName")
	short, ok := strings.CutSuffix(service, ".amazonaws.com")
	if !ok || short == "" {
		return nil, invalidInput("Service role creation is not supported for service %s", service)
	}
	name := linkedNames()[short]
	if name == "" {
		name = strings.ToUpper(short[:1]) + strings.ReplaceAll(short[1:], ".", "-")
	}
	name = "AWSServiceRoleFor" + name
	if suffix := c.in.Text("CustomSuffix"); suffix != "" {
		name += "_" + suffix
	}
	if _, err := c.entity(role, name); err == nil {
		return nil, invalidInput("Service role name %s has been taken in this account, please try a "+
			"different suffix.", name)
	}
	trust, err := json.Marshal(map[string]any{
		"Version": latest, "Statement": []any{map[string]any{
			"Effect": "Allow", "Principal": map[string]string{"Service": service},
			"Action": []string{"sts:AssumeRole"},
		}},
	})
	if err != nil {
		return nil, err
	}
	path := "/aws-service-role/" + service + "/"
	made := &Entity{
		Kind: string(role), Name: name, Path: path, ARN: c.arn(role.lower(), path, name),
		Created: stamp(c.now), Description: c.in.Text("Description"), Trust: string(trust),
		MaxSession: defaultSession, Service: service, Inline: map[string]string{},
	}
	c.world.Entities[keyOf(role, name)] = made
	return model.Object{"Role": c.view(made)}, nil
}

// deleteServiceLinkedRole deletes at once; the task it names is always done.
func deleteServiceLinkedRole(c *call) (model.Object, error) {
	found, err := c.named(role)
	if err != nil {
		return nil, err
	}
	if found.Service == "" {
		return nil, invalidInput("Role %s is not a service-linked role.", found.Name)
	}
	delete(c.world.Entities, keyOf(role, found.Name))
	return model.Object{
		"DeletionTaskId": "task" + strings.TrimSuffix(found.Path, "/") + "/" + found.Name + "/" +
			uniqueID("", found.ARN),
	}, nil
}

func getDeletionStatus(c *call) (model.Object, error) {
	if !strings.HasPrefix(c.in.Text("DeletionTaskId"), "task/aws-service-role/") {
		return nil, noSuchEntity("The deletion task %s cannot be found.", c.in.Text("DeletionTaskId"))
	}
	return model.Object{"Status": "SUCCEEDED"}, nil
}

// none makes an operation that lists what there is never any of here.
func none(member string) operation {
	return func(*call) (model.Object, error) {
		return model.Object{member: []any{}, "IsTruncated": false}, nil
	}
}

// noneOf is none for what an entity has.
func noneOf(k kind, member string) operation {
	return func(c *call) (model.Object, error) {
		if c.in.Text(string(k)+"Name") != "" {
			if _, err := c.named(k); err != nil {
				return nil, err
			}
		}
		return none(member)(c)
	}
}

// noLoginProfile answers for passwords, which nobody has.
func noLoginProfile(c *call) (model.Object, error) {
	name, err := c.userName()
	if err != nil {
		return nil, err
	}
	if _, err := c.entity(user, name); err != nil {
		return nil, err
	}
	return nil, noSuchEntity("Login Profile for User %s cannot be found.", name)
}

// getInstanceProfile answers for profiles of EC2 instances, of which there are none.
func getInstanceProfile(c *call) (model.Object, error) {
	return nil, noSuchEntity("Instance Profile %s cannot be found.",
		c.in.Text("InstanceProfileName"))
}

// getAccountSummary counts what there is, and says AWS's quotas.
func getAccountSummary(c *call) (model.Object, error) {
	counts := model.Object{
		"Roles": len(c.entities(role)), "RolesQuota": maxRoles,
		"Users": len(c.entities(user)), "UsersQuota": maxUsers,
		"Groups": len(c.entities(group)), "GroupsQuota": maxGroups,
		"GroupsPerUserQuota": maxMembership, "AccessKeysPerUserQuota": maxKeys,
		"Policies": len(c.policies()), "PoliciesQuota": maxPolicies, "PolicySizeQuota": maxDocument,
		"VersionsPerPolicyQuota":       maxVersions,
		"AttachedPoliciesPerRoleQuota": maxAttached, "AttachedPoliciesPerUserQuota": maxAttached,
		"AttachedPoliciesPerGroupQuota": maxAttached, "AssumeRolePolicySizeQuota": maxTrust,
		"UserPolicySizeQuota": inlineSizes()[user], "GroupPolicySizeQuota": inlineSizes()[group],
		"InstanceProfiles": 0, "InstanceProfilesQuota": 0, "Providers": 0, "MFADevices": 0,
		"MFADevicesInUse": 0, "AccountMFAEnabled": 0, "AccountAccessKeysPresent": 0,
		"AccountSigningCertificatesPresent": 0, "AccountPasswordPresent": 0,
		"ServerCertificates": 0, "ServerCertificatesQuota": 0, "SigningCertificatesPerUserQuota": 0,
		"GlobalEndpointTokenVersion": 1,
	}
	for name, count := range counts {
		if whole, ok := count.(int); ok {
			counts[name] = int64(whole)
		}
	}
	return model.Object{"SummaryMap": counts}, nil
}
