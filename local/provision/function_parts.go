package provision

import (
	"strconv"
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/lambda"
)

const (
	typeVersion    = "AWS::Lambda::Version"
	typeAlias      = "AWS::Lambda::Alias"
	typePermission = "AWS::Lambda::Permission"
)

// functionPartsCoverage declares what belongs to functions.
func functionPartsCoverage() coverage.Table {
	return coverage.Table{
		typeVersion: rules(
			honoured("FunctionName"),
			part(provisioned, "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions"),
			part(managedInstances, "FunctionScalingConfig.**"),
			irrelevant("the runtime is the program's own", "RuntimePolicy.**"),
			irrelevant(onDeployment, "CodeSha256"),
			irrelevant(onlyText, "Description"),
		),
		typeAlias: rules(
			honoured("FunctionName", "FunctionVersion", "Name"),
			part(aliasWeights, "RoutingConfig.AdditionalVersionWeights[].FunctionVersion",
				"RoutingConfig.AdditionalVersionWeights[].FunctionWeight"),
			part(provisioned, "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions"),
			irrelevant(onlyText, "Description"),
		),
		typePermission: rules(
			honoured("Action", "FunctionName", "Principal", "SourceArn", "SourceAccount"),
			part(functionURLs, "FunctionUrlAuthType", "InvokedViaFunctionUrl"),
			part(grantConditions, "EventSourceToken", "PrincipalOrgID"),
		),
		typeAsync: part(asyncConfiguration, "DestinationConfig.**",
			"FunctionName", "MaximumEventAgeInSeconds", "MaximumRetryAttempts", "Qualifier"),
		"AWS::Lambda::LayerVersion": rules(
			part(layers, "Content.S3Bucket", "Content.S3Key", "Content.S3ObjectVersion"),
			irrelevant(labelOnly, "CompatibleArchitectures[]", "CompatibleRuntimes[]",
				"LayerName", "LicenseInfo"),
			irrelevant(onlyText, "Description"),
		),
		"AWS::Lambda::LayerVersionPermission": irrelevant(
			"layers are not shared between accounts here",
			"Action", "LayerVersionArn", "OrganizationId", "Principal"),
		"AWS::Lambda::CodeSigningConfig": irrelevant(onDeployment,
			"AllowedPublishers.**", "CodeSigningPolicies.**", "Description", "Tags.**"),
		"AWS::Lambda::CapacityProvider": part(managedInstances, "CapacityProviderName",
			"CapacityProviderScalingConfig.**", "InstanceRequirements.**", "KmsKeyArn",
			"PermissionsConfig.**", "Tags.**", "VpcConfig.**"),
	}
}

// conditionsNotMet lists the conditions of a permission that invocations by API Gateway never meet;
// those of function URLs are evaluated (functionPolicies).
func conditionsNotMet() []string {
	return []string{
		"EventSourceToken", "FunctionUrlAuthType", "InvokedViaFunctionUrl", "PrincipalOrgID",
	}
}

// functionIndex finds functions by name and by ARN.
type functionIndex map[string]lambda.Function

func (x functionIndex) add(f lambda.Function) {
	x[f.Name] = f
	x[f.ARN] = f
}

// find resolves a FunctionName: a name, an ARN or "account:function:name", each with or without a
// qualifier. It returns the ARN without the qualifier.
func (x functionIndex) find(name string) (arn, qualifier string, ok bool) {
	if at := strings.LastIndex(name, ":function:"); at >= 0 {
		own, tail := name[at+len(":function:"):], ""
		own, tail, _ = strings.Cut(own, ":")
		f, ok := x[own]
		if strings.HasPrefix(name, "arn:") && ok && f.ARN != name[:at]+":function:"+own {
			return "", "", false // of another account or region
		}
		return f.ARN, tail, ok
	}
	own, tail, _ := strings.Cut(name, ":")
	f, ok := x[own]
	return f.ARN, tail, ok
}

// functionOf resolves the property FunctionName and notes a function that does not exist.
func functionOf(p properties, known functionIndex) (arn, qualifier string, ok bool) {
	name := p.requiredText("FunctionName")
	if name == "" {
		return "", "", false
	}
	arn, qualifier, ok = known.find(name)
	if !ok {
		p.fail("FunctionName", "there is no such function; there is %s", oneOf(known))
	}
	return arn, qualifier, ok
}

func (r *reader) versions(known functionIndex) []lambda.Version {
	var versions []lambda.Version
	for _, resource := range r.assembly.ByType(typeVersion) {
		p := r.properties(resource)
		arn, _, ok := functionOf(p, known)
		if !ok {
			continue
		}
		versions = append(versions, lambda.Version{
			FunctionARN: arn, Number: r.attribute(resource, "Version"),
			Origin: resource.Stack.Name + "/" + resource.LogicalID,
			// CDK's currentVersion, whose logical id it makes of the code.
			FollowsCode: strings.HasSuffix(resource.Path, "/CurrentVersion/Resource"),
			Provisioned: provisionedOf(p),
		})
	}
	return versions
}

// aliases reads every alias.
//
// Unlike AWS: an update policy (CodeDeployLambdaAliasUpdate) moves nothing here. The alias points at
// its new version at once, without the schedule, the hooks and the alarms of a deployment group;
// portico release shifts an alias step by step.
func (r *reader) aliases(known functionIndex, versions []lambda.Version) []lambda.Alias {
	var aliases []lambda.Alias
	for _, resource := range r.assembly.ByType(typeAlias) {
		p := r.properties(resource)
		arn, _, ok := functionOf(p, known)
		p.require("Name")
		p.require("FunctionVersion")
		if !ok {
			continue
		}
		published := r.published(arn, versions)
		lookUp(p, "FunctionVersion", "version of this function", published)
		aliases = append(aliases, lambda.Alias{
			FunctionARN: arn,
			Name:        p.text("Name"),
			Version:     p.text("FunctionVersion"),
			Weights:     weights(p, published),
			Provisioned: provisionedOf(p),
		})
		checkShares(p, aliases[len(aliases)-1])
	}
	return aliases
}

// published returns the versions that an alias may name: those of the template, and those that
// earlier deployments have left.
func (r *reader) published(arn string, versions []lambda.Version) map[string]bool {
	published := map[string]bool{"$LATEST": true}
	for _, version := range versions {
		if version.FunctionARN == arn {
			published[version.Number] = true
		}
	}
	if r.options.Published != nil {
		for _, number := range r.options.Published(arn) {
			published[number] = true
		}
	}
	return published
}

func provisionedOf(p properties) int {
	configuration, ok := p.object("ProvisionedConcurrencyConfig")
	if !ok || !configuration.require("ProvisionedConcurrentExecutions") {
		return 0
	}
	n := configuration.integer("ProvisionedConcurrentExecutions", 0)
	if n < 1 {
		configuration.fail("ProvisionedConcurrentExecutions", "want 1 or more")
	}
	return n
}

// checkShares refuses what AWS refuses of an alias with two versions.
func checkShares(p properties, alias lambda.Alias) {
	const property = "RoutingConfig.AdditionalVersionWeights"
	refuse := func(reason string) { p.problems.add(p.resource, property, alias.Weights, reason) }
	_, latest := alias.Weights["$LATEST"]
	_, twice := alias.Weights[alias.Version]
	switch {
	case len(alias.Weights) > 1:
		refuse("Number of items in AdditionalVersionWeights cannot be greater than 1")
	case latest || len(alias.Weights) > 0 && alias.Version == "$LATEST":
		refuse("$LATEST is not supported for an alias pointing to more than 1 version")
	case twice:
		refuse("Function version " + alias.Version + " is already included in routing configuration.")
	case len(alias.Weights) > 0 && alias.Provisioned > 0:
		refuse("Alias with weights can not be used with Provisioned Concurrency")
	}
	if alias.Provisioned > 0 && alias.Version == "$LATEST" {
		p.fail("FunctionVersion", "provisioned concurrency wants a published version")
	}
}

func weights(p properties, published map[string]bool) map[string]float64 {
	routing, ok := p.object("RoutingConfig")
	if !ok {
		return nil
	}
	var shares map[string]float64
	for _, item := range routing.objects("AdditionalVersionWeights") {
		lookUp(item, "FunctionVersion", "version of this function", published)
		share := item.number("FunctionWeight", 0)
		if share < 0 || share > 1 {
			item.fail("FunctionWeight", "want 0 to 1")
		}
		if shares == nil {
			shares = map[string]float64{}
		}
		shares[item.text("FunctionVersion")] = share
	}
	return shares
}

// permissions reads the resource policies of functions, as API Gateway meets them. A permission with
// a condition that is not met or not checked here is left out, so that it never grants more than on
// AWS.
func (r *reader) permissions(known functionIndex) []lambda.Permission {
	var permissions []lambda.Permission
	for _, resource := range r.assembly.ByType(typePermission) {
		p := r.properties(resource)
		arn, qualifier, ok := functionOf(p, known)
		p.require("Action")
		p.require("Principal")
		if !ok || hasCondition(p) {
			continue
		}
		if qualifier != "" {
			arn += ":" + qualifier
		}
		permissions = append(permissions, lambda.Permission{
			FunctionARN:   arn,
			Action:        p.text("Action"),
			Principal:     p.text("Principal"),
			SourceARN:     p.text("SourceArn"),
			SourceAccount: p.text("SourceAccount"),
		})
	}
	return permissions
}

func hasCondition(p properties) bool {
	for _, name := range conditionsNotMet() {
		// False, of a truth value, sets no condition.
		if p.has(name) && p.text(name) != strconv.FormatBool(false) {
			return true
		}
	}
	return false
}
