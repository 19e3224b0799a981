package drift

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"portico/infra/release"
)

// compareV2Stages compares the stages of HTTP and WebSocket APIs.
func (c *comparison) compareV2Stages(ctx context.Context) error {
	for _, id := range c.values.deployed("AWS::ApiGatewayV2::Stage") {
		wanted := c.values.properties(id)
		api, ok := wanted["ApiId"].(string)
		if !ok {
			continue // of an API of another stack
		}
		name := text(wanted["StageName"])
		out, err := c.V2.GetStage(ctx, &apigatewayv2.GetStageInput{
			ApiId: aws.String(api), StageName: aws.String(name),
		})
		if err != nil {
			return fmt.Errorf("stage %s of API %s: %w", name, api, release.Said(err))
		}
		of := alike("AutoDeploy", "DefaultRouteSettings", "RouteSettings", "StageVariables",
			"AccessLogSettings", "Description", "ClientCertificateId")
		if text(wanted["AutoDeploy"]) != "true" {
			of = append(of, alike("DeploymentId")...)
		}
		c.compare(id, "", wanted, told(out), of)
	}
	return nil
}

// compareRoutes compares the routes of APIs that the template describes one by one.
func (c *comparison) compareRoutes(ctx context.Context) error {
	for _, api := range c.values.deployed("AWS::ApiGatewayV2::Api") {
		properties := c.values.properties(api)
		if properties["Body"] != nil || properties["BodyS3Location"] != nil ||
			properties["Target"] != nil {
			continue // a document, or a quick create, says what there is
		}
		live, err := c.routes(ctx, c.values.physical[api])
		if err != nil {
			return fmt.Errorf("the routes of API %s: %w", c.values.physical[api], release.Said(err))
		}
		for _, id := range c.values.deployed("AWS::ApiGatewayV2::Route") {
			wanted := c.values.properties(id)
			if text(wanted["ApiId"]) != c.values.physical[api] {
				continue
			}
			key := text(wanted["RouteKey"])
			route, there := live[key]
			delete(live, key)
			if !there {
				c.find(ChangedByHand, id, "the route %s was taken away", key)
				continue
			}
			c.compare(id, "of "+key+" ", wanted, told(route), alike("AuthorizationType",
				"ApiKeyRequired", "AuthorizationScopes", "AuthorizerId", "Target", "OperationName"))
		}
		for _, key := range sorted(live) {
			c.find(ChangedByHand, api, "the route %s was added", key)
		}
	}
	return nil
}

// routes returns the routes that an API has, by their keys.
func (c *comparison) routes(ctx context.Context, api string) (map[string]types.Route, error) {
	found := map[string]types.Route{}
	in := &apigatewayv2.GetRoutesInput{ApiId: aws.String(api)}
	for {
		page, err := c.V2.GetRoutes(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, route := range page.Items {
			found[aws.ToString(route.RouteKey)] = route
		}
		if aws.ToString(page.NextToken) == "" {
			return found, nil
		}
		in.NextToken = page.NextToken
	}
}

// compareAliases compares the versions of aliases and their weights.
func (c *comparison) compareAliases(ctx context.Context) error {
	for _, id := range c.values.deployed("AWS::Lambda::Alias") {
		wanted := c.values.properties(id)
		function, ok := wanted["FunctionName"].(string)
		if !ok {
			function = functionOf(c.values.physical[id])
		}
		name := text(wanted["Name"])
		out, err := c.Functions.GetAlias(ctx, &lambda.GetAliasInput{
			FunctionName: aws.String(function), Name: aws.String(name),
		})
		if err != nil {
			return fmt.Errorf("alias %s of function %s: %w", name, function, release.Said(err))
		}
		c.compare(id, "", wanted, told(out), alike("FunctionVersion"))
		if err := c.compareWeights(id, wanted, out); err != nil {
			return err
		}
	}
	return nil
}

// compareWeights tells of a version that has a share, and does not in the template.
func (c *comparison) compareWeights(
	id string, wanted map[string]any, live *lambda.GetAliasOutput,
) error {
	shares := map[string]any{}
	for _, one := range list(object(wanted["RoutingConfig"])["AdditionalVersionWeights"]) {
		shares[text(object(one)["FunctionVersion"])] = object(one)["FunctionWeight"]
	}
	if live.RoutingConfig == nil {
		live.RoutingConfig = nothing()
	}
	function := functionOf(aws.ToString(live.AliasArn))
	target := (&release.Alias{Function: function, Alias: aws.ToString(live.Name)}).Name()
	command := fmt.Sprintf("--function %s --alias %s", function, aws.ToString(live.Name))
	for _, version := range sorted(live.RoutingConfig.AdditionalVersionWeights) {
		weight := live.RoutingConfig.AdditionalVersionWeights[version]
		share, planned := shares[version]
		delete(shares, version)
		switch {
		case planned && share != (unknown{}) && !sameScalar(share, weight):
			c.find(ChangedByHand, id, "version %s has the weight %g, and %s in the template", version,
				weight, shown(share))
		case !planned:
			if err := c.leftBehind(id, target, command, fmt.Sprintf("version %s serves %g %% of the "+
				"calls beside %s", version, weight*100, aws.ToString(live.FunctionVersion))); err != nil {
				return err
			}
		}
	}
	for _, version := range sorted(shares) {
		c.find(ChangedByHand, id, "version %s has no weight, and %s in the template", version,
			shown(shares[version]))
	}
	return nil
}
