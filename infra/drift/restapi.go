package drift

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigateway/types"

	"portico/infra/release"
)

// compareRESTStages compares the stages of REST APIs.
func (c *comparison) compareRESTStages(ctx context.Context) error {
	for _, id := range c.values.deployed("AWS::ApiGateway::Stage") {
		wanted := c.values.properties(id)
		api, ok := wanted["RestApiId"].(string)
		if !ok {
			continue // of an API of another stack
		}
		name := text(wanted["StageName"])
		out, err := c.REST.GetStage(ctx, &apigateway.GetStageInput{
			RestApiId: aws.String(api), StageName: aws.String(name),
		})
		if err != nil {
			return fmt.Errorf("stage %s of REST API %s: %w", name, api, release.Said(err))
		}
		live := told(out)
		of := alike("Variables", "TracingEnabled", "CacheClusterEnabled", "ClientCertificateId",
			"DocumentationVersion", "Description")
		of = append(of, watched{"AccessLogSetting", "AccessLogSettings"})
		if text(wanted["CacheClusterEnabled"]) == "true" {
			of = append(of, alike("CacheClusterSize")...)
		}
		if id != c.released { // its deployments are told by compareRelease
			of = append(of, alike("DeploymentId")...)
			c.compareCanary(id, wanted, out.CanarySettings)
		}
		c.compare(id, "", wanted, live, of)
		c.compare(id, "", map[string]any{"MethodSettings": methodSettings(wanted["MethodSettings"])},
			map[string]any{"MethodSettings": withoutEscapes(object(live["MethodSettings"]))},
			alike("MethodSettings"))
	}
	return nil
}

// compareCanary tells of a canary that the template does not have, and of another share.
func (c *comparison) compareCanary(
	id string, wanted map[string]any, live *types.CanarySettings,
) {
	setting, has := wanted["CanarySetting"].(map[string]any)
	switch {
	case live == nil && !has:
	case live == nil:
		c.find(ChangedByHand, id, "the canary that the template has is not there")
	case !has:
		api, stage := text(wanted["RestApiId"]), text(wanted["StageName"])
		c.find(CanaryLeft, id, "deployment %s serves %g %% of the calls as a canary, which the "+
			"template does not have", aws.ToString(live.DeploymentId), live.PercentTraffic).Do = fmt.Sprintf(
			"portico release rollback --api %s --stage %s, or promote", api, stage)
	default:
		c.compare(id, "CanarySetting.", setting, told(live),
			alike("DeploymentId", "PercentTraffic", "StageVariableOverrides", "UseStageCache"))
	}
}

// methodSettings turns the list of a template into the map that a stage has, by path and method.
// What API Gateway makes of throttles and caches that the template leaves open follows from the account.
func methodSettings(settings any) any {
	if settings == nil {
		return map[string]any{}
	}
	all, ok := settings.([]any)
	if !ok {
		return unknown{}
	}
	made := map[string]any{}
	for _, one := range all {
		own := map[string]any{
			"ThrottlingBurstLimit": unknown{}, "ThrottlingRateLimit": unknown{},
			"CacheTtlInSeconds": unknown{}, "CacheDataEncrypted": unknown{},
		}
		for name, value := range object(one) {
			if name != "HttpMethod" && name != "ResourcePath" {
				own[name] = value
			}
		}
		path := text(object(one)["ResourcePath"])
		made[place(path+"/"+text(object(one)["HttpMethod"]))] = own
	}
	return made
}

// place writes a method's path as the settings of stages are keyed, without escapes: */*,
// v1/orders/GET.
func place(path string) string {
	return strings.TrimLeft(strings.ReplaceAll(path, "~1", "/"), "/")
}

func withoutEscapes(live map[string]any) map[string]any {
	made := make(map[string]any, len(live))
	for path, settings := range live {
		made[place(path)] = settings
	}
	return made
}

// compareMethods compares the methods of REST APIs that the template describes one by one.
func (c *comparison) compareMethods(ctx context.Context) error {
	for _, api := range c.values.deployed("AWS::ApiGateway::RestApi") {
		properties := c.values.properties(api)
		if properties["Body"] != nil || properties["BodyS3Location"] != nil {
			continue // a document says what there is
		}
		live, err := c.methods(ctx, c.values.physical[api])
		if err != nil {
			return fmt.Errorf("the methods of REST API %s: %w", c.values.physical[api], release.Said(err))
		}
		for _, id := range c.values.deployed("AWS::ApiGateway::Method") {
			wanted := c.values.properties(id)
			if text(wanted["RestApiId"]) != c.values.physical[api] {
				continue
			}
			key := text(wanted["HttpMethod"]) + " " + c.path(object(c.values.resources[id]))
			method, there := live[key]
			delete(live, key)
			if !there {
				c.find(ChangedByHand, id, "the method %s was taken away", key)
				continue
			}
			c.compareMethod(id, key, wanted, method)
		}
		for _, key := range sorted(live) {
			c.find(ChangedByHand, api, "the method %s was added", key)
		}
	}
	return nil
}

func (c *comparison) compareMethod(id, key string, wanted map[string]any, live types.Method) {
	told := told(live)
	where := "of " + key + " "
	c.compare(id, where, wanted, told, alike("AuthorizationType", "ApiKeyRequired",
		"AuthorizationScopes", "AuthorizerId", "RequestValidatorId", "OperationName",
		"RequestParameters"))
	c.compare(id, where+"Integration.", object(wanted["Integration"]),
		object(told["MethodIntegration"]), append(
			alike("Type", "Uri", "TimeoutInMillis", "RequestTemplates", "RequestParameters",
				"ConnectionId"),
			watched{"IntegrationHttpMethod", "HttpMethod"}))
}

// methods returns the methods that an API has, by method and path.
func (c *comparison) methods(ctx context.Context, api string) (map[string]types.Method, error) {
	found := map[string]types.Method{}
	pages := apigateway.NewGetResourcesPaginator(c.REST, &apigateway.GetResourcesInput{
		RestApiId: aws.String(api), Embed: []string{"methods"}, Limit: aws.Int32(500),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, resource := range page.Items {
			for method, settings := range resource.ResourceMethods {
				found[method+" "+aws.ToString(resource.Path)] = settings
			}
		}
	}
	return found, nil
}

// path returns the path of a method, or of the resource above one, as the template builds it.
func (c *comparison) path(declared map[string]any) string {
	properties := object(declared["Properties"])
	up := properties["ResourceId"]
	if up == nil {
		up = properties["ParentId"]
	}
	parent := text(object(up)["Ref"])
	if parent == "" { // the root of the API
		if part := text(c.values.value(properties["PathPart"])); properties["PathPart"] != nil {
			return "/" + part
		}
		return "/"
	}
	above := c.path(object(c.values.resources[parent]))
	if properties["PathPart"] == nil {
		return above
	}
	return strings.TrimSuffix(above, "/") + "/" + text(c.values.value(properties["PathPart"]))
}
