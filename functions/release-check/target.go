package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy"
	"github.com/aws/aws-sdk-go-v2/service/codedeploy/types"
)

// target is the version that a deployment wants to send calls to.
type target struct {
	function, version string
	folder            string // the function's name below functions/ and events/
	rollback          bool
}

// appSpec is the little of a Lambda deployment's AppSpec that matters here ("AppSpec 'resources'
// section for Lambda deployments").
type appSpec struct {
	Resources []map[string]struct {
		Type       string
		Properties struct {
			Name          string
			TargetVersion json.Number
		}
	}
}

// target asks CodeDeploy what the deployment is about.
func (h *handler) target(ctx context.Context, deployment string) (target, error) {
	out, err := h.deployments.GetDeployment(ctx,
		&codedeploy.GetDeploymentInput{DeploymentId: aws.String(deployment)})
	if err != nil {
		return target{}, fmt.Errorf("asking CodeDeploy what is deployed: %w", err)
	}
	if out.DeploymentInfo == nil {
		return target{}, errors.New("CodeDeploy describes no deployment")
	}
	to, err := targetOf(out.DeploymentInfo.Revision)
	if err != nil {
		return target{}, err
	}
	folder, ours := strings.CutPrefix(to.function, h.prefix)
	if !ours {
		return target{}, fmt.Errorf("function %q is none of %s…: there are no events for it",
			to.function, h.prefix)
	}
	to.folder = folder
	switch out.DeploymentInfo.Creator {
	case types.DeploymentCreatorCodeDeployRollback, types.DeploymentCreatorCloudFormationRollback:
		to.rollback = true
	}
	return to, nil
}

// targetOf reads a revision. CloudFormation writes the AppSpec as JSON, under either name that
// CodeDeploy has for it; one in YAML, which only a person could have handed in, is refused.
func targetOf(revision *types.RevisionLocation) (target, error) {
	var text string
	switch {
	case revision == nil:
		return target{}, errors.New("the deployment has no revision")
	case revision.AppSpecContent != nil:
		text = aws.ToString(revision.AppSpecContent.Content)
	//lint:ignore SA1019 deployments may bear the older name for as long as CodeDeploy reads it
	case revision.String_ != nil:
		//lint:ignore SA1019 as above
		text = aws.ToString(revision.String_.Content)
	default:
		return target{}, fmt.Errorf("the deployment's revision is of type %q; allowed: %s, %s",
			revision.RevisionType, types.RevisionLocationTypeAppSpecContent,
			types.RevisionLocationTypeString)
	}
	var spec appSpec
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		return target{}, fmt.Errorf("reading the deployment's AppSpec as JSON: %w", err)
	}
	var found []target
	for _, resource := range spec.Resources {
		for _, r := range resource {
			if r.Type == "AWS::Lambda::Function" {
				found = append(found, target{
					// A name may be an ARN.
					function: r.Properties.Name[strings.LastIndexByte(r.Properties.Name, ':')+1:],
					version:  r.Properties.TargetVersion.String(),
				})
			}
		}
	}
	if len(found) != 1 || found[0].function == "" || found[0].version == "" {
		return target{}, fmt.Errorf("the AppSpec is about %d functions; "+
			"it must name one, and its TargetVersion: %s", len(found), text)
	}
	return found[0], nil
}
