package drift

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/apigateway"
	"github.com/aws/aws-sdk-go-v2/service/apigatewayv2"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"portico/infra/release"
)

// Clients are the parts of AWS's clients that are asked: those that read.
type Clients struct {
	Stacks    CloudFormation
	REST      REST
	V2        V2
	Functions Functions
	// Standing returns where the stage of a stack that releases move stands; a *release.Refusal says
	// that it is not where the stack says.
	Standing func(ctx context.Context, stack string) (release.Position, error)
	// Unkept are the names of properties that the other side does not keep, so that it cannot tell.
	Unkept []string
}

// CloudFormation tells what was deployed.
type CloudFormation interface {
	cloudformation.DescribeStacksAPIClient
	cloudformation.ListStackResourcesAPIClient
	GetTemplate(context.Context, *cloudformation.GetTemplateInput,
		...func(*cloudformation.Options)) (*cloudformation.GetTemplateOutput, error)
}

// REST tells of REST APIs.
type REST interface {
	apigateway.GetResourcesAPIClient
	GetStage(context.Context, *apigateway.GetStageInput,
		...func(*apigateway.Options)) (*apigateway.GetStageOutput, error)
}

// V2 tells of HTTP and WebSocket APIs.
type V2 interface {
	GetStage(context.Context, *apigatewayv2.GetStageInput,
		...func(*apigatewayv2.Options)) (*apigatewayv2.GetStageOutput, error)
	GetRoutes(context.Context, *apigatewayv2.GetRoutesInput,
		...func(*apigatewayv2.Options)) (*apigatewayv2.GetRoutesOutput, error)
}

// Functions tells of aliases.
type Functions interface {
	GetAlias(context.Context, *lambda.GetAliasInput,
		...func(*lambda.Options)) (*lambda.GetAliasOutput, error)
}

// Connect reaches AWS, or a runner, with the SDK's own configuration; a region of "" is its own.
func Connect(ctx context.Context, region string) (Clients, error) {
	reached, err := release.Reach(ctx, region, "")
	if err != nil {
		return Clients{}, err
	}
	stacks := cloudformation.NewFromConfig(reached.Config)
	gateway := apigateway.NewFromConfig(reached.Config)
	var unkept []string
	if reached.Endpoint != "" {
		unkept = append(unkept, "CacheDataEncrypted") // a runner's caches are in memory
	}
	return Clients{
		Unkept: unkept, Stacks: stacks, REST: gateway, V2: apigatewayv2.NewFromConfig(reached.Config),
		Functions: lambda.NewFromConfig(reached.Config),
		Standing: func(ctx context.Context, stack string) (release.Position, error) {
			return (&release.Stack{Stack: stack, Stacks: stacks, Gateway: gateway}).Read(ctx)
		},
	}, nil
}
