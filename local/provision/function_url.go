package provision

import (
	"encoding/json"
	"slices"
	"strings"

	"portico/local/cloudformation/coverage"
	"portico/local/gateway/api"
	"portico/local/lambda"
)

const typeFunctionURL = "AWS::Lambda::Url"

// functionURLCoverage declares the URLs of functions.
func functionURLCoverage() coverage.Table {
	return coverage.Table{
		typeFunctionURL: part(functionURLs,
			"AuthType", "Cors.AllowCredentials", "Cors.AllowHeaders[]", "Cors.AllowMethods[]",
			"Cors.AllowOrigins[]", "Cors.ExposeHeaders[]", "Cors.MaxAge", "InvokeMode", "Qualifier",
			"TargetFunctionArn"),
	}
}

// functionURLs reads the URLs of all functions, each with the resource policy of what it is for.
func (r *reader) functionURLs(configuration lambda.Configuration) []api.FunctionURL {
	known := functionIndex{}
	for _, f := range configuration.Functions {
		known.add(f)
	}
	policies := r.functionPolicies(known)
	taken := map[string]bool{}
	var urls []api.FunctionURL
	for _, resource := range r.assembly.ByType(typeFunctionURL) {
		p := r.properties(resource)
		arn, name, ok := urlTarget(p, known, configuration.Aliases)
		p.require("AuthType")
		id, _, _ := strings.Cut(r.attribute(resource, "FunctionUrl"), ".")
		made := api.FunctionURL{
			ID: strings.TrimPrefix(id, "https://"), Name: name, Account: r.account(resource),
			FunctionARN: arn,
			AuthType:    p.choice("AuthType", "NONE", "AWS_IAM"),
			InvokeMode:  p.choice("InvokeMode", "BUFFERED", "RESPONSE_STREAM"),
			CORS:        urlCORS(p),
		}
		if !ok {
			continue
		}
		if taken[arn] {
			p.fail("TargetFunctionArn", "%s has a URL already, and a function or alias has one", arn)
		}
		taken[arn] = true
		made.Policy = policies[arn].document(&r.problems)
		urls = append(urls, made)
	}
	return urls
}

// urlTarget returns what the URL invokes, and what the URL is called here. AWS takes the name or ARN
// of a function there, and an alias by its side.
func urlTarget(p properties, known functionIndex, aliases []lambda.Alias) (arn, name string, ok bool) {
	given := p.requiredText("TargetFunctionArn")
	if given == "" {
		return "", "", false
	}
	arn, qualifier, ok := known.find(given)
	if !ok {
		p.fail("TargetFunctionArn", "there is no such function; there is %s", oneOf(known))
		return "", "", false
	}
	if qualifier != "" {
		p.fail("TargetFunctionArn", "AWS takes a function without a qualifier; name an alias by "+
			"Qualifier")
		return "", "", false
	}
	name = known[arn].Name
	if alias := p.text("Qualifier"); alias != "" {
		isAlias := func(a lambda.Alias) bool { return a.FunctionARN == arn && a.Name == alias }
		if !slices.ContainsFunc(aliases, isAlias) {
			p.fail("Qualifier", "function %s has no such alias, and versions have no URLs", name)
			return "", "", false
		}
		arn, name = arn+":"+alias, name+"-"+alias
	}
	return arn, name + "-url", true
}

// urlCORS reads the CORS configuration of a URL. Preflights are always allowed, so OPTIONS is none
// of the methods.
func urlCORS(p properties) *api.CORS {
	given, ok := p.object("Cors")
	if !ok {
		return nil
	}
	configuration := api.CORS{
		AllowCredentials: given.boolean("AllowCredentials"),
		AllowHeaders:     given.texts("AllowHeaders"),
		AllowMethods:     given.texts("AllowMethods"),
		AllowOrigins:     given.texts("AllowOrigins"),
		ExposeHeaders:    given.texts("ExposeHeaders"),
	}
	methods := []string{"GET", "PUT", "HEAD", "POST", "PATCH", "DELETE", "*"}
	for _, method := range configuration.AllowMethods {
		if !slices.Contains(methods, method) {
			given.fail("AllowMethods", "%q is none of %s", method, strings.Join(methods, ", "))
		}
	}
	if given.has("MaxAge") {
		age := given.integerIn("MaxAge", 0, 0, 86_400)
		configuration.MaxAge = &age
	}
	return &configuration
}

// functionPolicy is the resource policy of a function or alias: a statement for each permission.
type functionPolicy []map[string]any

// functionPolicies reads the permissions as IAM statements, by the ARN they were granted for. One
// with a condition that is not evaluated is left out, as everywhere.
func (r *reader) functionPolicies(known functionIndex) map[string]functionPolicy {
	policies := map[string]functionPolicy{}
	for _, resource := range r.assembly.ByType(typePermission) {
		p := r.properties(resource)
		arn, qualifier, ok := known.find(p.text("FunctionName"))
		if !ok || p.has("EventSourceToken") || p.has("PrincipalOrgID") {
			continue
		}
		if qualifier != "" {
			arn += ":" + qualifier
		}
		statement := map[string]any{
			"Sid": resource.LogicalID, "Effect": "Allow", "Action": p.text("Action"),
			"Resource": arn, "Principal": r.permittedTo(p),
		}
		if conditions := permissionConditions(p); len(conditions) > 0 {
			statement["Condition"] = conditions
		}
		policies[arn] = append(policies[arn], statement)
	}
	return policies
}

// permittedTo returns the principal of a permission as a policy names it.
func (r *reader) permittedTo(p properties) any {
	principal := p.text("Principal")
	switch {
	case principal == "*":
		return principal
	case strings.HasPrefix(principal, "arn:"):
		return map[string]string{"AWS": principal}
	case len(principal) == 12 && strings.Trim(principal, "0123456789") == "":
		return map[string]string{
			"AWS": "arn:" + r.partition(p.resource.Stack.Region) + ":iam::" + principal + ":root",
		}
	}
	return map[string]string{"Service": principal}
}

func permissionConditions(p properties) map[string]map[string]string {
	conditions := map[string]map[string]string{}
	add := func(operator, key, value string) {
		if value == "" {
			return
		}
		if conditions[operator] == nil {
			conditions[operator] = map[string]string{}
		}
		conditions[operator][key] = value
	}
	add("ArnLike", "aws:SourceArn", p.text("SourceArn"))
	add("StringEquals", "aws:SourceAccount", p.text("SourceAccount"))
	add("StringEquals", "lambda:FunctionUrlAuthType",
		p.choice("FunctionUrlAuthType", "", "NONE", "AWS_IAM"))
	if p.boolean("InvokedViaFunctionUrl") {
		add("Bool", "lambda:InvokedViaFunctionUrl", "true")
	}
	return conditions
}

// document returns a policy as JSON, nil for one without statements.
func (f functionPolicy) document(found *problems) []byte {
	if len(f) == 0 {
		return nil
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": f})
	if err != nil {
		found.list = append(found.list, err) // maps of texts always marshal
	}
	return text
}
